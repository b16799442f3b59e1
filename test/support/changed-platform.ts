import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))
const bundle = `${root}node_modules/.cache/otr4/whole-story-${process.pid}.mjs`

/** Puts the story and all of the library into one file: a module that is imported anew knows nothing of what the platform did before. */
export async function bundleWholeStory(): Promise<void> {
  mkdirSync(`${root}node_modules/.cache/otr4`, { recursive: true })
  await build({
    absWorkingDir: root, entryPoints: ['test/support/whole-story.ts'], outfile: bundle, bundle: true, format: 'esm', target: 'es2022', platform: 'browser',
    logLevel: 'error',
  })
}

/** What a worker is told to do: to change its platform, and to run the story so often. */
export interface HostRun {
  /** JavaScript. It may set `before(run)`, called before each story, and `after()`, whose result is told with the story's. */
  readonly change: string
  readonly runs: number
  readonly keys?: unknown
  /** `platform`: the platform's own. Default: the same bytes in each run. */
  readonly random?: 'platform'
}

/** What came of one story. */
export interface PlatformResult {
  readonly said: readonly string[]
  readonly fault: string
  readonly keys: unknown
  /** The error that ended it. */
  readonly failed?: string
  readonly after?: unknown
}

/** Runs stories in a thread of their own, whose platform is not the platform of the tests. */
export function inChangedPlatform({ change, runs, keys, random }: HostRun): Promise<readonly PlatformResult[]> {
  const code = `
    const { parentPort, workerData } = require('node:worker_threads')
    let before = () => undefined
    let after = () => undefined
    const results = []
    const work = async () => {
      // Node's own loader looks at its globals when it is asked for the first time.
      await import('data:text/javascript,')
      ${change}
      for (let run = 0; run < workerData.runs; run++) {
        before(run)
        let result
        try {
          const { hostStory } = await import(workerData.bundle + '?' + run)
          result = await hostStory({ random: workerData.random, ...(workerData.keys && { keys: structuredClone(workerData.keys) }) })
        } catch (error) {
          result = { said: [], fault: '', keys: {}, failed: String(error?.code) + ' ' + String(error?.stack ?? error) }
        }
        results.push({ ...result, after: after() })
      }
    }
    work().then(() => { parentPort.postMessage(results) }, (error) => { throw error })
  `
  return new Promise((resolve, reject) => {
    const worker = new Worker(code, { eval: true, workerData: { bundle: new URL(`file://${bundle}`).href, runs, keys, random }, execArgv: [] })
    worker.on('message', (results: readonly PlatformResult[]) => { resolve(results) })
    worker.on('error', reject)
    worker.on('exit', () => { reject(new Error('the worker ended without a word')) })
  })
}
