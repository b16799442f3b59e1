import { randomBytes, systemRandom, wipe, type RandomSource } from '../crypto/index.js'
import type { Secret } from '../crypto/secret.js'
import { OtrError } from '../errors.js'
import type { FileCarrier, FilePlace } from './carrier.js'
import { beginning, type Checkpoint } from './chunk.js'
import { fileKey } from './file-key.js'
import { FILE_KEY_LENGTH, FILE_USE, SALT_LENGTH, SEALED_CHUNK_LENGTH, sealedLength } from './format.js'
import { fileHeader, type FileHeader } from './header.js'
import { encodeFileOffer } from './offer.js'
import { FileSealer } from './sealer.js'

/** What a file is offered in: a `ClientConversation` is one. */
export interface OffersFiles {
  /**
   * Tells the other side what the extra symmetric key is used for, and gives a key derived from it.
   *
   * @param data - the offer, 45 to 1,451 bytes
   * @returns `length` bytes
   */
  extraKey(context: number, data: Uint8Array, options: { readonly length: number }): Promise<Uint8Array>
}

/** A file to send. */
export interface FileToSend {
  /** What it is called; only the part behind the last slash is sent. */
  readonly name: string
  /** The media type; `application/octet-stream` by default. */
  readonly type?: string
  /** Bytes, exactly; 0 to 2^36. */
  readonly length: number
}

/** How far a transfer is. */
export interface FileProgress {
  /** Bytes that were stored, or came. */
  readonly done: number
  /** Bytes altogether. */
  readonly of: number
}

/** What watches a transfer, and ends it. */
export interface TransferOptions {
  /** Ends the transfer; it can be gone on with. */
  readonly signal?: AbortSignal
  /** Called after each chunk. */
  readonly onProgress?: (progress: FileProgress) => void
}

/** So many checkpoints are kept: what a carrier may have taken and not stored when it breaks, 16 MiB. */
const KEPT_CHECKPOINTS = 256

/**
 * Offers a file to the correspondent: asks the carrier for a place, and tells the other side inside the private conversation what the file is and where it
 * will be, by the TLV of the extra symmetric key (8 in version 3, 7 in version 4). Then call `upload`.
 *
 * @param conversation - a private conversation, such as `client.conversation(peer)`
 * @param file - what is sent
 * @param carrier - who carries it
 * @param options - `random`: where salt and nonces come from; the platform's generator by default. `signal`: gives up asking for a place
 * @returns the file, whose `upload` is to be called
 * @throws OtrError `OTR_ARGUMENT` for a length that no file has; `OTR_FILE_CARRIER` if there is no place; `OTR_NOT_ENCRYPTED`, `OTR_NOT_VERIFIED`,
 *   `OTR_NOT_ACCEPTED`, `OTR_VERSION` as `extraKey`
 */
export async function offerFile(
  conversation: OffersFiles, file: FileToSend, carrier: FileCarrier, { random = systemRandom, signal }: { readonly random?: RandomSource, readonly signal?: AbortSignal } = {},
): Promise<OutgoingFile> {
  const header = fileHeader(file)
  const place = await carrier.reserve(sealedLength(header.length), signal)
  try {
    const salt = randomBytes(random, SALT_LENGTH)
    const extra = await conversation.extraKey(FILE_USE, encodeFileOffer({ header, salt, place: place.place }), { length: FILE_KEY_LENGTH })
    return new OutgoingFile(header, fileKey(extra, salt), place, random)
  } catch (error) {
    await place.remove().catch(() => undefined)
    throw error
  }
}

/** A file that was offered. Its key is kept until it is uploaded or withdrawn. */
export class OutgoingFile {
  /** What the file is, as the other side reads it. */
  readonly header: FileHeader
  readonly #key: Secret
  readonly #place: FilePlace
  readonly #random: RandomSource
  readonly #checkpoints = new Map<number, Checkpoint>([[0, beginning]])
  #state: 'waiting' | 'uploading' | 'uploaded' | 'withdrawn' = 'waiting'

  /** @internal */
  constructor(header: FileHeader, key: Secret, place: FilePlace, random: RandomSource) {
    this.header = header
    this.#key = key
    this.#place = place
    this.#random = random
  }

  /** How far it is. `waiting`: `upload` is to be called, also again after it failed. */
  get state(): 'waiting' | 'uploading' | 'uploaded' | 'withdrawn' {
    return this.#state
  }

  /** Where the other side fetches it. */
  get place(): string {
    return this.#place.place
  }

  /**
   * Seals and stores the file. After an error other than `OTR_FILE_LENGTH`, call it again: it goes on where the carrier stopped, with nonces of their own. Wipes the
   * key when all is stored.
   *
   * @param content - opens the content from a byte on; called once for each upload
   * @param options - `signal`, `onProgress`
   * @throws OtrError `OTR_FILE_CARRIER` if it cannot be stored; `OTR_FILE_LENGTH` if the file has changed: withdraw it; `OTR_ARGUMENT` in another state
   *   than `waiting`
   */
  async upload(content: (from: number) => AsyncIterable<Uint8Array>, { signal, onProgress }: TransferOptions = {}): Promise<void> {
    if (this.#state !== 'waiting') throw new OtrError('OTR_ARGUMENT', `the file is ${this.#state}`)
    this.#state = 'uploading'
    try {
      const stored = await this.#place.stored(signal)
      const of = sealedLength(this.header.length)
      const from = this.#checkpoints.get(stored / SEALED_CHUNK_LENGTH)
      if (from === undefined) throw new OtrError('OTR_FILE_CARRIER', 'the server has another part of the file than it had; send the file anew')
      if (stored < of) await this.#place.store(stored, this.#sealed(from, content, { of, ...signal !== undefined && { signal }, ...onProgress !== undefined && { onProgress } }), signal)
    } catch (error) {
      if (this.#wasWithdrawn()) wipe(this.#key)
      else this.#state = 'waiting'
      throw error
    }
    if (this.#wasWithdrawn()) return
    this.#state = 'uploaded'
    wipe(this.#key)
  }

  /** Gives the file up: deletes it where it is, and wipes its key. To be called also after an upload that the other side does not want. End a running upload first. */
  async withdraw(): Promise<void> {
    if (this.#state === 'waiting') wipe(this.#key)
    this.#state = 'withdrawn'
    await this.#place.remove()
  }

  #wasWithdrawn(): boolean {
    return this.#state === 'withdrawn'
  }

  async *#sealed(from: Checkpoint, content: (from: number) => AsyncIterable<Uint8Array>, { of, signal, onProgress }: TransferOptions & { readonly of: number }): AsyncGenerator<Uint8Array, void, undefined> {
    const sealer = new FileSealer(this.#key, this.header, { from, random: this.#random, reuseMemory: true })
    const told = (sealed: Uint8Array): Uint8Array => {
      signal?.throwIfAborted()
      this.#remember(sealer.checkpoint)
      onProgress?.({ done: sealer.checkpoint.chunk * SEALED_CHUNK_LENGTH, of })
      return sealed
    }
    try {
      for await (const piece of content(sealer.contentOffset)) for (const sealed of sealer.update(piece)) yield told(sealed)
      for (const sealed of sealer.end()) yield told(sealed)
    } finally {
      sealer.wipe()
    }
  }

  #remember(checkpoint: Checkpoint): void {
    this.#checkpoints.set(checkpoint.chunk, checkpoint)
    this.#checkpoints.delete(checkpoint.chunk - KEPT_CHECKPOINTS)
  }
}
