import { existsSync, readdirSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { deriveExtraKey } from '../../src/index.js'
import { FILE_USE, offerFile, readFileOffer, sealedLength, type IncomingFile, type OutgoingFile } from '../../src/file/index.js'
import { OtrError } from '../../src/errors.js'
import { defaultRelayFileLimits, FileStore } from '../../src/transport/relay/file-store.js'
import { RelayFiles, RelayServer, RelayTransport, type RelayServerOptions } from '../../src/transport/relay/index.js'
import { contentOf, reading } from '../support/memory-carrier.js'
import { until } from '../support/transport-events.js'

const CHUNK = 65_576
const codeOf = (error: unknown): string => error instanceof OtrError ? error.code : String(error)
const failure = (work: Promise<unknown>): Promise<string> => work.then(() => 'done', codeOf)

/** The two sides of an offer, without a conversation around it: what `extraKey` and the event have in common is one key. */
async function offered(transport: RelayTransport, length: number): Promise<{ readonly outgoing: OutgoingFile, readonly incoming: IncomingFile }> {
  const raw = new Uint8Array(64).fill(5)
  let told = new Uint8Array(0)
  const outgoing = await offerFile({
    extraKey(_, data) {
      told = Uint8Array.from(data)
      return Promise.resolve(deriveExtraKey(raw, FILE_USE, 32))
    },
  }, { name: 'a', length }, transport.files!)
  const incoming = readFileOffer({ context: FILE_USE, data: told, key: raw })
  if (incoming === undefined || incoming === 'unreadable') throw new Error('no offer')
  return { outgoing, incoming }
}

describe('files at a relay', () => {
  const open: { close(): unknown }[] = []

  async function serve(files: RelayServerOptions['files'] = {}, more: RelayServerOptions = {}): Promise<{ readonly server: RelayServer, readonly alice: RelayTransport, readonly bob: RelayTransport }> {
    const server = await RelayServer.listen({ files, ...more })
    const [alice, bob] = ['alice', 'bob'].map((name) => new RelayTransport({ url: server.url, name })) as [RelayTransport, RelayTransport]
    open.push({ close: () => server.close() }, { close: () => alice.close(0) }, { close: () => bob.close(0) })
    await Promise.all([alice.start(), bob.start()])
    return { server, alice, bob }
  }

  async function load(incoming: IncomingFile, by: RelayTransport): Promise<Buffer> {
    const pieces: Uint8Array[] = []
    for await (const piece of incoming.download(by.files!)) pieces.push(piece)
    return Buffer.concat(pieces)
  }

  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close()
  })

  it('are carried, also to somebody who fetches before all of it is stored', async () => {
    const { server, alice, bob } = await serve()
    const content = contentOf(3_000_000)
    const { outgoing, incoming } = await offered(alice, content.length)
    const loading = load(incoming, bob)
    const ending = new AbortController()
    const interrupted = outgoing.upload(reading(content), { signal: ending.signal, onProgress: ({ done }) => { if (done > 2_000_000) ending.abort(new OtrError('OTR_FILE_CARRIER', 'interrupted')) } })
    expect(await failure(interrupted)).to.equal('OTR_FILE_CARRIER')
    await until(() => incoming.received > 0)
    expect(incoming.received).to.be.below(content.length)
    await outgoing.upload(reading(content))
    expect((await loading).equals(content)).to.equal(true)
    expect(server.fileBytes).to.equal(sealedLength(content.length))
    await outgoing.withdraw()
    expect(server.fileBytes).to.equal(0)
  })

  it('none are carried unless the operator wants it', async () => {
    const { server, alice } = await serve()
    expect(alice.files).not.to.equal(undefined)
    const without = await RelayServer.listen()
    const carol = new RelayTransport({ url: without.url, name: 'carol' })
    open.push({ close: () => without.close() }, { close: () => carol.close(0) })
    await carol.start()
    expect(carol.files).to.equal(undefined)
    const status = async (of: RelayServer, path: string): Promise<number> => (await fetch(`${of.url.replace('ws', 'http')}${path}`)).status
    expect([await status(without, '/files/aaaaaaaaaaaaaaaaaaaaaa'), await status(server, '/files/aaaaaaaaaaaaaaaaaaaaaa'), await status(server, '/')]).to.deep.equal([426, 404, 426])
  })

  it('B14: a flood of places and bytes is bounded: for a file, for a name, for all, and in number', async () => {
    const { server, alice, bob } = await serve({ fileBytes: 4 * CHUNK, bytesPerName: 6 * CHUNK, bytes: 9 * CHUNK, files: 4 })
    const ask = (by: RelayTransport, chunks: number): Promise<string> => failure(by.files!.reserve(chunks * CHUNK))
    expect(await ask(alice, 5)).to.equal('OTR_FILE_CARRIER')
    expect(await Promise.all([ask(alice, 4), ask(alice, 2), ask(alice, 1)])).to.deep.equal(['done', 'done', 'OTR_FILE_CARRIER'])
    expect(await Promise.all([ask(bob, 4), ask(bob, 2), ask(bob, 1), ask(bob, 1)])).to.deep.equal(['OTR_FILE_CARRIER', 'done', 'done', 'OTR_FILE_CARRIER'])
    expect(server.fileBytes).to.equal(9 * CHUNK)
    expect(await ask(alice, 0)).to.equal('OTR_FILE_CARRIER')
  })

  it('B15: nobody but the sender stores or deletes, a piece goes in at its place and whole or not at all, and no page asks unless it may', async () => {
    const { server, alice } = await serve({ pieceBytes: 2 * CHUNK }, { origins: ['https://good.example'] })
    const place = await alice.files!.reserve(3 * CHUNK)
    const url = `${server.url.replace('ws', 'http')}/files/${place.place.slice(6)}`
    const status = async (method: string, headers: Record<string, string> = {}, body?: Uint8Array<ArrayBuffer>): Promise<number> =>
      (await fetch(url, { method, headers, ...body !== undefined && { body } })).status
    const piece = new Uint8Array(CHUNK)
    expect(await status('PATCH', { 'upload-offset': '0' }, piece)).to.equal(401)
    expect(await status('PATCH', { 'upload-offset': '0', 'authorization': 'Bearer aaaaaaaaaaaaaaaaaaaaaa' }, piece)).to.equal(401)
    expect(await status('DELETE')).to.equal(401)
    expect(await status('PUT', {}, piece)).to.equal(405)
    await place.store(0, (async function* () { await Promise.resolve(); yield piece })())
    expect(await failure(place.store(0, (async function* () { await Promise.resolve(); yield piece })()))).to.equal('OTR_FILE_CARRIER')
    expect(await failure(place.store(CHUNK, (async function* () { await Promise.resolve(); yield piece; yield piece; yield piece })()))).to.equal('OTR_FILE_CARRIER')
    expect(await place.stored()).to.equal(CHUNK)
    for (const range of ['bytes=-5', 'bytes=0-5', 'bytes=5', 'lines=1-', `bytes=${3 * CHUNK}-`, 'bytes=99999999999999999999-']) expect(await status('GET', { range }), range).to.equal(416)
    expect(await status('GET', { range: `bytes=${CHUNK}-` })).to.equal(204)
    expect([await status('GET', { origin: 'https://evil.example' }), await status('GET', { origin: 'https://good.example' }), await status('OPTIONS', { origin: 'https://good.example' })]).to.deep.equal([403, 206, 204])
    await place.remove()
    expect(await status('GET')).to.equal(404)
  })

  it('B16: a relay that gives one file for another, or garbage, is noticed', async () => {
    const { alice, bob } = await serve()
    const content = contentOf(100_000)
    const [one, other] = [await offered(alice, content.length), await offered(alice, content.length)]
    await one.outgoing.upload(reading(content))
    await other.outgoing.upload(reading(content))
    const swapped: RelayTransport['files'] = {
      reserve: () => Promise.reject(new Error('unused')), takes: () => true,
      fetch: (_, from, length, signal) => bob.files!.fetch(other.incoming.place, from, length, signal),
    }
    expect(await failure(one.incoming.download(swapped).next())).to.equal('OTR_FILE_BROKEN')
    expect((await load(one.incoming, bob)).equals(content)).to.equal(true)
  })

  it('B17: a relay that stalls, closes, redirects or answers nonsense ends the transfer with a code, and it can be gone on with', async () => {
    let answer: 'stall' | 'close' | 'redirect' | 'nonsense' = 'stall'
    const hostile = createServer((request, response) => {
      if (answer === 'close') request.socket.destroy()
      else if (answer === 'redirect') response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end()
      else if (answer === 'nonsense') response.writeHead(200).end('<html><script>alert(1)</script>')
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => { hostile.once('listening', resolve) })
    open.push({ close: () => { hostile.closeAllConnections(); hostile.close() } })
    const files = new RelayFiles({ origin: `http://127.0.0.1:${(hostile.address() as AddressInfo).port}`, reserve: () => Promise.resolve({ file: 'a'.repeat(22), token: 'b'.repeat(22) }), stallSeconds: 0.2 })
    const place = await files.reserve(CHUNK)
    for (answer of ['stall', 'close', 'redirect', 'nonsense'] as const) {
      expect(await failure(place.stored()), answer).to.equal('OTR_FILE_CARRIER')
      expect(await failure(files.fetch(place.place, CHUNK, 2 * CHUNK)[Symbol.asyncIterator]().next()), answer).to.equal('OTR_FILE_CARRIER')
    }
    expect(files.takes('http://127.0.0.1/')).to.equal(false)
    expect(files.takes('relay:../../../../etc/passwd')).to.equal(false)
  })

  it('B18: what nobody completes or fetches goes after its time, and its bytes are free again', async () => {
    let now = 0
    const store = await FileStore.open({ ...defaultRelayFileLimits, seconds: 100, unfinishedSeconds: 10 }, () => now)
    try {
      const [whole, part] = [store.reserve('alice', 10), store.reserve('alice', 10)]
      if (typeof whole === 'string' || typeof part === 'string') throw new Error('no place')
      expect([await store.append(whole.file, 0, new Uint8Array(10)), await store.append(part.file, 0, new Uint8Array(5))]).to.deep.equal([true, true])
      expect([readdirSync(store.folder).length, statSync(store.folder).mode & 0o777]).to.deep.equal([2, 0o700])
      now = 9_999
      expect([store.find(part.file)?.stored, store.reservedBytes]).to.deep.equal([5, 20])
      now = 10_000
      expect([store.find(part.file), store.find(whole.file)?.stored, store.reservedBytes]).to.deep.equal([undefined, 10, 10])
      now = 100_000
      expect([store.find(whole.file), store.reservedBytes]).to.deep.equal([undefined, 0])
      expect(await store.append(whole.file, 0, new Uint8Array(1))).to.equal(false)
    } finally {
      await store.close()
    }
    expect(existsSync(store.folder)).to.equal(false)
  })
})
