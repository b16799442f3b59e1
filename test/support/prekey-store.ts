/** Further requirements on a store of the prekey server, for names, crowds and any order of calls: see also prekey-store-suite.ts. */
import { expect } from 'chai'
import fc from 'fast-check'
import type { PrekeyStore, PublicationRecord, StoreLimits } from '../../src/prekey/store.js'
import { MemoryPrekeyStore } from '../../src/prekey/memory-store.js'

export const limits: StoreLimits = { instancesPerIdentity: 4, prekeysPerIdentity: 300 }
export const now = 1_800_000_000
const week = 604_800

/** A fingerprint, or other bytes, that a number determines. */
export function some(number: number, length = 56): Uint8Array {
  return new Uint8Array(length).fill(number)
}

/** The message with an identifier: 456 bytes, as the largest are. */
export function messageBytes(identifier: number): Uint8Array {
  const bytes = some(identifier & 0xff, 456)
  new DataView(bytes.buffer).setUint32(0, identifier)
  return bytes
}

export function publication(identity: string, options: {
  tag?: number, key?: number, identifiers?: readonly number[], versions?: string, profile?: boolean, ends?: number, prekeyEnds?: number,
} = {}): PublicationRecord {
  const { tag = 0x101, key = 1, identifiers = [], versions = '4', profile = true, ends = now + week, prekeyEnds = now + week } = options
  return {
    identity, instanceTag: tag, fingerprint: some(key),
    ...profile && {
      clientProfile: { bytes: some(key, 263), expiration: ends, versions },
      prekeyProfile: { bytes: some(key + 100, 185), expiration: prekeyEnds },
    },
    messages: identifiers.map((identifier) => ({ identifier, bytes: messageBytes(identifier) })),
  }
}

/** `count` numbers, from `first`. */
export function range(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => first + at)
}

/** The identifiers of the prekey messages that were taken. */
export async function takeIdentifiers(store: PrekeyStore, identity: string, versions = '4', at = now): Promise<number[]> {
  const taken = await store.take(identity, versions, at)
  return taken.map(({ prekeyMessage }) => new DataView(prekeyMessage.buffer, prekeyMessage.byteOffset).getUint32(0))
}

let identities = 0
/** An identity that no other test uses. */
export function newIdentity(): string {
  return `user-${identities++}@example.org`
}

