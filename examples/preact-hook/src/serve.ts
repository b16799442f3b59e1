import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { build } from 'esbuild'

const folder = join(import.meta.dirname, '..')

/** Serves the page on this machine. `port`: 0 takes any free one. */
export async function serve(port = 0): Promise<{ readonly url: string, close(): void }> {
  const { outputFiles: [bundle] } = await build({
    entryPoints: [join(folder, 'src/page.tsx')], bundle: true, minify: true, format: 'esm', platform: 'browser', target: 'es2022', write: false,
    jsx: 'automatic', jsxImportSource: 'preact', logLevel: 'warning',
  })
  const style = await readFile(join(folder, 'public/style.css'), 'utf8')
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<title>useConversation</title><style>${style}</style><body><script type="module" src="/page.js"></script></body></html>`
  const server = createServer(({ url }, response) => {
    const isScript = url === '/page.js'
    response.setHeader('content-type', isScript ? 'text/javascript; charset=utf-8' : 'text/html; charset=utf-8')
    response.end(isScript ? bundle?.text : html)
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://localhost:${address.port}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
