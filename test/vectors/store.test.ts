import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { SavedState } from '../../src/session/client/persistence.js'
import { hexDecode, hexEncode } from '../../src/wire/index.js'
import { Network } from '../support/network.js'
import { firstSave, noChanges, ordered, stateOf } from '../support/saved-states.js'
import { seededRandom } from '../support/seeded.js'
import { Disk } from '../support/failing-disk.js'

/** A sealed store as a released version wrote it. Keep every file: each later version has to load all of them. */
interface StoredStore {
  readonly comment: string
  readonly passphrase: string
  /** Keys and values, base64. */
  readonly records: readonly (readonly [string, string])[]
  readonly anchor: string
  /** What is in it. `bytes:` and base64 is a byte string. */
  readonly state: unknown
}

const newest = 'store-v2.json'
const kept = ['store-v1.json', newest] as const
const file = (name: string): string => join(import.meta.dirname, 'data', name)

describe('stores of released versions', () => {
  // OTR4_WRITE=1 writes the file of the newest form, until it is released. Older ones are never written again.
  if (process.env['OTR4_WRITE'] === '1') before(async () => { writeFileSync(file(newest), await written()) })

  for (const name of kept) {
    it(`H7: ${name} loads, all of it`, async () => {
      const { passphrase, records, anchor, state } = JSON.parse(readFileSync(file(name), 'utf8')) as StoredStore
      const disk = new Disk(new Map(records.map(([key, value]) => {
        const bytes = Buffer.from(key, 'base64')
        return [hexEncode(bytes), [new Uint8Array(bytes), new Uint8Array(Buffer.from(value, 'base64'))]]
      })), hexDecode(anchor))
      const store = await disk.open({ secret: { passphrase } })
      expect(asJson(ordered(await store.load())!)).to.deep.equal(name === newest ? state : from1(state))
      // And goes on.
      await store.save({ ...noChanges, nextEvent: 99 })
      await store.close()
      expect((await (await disk.open({ secret: { passphrase } })).load())?.nextEvent).to.equal(99)
    })
  }
})

/** What a state of the first form is in the second: nothing that was protected is less so. */
function from1(state: unknown): unknown {
  const old = state as { conversations: readonly Record<string, unknown>[], journal: readonly { readonly id: number, readonly event: { readonly type: string } }[] }
  const conversations = old.conversations.map(({ lastVerified, outbox, sent, ...rest }) => {
    expect(lastVerified).to.be.a('boolean')
    const keys = rest['keys'] as readonly { readonly trust: string }[]
    return {
      ...rest,
      sessions: (rest['sessions'] as readonly OldEntry[]).map((entry) => ({ ...entry, state: { ...entry.state, session: sessionFrom1(entry.state.session) } })),
      latched: rest['latched'] === true || keys.some(({ trust }) => trust === 'verified'),
      outbox: (outbox as readonly object[]).map((held) => without(held, 'verifiedOnly', 'knownOnly')),
      sent: (sent as readonly object[]).map((one) => without(one, 'verified')),
    }
  })
  const journal = old.journal.map(({ id, event }) => ({ id, event: event.type === 'message' ? { ...event, contentType: 'text' } : event }))
  return JSON.parse(JSON.stringify({ ...old, conversations, journal }).replaceAll('"vouchedBy"', '"claims"'))
}

interface OldSession {
  readonly keys?: object
  readonly ratchet?: { readonly turn: string }
  readonly smp?: { readonly state: string }
  readonly side: readonly { readonly ratchet?: { readonly turn: string } }[]
}

interface OldEntry {
  readonly state: { readonly session: OldSession }
}

