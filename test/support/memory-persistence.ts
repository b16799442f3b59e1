import { OtrError, type Persistence, type SavedState, type StateChanges } from '../../src/index.js'

/** The contents of one disk, which survive the clients that write to it. */
export class MemoryDisk {
  state: SavedState | undefined
  saves = 0
  /** What happens to the write with this number, counted from 1. */
  fail: (save: number) => OtrError | undefined = () => undefined
  /** Awaited by every write before it takes effect. */
  gate: () => Promise<void> = () => Promise.resolve()

  /** A copy of the disk as a process that is killed now leaves it behind. */
  copy(): MemoryDisk {
    const disk = new MemoryDisk()
    disk.state = structuredClone(this.state)
    return disk
  }

  /** Opens it as a persistence. */
  open(): Persistence {
    return {
      load: () => Promise.resolve(structuredClone(this.state)),
      save: (changes) => this.#save(structuredClone(changes)),
      close: () => Promise.resolve(),
    }
  }

  async #save(changes: StateChanges): Promise<void> {
    this.saves++
    const failure = this.fail(this.saves)
    await this.gate()
    if (failure !== undefined) throw failure
    const account = changes.account ?? this.state?.account
    if (account === undefined) throw new Error('the first save has no account')
    const { conversations = [], journal = [], records = [], policy = {}, prekeys } = this.state ?? {}
    const replaced = new Set([...changes.forgotten, ...changes.conversations.map(({ peer }) => peer)])
    const replacedRecords = new Set(changes.records?.map(({ name }) => name))
    const vault = changes.prekeys ?? prekeys
    this.state = {
      account,
      policy: changes.policy ?? policy,
      ...(vault !== undefined && { prekeys: vault }),
      conversations: [...conversations.filter(({ peer }) => !replaced.has(peer)), ...changes.conversations],
      journal: [...journal, ...changes.journalAdded].filter(({ id }) => !changes.journalDone.includes(id)),
      nextEvent: changes.nextEvent,
      records: [
        ...records.filter(({ name }) => !replacedRecords.has(name)),
        ...(changes.records ?? []).flatMap(({ name, bytes }) => bytes === undefined ? [] : [{ name, bytes }]),
      ],
    }
  }
}
