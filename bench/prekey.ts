import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateEd448KeyPair, setArithmetic, systemRandom } from '../src/crypto/index.js'
import { nobleArithmetic } from '../src/crypto/noble/index.js'
import { ClientCore, generateEd448Keys, makeV4Identity } from '../src/index.js'
import { MemoryPrekeyStore, PrekeyClient, PrekeyServer, type PrekeyStore } from '../src/prekey/index.js'
import { openEmbeddedStore, openPostgresStore } from '../src/prekey/store/index.js'
import { prekeyText } from '../src/prekey/messages.js'
import { encodeClientProfile, encodePrekeyMessage, encodePrekeyProfile } from '../src/wire/index.js'
import { median, type Result } from './measure.js'

/**
 * The work of a prekey server, in CPU time of the server alone: publications of 100 prekeys, fetches, and fetches for unknown addresses, with a
 * large and a small store.
 */
export const prekeyRows = ['prekey-publish-100', 'prekey-fetch', 'prekey-miss'] as const

export type PrekeyRow = (typeof prekeyRows)[number]

const SERVER = 'prekey.example.org'
const clock = (): number => 1_700_000_000
const free = { burst: 1e9, perSecond: 1e9 }
const limits = { dakes: free, fetchesByRequester: free, fetchesOfOwnerByRequester: free, fetchesOfOwner: free, prekeysPerIdentity: 1e9 }
const wide = { instancesPerIdentity: 1e9, prekeysPerIdentity: 1e9 }

function newServer(store: PrekeyStore = new MemoryPrekeyStore()): PrekeyServer {
  return new PrekeyServer({ identity: SERVER, key: generateEd448KeyPair(systemRandom), store, random: systemRandom, clock, limits })
}

function newCore(): ClientCore {
  const instanceTag = 0x200
  const v4 = makeV4Identity(generateEd448Keys(systemRandom), { instanceTag, now: clock() }, systemRandom)
  return new ClientCore({ account: { address: 'bob@example.org', instanceTag, v4 }, clock })
}

/** Returns the CPU time of some work, in milliseconds. */
async function cpu(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

const result = (bench: string, implementation: string, times: readonly number[]): Result =>
  ({ bench, implementation, median: Number(median(times).toPrecision(4)), unit: 'ms', runs: times.length })

/** Measures a whole publication: DAKE-1, and DAKE-3 with 100 prekey messages and both profiles. */
async function publish(runs: number): Promise<number[]> {
  const times: number[] = []
  for (let n = -1; n < runs; n++) {
    const server = newServer()
    const core = newCore()
    const client = new PrekeyClient({ owner: core, server: { identity: SERVER }, random: systemRandom, clock })
    let sum = 0
    let line = client.publish(100).send[0]?.message
    while (line !== undefined) {
      const text = line
      let answer: string | undefined
      sum += await cpu(async () => { [answer] = await server.receive(core.address, text) })
      const step = client.receive(SERVER, answer ?? '')
      line = step.send[0]?.message
      if (line === undefined && !step.events.some((event) => event.type === 'prekey' && event.event === 'published')) throw new Error('not published')
    }
    if (n >= 0) times.push(sum)
  }
  return times
}

/** Fills a store with `users` users of one device each and `prekeys` prekey messages for each, all with the same profiles. */
async function stocked(users: number, prekeys: number, store: PrekeyStore = new MemoryPrekeyStore()): Promise<PrekeyStore> {
  const { clientProfile, prekeyProfile, messages: [message] } = newCore().publication(1)
  if (message === undefined) throw new Error('no prekey message')
  for (let n = 0; n < users; n++) {
    await store.publish({
      identity: `user${n}@example.org`,
      instanceTag: 0x200,
      fingerprint: new Uint8Array(56),
      clientProfile: { bytes: encodeClientProfile(clientProfile), expiration: clientProfile.expiration, versions: '4' },
      prekeyProfile: { bytes: encodePrekeyProfile(prekeyProfile), expiration: prekeyProfile.expiration },
      messages: Array.from({ length: prekeys }, (_, identifier) => ({ identifier, bytes: encodePrekeyMessage({ ...message, identifier }) })),
    }, wide, clock())
  }
  return store
}

/** Returns the wall-clock time of some work, in milliseconds: it includes the time of a disk, or of a database in another process. */
async function wall(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now()
  await work()
  return performance.now() - before
}

/** Measures fetches from a durable store, one after another, each with its commit. */
async function storedFetch(implementation: string, store: PrekeyStore): Promise<Result> {
  try {
    const server = newServer(await stocked(100, 100, store))
    return result('prekey-fetch', implementation, await queries(server, 7, (n) => `user${n % 100}@example.org`, 'AAQT', { count: 500, time: wall }))
  } finally {
    await store.close()
  }
}

/** Measures fetches on PGlite, in a new folder, and on PostgreSQL if `OTR4_BENCH_POSTGRES` has the URL of an empty database. */
async function storedFetches(): Promise<Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'otr4-bench-'))
  const url = process.env['OTR4_BENCH_POSTGRES']
  try {
    const results = [await storedFetch('otr4-pglite', await openEmbeddedStore(folder))]
    if (url === undefined) process.stderr.write('bench: for prekey-fetch on PostgreSQL set OTR4_BENCH_POSTGRES to the URL of an empty database\n')
    else results.push(await storedFetch('otr4-postgres', await openPostgresStore(url)))
    return results
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Measures the time of one query: `runs` times, as the mean over `count` queries. */
async function queries(
  server: PrekeyServer, runs: number, of: (n: number) => string, expected: string, { count, time: measured } = { count: 1000, time: cpu },
): Promise<number[]> {
  const times: number[] = []
  for (let run = -2; run < runs; run++) {
    const texts = Array.from({ length: count }, (_, n) => prekeyText({ kind: 'prekey-query', senderTag: 0x300, identity: of(n), versions: '4' }))
    const time = await measured(async () => {
      for (const [n, text] of texts.entries()) {
        const [answer] = await server.receive(`requester${n}@example.org`, text)
        if (answer?.startsWith(expected) !== true) throw new Error('another answer')
      }
    })
    if (run >= 0) times.push(time / texts.length)
  }
  return times
}

/** Measures one row in each of its variants. */
export async function measurePrekey(row: PrekeyRow): Promise<Result[]> {
  switch (row) {
    case 'prekey-publish-100': {
      const own = result(row, 'otr4', await publish(9))
      const before = setArithmetic(nobleArithmetic)
      try {
        return [own, result(row, 'otr4-noble', await publish(3))]
      } finally {
        setArithmetic(before)
      }
    }
    case 'prekey-fetch':
      return [
        result(row, 'otr4', await queries(newServer(await stocked(100, 100)), 7, (n) => `user${n % 100}@example.org`, 'AAQT')),
        ...await storedFetches(),
      ]
    case 'prekey-miss':
      return [
        result(row, 'otr4', await queries(newServer(await stocked(100_000, 1)), 7, (n) => `nobody${n}@example.org`, 'AAQO')),
        result(row, 'otr4-100-users', await queries(newServer(await stocked(100, 1)), 7, (n) => `nobody${n}@example.org`, 'AAQO')),
      ]
  }
}
