import { expect } from 'chai'
import type { SavedState } from '../../src/session/client/persistence.js'
import { hexEncode } from '../../src/wire/index.js'
import { encryptedPair } from '../support/network.js'
import { firstSave, noChanges, ordered, stateOf } from '../support/saved-states.js'
import { codeOf, Disk } from '../support/failing-disk.js'

/** A store with something of every kind in it. */
async function sealed(): Promise<{ disk: Disk, state: SavedState }> {
  const { alice, bob, network } = encryptedPair({ alice: { versions: '4' }, bob: { versions: '4', policy: { maxMessageLength: 300 } } })
  alice.core.ensemble(1)
  bob.send('alice', 'a text of some length')
  network.deliver()
  const state: SavedState = {
    ...stateOf(alice.core.exportState()),
    journal: [{ id: 1, event: { type: 'message', from: 'bob', text: 'not confirmed', contentType: 'text', encrypted: true, id: 1 } }],
    nextEvent: 2,
    records: [{ name: 'mine', bytes: Uint8Array.of(1, 2, 3) }],
  }
  const disk = new Disk()
  const store = await disk.open()
  await store.save(firstSave(state))
  await store.close()
  return { disk, state }
}

/** Opens a changed copy; nothing of it may be loaded, and nothing written. */
async function refusal(disk: Disk, change: (copy: Disk) => void): Promise<string> {
  const copy = disk.copy()
  change(copy)
  copy.fate = (what) => { throw new Error(`written to: ${what}`) }
  return codeOf(copy.open())
}

describe('a sealed store that was tampered with', () => {
  it('H6: is refused with a typed error when any one byte of it is changed', async function () {
    this.timeout(120_000)
    const { disk, state } = await sealed()
    expect(ordered(await (await disk.copy().open()).load())).to.deep.equal(ordered(state))
    let flipped = 0
    for (const [name, [key, value]] of disk.records) {
      for (let at = 0; at < value.length; at++) {
        const changed = value.slice()
        changed[at]! ^= 1 << at % 8
        const code = await refusal(disk, ({ records }) => records.set(name, [key, changed]))
        expect(code, `byte ${at} of ${name}`).to.match(/^OTR_STORE_(CORRUPT|PASSPHRASE|FOREIGN|NEWER)$/)
        flipped++
      }
      for (let at = 0; at < key.length; at++) {
        const changed = key.slice()
        changed[at]! ^= 1 << at % 8
        const code = await refusal(disk, ({ records }) => {
          records.delete(name)
          records.set(hexEncode(changed), [changed, value])
        })
        expect(code, `byte ${at} of the key ${name}`).to.match(/^OTR_STORE_(CORRUPT|FOREIGN)$/)
      }
    }
    expect(flipped).to.be.greaterThan(3000)
    const { anchored } = disk
    for (let at = 0; at < anchored!.length; at++) {
      const code = await refusal(disk, (copy) => {
        copy.anchored = anchored!.slice()
        copy.anchored[at]! ^= 1 << at % 8
      })
      expect(code, `byte ${at} of the anchor`).to.equal('OTR_STORE_ROLLBACK')
    }
  })

  it('H6: is refused when a record is cut short, missing, doubled under another name, or of another store', async () => {
    const { disk } = await sealed()
    const other = await sealed()
    const [stranger] = [...other.disk.records.values()].filter(([key]) => key.length === 16)
    for (const [name, [key, value]] of disk.records) {
      for (const length of [0, 1, 24, 40, value.length - 1]) {
        expect(await refusal(disk, ({ records }) => records.set(name, [key, value.subarray(0, length)]))).to.match(/^OTR_STORE_(CORRUPT|FOREIGN|PASSPHRASE)$/)
      }
      expect(await refusal(disk, ({ records }) => records.delete(name))).to.match(/^OTR_STORE_(CORRUPT|FOREIGN)$/)
      for (const [another, [anotherKey]] of disk.records) {
        if (another === name) continue
        expect(await refusal(disk, ({ records }) => records.set(another, [anotherKey, value]))).to.match(/^OTR_STORE_(CORRUPT|FOREIGN|PASSPHRASE)$/)
      }
      expect(await refusal(disk, ({ records }) => records.set(name, [key, stranger![1]]))).to.match(/^OTR_STORE_(CORRUPT|FOREIGN)$/)
    }
    const free = new Uint8Array(16).fill(9)
    expect(await refusal(disk, ({ records }) => records.set(hexEncode(free), [free, stranger![1]]))).to.equal('OTR_STORE_CORRUPT')
    expect(await refusal(disk, ({ records }) => records.set('00', [new Uint8Array(1), new Uint8Array(100)]))).to.equal('OTR_STORE_CORRUPT')
  })

  it('H6: is refused when one record is an older one of its own, or one that was deleted', async () => {
    const { disk } = await sealed()
    const older = disk.copy()
    const store = await disk.open()
    const state = (await store.load())!
    const [conversation] = state.conversations
    await store.save({ ...noChanges, account: state.account, policy: {}, conversations: [{ ...conversation!, known: !conversation!.known }],
      journalDone: [1], records: [{ name: 'mine', bytes: Uint8Array.of(4) }], nextEvent: 2 })
    await store.close()
    let replayed = 0
    for (const [name, entry] of older.records) {
      if (hexEncode(disk.records.get(name)?.[1] ?? new Uint8Array()) === hexEncode(entry[1])) continue
      expect(await refusal(disk, ({ records }) => records.set(name, entry)), name).to.equal('OTR_STORE_CORRUPT')
      replayed++
    }
    // The root, account, policy, conversation, journal entry and application's record.
    expect(replayed).to.equal(6)
    // All of them together with the root are a store that is whole, and old.
    expect(await refusal(disk, ({ records }) => {
      records.clear()
      for (const [name, entry] of older.records) records.set(name, entry)
    })).to.equal('OTR_STORE_ROLLBACK')
  })

  it('reveals nothing to a reader: it contains no name, address, text or kind of a record', async () => {
    const { disk } = await sealed()
    const all = Buffer.concat([...disk.records.values()].flat()).toString('latin1')
    for (const word of ['alice', 'bob', 'conversation', 'journal', 'account', 'mine', 'not confirmed', 'verified']) expect(all).not.to.contain(word)
  })
})
