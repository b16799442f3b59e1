import { wipe } from '../crypto/index.js'
import { OtrError } from '../errors.js'
import { deriveExtraKey } from '../session/conversation/derive-extra-key.js'
import type { FileCarrier } from './carrier.js'
import { fileKey } from './file-key.js'
import { FILE_KEY_LENGTH, FILE_USE, sealedLength } from './format.js'
import type { FileHeader } from './header.js'
import { decodeFileOffer } from './offer.js'
import { FileOpener, type OpenerOptions } from './opener.js'
import type { TransferOptions } from './outgoing.js'

/** An event of the extra symmetric key, as `Client` and `otr4/v3` and `otr4/v4` give it. */
export interface ExtraKeyGiven {
  /** What the key is used for. */
  readonly context: number
  /** What belongs to that use: the offer as spec/files.md encodes it, up to 65,531 bytes. */
  readonly data: Uint8Array
  /** The raw key: 32 bytes in version 3, 64 in version 4. */
  readonly key: Uint8Array
}

/**
 * Reads an event `extra-key`. Wipes `event.key` if the event is about a file: the key of the file is derived from it, once.
 *
 * @param options - `reuseMemory`: `download` gives all pieces in the same memory, each valid until the next is taken
 * @returns the file that is offered; `'unreadable'` if the event is about a file and this program cannot read how; `undefined` if it is about something else
 */
export function readFileOffer(event: ExtraKeyGiven, options: Pick<OpenerOptions, 'reuseMemory'> = {}): IncomingFile | 'unreadable' | undefined {
  if (event.context !== FILE_USE) return undefined
  const offer = decodeFileOffer(event.data)
  const key = offer === undefined ? undefined : fileKey(deriveExtraKey(event.key, FILE_USE, FILE_KEY_LENGTH), offer.salt)
  wipe(event.key)
  if (offer === undefined || key === undefined) return 'unreadable'
  const opener = new FileOpener(key, offer.header, options)
  wipe(key)
  return new IncomingFile(offer.header, offer.place, opener)
}

/**
 * A file that the correspondent offers. Nothing was fetched yet: whoever has the place sees who fetches from there, so ask the person, and show them what
 * `status.key` of the conversation says of the sender.
 */
export class IncomingFile {
  /** What the file is. The name is fit to be a name, never a path. */
  readonly header: FileHeader
  /** Where it is. Chosen by the other side. */
  readonly place: string
  readonly #opener: FileOpener
  #state: 'offered' | 'downloading' | 'complete' | 'refused' = 'offered'

  /** @internal */
  constructor(header: FileHeader, place: string, opener: FileOpener) {
    this.header = header
    this.place = place
    this.#opener = opener
  }

  /** How far it is. `offered`: `download` may be called, also again after it failed. */
  get state(): 'offered' | 'downloading' | 'complete' | 'refused' {
    return this.#state
  }

  /** How many bytes of the content were given. `download` goes on behind them. */
  get received(): number {
    return this.#opener.received
  }

  /** How many bytes are fetched for it altogether. */
  get sealedLength(): number {
    return sealedLength(this.header.length)
  }

  /**
   * Fetches the file and gives its content, each piece authenticated. The file is whole when the iteration ends without an error, and not before. After an
   * error, or when you stopped iterating, call it again: it goes on at byte `received` of the content.
   *
   * @param carrier - who fetches
   * @param options - `signal`, `onProgress`: counted in bytes of the content
   * @returns the content from byte `received` on, in pieces of up to 65,536 bytes; if memory is reused, each valid until the next is taken
   * @throws OtrError `OTR_FILE_BROKEN` if what came is not what was sent; `OTR_FILE_CARRIER` if the place is none for this carrier, or nothing comes;
   *   `OTR_ARGUMENT` in another state than `offered`
   */
  async *download(carrier: FileCarrier, { signal, onProgress }: TransferOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#state !== 'offered') throw new OtrError('OTR_ARGUMENT', `the file is ${this.#state}`)
    if (!carrier.takes(this.place)) throw new OtrError('OTR_FILE_CARRIER', 'the file is at a place from which nothing is fetched')
    this.#state = 'downloading'
    const opener = this.#opener
    try {
      opener.restart()
      for await (const sealed of carrier.fetch(this.place, opener.sealedOffset, this.sealedLength, signal)) {
        signal?.throwIfAborted()
        for (const content of opener.update(sealed)) {
          onProgress?.({ done: opener.received, of: this.header.length })
          yield content
        }
      }
      opener.end()
      this.#state = 'complete'
    } finally {
      if (this.#state === 'downloading') this.#state = 'offered'
    }
  }

  /** Refuses the file, or gives it up: wipes its key. Nobody is told. End a running download first. */
  refuse(): void {
    if (this.#state === 'complete') return
    this.#state = 'refused'
    this.#opener.wipe()
  }
}
