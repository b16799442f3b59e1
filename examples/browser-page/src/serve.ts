/** Serves the page and a relay on this machine. A real site serves the same bundle and the same headers from anywhere, over HTTPS. */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { join } from 'node:path'
import { build } from 'esbuild'
import { RelayServer } from 'otr4/transport/relay'

export interface Site {
  readonly url: string
  close(): Promise<void>
}

const folder = join(import.meta.dirname, '..')

/** `port`: 0 takes any free one. */
export async function serve(port = 0): Promise<Site> {
  const { outputFiles: [bundle] } = await build({
    entryPoints: [join(folder, 'src/page.ts')], bundle: true, minify: true, format: 'esm', platform: 'browser', target: 'es2022', write: false, logLevel: 'warning',
  })
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const url = `http://localhost:${address.port}`
  // A relay has no passwords: it talks to this page alone, not to every page that somebody visits.
  const relay = await RelayServer.listen({ origins: [url] })
  const html = (await readFile(join(folder, 'public/index.html'), 'utf8')).replace('RELAY', relay.url)
  const files = new Map([
    ['/', { type: 'text/html; charset=utf-8', body: html }],
    ['/style.css', { type: 'text/css; charset=utf-8', body: await readFile(join(folder, 'public/style.css'), 'utf8') }],
    ['/icon.svg', { type: 'image/svg+xml', body: await readFile(join(folder, 'public/icon.svg'), 'utf8') }],
    ['/page.js', { type: 'text/javascript; charset=utf-8', body: bundle?.text ?? '' }],
  ])
  const headers = {
    // With 'wasm-unsafe-eval' the arithmetic takes constant time. Nothing else is allowed that could run what is no file of ours.
    'content-security-policy': [
      "default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "style-src 'self'", "img-src 'self'", `connect-src ${relay.url}`, "base-uri 'none'",
      "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
    ].join('; '),
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  }
  server.on('request', ({ url: path = '/' }, response) => {
    const file = files.get(path)
    response.writeHead(file === undefined ? 404 : 200, { ...headers, 'content-type': file?.type ?? 'text/plain' })
    response.end(file?.body)
  })
  return {
    url,
    async close() {
      await relay.close()
      server.closeAllConnections()
      server.close()
    },
  }
}
