import { expect } from 'chai'
import { STORED_PREKEY_LIFETIME, type PrekeyStore, type PublicationRecord, type StoreLimits } from '../../src/prekey/store.js'

const NOW = 1_700_000_000
const WEEK = 604_800
const limits: StoreLimits = { instancesPerIdentity: 3, prekeysPerIdentity: 10 }
const key = (n: number): Uint8Array => new Uint8Array(56).fill(n)

/** A publication of made-up bytes: stores do not look into them. */
export function publicationRecord(
  identity: string, instanceTag: number, identifiers: readonly number[], changes: Partial<PublicationRecord> = {},
): PublicationRecord {
  return {
    identity,
    instanceTag,
    fingerprint: key(1),
    clientProfile: { bytes: Uint8Array.of(1, instanceTag & 255), expiration: NOW + WEEK, versions: '4' },
    prekeyProfile: { bytes: Uint8Array.of(2, instanceTag & 255), expiration: NOW + WEEK },
    messages: identifiers.map((identifier) => ({ identifier, bytes: Uint8Array.of(3, instanceTag & 255, identifier & 255) })),
    ...changes,
  }
}

/** The same publication without its profiles. */
function prekeysOnly(record: PublicationRecord): PublicationRecord {
  const { identity, instanceTag, fingerprint, messages } = record
  return { identity, instanceTag, fingerprint, messages }
}

