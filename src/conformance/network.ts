/** The network between two peers: it delivers in order what they send, and changes it as a scenario wants. */
import { seededRandom, type SeededRandom } from './random.js'

/** One line on its way. */
export interface Parcel {
  readonly from: string
  readonly to: string
  readonly message: string
}

/** Called with each line before it is delivered. Returns the lines that arrive instead: none, the same one, or several. */
export type Hook = (parcel: Parcel) => readonly Parcel[]

/** A peer in the network. */
export interface Receiver {
  readonly address: string
  receive(parcel: Parcel): Promise<void>
}

/** More deliveries than any scenario needs at once. Two peers that answer each other for ever stop here. */
const maxDeliveries = 5000

export class Network {
  /** All lines that were ever sent, in order, including those that were lost. */
  readonly log: Parcel[] = []
  hook: Hook = (parcel) => [parcel]
  /** Called with each line that is sent, before anything else happens to it. */
  witness: (parcel: Parcel) => void = () => undefined
  readonly #receivers = new Map<string, Receiver>()
  readonly #queue: Parcel[] = []
  #random: SeededRandom | undefined

  /** From here on `settle` takes from a random direction. Each direction stays in order, as XMPP and IRC keep it. */
  shuffleDirections(seed: number): void {
    this.#random = seededRandom(seed)
  }

  join(receiver: Receiver): void {
    this.#receivers.set(receiver.address, receiver)
  }

  send(parcel: Parcel): void {
    this.log.push(parcel)
    this.witness(parcel)
    this.#queue.push(...this.hook(parcel))
  }

  get idle(): boolean {
    return this.#queue.length === 0
  }

  /** Takes everything that is under way out of the network, and returns it. */
  takeAll(): Parcel[] {
    return this.#queue.splice(0)
  }

  /** Delivers one line. */
  async step(): Promise<void> {
    const parcel = this.#take()
    const receiver = parcel && this.#receivers.get(parcel.to)
    if (receiver) await receiver.receive(parcel)
  }

  /** Delivers until nothing is under way. Throws if that does not end. */
  async settle(limit = maxDeliveries): Promise<void> {
    for (let count = 0; !this.idle; count++) {
      if (count === limit) throw new EndlessTraffic(this.#queue.length, limit)
      await this.step()
    }
  }

  /** The entries of `log` from `mark` on. */
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

/** Two programs answer each other without an end. */
export class EndlessTraffic extends Error {
  constructor(left: number, limit: number) {
    super(`the two answer each other without an end: ${left} lines under way after ${limit} deliveries`)
    this.name = 'EndlessTraffic'
  }
}
