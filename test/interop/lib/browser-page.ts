import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { build } from 'esbuild'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchChromium } from '../../../scripts/chromium.mjs'

/** A page with a script that puts `tab` into it, in a browser of this machine. */
export interface BrowserPage {
  readonly browser: Browser
  /** Opens the page in one more tab, and waits until `tab` is there. */
  open(context: BrowserContext): Promise<Page>
  close(): Promise<void>
}

/**
 * Bundles a script, serves its page on loopback, and starts a browser. Call `needsChromium` first.
 * @param script TypeScript; its imports are relative to the root of the project
 * @param forbids the content security policy of the page
 */
export async function openBrowserPage(script: string, forbids?: string): Promise<BrowserPage> {
  const { outputFiles: [bundle] } = await build({
    stdin: { contents: script, resolveDir: `${import.meta.dirname}/../../..`, loader: 'ts' },
    bundle: true, format: 'esm', platform: 'browser', target: 'es2022', write: false, logLevel: 'silent',
  })
  const server = createServer((request, response) => {
    if (forbids !== undefined) response.setHeader('content-security-policy', forbids)
    const isScript = request.url?.endsWith('.js') === true
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? bundle?.text : '<!doctype html><script type="module" src="/tab.js"></script>')
  })
  await new Promise<void>((resolve) => { server.listen(0, 'localhost', resolve) })
  const url = `http://localhost:${(server.address() as AddressInfo).port}/`
  const browser = await launchChromium()
  return {
    browser,
    async open(context) {
      const page = await context.newPage()
      await page.goto(url)
      await page.waitForFunction('globalThis.tab')
      return page
    },
    async close() {
      await browser.close()
      server.close()
    },
  }
}
