/** The web client on this machine: its files, a relay and a prekey server. */
import { createServer } from 'node:http'
import { readdirSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { generateEd448KeyPair } from '../../src/crypto/index.js'
import { systemRandom } from '../../src/index.js'
import { MemoryPrekeyStore, PrekeyServer } from '../../src/prekey/index.js'
import { openRelayFront } from '../../src/transport/prekey/index.js'
import { RelayServer, type RelayLimits } from '../../src/transport/relay/index.js'
import { headersOf } from './headers.js'

export interface WebSite {
  readonly url: string
  /** The relay of this machine, which the page uses unless it was given another. */
  readonly relay: RelayServer
  close(): Promise<void>
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.webmanifest': 'application/manifest+json',
}

/**
 * Serves a built folder on loopback.
 * @param port 0 takes any free one
 * @param limits bounds of the relay, other than its defaults
 * @param elsewhere the address of another relay that the page uses
 */
export async function serveWeb(folder: string, port = 0, limits: Partial<RelayLimits> = {}, elsewhere?: string): Promise<WebSite> {
  const files = new Map(readdirSync(folder).map((name) => [`/${name}`, { type: types[extname(name)] ?? 'application/octet-stream', body: readFileSync(join(folder, name)) }]))
  const page = files.get('/index.html')
  if (page !== undefined) files.set('/', page)
  let headers: Readonly<Record<string, string>> = {}
  let config = '{}'
  const server = createServer((request, response) => {
    // Never by `new URL`, which throws for some of what may be asked for, such as `//`.
    const [path = ''] = (request.url ?? '/').split('?')
    if (path === '/config.json') {
      response.writeHead(200, { ...headers, 'content-type': 'application/json' }).end(config)
      return
    }
    const file = files.get(path)
    response.writeHead(file === undefined ? 404 : 200, { ...headers, 'content-type': file?.type ?? 'text/plain' }).end(file?.body ?? 'not found')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const { port: taken } = server.address() as AddressInfo
  // A relay has no passwords: it serves this page alone, not every page that somebody visits.
  const relay = await RelayServer.listen({ origins: [`http://127.0.0.1:${taken}`, `http://localhost:${taken}`], limits, files: {} })
  const identity = 'prekeys'
  const prekeys = new PrekeyServer({
    identity, store: new MemoryPrekeyStore(), key: generateEd448KeyPair(systemRandom), random: systemRandom, clock: () => Date.now() / 1000,
    pause: () => new Promise((resolve) => { setImmediate(resolve) }),
  })
  const front = await openRelayFront({ url: relay.url, name: identity, answer: (from, text) => prekeys.receive(from, text) })
  const ticking = setInterval(() => { void prekeys.tick(Date.now() / 1000) }, 10_000)
  const used = elsewhere ?? relay.url
  headers = headersOf([used, new URL(used.replace(/^ws/, 'http')).origin])
  config = JSON.stringify({ relay: used, prekeys: { identity, fingerprint: Buffer.from(prekeys.fingerprint).toString('hex') } })
  return {
    url: `http://127.0.0.1:${taken}/`,
    relay,
    async close() {
      clearInterval(ticking)
      await front.close()
      await prekeys.close()
      await relay.close()
      server.closeAllConnections()
      await new Promise((resolve) => { server.close(resolve) })
    },
  }
}
