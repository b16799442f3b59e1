import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'

const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }

/** A folder, served on loopback. */
export interface StaticSite {
  /** The address of a page. */
  url(page: string): string
  close(): void
}

/** @param policy the content security policy of every page */
export async function serveFolder(folder: string, policy: (page: string) => string): Promise<StaticSite> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const name = normalize(pathname)
    readFile(join(folder, name)).then((content) => {
      response.setHeader('content-type', types[extname(name)] ?? 'application/octet-stream')
      response.setHeader('content-security-policy', policy(name))
      response.end(content)
    }, () => {
      response.statusCode = 404
      response.end()
    })
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  // A secure context, which Web Locks ask for.
  return { url: (page) => `http://localhost:${(server.address() as AddressInfo).port}/${page}`, close: () => { server.close() } }
}
