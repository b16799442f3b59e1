/**
 * How long a page's main thread is busy without a break: the longest task while a store is opened under a passphrase, during a key exchange
 * and during a verification, in a fresh page of headless Chromium each time, with the policy that README.md names. The tasks are read from
 * the browser's trace, since its `longtask` entries begin at 50 ms.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Browser } from 'playwright-core'
import { findChromium, howToInstallChromium, launchChromium } from '../scripts/chromium.mjs'
import { median, type Result } from './measure.js'

/** Rows that are measured so. */
export const pageRows = ['page-open', 'page-open-again', 'page-dake', 'page-smp'] as const

/** What a page and its users feel: a task from this length on is "long" to the browser. */
const LONG = 50

const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'"
const runs = 7

interface Seen {
  /** The longest task of the main thread between the two marks, in milliseconds: of the thread's own work, and by the wall's clock. */
  readonly work: number
  readonly wall: number
  /** Those that the browser itself called long, by the wall's clock. */
  readonly long: readonly number[]
}

interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  readonly ts: number
  /** Microseconds of the wall's clock, and of the thread's own: what other programs do meanwhile is not in the second. */
  readonly dur?: number
  readonly tdur?: number
}

/**
 * The longest task of each run, in the thread's own time: its median and the longest of all. Beside it a fixed task of the same page, which
 * says how fast the machine was. Nothing where there is no Chromium, and says why.
 */
export async function measureMainThread(row: typeof pageRows[number]): Promise<readonly Result[]> {
  if (findChromium() === undefined) {
    process.stderr.write(`bench: ${howToInstallChromium}\n`)
    return []
  }
  const site = await serve()
  const browser = await launchChromium()
  try {
    await proveThatLongTasksAreSeen(browser, site.url)
    const longest: number[] = []
    const fixed: number[] = []
    let long = 0
    for (let n = 0; n < runs; n++) {
      fixed.push((await see(browser, site.url, 'calibration')).work)
      const seen = await see(browser, site.url, row)
      longest.push(seen.work)
      long += seen.long.length
    }
    const result = (implementation: string, value: number): Result => ({ bench: row, implementation, median: Number(value.toPrecision(4)), unit: 'ms', runs })
    process.stderr.write(`bench: ${row}: the browser counted ${long} tasks over ${LONG} ms in ${runs} runs\n`)
    return [result('otr4', median(longest)), result('otr4-worst', Math.max(...longest)), result('fixed-work', median(fixed))]
  } finally {
    await browser.close()
    site.close()
  }
}

async function proveThatLongTasksAreSeen(browser: Browser, url: string): Promise<void> {
  const { wall, long } = await see(browser, url, 'long')
  if (wall < 80 || !long.some((duration) => duration >= 80)) throw new Error('a task of 80 ms was not seen: nothing can be said of others')
}

async function see(browser: Browser, url: string, piece: string): Promise<Seen> {
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    await page.goto(url)
    await page.waitForFunction('globalThis.otr4Page')
    await browser.startTracing(page, { categories: ['toplevel', 'blink.user_timing', 'devtools.timeline', 'disabled-by-default-devtools.timeline'] })
    const long = await page.evaluate<number[]>(`otr4Page.run(${JSON.stringify(piece)})`)
    const { traceEvents } = JSON.parse((await browser.stopTracing()).toString('utf8')) as { readonly traceEvents: readonly TraceEvent[] }
    const mark = (name: string): TraceEvent => {
      const found = traceEvents.find((event) => event.name === name)
      if (found === undefined) throw new Error(`the trace of ${piece} has no ${name}`)
      return found
    }
    const [begin, end] = [mark('otr4-begin'), mark('otr4-end')]
    const tasks = traceEvents.filter(({ name, ph, pid, tid, ts }) => /RunTask$/.test(name) && ph === 'X' && pid === begin.pid && tid === begin.tid && ts > begin.ts && ts < end.ts)
    if (tasks.length === 0) throw new Error(`the trace of ${piece} has no tasks`)
    return {
      work: Math.max(...tasks.map(({ dur = 0, tdur = dur }) => tdur)) / 1000,
      wall: Math.max(...tasks.map(({ dur = 0 }) => dur)) / 1000,
      long,
    }
  } finally {
    await context.close()
  }
}

async function serve(): Promise<{ readonly url: string, readonly close: () => void }> {
  const { outputFiles: [bundle] } = await build({
    entryPoints: [join(import.meta.dirname, 'main-thread-page.ts')], bundle: true, format: 'esm', platform: 'browser', target: 'es2022', minify: true,
    write: false, logLevel: 'error',
  })
  const script = bundle?.text ?? ''
  const server = createServer((request, response) => {
    const wantsScript = request.url === '/page.js'
    response.setHeader('content-security-policy', policy)
    response.setHeader('content-type', wantsScript ? 'text/javascript' : 'text/html')
    response.end(wantsScript ? script : '<!doctype html><title>otr4</title><script type="module" src="/page.js"></script>')
  })
  await new Promise<void>((resolve) => { server.listen(0, 'localhost', resolve) })
  return { url: `http://localhost:${(server.address() as AddressInfo).port}/`, close: () => { server.close() } }
}
