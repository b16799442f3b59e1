import { expect } from 'chai'
import type { SavedState, StateChanges } from '../../src/session/client/persistence.js'
import { encryptedPair } from '../support/network.js'
import { firstSave, noChanges, ordered, stateOf } from '../support/saved-states.js'
import { codeOf, Disk, type Fate } from '../support/failing-disk.js'

/** Saves of a conversation that goes on, and the state after each. */
function history(): { readonly saves: readonly StateChanges[], readonly states: readonly (SavedState | undefined)[] } {
  const { alice, bob, network } = encryptedPair({ alice: { versions: '4' }, bob: { versions: '4', policy: { maxMessageLength: 400 } } })
  // States share their arrays with the running client.
  const now = (): SavedState => structuredClone(stateOf(alice.core.exportState()))
  const states: (SavedState | undefined)[] = [undefined, now()]
  const saves: StateChanges[] = [firstSave(states[1]!)]
  const step = (changes: Partial<StateChanges>, more: Partial<SavedState>): void => {
    const before = states.at(-1)!
    const state = { ...before, ...now(), journal: before.journal, nextEvent: before.nextEvent, records: before.records, ...more }
    saves.push({ ...noChanges, conversations: state.conversations, nextEvent: state.nextEvent, ...changes })
    states.push(state)
  }
  alice.send('bob', 'one')
  const entry = { id: 1, event: { type: 'send', to: 'bob', message: '?OTR:', id: 1 } } as const
  step({ journalAdded: [entry] }, { journal: [entry], nextEvent: 2 })
  step({ nextEvent: 2 }, { nextEvent: 2 })
  network.run()
  bob.send('alice', 'a text of some length')
  network.deliver()
  step({ journalDone: [1], nextEvent: 2, records: [{ name: 'r', bytes: Uint8Array.of(1) }] }, { journal: [], records: [{ name: 'r', bytes: Uint8Array.of(1) }] })
  network.run()
  step({ nextEvent: 2, records: [{ name: 'r' }] }, { records: [] })
  return { saves, states }
}

describe('a store whose disk fails', () => {
  const { saves, states } = history()

  for (const fate of ['short', 'late'] as const satisfies readonly Fate[]) {
    it(`H5: holds the old state or the new one, never a mix: every write, ${fate === 'short' ? 'lost' : 'kept, but reported as failed'}`, async () => {
      let failed = 0
      for (let point = 0; ; point++) {
        const disk = new Disk()
        let writes = 0
        disk.fate = () => writes++ === point ? fate : 'ok'
        let done = 0
        const work = async (): Promise<void> => {
          const store = await disk.open()
          for (const changes of saves) {
            await store.save(changes)
            done++
          }
        }
        const code = await codeOf(work())
        if (code === 'none') break
        failed++
        expect(code).to.equal('OTR_STORE_FAILED')
        disk.fate = () => 'ok'
        const found = ordered(await (await disk.open()).load())
        // Confirmed writes are there; unconfirmed ones are there completely or not at all.
        const allowed = [ordered(states[done]), ordered(states[done + 1])]
        expect(allowed.some((state) => same(found, state)), `write ${point}`).to.equal(true)
      }
      expect(failed).to.equal(2 + 2 * saves.length)
    })
  }

  it('H5: gives every later save the same refusal, and says what to do', async () => {
    const disk = new Disk()
    const store = await disk.open()
    await store.save(saves[0]!)
    disk.fate = (what) => what === 'database' ? 'short' : 'ok'
    disk.failure = Object.assign(new Error('IO error: 000003.log: No space left on device'), { code: 'LEVEL_IO_ERROR' })
    const first = store.save(saves[1]!)
    const second = store.save(saves[2]!)
    expect(await codeOf(first)).to.equal('OTR_STORE_FULL')
    expect(await codeOf(second)).to.equal('OTR_STORE_FULL')
    disk.fate = () => 'ok'
    expect(await codeOf(store.save(saves[1]!))).to.equal('OTR_STORE_FULL')
    expect(await codeOf(store.check())).to.equal('OTR_STORE_FULL')
    await store.close()
    expect(same(ordered(await (await disk.open()).load()), ordered(states[1]))).to.equal(true)
  })

  it('H5: takes a copy before `save` returns: what the client overwrites afterwards does not matter', async () => {
    const disk = new Disk()
    const store = await disk.open()
    const state = structuredClone(states[1]!)
    const saving = store.save(firstSave(state))
    wipeAll(state)
    await saving
    await store.close()
    expect(same(ordered(await (await disk.open()).load()), ordered(states[1]))).to.equal(true)
  })

  it('H5: writes nothing of a state that could not be read again', async () => {
    const disk = new Disk()
    const store = await disk.open()
    await store.save(saves[0]!)
    const before = disk.copy()
    const [conversation] = states[1]!.conversations
    expect(await codeOf(store.save({ ...noChanges, conversations: [{ ...conversation!, queriedAt: Number.NaN }] }))).to.equal('OTR_INTERNAL')
    expect(disk.records).to.deep.equal(before.records)
  })

  it('K9: writes nothing when the random source fails', async () => {
    const disk = new Disk()
    let broken = false
    const store = await disk.open({
      random: (length) => {
        if (broken) throw new Error('empty')
        return new Uint8Array(length).fill(length)
      },
    })
    await store.save(saves[0]!)
    const before = disk.copy()
    broken = true
    expect(await codeOf(store.save(saves[1]!))).to.equal('OTR_RANDOM_FAILED')
    expect(disk.records).to.deep.equal(before.records)
    expect(await codeOf(store.save(saves[1]!))).to.equal('OTR_RANDOM_FAILED')
  })
})

function same(a: unknown, b: unknown): boolean {
  try {
    expect(a).to.deep.equal(b)
    return true
  } catch {
    return false
  }
}

function wipeAll(value: unknown): void {
  if (value instanceof Uint8Array) value.fill(0)
  else if (typeof value === 'object' && value !== null) for (const inside of Object.values(value)) wipeAll(inside)
}
