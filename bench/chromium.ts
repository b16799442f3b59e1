import { join } from 'node:path'
import { build } from 'esbuild'
import { findChromium, howToInstallChromium, launchChromium } from '../scripts/chromium.mjs'
import type { Result } from './measure.js'

/** Measures the rows of version 4 and of sealing in a page of headless Chromium. */
export interface ChromiumBench {
  /** Measures one row. Each implementation's name ends in `-chromium`. */
  measure(row: string): Promise<readonly Result[]>
  close(): Promise<void>
}

/** Opens a page to measure in. If there is no Chromium, writes how to install it and returns `undefined`. */
export async function openChromium(): Promise<ChromiumBench | undefined> {
  if (findChromium() === undefined) {
    process.stderr.write(`bench: ${howToInstallChromium}\n`)
    return undefined
  }
  const { outputFiles: [file] } = await build({
    entryPoints: [join(import.meta.dirname, 'page.ts')], bundle: true, format: 'iife', globalName: 'otr4Bench', platform: 'browser', target: 'es2022',
    write: false, logLevel: 'error',
  })
  const browser = await launchChromium()
  const page = await browser.newPage()
  await page.addScriptTag({ content: file?.text ?? '' })
  return {
    measure: async (row) => await page.evaluate<readonly Result[]>(`otr4Bench.run(${JSON.stringify(row)})`),
    close: async () => { await browser.close() },
  }
}