/** What every store must do. `open` returns an empty store; the suite closes it. */
export function prekeyStoreSuite(name: string, open: () => Promise<PrekeyStore>): void {
  describe(`${name} as a prekey store`, () => {
    let store: PrekeyStore
    beforeEach(async () => { store = await open() })
    afterEach(async () => { await store.close() })

    it('hands out each prekey message once, the oldest first, one an instance, and says how many are left', async () => {
      expect(await store.publish(publicationRecord('bob', 0x200, [7, 0xffffffff]), limits, NOW)).to.deep.equal({ stored: 2, duplicates: 0 })
      await store.publish(publicationRecord('bob', 0xfffffffe, [7]), limits, NOW)
      await store.publish(publicationRecord('carol', 0x200, [7]), limits, NOW)
      const first = await store.take('bob', '4', NOW)
      expect(first).to.deep.equal([
        { instanceTag: 0x200, clientProfile: Uint8Array.of(1, 0), prekeyProfile: Uint8Array.of(2, 0), prekeyMessage: Uint8Array.of(3, 0, 7), left: 1 },
        { instanceTag: 0xfffffffe, clientProfile: Uint8Array.of(1, 254), prekeyProfile: Uint8Array.of(2, 254), prekeyMessage: Uint8Array.of(3, 254, 7), left: 0 },
      ])
      expect((await store.take('bob', '4', NOW)).map(({ prekeyMessage, left }) => [...prekeyMessage, left])).to.deep.equal([[3, 0, 255, 0]])
      expect(await store.take('bob', '4', NOW)).to.deep.equal([])
      expect(await store.take('nobody', '4', NOW)).to.deep.equal([])
      expect(await store.count('carol', 0x200, key(1), NOW)).to.equal(1)
    })

    it('hands one prekey message to one of many who ask at once', async () => {
      await store.publish(publicationRecord('bob', 0x200, [1, 2, 3, 4, 5]), limits, NOW)
      const all = (await Promise.all(Array.from({ length: 20 }, () => store.take('bob', '4', NOW)))).flat()
      expect(all.map(({ prekeyMessage }) => prekeyMessage[2]).sort()).to.deep.equal([1, 2, 3, 4, 5])
    })

    it('passes over prekey messages that it has, and keeps the first', async () => {
      await store.publish(publicationRecord('bob', 0x200, [1, 2]), limits, NOW)
      const again = prekeysOnly(publicationRecord('bob', 0x200, [2, 3]))
      const changed = { ...again, messages: again.messages.map((message) => ({ ...message, bytes: Uint8Array.of(9) })) }
      expect(await store.publish(changed, limits, NOW)).to.deep.equal({ stored: 1, duplicates: 1 })
      expect(await store.count('bob', 0x200, key(1), NOW)).to.equal(3)
      const taken = [...await store.take('bob', '4', NOW), ...await store.take('bob', '4', NOW)]
      expect(taken.map(({ prekeyMessage }) => [...prekeyMessage])).to.deep.equal([[3, 0, 1], [3, 0, 2]])
    })

    it('refuses prekey messages without a profile, and those of another key, and stores nothing of them', async () => {
      const alone = prekeysOnly(publicationRecord('bob', 0x200, [1]))
      expect(await store.publish(alone, limits, NOW)).to.deep.equal({ refused: 'no-profile' })
      await store.publish(publicationRecord('bob', 0x200, [2]), limits, NOW)
      expect(await store.publish({ ...alone, fingerprint: key(2) }, limits, NOW)).to.deep.equal({ refused: 'other-key' })
      expect(await store.count('bob', 0x200, key(1), NOW)).to.equal(1)
      expect(await store.count('bob', 0x200, key(2), NOW)).to.equal(0)
    })

    it('drops what an instance had when a profile of another key comes', async () => {
      await store.publish(publicationRecord('bob', 0x200, [1, 2]), limits, NOW)
      const other = publicationRecord('bob', 0x200, [], { fingerprint: key(2) })
      expect(await store.publish({ ...prekeysOnly(other), clientProfile: other.clientProfile! }, limits, NOW)).to.deep.equal({ stored: 0, duplicates: 0 })
      expect(await store.count('bob', 0x200, key(2), NOW)).to.equal(0)
      await store.publish({ ...prekeysOnly(publicationRecord('bob', 0x200, [5])), fingerprint: key(2) }, limits, NOW)
      expect(await store.take('bob', '4', NOW)).to.deep.equal([])
    })

    it('puts renewed profiles in the place of the old ones and keeps the prekey messages', async () => {
      await store.publish(publicationRecord('bob', 0x200, [1]), limits, NOW)
      await store.publish(publicationRecord('bob', 0x200, [2], {
        clientProfile: { bytes: Uint8Array.of(8), expiration: NOW + 2 * WEEK, versions: '34' },
      }), limits, NOW)
      expect(await store.take('bob', '4', NOW + WEEK)).to.deep.equal([])
      const [ensemble] = await store.take('bob', '4', NOW + 1)
      expect(ensemble).to.include({ left: 1 })
      expect(ensemble!.clientProfile).to.deep.equal(Uint8Array.of(8))
    })

    it('never hands out what has ended or what has none of the versions asked for', async () => {
      await store.publish(publicationRecord('bob', 0x200, [1]), limits, NOW)
      await store.publish(publicationRecord('bob', 0x300, [1], { clientProfile: { bytes: Uint8Array.of(1), expiration: NOW + 10, versions: '4' } }), limits, NOW)
      await store.publish(publicationRecord('bob', 0x400, [1], { prekeyProfile: { bytes: Uint8Array.of(2), expiration: NOW + 10 } }), limits, NOW)
      expect(await store.take('bob', '35', NOW)).to.deep.equal([])
      expect(await store.take('bob', '', NOW)).to.deep.equal([])
      expect((await store.take('bob', '54', NOW + 10)).map(({ instanceTag }) => instanceTag)).to.deep.equal([0x200])
      expect(await store.count('bob', 0x300, key(1), NOW + 10)).to.equal(0)
    })

    it('holds the limits: instances and prekey messages of an identity, refusing the whole publication', async () => {
      for (const tag of [0x200, 0x300, 0x400]) await store.publish(publicationRecord('bob', tag, [1, 2, 3]), limits, NOW)
      expect(await store.publish(publicationRecord('bob', 0x500, [1]), limits, NOW)).to.deep.equal({ refused: 'instances' })
      expect(await store.publish(publicationRecord('bob', 0x200, [1, 4, 5]), limits, NOW)).to.deep.equal({ refused: 'prekeys' })
      expect(await store.publish(publicationRecord('bob', 0x200, [1, 4]), limits, NOW)).to.deep.equal({ stored: 1, duplicates: 1 })
      expect(await store.count('bob', 0x200, key(1), NOW)).to.equal(4)
      // Expired entries make room.
      const later = NOW + WEEK
      const next = publicationRecord('bob', 0x500, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], {
        clientProfile: { bytes: Uint8Array.of(1), expiration: later + WEEK, versions: '4' },
      })
      expect(await store.publish(next, limits, later)).to.deep.equal({ stored: 10, duplicates: 0 })
    })

    it('lets prekey messages end that lay there too long, whether they are deleted or not', async () => {
      const end = NOW + STORED_PREKEY_LIFETIME
      const profile = { bytes: Uint8Array.of(1), expiration: end + WEEK, versions: '4' }
      const long = { clientProfile: profile, prekeyProfile: profile }
      await store.publish(publicationRecord('bob', 0x200, [1, 2, 3], long), { ...limits, prekeysPerIdentity: 3 }, NOW)
      expect(await store.publish(publicationRecord('bob', 0x200, [3, 4, 5, 6], long), { ...limits, prekeysPerIdentity: 3 }, end)).to.deep.equal({ refused: 'prekeys' })
      expect(await store.publish(publicationRecord('bob', 0x200, [3, 4], long), { ...limits, prekeysPerIdentity: 3 }, end)).to.deep.equal({ stored: 2, duplicates: 0 })
      expect(await store.count('bob', 0x200, key(1), end)).to.equal(2)
      expect((await store.take('bob', '4', end)).map(({ prekeyMessage, left }) => [prekeyMessage[2], left])).to.deep.equal([[3, 1]])
      await store.expire(end)
      expect(await store.count('bob', 0x200, key(1), end)).to.equal(1)
    })

    it('deletes on request what has ended, and nothing else', async () => {
      await store.publish(publicationRecord('bob', 0x200, [1]), limits, NOW)
      await store.publish(publicationRecord('bob', 0x300, [1], { clientProfile: { bytes: Uint8Array.of(1), expiration: NOW + 10, versions: '4' } }), limits, NOW)
      await store.publish(publicationRecord('bob', 0x400, [1], { prekeyProfile: { bytes: Uint8Array.of(2), expiration: NOW + 10 } }), limits, NOW)
      await store.expire(NOW + 10)
      expect(await store.count('bob', 0x200, key(1), NOW)).to.equal(1)
      expect(await store.count('bob', 0x300, key(1), NOW)).to.equal(0)
      expect(await store.count('bob', 0x400, key(1), NOW)).to.equal(1)
      expect((await store.take('bob', '4', NOW)).map(({ instanceTag }) => instanceTag)).to.deep.equal([0x200])
    })
  })
}
