/**
 * The script that main-thread.ts runs in a page: the work on the main thread that README.md mentions for authors of pages, with its setup.
 * Every piece begins in a task of its own.
 */
import { Client } from '../src/index.js'
import { openDatabase } from '../src/store/browser/index.js'

const clock = (): number => Date.now() / 1000
const secret = { passphrase: 'correct horse battery staple' }

/** Waits, so that what follows runs in a new task. */
const turn = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve, 20) })

async function openStore(): Promise<void> {
  const persistence = await openDatabase({ name: 'alice', secret })
  const client = await Client.open({ account: 'alice@example.org', clock, persistence })
  await client.close()
}

/** The first example of README.md: both sides in one page. */
async function keyExchange(): Promise<void> {
  const { alice, bob } = await two()
  const heard = new Promise<boolean>((resolve) => { bob.on('message', ({ encrypted }) => { resolve(encrypted) }) })
  await work(async () => {
    await alice.conversation('bob@example.org').start()
    await alice.conversation('bob@example.org').send('off the record')
    if (!await heard) throw new Error('the message was not encrypted')
  })
}

async function verification(): Promise<void> {
  const { alice, bob } = await two()
  await alice.conversation('bob@example.org').start()
  await alice.conversation('bob@example.org').encrypted({ timeout: 60 })
  const asked = new Promise<void>((resolve) => { bob.on('smp', ({ event }) => { if (event === 'asked') resolve() }) })
  const verified = new Promise<void>((resolve) => { alice.on('smp', ({ event }) => { if (event === 'succeeded') resolve() }) })
  await work(async () => {
    await alice.conversation('bob@example.org').verify('under the bridge', { question: 'Where did we meet?' })
    await asked
    await bob.conversation('alice@example.org').answer('under the bridge')
    await verified
  })
}

async function two(): Promise<{ readonly alice: Client, readonly bob: Client }> {
  const alice = await Client.open({ account: 'alice@example.org', clock })
  const bob = await Client.open({ account: 'bob@example.org', clock })
  alice.on('send', ({ message }) => bob.receive('alice@example.org', message))
  bob.on('send', ({ message }) => alice.receive('bob@example.org', message))
  return { alice, bob }
}

/** A fixed amount of arithmetic, which shows how fast this machine is at the moment. */
function fixedWork(): number {
  let x = 1
  for (let i = 0; i < 2_000_000; i++) x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d) + i | 0
  return x
}

/** Runs the work that is measured, between two marks in the trace. */
async function work<T>(run: () => T | Promise<T>): Promise<T> {
  await turn()
  performance.mark('otr4-begin')
  await turn()
  const result = await run()
  await turn()
  performance.mark('otr4-end')
  return result
}

const pieces: Readonly<Record<string, () => Promise<unknown>>> = {
  'page-open': () => work(openStore),
  'page-open-again': async () => {
    await openStore()
    await work(openStore)
  },
  'page-dake': keyExchange,
  'page-smp': verification,
  calibration: async () => {
    fixedWork()
    await work(() => turn().then(fixedWork))
  },
  /** A task that the browser must count as long. */
  long: () => work(() => turn().then(() => {
    const end = performance.now() + 80
    while (performance.now() < end) fixedWork()
  })),
}

/** Runs one piece. Resolves to the durations of all tasks that the browser counted as long meanwhile, in milliseconds. */
async function run(piece: string): Promise<readonly number[]> {
  const long: number[] = []
  const observer = new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) long.push(duration) })
  // Node's types do not know a browser's kinds of entries.
  const kinds: unknown = ['longtask']
  observer.observe({ entryTypes: kinds } as Parameters<typeof observer.observe>[0])
  const does = pieces[piece]
  if (does === undefined) throw new Error(`there is no ${piece}`)
  await does()
  await new Promise((resolve) => { setTimeout(resolve, 200) })
  observer.disconnect()
  return long
}

Object.assign(globalThis, { otr4Page: { run } })
