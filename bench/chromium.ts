import { join } from 'node:path'
import { build } from 'esbuild'
import { findChromium, howToInstallChromium, launchChromium } from '../scripts/chromium.mjs'
import type { Result } from './measure.js'

/** The key exchange of version 4 in a page of headless Chromium, as `otr4-chromium`; `undefined` where there is none. */
export async function measureChromium(): Promise<Result | undefined> {
  if (findChromium() === undefined) {
    process.stderr.write(`bench: ${howToInstallChromium}\n`)
    return undefined
  }
  const { outputFiles: [file] } = await build({
    entryPoints: [join(import.meta.dirname, 'page.ts')], bundle: true, format: 'iife', globalName: 'otr4Bench', platform: 'browser', target: 'es2022',
    write: false, logLevel: 'error',
  })
  const browser = await launchChromium()
  try {
    const page = await browser.newPage()
    await page.addScriptTag({ content: file?.text ?? '' })
    return await page.evaluate<Result>('otr4Bench.dake()')
  } finally {
    await browser.close()
  }
}
