/** The relay as a carrier of sealed files. It needs `fetch` and nothing of Node's, so pages may use it. */
import { OtrError } from '../../errors.js'
import type { FileCarrier, FilePlace } from '../../file/index.js'

/** A place that the relay has given. `token` is the sender's secret: with it, the file can be changed and deleted. */
export interface RelayPlace {
  /** Its name at the relay: 22 characters. */
  readonly file: string
  /** 22 characters. */
  readonly token: string
}

/** What a carrier of a relay's files is made of. */
export interface RelayFilesOptions {
  /** Where the relay is: `http://host:port` or `https://…`. Asked anew for each request. */
  readonly origin: string
  /** Asks the relay for a place, over the connection by which it knows us. */
  readonly reserve: (length: number, signal: AbortSignal | undefined) => Promise<RelayPlace>
  /** Seconds after which a relay that does nothing has stalled. 30 by default. */
  readonly stallSeconds?: number
}

const PIECE_BYTES = 1 << 20
const POLL_MS = 500

/** Files at a relay. A place is `relay:` and the file's name there, never an address: so an offer cannot make us connect to anything else. */
export class RelayFiles implements FileCarrier {
  readonly #options: RelayFilesOptions

  constructor(options: RelayFilesOptions) {
    this.#options = options
  }

  /** See `FileCarrier`. */
  async reserve(length: number, signal?: AbortSignal): Promise<FilePlace> {
    const { file, token } = await this.#options.reserve(length, signal)
    const headers = { authorization: `Bearer ${token}` }
    const url = this.#url(file)
    return {
      place: `relay:${file}`,
      stored: async (watch) => offsetOf(await this.#ask(url, { method: 'HEAD' }, watch)),
      store: async (from, sealed, watch) => {
        let at = from
        for await (const piece of joined(sealed)) {
          const response = await this.#ask(url, { method: 'PATCH', headers: { ...headers, 'upload-offset': `${at}`, 'content-type': 'application/octet-stream' }, body: piece }, watch)
          at += piece.length
          if (offsetOf(response) !== at) throw failed('has another part of the file than it was given')
        }
      },
      remove: async () => { await this.#ask(url, { method: 'DELETE', headers }, undefined) },
    }
  }

  /** See `FileCarrier`. */
  takes(place: string): boolean {
    return /^relay:[A-Za-z0-9_-]{22}$/.test(place)
  }

  /** See `FileCarrier`. */
  async *fetch(place: string, from: number, length: number, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    if (!this.takes(place)) throw failed('has no such place')
    const url = this.#url(place.slice('relay:'.length))
    let lastMs = performance.now()
    for (let at = from; at < length;) {
      const before = at
      for await (const piece of this.#range(url, at, signal)) {
        const wanted = piece.subarray(0, length - at)
        at += wanted.length
        if (wanted.length > 0) yield wanted
        if (at === length) return
      }
      const now = performance.now()
      if (at > before) lastMs = now
      else if (now - lastMs > this.#stallMs) throw failed('gets no more of the file')
      else await pause(POLL_MS, signal)
    }
  }

  get #stallMs(): number {
    return (this.#options.stallSeconds ?? 30) * 1000
  }

  #url(file: string): string {
    return `${this.#options.origin}/files/${file}`
  }

  /** What there is from a byte on; nothing if it has to be waited for. */
  async *#range(url: string, from: number, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void, undefined> {
    const watched = new Watched(signal, this.#stallMs)
    try {
      const response = await this.#request(url, { method: 'GET', headers: { range: `bytes=${from}-` } }, watched)
      // A server that does not know ranges would begin at the first byte.
      if (from > 0 && response.status === 200) throw failed('knows no ranges')
      if (response.status === 204 || response.body === null) return
      const reader = response.body.getReader()
      try {
        for (;;) {
          const next = await reader.read() as { readonly done: boolean, readonly value?: Uint8Array }
          if (next.value === undefined) return
          watched.progress()
          yield next.value
          watched.progress()
        }
      } finally {
        await reader.cancel().catch(() => undefined)
      }
    } catch (error) {
      throw watched.explain(error)
    } finally {
      watched.end()
    }
  }

  async #ask(url: string, init: RequestInit, signal: AbortSignal | undefined): Promise<Response> {
    const watched = new Watched(signal, this.#stallMs)
    try {
      const response = await this.#request(url, init, watched)
      await response.arrayBuffer()
      return response
    } catch (error) {
      throw watched.explain(error)
    } finally {
      watched.end()
    }
  }

  async #request(url: string, init: RequestInit, watched: Watched): Promise<Response> {
    // A redirect would lead to where the relay's owner wants.
    const response = await fetch(url, { ...init, signal: watched.signal, redirect: 'error', credentials: 'omit', referrerPolicy: 'no-referrer' })
    if (response.ok) return response
    await response.body?.cancel().catch(() => undefined)
    throw failed(response.status === 404 ? 'does not have the file (any more)' : `answers ${response.status}`)
  }
}

/** Ends a request when the person ends it, or when nothing happens for too long. */
class Watched {
  readonly #ending = new AbortController()
  readonly #by: AbortSignal | undefined
  readonly #ms: number
  readonly #end = (): void => { this.#ending.abort() }
  #timer: ReturnType<typeof setTimeout> | undefined
  #hasStalled = false

  constructor(by: AbortSignal | undefined, ms: number) {
    this.#by = by
    this.#ms = ms
    by?.throwIfAborted()
    by?.addEventListener('abort', this.#end)
    this.progress()
  }

  get signal(): AbortSignal {
    return this.#ending.signal
  }

  progress(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#hasStalled = true
      this.#end()
    }, this.#ms)
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#by?.removeEventListener('abort', this.#end)
  }

  explain(error: unknown): unknown {
    if (this.#by?.aborted === true) return this.#by.reason
    if (this.#hasStalled) return failed('does not answer')
    return error instanceof OtrError ? error : failed('cannot be reached, or the connection broke')
  }
}

/** Joins chunks, so that a request is worth its while. Only whole chunks are together in one. */
async function* joined(sealed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const buffer = new Uint8Array(new ArrayBuffer(PIECE_BYTES + 65_576))
  let filled = 0
  for await (const chunk of sealed) {
    if (filled + chunk.length > PIECE_BYTES) {
      yield buffer.subarray(0, filled)
      filled = 0
    }
    buffer.set(chunk, filled)
    filled += chunk.length
  }
  if (filled > 0) yield buffer.subarray(0, filled)
}

function offsetOf(response: Response): number {
  const offset = response.headers.get('upload-offset') ?? ''
  if (!/^\d{1,15}$/.test(offset)) throw failed('does not say how much of the file it has')
  return Number(offset)
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    if (signal?.aborted === true) stop()
    else signal?.addEventListener('abort', stop, { once: true })
  })
}

function failed(what: string): OtrError {
  return new OtrError('OTR_FILE_CARRIER', `the relay ${what}`)
}
