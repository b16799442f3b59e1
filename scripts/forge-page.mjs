// Makes the page that `otr4 forge --page` writes, of page/: one file with its script and its style, which the browser forbids to load anything.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The page as text: the same for the same sources. */
export async function forgePage() {
  const { outputFiles: [bundle] } = await build({
    absWorkingDir: root, entryPoints: ['page/main.ts'], bundle: true, minify: true, format: 'iife', platform: 'browser', target: 'es2022', write: false,
    logLevel: 'warning',
  })
  const script = bundle.text.trim()
  const style = readFileSync(`${root}page/page.css`, 'utf8').trim()
  if (/<\/(?:script|style)|<!--/i.test(script + style)) throw new Error('the script or the style of the page would end its element')
  const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  const policy = `default-src 'none'; script-src ${hash(script)} 'wasm-unsafe-eval'; style-src ${hash(style)}; worker-src blob:; base-uri 'none'; form-action 'none'`
  const parts = { policy, style, script }
  return readFileSync(`${root}page/page.html`, 'utf8').replace(/\{\{(\w+)\}\}/g, (_, name) => parts[name])
}
