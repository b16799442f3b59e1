/**
 * Measures how long a page's main thread is busy without a break: the longest task while a store is opened under a passphrase, during a key
 * exchange and during a verification, in a new page of headless Chromium each time, with the content security policy of README.md. The tasks
 * are read from the browser's trace, because its `longtask` entries begin at 50 ms.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Browser } from 'playwright-core'
import { findChromium, howToInstallChromium, launchChromium } from '../scripts/chromium.mjs'
import { median, type Result } from './measure.js'

/** The rows that are measured in this way. */
export const pageRows = ['page-open', 'page-open-again', 'page-dake', 'page-smp'] as const

/** From this length on, in milliseconds, the browser counts a task as long: users notice it. */
const LONG = 50

const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'"
const runs = 7

interface Seen {
  /** The longest task of the main thread between the two marks, in milliseconds: in CPU time of the thread, and in wall-clock time. */
  readonly work: number
  readonly wall: number
  /** The tasks that the browser itself counted as long, in wall-clock time. */
  readonly long: readonly number[]
}

interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  readonly ts: number
  /** Microseconds of wall-clock time, and of the thread's CPU time, which does not contain the work of other programs. */
  readonly dur?: number
  readonly tdur?: number
}

/**
 * Measures the longest task of each run, in CPU time of the thread: the median, and the longest of all. A fixed task in the same kind of page
 * shows how fast the machine was. If there is no Chromium, writes how to install it and returns no results.
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
  if (wall < 80 || !long.some((duration) => duration >= 80)) throw new Error('a task of 80 ms was not seen, so the measurement of other tasks means nothing')
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
