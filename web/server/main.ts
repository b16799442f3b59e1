/** `npm run web`: serves the built client until it is interrupted. */
import { serveWeb } from './serve.js'

const site = await serveWeb(new URL('../dist', import.meta.url).pathname, Number(process.env['PORT'] ?? 8444))
console.log(`otr4 web at ${site.url} with a relay and a prekey server, which forget everything when they end; Ctrl+C ends them`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { void site.close() })
