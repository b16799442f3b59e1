/** A file beside the conversation: its key comes from the session, its bytes go over HTTP, where nobody can read or change them unnoticed. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open as openFile, rename, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { deriveExtraKey, type ClientConversation, type ClientExtraKeyEvent } from 'otr4'
import { decodeOffer, encodeOffer, FILE_CONTEXT, type Offer } from './offer.js'
import { open, seal, SealError, type Bytes } from './sealed-stream.js'

/** Serves sealed files at addresses that nobody can guess. A real program uploads to its server instead. */
export interface FileServer {
  readonly origin: string
  /** Has a stream served at a new address. */
  offer(stream: () => AsyncIterable<Bytes>): URL
  /** Nothing is served there any more. */
  withdraw(url: URL): void
  close(): void
}

export async function serveFiles(): Promise<FileServer> {
  const streams = new Map<string, () => AsyncIterable<Bytes>>()
  const server = createServer((request, response) => {
    const stream = streams.get(request.url ?? '')
    if (stream === undefined) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, { 'content-type': 'application/octet-stream' })
    pipeline(Readable.from(stream(), { objectMode: false }), response).catch(() => { response.destroy() })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const origin = `http://127.0.0.1:${address.port}`
  return {
    origin,
    offer(stream) {
      const path = `/${crypto.randomUUID()}`
      streams.set(path, stream)
      return new URL(path, origin)
    },
    withdraw: ({ pathname }) => { streams.delete(pathname) },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/**
 * Offers a file to the correspondent. Fulfilled when the offer has gone out. Rejects with an `OtrError`: `OTR_NOT_ENCRYPTED` (call `start` first),
 * `OTR_NOT_VERIFIED`, `OTR_NOT_ACCEPTED` (verify the key first); nothing can be read of the file then.
 */
export async function sendFile(conversation: ClientConversation, path: string, server: FileServer): Promise<void> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  const salt = crypto.getRandomValues(new Uint8Array(32))
  let giveKey: (key: Promise<Bytes>) => void = () => undefined
  const key = new Promise<Bytes>((resolve) => { giveKey = resolve })
  // The other side may ask before `extraKey` returns: the answer waits for the key.
  const url = server.offer(async function* () {
    yield* seal(await key, createReadStream(path))
  })
  const offer: Offer = {
    url: url.href, name: basename(path), size: (await stat(path)).size, sha256: hash.digest('hex'), salt: Buffer.from(salt).toString('hex'),
  }
  try {
    // One call gives the key and tells the other side of it: TLV 8 of version 3, 7 of version 4.
    const extraKey = await conversation.extraKey(FILE_CONTEXT, encodeOffer(offer), { length: 32 })
    giveKey(fileKey(extraKey, salt))
    await key
    extraKey.fill(0)
  } catch (error) {
    server.withdraw(url)
    throw error
  }
}

export interface ReceiveOptions {
  /** Where files may come from. An offer names an address: do not let others choose which machines yours connects to. */
  readonly origins: readonly string[]
  /** Bytes of the largest file that is taken. */
  readonly most: number
  /** Where to put it: your choice, never the name of the offer. */
  readonly path: string
}

/**
 * Fetches what an `extra-key` event offers. The file appears at its path only when all of it has come and is what was sent. Whether to take it
 * at all is the person's decision: show them `conversation.status.key`, which says what the sender's key is worth.
 *
 * Throws `SealError` for a file that was changed or cut off, or has another key, size or hash; `undefined`: the event is about something else.
 */
export async function receiveFile(event: ClientExtraKeyEvent, { origins, most, path }: ReceiveOptions): Promise<Offer | undefined> {
  const offer = event.context === FILE_CONTEXT ? decodeOffer(event.data) : undefined
  if (offer === undefined) return undefined
  if (!origins.includes(new URL(offer.url).origin)) throw new Error(`files from ${new URL(offer.url).origin} are not taken`)
  if (offer.size > most) throw new Error(`${offer.size} bytes are more than are taken`)
  const extraKey = deriveExtraKey(event.key, FILE_CONTEXT, 32)
  const key = await fileKey(extraKey, Buffer.from(offer.salt, 'hex'))
  extraKey.fill(0)
  // A redirect would lead past the check of the address.
  const { ok, status, body } = await fetch(offer.url, { redirect: 'error' })
  if (!ok || body === null) throw new Error(`the file is not there: ${status}`)

  const unfinished = `${path}.part`
  const hash = createHash('sha256')
  let size = 0
  try {
    const file = await openFile(unfinished, 'wx', 0o600)
    try {
      for await (const chunk of open(key, body)) {
        size += chunk.length
        if (size > offer.size) throw new SealError('the file is longer than was said')
        hash.update(chunk)
        await file.writeFile(chunk)
      }
      await file.sync()
    } finally {
      await file.close()
    }
    if (size !== offer.size || hash.digest('hex') !== offer.sha256) throw new SealError('the file is not the one that was offered')
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  } finally {
    key.fill(0)
  }
  return offer
}

/**
 * The key of one file. In version 3 the extra key stays the same for as long as the session's keys do: a salt for each file keeps two files
 * from being sealed with the same key and nonces.
 */
async function fileKey(extraKey: Uint8Array, salt: Uint8Array): Promise<Bytes> {
  const material = await crypto.subtle.importKey('raw', new Uint8Array(extraKey), 'HKDF', false, ['deriveBits'])
  const info = new TextEncoder().encode('otr4 example, file')
  return new Uint8Array(await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(salt), info }, material, 256))
}
