import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { FileStore } from './file-store.js'

/** Only these may be sent by pages, and read by them. */
const allowedHeaders = 'authorization, content-type, range, upload-offset'
const exposedHeaders = 'content-range, upload-length, upload-offset'

/** Answers requests for files over HTTP: spec/relay.md. `origins`: the pages that may ask. Never throws. */
export class FileRequests {
  readonly #store: FileStore
  readonly #origins: readonly string[]
  #running = 0

  constructor(store: FileStore, origins: readonly string[]) {
    this.#store = store
    this.#origins = origins
  }

  /** Answers one request. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { origin } = request.headers
    response.setHeader('cache-control', 'no-store')
    response.setHeader('x-content-type-options', 'nosniff')
    if (origin !== undefined) {
      if (!this.#origins.includes(origin)) { end(response, 403); return; }
      response.setHeader('access-control-allow-origin', origin)
      response.setHeader('access-control-allow-methods', 'GET, HEAD, PATCH, DELETE')
      response.setHeader('access-control-allow-headers', allowedHeaders)
      response.setHeader('access-control-expose-headers', exposedHeaders)
      response.setHeader('vary', 'origin')
      if (request.method === 'OPTIONS') { end(response, 204); return; }
    }
    if (this.#running >= this.#store.limits.requests) { end(response, 503, { 'retry-after': '1' }); return; }
    this.#running++
    response.setTimeout(this.#store.limits.idleSeconds * 1000, () => { response.destroy() })
    try {
      await this.#serve(request, response)
    } catch {
      // The connection broke, or the disk is full.
      if (response.headersSent) response.destroy()
      else end(response, 500)
    } finally {
      this.#running--
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = /^\/files\/([A-Za-z0-9_-]{22})$/.exec(request.url ?? '')?.[1] ?? ''
    const file = this.#store.find(id)
    if (file === undefined) { end(response, 404); return; }
    const { method } = request
    if (method === 'GET') return this.#give(id, file, request, response)
    if (method === 'HEAD') { end(response, 200, state(file)); return; }
    const token = /^Bearer ([A-Za-z0-9_-]{22})$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    if (method !== 'PATCH' && method !== 'DELETE') { end(response, 405); return; }
    if (!this.#store.mayChange(id, token)) { end(response, 401); return; }
    if (method === 'PATCH') return this.#take(id, request, response)
    this.#store.remove(id)
    end(response, 204)
  }

  async #give(id: string, file: { readonly stored: number, readonly length: number }, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { range } = request.headers
    const from = range === undefined ? 0 : wholeNumber(/^bytes=(\d+)-$/.exec(range)?.[1])
    if (from === undefined || from >= file.length) { end(response, 416, { 'content-range': `bytes */${file.length}` }); return; }
    // What is wanted was not stored yet.
    if (from >= file.stored) { end(response, 204, state(file)); return; }
    response.writeHead(from === 0 && file.stored === file.length && range === undefined ? 200 : 206, {
      ...state(file), 'content-type': 'application/octet-stream', 'content-length': file.stored - from, 'content-range': `bytes ${from}-${file.stored - 1}/${file.length}`,
    })
    await pipeline(Readable.from(this.#store.read(id, from), { objectMode: false }), response)
  }

  async #take(id: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { headers: { 'upload-offset': offset, 'content-length': length } } = request
    const from = wholeNumber(typeof offset === 'string' ? offset : undefined)
    const bytes = wholeNumber(length)
    if (from === undefined || bytes === undefined || bytes === 0) { end(response, 400); return; }
    if (bytes > this.#store.limits.pieceBytes) { end(response, 413); return; }
    if (from !== this.#store.find(id)?.stored) { end(response, 409, state(this.#store.find(id))); return; }
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const taken = await this.#store.append(id, from, Buffer.concat(parts, bytes))
    end(response, taken ? 204 : 409, state(this.#store.find(id)))
  }
}

function state(file: { readonly stored: number, readonly length: number } | undefined): Record<string, string> {
  return file === undefined ? {} : { 'upload-offset': `${file.stored}`, 'upload-length': `${file.length}` }
}

function wholeNumber(digits: string | undefined): number | undefined {
  return digits !== undefined && /^\d{1,15}$/.test(digits) ? Number(digits) : undefined
}

/** Ends an answer without a body. The connection goes, too, if a body of the request is still to come. */
function end(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, { ...headers, ...status >= 400 && { connection: 'close' } }).end()
}
