import { expect } from 'chai'
import { encryptedPair } from '../support/network.js'
import { firstSave, noChanges, ordered, stateOf } from '../support/saved-states.js'
import { codeOf, Disk } from '../support/failing-disk.js'

/** A conversation, its store, and an older copy of the store. */
async function rolledBack(): Promise<{ disk: Disk, older: Disk, pair: ReturnType<typeof encryptedPair> }> {
  const pair = encryptedPair({ alice: { versions: '4' }, bob: { versions: '4' } })
  const { alice } = pair
  alice.core.ensemble(2)
  alice.take(alice.core.conversation('bob').trust('verified'))
  const disk = new Disk()
  const store = await disk.open()
  const journal = [{ id: 7, event: { type: 'send', to: 'bob', message: '?OTR:', id: 7 } as const }]
  await store.save(firstSave({ ...stateOf(alice.core.exportState()), journal, nextEvent: 8 }))
  const older = disk.copy()
  alice.send('bob', 'sent after the copy was made')
  await store.save({ ...noChanges, conversations: alice.core.exportState().conversations, journalDone: [7], nextEvent: 9 })
  await store.close()
  return { disk, older, pair }
}

describe('a store that an older copy of itself was put in the place of', () => {
  it('D12: is refused, and nothing is changed', async () => {
    const { disk, older } = await rolledBack()
    const restored = new Disk(new Map(older.records), disk.anchored)
    restored.fate = (what) => { throw new Error(`written to: ${what}`) }
    expect(await codeOf(restored.open())).to.equal('OTR_STORE_ROLLBACK')
  })

  it('D12: is refused as well when the record of its generation is gone, damaged, or of another store', async () => {
    const { disk, older } = await rolledBack()
    const { disk: stranger } = await rolledBack()
    expect(await codeOf(new Disk(disk.records, undefined).open())).to.equal('OTR_STORE_ROLLBACK')
    expect(await codeOf(new Disk(disk.records, new Uint8Array(40)).open())).to.equal('OTR_STORE_ROLLBACK')
    expect(await codeOf(new Disk(disk.records, stranger.anchored).open())).to.equal('OTR_STORE_ROLLBACK')
    // If both are rolled back together, nothing can detect it: SECURITY.md says so.
    expect(await codeOf(new Disk(older.records, older.anchored).open())).to.equal('none')
    expect(await codeOf(new Disk(older.records).open({ anchor: 'none' }))).to.equal('none')
  })

  it('D12: opens without any session if the application says so, keeps the known correspondents, and goes on from there', async () => {
    const { disk, older, pair: { alice } } = await rolledBack()
    const restored = new Disk(new Map(older.records), disk.anchored)
    const store = await restored.open({ onRollback: 'new-sessions' })
    expect(store.rolledBack).to.equal(true)
    const state = (await store.load())!
    const [bob] = state.conversations
    expect(bob).to.deep.include({ peer: 'bob', sessions: [], openings: [], outbox: [], sent: [], latched: true, known: true })
    expect(bob!.keys[0]).to.include({ trust: 'verified' })
    expect(state.prekeys!.messages).to.deep.equal([])
    expect(state.journal).to.deep.equal([])
    expect(state.nextEvent).to.be.greaterThan(2 ** 32)
    expect(state.account.keys).to.deep.equal(stateOf(alice.core.exportState()).account.keys)
    await store.save({ ...noChanges, nextEvent: state.nextEvent })
    await store.close()

    // The permission counts once: now this is the newest state.
    const again = await restored.open()
    expect(again.rolledBack).to.equal(false)
    expect(ordered(await again.load())).to.deep.equal(ordered(state))
    // The copy is still old, and so is the earlier state of the store.
    expect(await codeOf(new Disk(older.records, restored.anchored).open())).to.equal('OTR_STORE_ROLLBACK')
    expect(await codeOf(new Disk(disk.records, restored.anchored).open())).to.equal('OTR_STORE_ROLLBACK')
  })

  it('D12: notices that everything was taken away but the header', async () => {
    const { disk } = await rolledBack()
    for (const name of disk.records.keys()) if (name !== Buffer.from('header').toString('hex')) disk.records.delete(name)
    expect(await codeOf(disk.open())).to.equal('OTR_STORE_ROLLBACK')
    const store = await disk.open({ onRollback: 'new-sessions' })
    expect(await store.load()).to.equal(undefined)
  })

  it('D12: is not suspected when its process ended between the write and the note of it', async () => {
    const { disk } = await rolledBack()
    const { anchored } = disk
    const store = await disk.open()
    disk.fate = (what) => what === 'anchor' ? 'short' : 'ok'
    expect(await codeOf(store.save({ ...noChanges, nextEvent: 9 }))).to.equal('OTR_STORE_FAILED')
    expect(disk.anchored).to.deep.equal(anchored)
    disk.fate = () => 'ok'
    expect(await codeOf(disk.open())).to.equal('none')
    expect(disk.anchored).not.to.deep.equal(anchored)
  })
})
