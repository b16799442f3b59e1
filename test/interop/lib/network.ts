/** The network between peers: it carries what they send, in order, and does to it what a scenario wants. */
import { seededRandom, type SeededRandom } from '../../../src/conformance/random.js'
import type { Party } from './party.js'

/** One string on its way. */
export interface Parcel {
  readonly from: string
  readonly to: string
  readonly message: string
}

/** Looks at a parcel before it is delivered and says what arrives instead: nothing, itself, several. */
export type Hook = (parcel: Parcel) => readonly Parcel[]

/** More deliveries than any scenario needs at once: two peers that answer each other for ever stop here. */
const maxDeliveries = 5000

export class Network {
  /** Everything that was ever sent, in order, also what was lost. */
  readonly log: Parcel[] = []
  hook: Hook = (parcel) => [parcel]
  readonly #parties = new Map<string, Party>()
  readonly #queue: Parcel[] = []
  #random: SeededRandom | undefined

  /** From now on `settle` takes from a random direction. Each direction stays in order, as XMPP and IRC keep it. */
  shuffleDirections(seed: number): void {
    this.#random = seededRandom(seed)
  }

  join(party: Party): void {
    this.#parties.set(party.address, party)
  }

  send(parcel: Parcel): void {
    this.log.push(parcel)
    this.#queue.push(...this.hook(parcel))
  }

  get idle(): boolean {
    return this.#queue.length === 0
  }

  /** Delivers one parcel. */
  async step(): Promise<void> {
    const parcel = this.#take()
    const party = parcel && this.#parties.get(parcel.to)
    if (party) await party.call('receive', { from: parcel.from, message: parcel.message })
  }

  /** Delivers until nothing is under way. Throws when that does not end. */
  async settle(limit = maxDeliveries): Promise<void> {
    for (let count = 0; !this.idle; count++) {
      if (count === limit) throw new Error(`still ${this.#queue.length} messages under way after ${limit} deliveries`)
      await this.step()
    }
  }

  /** What stands in `log` from `mark` on, as strings. */
  sentSince(mark: number, from?: string): string[] {
    return this.log.slice(mark).filter((parcel) => from === undefined || parcel.from === from).map((parcel) => parcel.message)
  }

  #take(): Parcel | undefined {
    if (!this.#random) return this.#queue.shift()
    const direction = this.#random.pick([...new Set(this.#queue.map((parcel) => parcel.from))])
    const at = this.#queue.findIndex((parcel) => parcel.from === direction)
    return this.#queue.splice(at, 1)[0]
  }
}