/** Keys that are gone were not remembered. */
function sessionFrom1({ keys, ratchet, smp, side, ...rest }: OldSession): object {
  const ratchetFrom1 = (old: { readonly turn: string }): object =>
    ({ ...old, ourDhPublic: 'bytes:', ...old.turn === 'ours' && { ourEcdh: `bytes:${Buffer.alloc(57).toString('base64')}` } })
  return {
    ...rest,
    side: side.map((one) => one.ratchet === undefined ? one : { ...one, ratchet: ratchetFrom1(one.ratchet) }),
    ...keys !== undefined && { keys: { ...keys, gone: [] } },
    ...ratchet !== undefined && { ratchet: ratchetFrom1(ratchet) },
    // What was asked was not remembered either. (JSON has no `undefined`.)
    ...smp !== undefined && { smp: smp.state === 'expect2' ? { ...smp, again: false } : smp },
  }
}

function without(value: object, ...fields: readonly string[]): object {
  return Object.fromEntries(Object.entries(value).filter(([field]) => !fields.includes(field)))
}

function asJson(state: SavedState): unknown {
  return JSON.parse(JSON.stringify(state, (_, value: unknown) => value instanceof Uint8Array ? `bytes:${Buffer.from(value).toString('base64')}` : value)) as unknown
}

/** A state with something of everything, of conversations that really took place. */
async function written(): Promise<string> {
  const network = new Network()
  const alice = network.add('alice', { versions: '34' })
  const bob = network.add('bob', { versions: '4', policy: { maxMessageLength: 200 } })
  const carol = network.add('carol', { versions: '3' })
  const dora = network.add('dora', { versions: '34' })
  for (const peer of ['bob', 'carol', 'dora']) {
    alice.start(peer)
    network.run()
    alice.send(peer, `hello ${peer}`)
    network.run()
  }
  alice.take(alice.core.conversation('bob').trust('verified'))
  alice.take(alice.core.conversation('bob').setPolicy({ requireVerified: true, sendTo: 'recent' }))
  for (const other of [bob, carol, dora]) {
    other.send('alice', 'hello alice')
    network.run()
  }
  // Sessions that were renewed, in which something was read.
  for (const other of [bob, carol]) {
    alice.start(other.address)
    network.run()
    other.send('alice', 'in the new session')
    network.run()
  }
  // Verifications in the middle, a skipped message, a session that was ended, half a message, one that waits, handshakes.
  alice.take(alice.core.conversation('carol').verify('secret', { question: 'which?' }))
  network.run()
  bob.take(bob.core.conversation('alice').verify('secret'))
  network.run()
  bob.send('alice', 'lost')
  network.queue.splice(0)
  bob.send('alice', 'found')
  network.run()
  dora.end('alice')
  network.run()
  alice.send('dora', 'waits for a session')
  alice.start('erin')
  network.queue.splice(0)
  bob.send('alice', 'a message in pieces, of which some are lost on the way')
  network.queue.splice(2)
  network.run()
  alice.core.ensemble(2)
  const state: SavedState = {
    ...stateOf(alice.core.exportState()),
    journal: [
      { id: 6, event: { type: 'send', to: 'bob', message: '?OTR:', id: 6 } },
      { id: 7, event: { type: 'message', from: 'bob', text: 'half a pair: \ud800', contentType: 'text', encrypted: true, instance: 0x2001, version: 4, id: 7 } },
    ],
    nextEvent: 8,
    records: [{ name: 'of the host', bytes: Uint8Array.of(1, 2, 3) }],
  }
  const disk = new Disk()
  const passphrase = 'correct horse battery staple'
  const store = await disk.open({ secret: { passphrase, cost: { log2N: 12, r: 8, p: 1 } }, random: seededRandom('store-v2') })
  await store.save(firstSave(state))
  await store.close()
  const again = await disk.open({ secret: { passphrase } })
  const found = ordered(await again.load())!
  expect(found).to.deep.equal(ordered(state))
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
  const result: StoredStore = {
    comment: 'The second form of sealed stores. Made by test/vectors/store.test.ts; keys are of the test alone.',
    passphrase,
    records: [...disk.records.values()].map(([key, value]) => [base64(key), base64(value)] as const),
    anchor: hexEncode(disk.anchored!),
    state: asJson(found),
  }
  return `${JSON.stringify(result, undefined, 1)}\n`
}
