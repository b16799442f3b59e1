import type { ClientEvent } from './event.js'
import type { Ledger } from './ledger.js'
import type { Listeners } from './listeners.js'

/** Where the events of a client's calls go: to the listeners at once, or, in a client that keeps its state, when they are durable. */
export interface Outlet {
  readonly listeners: Listeners
  /** Absent in a client that keeps nothing. */
  readonly ledger: Ledger | undefined
}

/** Works at once, so that the order of calls is the order of work; only what went wrong waits for the promise. */
export async function run({ listeners, ledger }: Outlet, work: () => readonly ClientEvent[]): Promise<void> {
  if (ledger === undefined) {
    listeners.deliver(work())
    return
  }
  ledger.check()
  await ledger.add(work())
}
