import type { Browser, Page } from 'playwright-core'

interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  readonly ts: number
  /** Microseconds of the thread's CPU time, in which there is no work of other programs, and of wall-clock time. */
  readonly tdur?: number
  readonly dur?: number
}

/**
 * Runs a script in a page. Resolves to the longest task of the page's main thread meanwhile, in milliseconds of its CPU time, as the browser's
 * trace has it.
 */
export async function longestTask(browser: Browser, page: Page, script: string): Promise<number> {
  const turn = 'new Promise((go) => { setTimeout(go, 30) })'
  await browser.startTracing(page, { categories: ['toplevel', 'blink.user_timing', 'devtools.timeline', 'disabled-by-default-devtools.timeline'] })
  await page.evaluate(`${turn}.then(() => { performance.mark('otr4-begin'); return ${turn} })`)
  // In a task of its own: what the driver does to begin it is not the page's work.
  await page.evaluate(`new Promise((go) => { setTimeout(go, 20) }).then(() => ${script})`)
  await page.evaluate(`${turn}.then(() => { performance.mark('otr4-end') })`)
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString('utf8')) as { readonly traceEvents: readonly TraceEvent[] }
  const mark = (name: string): TraceEvent => {
    const found = traceEvents.findLast((event) => event.name === name)
    if (found === undefined) throw new Error(`the trace has no ${name}`)
    return found
  }
  const [begin, end] = [mark('otr4-begin'), mark('otr4-end')]
  const tasks = traceEvents.filter(({ name, ph, pid, tid, ts }) => /RunTask$/.test(name) && ph === 'X' && pid === begin.pid && tid === begin.tid && ts > begin.ts && ts < end.ts)
  if (tasks.length === 0) throw new Error('the trace has no tasks')
  return Math.max(...tasks.map(({ dur = 0, tdur = dur }) => tdur)) / 1000
}
