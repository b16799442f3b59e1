/**
 * Measures the cost of durability, in a process of its own: `store.ts ROW` prints one result on each line. It compares a client with a store in
 * a directory on this machine's disk, every write synchronous, with a client without a store.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Client, ClientCore, generateEd448Keys, makeV4Identity, systemRandom, type ClientEvent } from '../src/index.js'
import { openDirectory } from '../src/store/node/index.js'
import { median, type Result } from './measure.js'

const now = 1_800_000_000
const cache = join(import.meta.dirname, '../node_modules/.cache/otr4')

async function inDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  mkdirSync(cache, { recursive: true })
  const root = mkdtempSync(join(cache, 'store-'))
  try {
    return await work(join(root, 'store'))
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** A client with `peers` private conversations in version 4. `sent` sets a function that is called for each line. */
async function talking(directory: string | undefined, peers: number): Promise<{ client: Client, names: readonly string[], sent: (heard: () => void) => void, answered: (name: string) => Promise<void> }> {
  const persistence = directory === undefined ? undefined : await openDirectory({ directory, secret: { key: new Uint8Array(32) } })
  const client = await Client.open({
    account: 'alice', keys: { instanceTag: 0x1001, ed448: generateEd448Keys(systemRandom) }, clock: () => now, policy: { heartbeatAfter: 0, allowV3: false },
    ...(persistence && { persistence }),
  })
  let others: ReadonlyMap<string, ClientCore> = new Map<string, ClientCore>()
  let heard: () => void = () => undefined
  const carry = (from: string, events: readonly ClientEvent[]): void => {
    for (const event of events) if (event.type === 'send') void client.receive(from, event.message)
  }
  client.on('send', ({ to, message }) => {
    heard()
    const other = others.get(to)
    if (other !== undefined) carry(to, other.receive('alice', message))
  })
  const names = Array.from({ length: peers }, (_, n) => `peer ${n}`)
  const v4 = makeV4Identity(generateEd448Keys(systemRandom), { instanceTag: 0x2002, now }, systemRandom)
  others = new Map(names.map((address) => [address, new ClientCore({ account: { address, instanceTag: 0x2002, v4 }, clock: () => now })]))
  for (const name of names) {
    await client.conversation(name).start()
    for (let waits = 0; client.conversation(name).status.selected === undefined; waits++) {
      if (waits > 1000) throw new Error('no session')
      await new Promise((resolve) => { setTimeout(resolve, 1) })
    }
  }
  const all = others
  // From here on lines are delivered to nobody, so that the other side costs nothing.
  others = new Map()
  return {
    client, names,
    sent: (next) => { heard = next },
    /** Exchanges texts, so that no text is unacknowledged. */
    async answered(name) {
      others = all
      for (let turn = 0; turn < 2; turn++) {
        await client.conversation(name).send('hello')
        for (const event of all.get(name)?.conversation('alice').send('hello').events ?? []) if (event.type === 'send') await client.receive(name, event.message)
      }
      others = new Map()
    },
  }
}

async function message(directory: string | undefined, implementation: string): Promise<Result> {
  const { client, names: [name = ''], sent } = await talking(directory, 1)
  const times: number[] = []
  for (let n = -100; n < 500; n++) {
    const start = performance.now()
    const heard = new Promise<void>((resolve) => { sent(resolve) })
    const done = client.conversation(name).send('x'.repeat(20))
    await heard
    if (n >= 0) times.push(performance.now() - start)
    await done
  }
  await client.close()
  return { bench: 'store-message', implementation, median: Number(median(times).toPrecision(4)), unit: 'ms', runs: times.length }
}

/** Batches of 64 messages to 16 correspondents: simultaneous calls share one write. */
async function batch(directory: string | undefined, implementation: string): Promise<Result> {
  const { client, names } = await talking(directory, 16)
  const rates: number[] = []
  for (let run = -2; run < 7; run++) {
    const start = performance.now()
    for (let turn = 0; turn < 16; turn++) {
      await Promise.all(Array.from({ length: 64 }, (_, n) => client.conversation(names[n % names.length] ?? '').send('x'.repeat(20))))
    }
    if (run >= 0) rates.push(16 * 64 * 1000 / (performance.now() - start))
  }
  await client.close()
  return { bench: 'store-batch', implementation, median: Math.round(median(rates)), unit: 'per s', runs: rates.length }
}

/** Writes a store with `count` correspondents, each with a private conversation and a known key. */
async function fill(directory: string, count: number): Promise<void> {
  const { client, names: [name = ''], answered } = await talking(undefined, 1)
  await answered(name)
  const state = client.exportState()
  const [one] = state.conversations
  if (one === undefined) throw new Error('no conversation')
  const store = await openDirectory({ directory, secret: { passphrase: 'a passphrase' } })
  await store.save({
    account: { address: 'alice', keys: client.keys },
    policy: state.policy,
    conversations: Array.from({ length: count }, (_, n) => ({ ...one, peer: `correspondent ${n}@example.org` })),
    forgotten: [], journalAdded: [], journalDone: [], nextEvent: 1,
  })
  await store.close()
}

/** From the passphrase to a client with all its conversations. This includes scrypt, which is slow on purpose. */
async function open(directory: string): Promise<Result[]> {
  const start = performance.now()
  const persistence = await openDirectory({ directory, secret: { passphrase: 'a passphrase' } })
  const client = await Client.open({ account: 'alice', clock: () => now, persistence })
  const ms = performance.now() - start
  const rss = process.memoryUsage.rss()
  if (client.exportState().conversations.length < 10_000) throw new Error('somebody was forgotten')
  await client.close()
  return [
    { bench: 'store-open-10000', implementation: 'otr4', median: Math.round(ms), unit: 'ms', runs: 1 },
    { bench: 'store-open-10000-memory', implementation: 'otr4', median: Math.round(rss / 1e6), unit: 'MB', runs: 1 },
  ]
}

const [, , row, directory = ''] = process.argv
const results = row === 'store-message' ? [await inDirectory((at) => message(at, 'otr4')), await message(undefined, 'otr4-no-store')]
  : row === 'store-batch' ? [await inDirectory((at) => batch(at, 'otr4')), await batch(undefined, 'otr4-no-store')]
    : row === 'fill' ? (await fill(directory, 10_000), [])
      : await open(directory)
for (const result of results) process.stdout.write(`${JSON.stringify(result)}\n`)
process.exit(0)
