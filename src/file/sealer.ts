import { systemRandom, wipe, type RandomSource } from '../crypto/index.js'
import { copySecret, secretBytes, type Secret } from '../crypto/secret.js'
import { OtrError } from '../errors.js'
import { after, beginning, checkCheckpoint, sealChunk, type Checkpoint } from './chunk.js'
import { CHUNK_LENGTH, chunkCount, contentBefore, FILE_KEY_LENGTH, HEADER_LENGTH, SEALED_CHUNK_LENGTH } from './format.js'
import { publicBytes } from '../wire/public-bytes.js'
import { fileHeader, headerBytes, type FileHeader } from './header.js'

/** How a file is sealed. */
export interface SealerOptions {
  /** Where to go on; the beginning by default. The content is wanted from there on: `contentOffset` says from which byte. */
  readonly from?: Checkpoint
  /** Where nonces come from; the platform's generator by default. */
  readonly random?: RandomSource
  /**
   * Gives every chunk in the same memory: a chunk is valid until the next is taken, so copy what you keep. Without it each chunk is yours, and the engine may
   * let 32 MB of them come together before it frees any.
   */
  readonly reuseMemory?: boolean
}

/**
 * Seals one file in chunks, without any I/O: give it the content in pieces of any length, and it returns sealed chunks of 65,576 bytes. It holds one chunk. Each
 * chunk gets a random nonce, so going on from a checkpoint never uses one twice, not even if the file has changed meanwhile.
 */
export class FileSealer {
  /** What the file is. */
  readonly header: FileHeader
  /** The byte of the content that is wanted next when sealing begins: 0, or where the checkpoint stands. */
  readonly contentOffset: number
  readonly #key: Secret
  readonly #random: RandomSource
  readonly #count: number
  readonly #chunk = secretBytes(CHUNK_LENGTH)
  readonly #output: Uint8Array | undefined
  #filled = 0
  #taken: number
  #at: Checkpoint
  #isDone = false

  /**
   * @param key - 32 bytes, for this file alone; copied
   * @param header - what the file is; `length` is exact
   * @throws OtrError `OTR_ARGUMENT` for a key of another length, a header or checkpoint that cannot be
   */
  constructor(key: Uint8Array, header: FileHeader, { from = beginning, random = systemRandom, reuseMemory = false }: SealerOptions = {}) {
    if (key.length !== FILE_KEY_LENGTH) throw new OtrError('OTR_ARGUMENT', `the key of a file has ${FILE_KEY_LENGTH} bytes`)
    this.header = fileHeader(header)
    this.#count = chunkCount(this.header.length)
    checkCheckpoint(from, this.#count)
    this.#at = from
    this.#taken = this.contentOffset = contentBefore(from.chunk, this.header.length)
    this.#random = random
    this.#output = reuseMemory ? publicBytes(SEALED_CHUNK_LENGTH) : undefined
    if (from.chunk === 0) {
      this.#chunk.set(headerBytes(this.header))
      this.#filled = HEADER_LENGTH
    }
    this.#key = copySecret(key)
  }

  /** The place behind the last sealed chunk. */
  get checkpoint(): Checkpoint {
    return this.#at
  }

  /**
   * Takes the next piece of the content, of any length, and gives each chunk that it completes. Iterate to the end before the next call.
   *
   * @param content - any number of bytes
   * @throws OtrError `OTR_FILE_LENGTH` if there is more content than the header says: the file has changed
   */
  *update(content: Uint8Array): Generator<Uint8Array, void, undefined> {
    this.#requireOpen()
    if (this.#taken + content.length > this.header.length) throw new OtrError('OTR_FILE_LENGTH', 'the file has become longer')
    this.#taken += content.length
    for (let at = 0; at < content.length;) {
      const piece = content.subarray(at, at + CHUNK_LENGTH - this.#filled)
      this.#chunk.set(piece, this.#filled)
      this.#filled += piece.length
      at += piece.length
      if (this.#filled === CHUNK_LENGTH) yield this.#seal()
    }
  }

  /**
   * Gives the chunks that are left, the last of them padded with zeros. Wipes the key.
   *
   * @throws OtrError `OTR_FILE_LENGTH` if there was less content than the header says: the file has changed
   */
  *end(): Generator<Uint8Array, void, undefined> {
    this.#requireOpen()
    if (this.#taken < this.header.length) throw new OtrError('OTR_FILE_LENGTH', 'the file has become shorter')
    while (this.#at.chunk < this.#count) yield this.#seal()
    this.wipe()
  }

  /** Overwrites the key and what of the content is held. To be called when sealing is given up. */
  wipe(): void {
    if (!this.#isDone) wipe(this.#key, this.#chunk)
    this.#isDone = true
  }

  #seal(): Uint8Array {
    this.#chunk.fill(0, this.#filled)
    const sealed = sealChunk(this.#key, this.#at, this.#at.chunk === this.#count - 1, this.#chunk, this.#random, this.#output)
    this.#at = after(this.#at, sealed)
    this.#filled = 0
    return sealed
  }

  #requireOpen(): void {
    if (this.#isDone) throw new OtrError('OTR_ARGUMENT', 'this file is sealed already, or was given up')
  }
}