/** The tests. `store`: the same for all of them; each uses identities of its own. */
export function storeSuite(store: () => PrekeyStore): void {
  it('gives out each prekey message once, those that came first first, then none', async () => {
    const who = newIdentity()
    expect(await store().publish(publication(who, { identifiers: [7, 3, 5] }), limits, now)).to.deep.equal({ stored: 3, duplicates: 0 })
    const [first] = await store().take(who, '4', now)
    expect(first).to.deep.equal({
      instanceTag: 0x101, clientProfile: some(1, 263), prekeyProfile: some(101, 185), prekeyMessage: messageBytes(7), left: 2,
    })
    expect(await takeIdentifiers(store(), who)).to.deep.equal([3])
    expect(await store().count(who, 0x101, some(1), now)).to.equal(1)
    expect(await takeIdentifiers(store(), who)).to.deep.equal([5])
    expect(await takeIdentifiers(store(), who)).to.deep.equal([])
    expect(await store().count(who, 0x101, some(1), now)).to.equal(0)
  })

  it('gives one ensemble of each live instance that has one, by ascending tag', async () => {
    const who = newIdentity()
    await store().publish(publication(who, { tag: 0xffffffff, key: 1, identifiers: [1] }), limits, now)
    await store().publish(publication(who, { tag: 0x100, key: 2, identifiers: [1, 2] }), limits, now)
    await store().publish(publication(who, { tag: 0x300, key: 3, identifiers: [9], prekeyEnds: now + 5 }), limits, now)
    await store().publish(publication(who, { tag: 0x200, key: 4 }), limits, now)
    expect((await store().take(who, '4', now + 5)).map(({ instanceTag, left }) => [instanceTag, left])).to.deep.equal([[0x100, 1], [0xffffffff, 0]])
    expect((await store().take(who, '4', now)).map(({ instanceTag }) => instanceTag)).to.deep.equal([0x100, 0x300])
  })

  it('knows nothing of identities that only look alike', async () => {
    const who = newIdentity()
    await store().publish(publication(who, { identifiers: [1] }), limits, now)
    for (const other of [who.toUpperCase(), ` ${who}`, `${who}\u0000`, `${who}/x`, '', 'a\u0000b', '\ud800', "'; DROP TABLE otr4_prekey_owner; --"]) {
      expect(await takeIdentifiers(store(), other), other).to.deep.equal([])
    }
    expect(await takeIdentifiers(store(), who)).to.deep.equal([1])
  })

  it('takes whatever a network calls people', async () => {
    for (const who of ['a\u0000b', 'ж@пример', '\u{1f600}', 'x'.repeat(3000), '%', '\\x41', '{a,b}', '$1']) {
      expect(await store().publish(publication(`${newIdentity()}${who}`, { identifiers: [1] }), limits, now)).to.deep.equal({ stored: 1, duplicates: 0 })
    }
  })

  it('honours the versions that are asked for', async () => {
    const who = newIdentity()
    await store().publish(publication(who, { identifiers: [1, 2, 3], versions: '34' }), limits, now)
    for (const versions of ['', '5', '56']) expect(await takeIdentifiers(store(), who, versions), versions).to.deep.equal([])
    for (const [at, versions] of ['4', '54', '3'].entries()) expect(await takeIdentifiers(store(), who, versions)).to.deep.equal([at + 1])
  })

  it('passes over duplicates and stores the rest', async () => {
    const who = newIdentity()
    await store().publish(publication(who, { identifiers: [1, 2] }), limits, now)
    expect(await store().publish(publication(who, { identifiers: [2, 3, 0xffffffff] }), limits, now)).to.deep.equal({ stored: 2, duplicates: 1 })
    const taken: number[] = []
    for (let i = 0; i < 5; i++) taken.push(...await takeIdentifiers(store(), who))
    expect(taken).to.deep.equal([1, 2, 3, 0xffffffff])
  })

  it('hands out no profile that has ended, and counts nothing of it', async () => {
    const who = newIdentity()
    await store().publish(publication(who, { identifiers: [1, 2], ends: now + 10 }), limits, now)
    expect(await store().count(who, 0x101, some(2), now)).to.equal(0)
    expect(await store().count(who, 0x102, some(1), now)).to.equal(0)
    expect(await takeIdentifiers(store(), who, '4', now + 9.5)).to.deep.equal([1])
    expect(await store().count(who, 0x101, some(1), now + 9.5)).to.equal(1)
    expect(await takeIdentifiers(store(), who, '4', now + 10)).to.deep.equal([])
    expect(await store().count(who, 0x101, some(1), now + 10)).to.equal(0)
  })

  it('renews the profiles and keeps the prekey messages', async () => {
    const who = newIdentity()
    await store().publish(publication(who, { identifiers: [1], ends: now + 10, prekeyEnds: now + 10 }), limits, now)
    await store().publish(publication(who, { ends: now + 100, prekeyEnds: now + 100 }), limits, now + 5)
    expect(await takeIdentifiers(store(), who, '4', now + 50)).to.deep.equal([1])
  })

  it('takes prekey messages alone while the profile with the same key lasts', async () => {
    const who = newIdentity()
    const alone = publication(who, { identifiers: [5], profile: false })
    expect(await store().publish(alone, limits, now)).to.deep.equal({ refused: 'no-profile' })
    await store().publish(publication(who, { identifiers: [1], ends: now + 10 }), limits, now)
    expect(await store().publish({ ...alone, fingerprint: some(2) }, limits, now)).to.deep.equal({ refused: 'other-key' })
    expect(await store().publish(alone, limits, now + 9)).to.deep.equal({ stored: 1, duplicates: 0 })
    expect(await store().count(who, 0x101, some(1), now + 9)).to.equal(2)
    expect(await store().publish({ ...alone, messages: [] }, limits, now + 10)).to.deep.equal({ refused: 'no-profile' })
  })

  it('drops what belonged to another key', async () => {
    const who = newIdentity()
    await store().publish(publication(who, { identifiers: [1, 2], key: 1 }), limits, now)
    await store().publish(publication(who, { identifiers: [2], key: 9 }), limits, now)
    expect(await store().count(who, 0x101, some(1), now)).to.equal(0)
    const [taken] = await store().take(who, '4', now)
    expect([taken?.clientProfile, taken?.prekeyProfile, taken?.left]).to.deep.equal([some(9, 263), some(109, 185), 0])
  })

  it('hands out no prekey message of a key whose Prekey Profile was another key\'s', async () => {
    const who = newIdentity()
    await store().publish(publication(who, { identifiers: [1], key: 1 }), limits, now)
    const { prekeyProfile, ...without } = publication(who, { identifiers: [2], key: 9 })
    expect(prekeyProfile).not.to.equal(undefined)
    await store().publish(without, limits, now)
    expect(await takeIdentifiers(store(), who)).to.deep.equal([])
  })

  it('refuses what passes a limit, and stores nothing of it', async () => {
    const who = newIdentity()
    await store().publish(publication(who, { identifiers: range(0, 200) }), limits, now)
    expect(await store().publish(publication(who, { identifiers: range(150, 151), key: 1, ends: now + 9 }), limits, now)).to.deep.equal({ refused: 'prekeys' })
    expect(await store().publish(publication(who, { tag: 0x200, key: 2, identifiers: range(0, 101) }), limits, now)).to.deep.equal({ refused: 'prekeys' })
    expect(await store().count(who, 0x101, some(1), now + 9)).to.equal(200)
    for (const tag of [0x200, 0x201, 0x202]) await store().publish(publication(who, { tag, key: 2 }), limits, now)
    expect(await store().publish(publication(who, { tag: 0x203, key: 2 }), limits, now)).to.deep.equal({ refused: 'instances' })
    // Expired ones make room.
    expect(await store().publish(publication(who, { tag: 0x203, key: 2, identifiers: range(0, 300), ends: now + 2 * week }), limits, now + week))
      .to.deep.equal({ stored: 300, duplicates: 0 })
    expect(await store().count(who, 0x101, some(1), now)).to.equal(0)
  })

  it('takes a profile that ends never, or ended before there was time', async () => {
    const who = newIdentity()
    await store().publish(publication(who, { identifiers: [1], ends: 2 ** 64, prekeyEnds: 2 ** 63 }), limits, now)
    expect(await takeIdentifiers(store(), who)).to.deep.equal([1])
    await store().publish(publication(who, { identifiers: [1], ends: -5 }), limits, now)
    expect(await takeIdentifiers(store(), who)).to.deep.equal([])
  })

  it('forgets what has ended, and only that', async () => {
    const gone = newIdentity()
    const stays = newIdentity()
    const half = newIdentity()
    await store().publish(publication(gone, { identifiers: [1], ends: now + 10 }), limits, now)
    await store().publish(publication(stays, { identifiers: [1] }), limits, now)
    await store().publish(publication(half, { identifiers: [1], prekeyEnds: now + 10 }), limits, now)
    await store().expire(now + 10)
    await store().expire(now + 10)
    // Asked for an earlier time, only what is really deleted is missing.
    expect(await takeIdentifiers(store(), gone)).to.deep.equal([])
    expect(await takeIdentifiers(store(), half)).to.deep.equal([])
    expect(await store().count(half, 0x101, some(1), now)).to.equal(1)
    expect(await takeIdentifiers(store(), stays)).to.deep.equal([1])
  })

  it('gives 100 takers at the same moment 100 different prekey messages', async () => {
    const who = newIdentity()
    await store().publish(publication(who, { identifiers: range(1000, 100) }), limits, now)
    const taken = await Promise.all(range(0, 120).map(() => takeIdentifiers(store(), who)))
    // A call that finds all the rest locked by others gets none; another call gets those.
    const all = taken.flat()
    expect(new Set(all).size).to.equal(all.length)
    for (;;) {
      const more = await takeIdentifiers(store(), who)
      if (more.length === 0) break
      all.push(...more)
    }
    expect(all.sort((a, b) => a - b)).to.deep.equal(range(1000, 100))
  })

  it('takes publications of one identity at the same moment one after another', async () => {
    const who = newIdentity()
    await store().publish(publication(who), limits, now)
    const results = await Promise.all(range(0, 8).map((at) => store().publish(publication(who, { identifiers: range(at * 30, 60), profile: false }), limits, now)))
    const stored = results.reduce((sum, result) => sum + ('stored' in result ? result.stored : 0), 0)
    expect(await store().count(who, 0x101, some(1), now)).to.equal(stored).and.be.at.most(limits.prekeysPerIdentity)
    const tags = await Promise.all(range(0x500, 8).map((tag) => store().publish(publication(who, { tag, key: 2 }), limits, now)))
    expect(tags.filter((result) => 'stored' in result)).to.have.length(3)
  })

  it('answers as the store in memory does, whatever comes in whatever order', async function () {
    this.timeout(60_000)
    const smallLimits = { instancesPerIdentity: 2, prekeysPerIdentity: 6 }
    const time = fc.integer({ min: 0, max: 12 })
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('publish' as const), at: time, tag: fc.constantFrom(0x100, 0x200, 0x300), key: fc.constantFrom(1, 2), profile: fc.boolean(),
        ends: time, prekeyEnds: time, identifiers: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 4 }), versions: fc.constantFrom('4', '34'),
      }),
      fc.record({ kind: fc.constant('take' as const), at: time, versions: fc.constantFrom('4', '3', '5') }),
      fc.record({ kind: fc.constant('count' as const), at: time, tag: fc.constantFrom(0x100, 0x200), key: fc.constantFrom(1, 2) }),
      fc.record({ kind: fc.constant('expire' as const), at: time }),
    )
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
      const who = newIdentity()
      const model = new MemoryPrekeyStore()
      // Time passes: expired entries may be deleted.
      const ordered = steps.map(({ at }) => at).sort((a, b) => a - b)
      for (const [index, one] of steps.entries()) {
        const at = now + (ordered[index] ?? 0)
        const both = async (work: (store: PrekeyStore) => Promise<unknown>): Promise<void> => {
          const expected = await work(model)
          expect(await work(store())).to.deep.equal(expected)
        }
        if (one.kind === 'publish') {
          const record = publication(who, { ...one, ends: now + one.ends, prekeyEnds: now + one.prekeyEnds })
          await both((target) => target.publish(record, smallLimits, at))
        } else if (one.kind === 'take') await both((target) => target.take(who, one.versions, at))
        else if (one.kind === 'count') await both((target) => target.count(who, one.tag, some(one.key), at))
        else await both((target) => target.expire(at))
      }
    }), { numRuns: 60 })
  })
}
