import { isZero, wipe } from '../crypto/index.js'
import { copySecret, secretBytes, type Secret } from '../crypto/secret.js'
import { MalformedError, OtrError } from '../errors.js'
import { publicBytes } from '../wire/public-bytes.js'
import { after, beginning, checkCheckpoint, openChunk, type Checkpoint } from './chunk.js'
import { CHUNK_LENGTH, chunkCount, contentBefore, FILE_KEY_LENGTH, HEADER_LENGTH, SEALED_CHUNK_LENGTH } from './format.js'
import { headerOfChunk, sameHeader, type FileHeader } from './header.js'

/** How a file is opened. */
export interface OpenerOptions {
  /** Where to go on; the beginning by default. The sealed bytes are wanted from `sealedOffset` on. */
  readonly from?: Checkpoint
  /**
   * Gives all content in the same memory: a piece is valid until the next is taken, so copy what you keep; the memory is wiped at the end. Without it each piece is
   * yours, and the engine may let 32 MB of them come together before it frees any.
   */
  readonly reuseMemory?: boolean
}

/**
 * Opens one sealed file, without any I/O: give it the sealed bytes in pieces of any length, and it returns the content, chunk by chunk, each authenticated under
 * its number, as last or not, and behind all chunks before it. Only `end` says that the whole file came. A chunk that is not authentic changes nothing: the
 * same place can be fetched again.
 */
export class FileOpener {
  /** What the file is, as the offer said. */
  readonly header: FileHeader
  readonly #key: Secret
  readonly #count: number
  readonly #waiting = publicBytes(SEALED_CHUNK_LENGTH)
  readonly #output: Secret | undefined
  #filled = 0
  #at: Checkpoint
  #isDone = false

  /**
   * @param key - 32 bytes, for this file alone; copied
   * @param header - what the offer said; the header inside must be the same
   * @throws OtrError `OTR_ARGUMENT` for a key of another length, or a checkpoint that cannot be
   */
  constructor(key: Uint8Array, header: FileHeader, { from = beginning, reuseMemory = false }: OpenerOptions = {}) {
    if (key.length !== FILE_KEY_LENGTH) throw new OtrError('OTR_ARGUMENT', `the key of a file has ${FILE_KEY_LENGTH} bytes`)
    this.header = header
    this.#count = chunkCount(header.length)
    checkCheckpoint(from, this.#count)
    this.#at = from
    this.#output = reuseMemory ? secretBytes(CHUNK_LENGTH) : undefined
    this.#key = copySecret(key)
  }

  /** The place behind the last chunk that was opened. */
  get checkpoint(): Checkpoint {
    return this.#at
  }

  /** How many bytes of the content were given, those before the checkpoint included. */
  get received(): number {
    return contentBefore(this.#at.chunk, this.header.length)
  }

  /** The byte of the sealed file from which a new connection fetches. Call `restart` before you give what comes from there. */
  get sealedOffset(): number {
    return this.#at.chunk * SEALED_CHUNK_LENGTH
  }

  /** Whether the whole file came. */
  get isComplete(): boolean {
    return this.#at.chunk === this.#count && this.#filled === 0
  }

  /** Drops what has come of a chunk that is not complete. */
  restart(): void {
    this.#filled = 0
  }

  /**
   * Takes the next piece of the sealed file, of any length, and gives the content of each chunk that it completes. Iterate to the end before the next call. What
   * it gives is yours, unless memory is reused.
   *
   * @param sealed - any number of bytes
   * @throws OtrError `OTR_FILE_BROKEN` for a chunk that was not sealed for this place with this key, another header, padding that is none, or bytes behind the end
   */
  *update(sealed: Uint8Array): Generator<Uint8Array, void, undefined> {
    this.#requireOpen()
    for (let at = 0; at < sealed.length;) {
      if (this.#at.chunk === this.#count) throw broken('something follows the end')
      const piece = sealed.subarray(at, at + SEALED_CHUNK_LENGTH - this.#filled)
      at += piece.length
      if (piece.length < SEALED_CHUNK_LENGTH) {
        this.#waiting.set(piece, this.#filled)
        this.#filled += piece.length
        if (this.#filled < SEALED_CHUNK_LENGTH) return
        this.#filled = 0
      }
      const content = this.#open(piece.length === SEALED_CHUNK_LENGTH ? piece : this.#waiting)
      if (content.length > 0) yield content
    }
  }

  /**
   * Says that nothing more comes. Wipes the key if the file is whole.
   *
   * @throws OtrError `OTR_FILE_BROKEN` if the file was cut off; you may go on from `sealedOffset`
   */
  end(): void {
    this.#requireOpen()
    if (!this.isComplete) throw broken('it was cut off')
    this.wipe()
  }

  /** Overwrites the key, and the memory that is reused. To be called when opening is given up. */
  wipe(): void {
    if (!this.#isDone) wipe(this.#key, ...this.#output === undefined ? [] : [this.#output])
    this.#isDone = true
  }

  #open(sealed: Uint8Array): Uint8Array {
    const { chunk } = this.#at
    const plaintext = openChunk(this.#key, this.#at, chunk === this.#count - 1, sealed, this.#output)
    if (plaintext === undefined) throw broken('a chunk was changed, moved or repeated, or has another key')
    const begin = chunk === 0 ? HEADER_LENGTH : 0
    const end = begin + contentBefore(chunk + 1, this.header.length) - contentBefore(chunk, this.header.length)
    if ((chunk === 0 && !this.#hasHeader(plaintext)) || !isZero(plaintext.subarray(end))) {
      wipe(plaintext)
      throw broken('it is not the file that was offered')
    }
    this.#at = after(this.#at, sealed)
    return plaintext.subarray(begin, end)
  }

  #hasHeader(chunk: Uint8Array): boolean {
    try {
      return sameHeader(headerOfChunk(chunk), this.header)
    } catch (error) {
      if (error instanceof MalformedError) return false
      throw error
    }
  }

  #requireOpen(): void {
    if (this.#isDone) throw new OtrError('OTR_ARGUMENT', 'this file is complete already, or was given up')
  }
}

function broken(what: string): OtrError {
  return new OtrError('OTR_FILE_BROKEN', `the sealed file is broken: ${what}`)
}
