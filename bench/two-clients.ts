import { getArithmetic, setArithmetic, type Arithmetic } from '../src/crypto/index.js'
import { wasmArithmetic } from '../src/crypto/wasm/index.js'
import { ClientCore, generateEd448Keys, makeV4Identity, systemRandom, type Account, type ClientEvent } from '../src/index.js'
import { decodeEnsemble, encodeEnsemble } from '../src/wire/index.js'

/** A moment that no profile has outlived. */
const now = 1_800_000_000

/** Gives one of the two its account. */
export type AccountMaker = (address: 'alice' | 'bob', instanceTag: number) => Account

/** An account of version 4 alone. */
export const v4Account: AccountMaker = (address, instanceTag) => ({
  address, instanceTag, v4: makeV4Identity(generateEd448Keys(systemRandom), { instanceTag, now }, systemRandom),
})

/** Two whole clients in one process, from a line of text to a line of text: what users of the library pay. */
export class TwoClients {
  readonly alice: ClientCore
  readonly bob: ClientCore
  /** Everything but `send` and `state`. */
  readonly events: ClientEvent[] = []
  readonly #arithmetic: ReadonlyMap<ClientCore, Arithmetic>

  /**
   * @param apart gives each an arithmetic of its own, as on two machines: what one remembers of public values does not help the other. For key
   *   exchanges, where both meet the same values; what two of them cost the engine's optimiser is then in the figure too.
   */
  constructor(accountOf: AccountMaker, { maxMessageLength = 0, apart = false } = {}) {
    const make = (address: 'alice' | 'bob', tag: number): ClientCore =>
      new ClientCore({ account: accountOf(address, tag), clock: () => now, policy: { heartbeatAfter: 0, maxMessageLength } })
    this.alice = make('alice', 0x1001)
    this.bob = make('bob', 0x2002)
    const arithmetic = getArithmetic()
    this.#arithmetic = new Map([[this.alice, arithmetic], [this.bob, apart && arithmetic.name === 'wasm' ? wasmArithmetic() : arithmetic]])
  }

  /** Does something with a client's own arithmetic. */
  #with<T>(client: ClientCore, work: () => T): T {
    const before = setArithmetic(this.#arithmetic.get(client) ?? getArithmetic())
    try {
      return work()
    } finally {
      setArithmetic(before)
    }
  }

  /** Carries lines until nobody has anything to say. */
  carry(from: ClientCore, events: readonly ClientEvent[]): void {
    const other = from === this.alice ? this.bob : this.alice
    for (const event of events) {
      if (event.type === 'send') this.carry(other, this.#with(other, () => other.receive(from.address, event.message)))
      else if (event.type !== 'state') this.events.push(event)
    }
  }

  start(): void {
    this.carry(this.alice, this.#with(this.alice, () => this.alice.conversation('bob').start()))
    if (this.alice.conversation('bob').status.selected === undefined || this.bob.conversation('alice').status.selected === undefined) throw new Error('no session')
  }

  /** Forgets the sessions of both, without a word to anybody. */
  end(): void {
    this.alice.conversation('bob').end()
    this.bob.conversation('alice').end()
  }

  send(from: ClientCore, text: string): void {
    const to = from === this.alice ? 'bob' : 'alice'
    const before = this.events.length
    this.carry(from, this.#with(from, () => from.conversation(to).send(text).events))
    const event = this.events[before]
    if (event?.type !== 'message' || event.text !== text || !event.encrypted) throw new Error('a message was lost')
    this.events.length = 0
  }

  /** What bob publishes so that somebody can write to him while he is away. */
  prekeys(): Uint8Array {
    const [ensemble] = this.#with(this.bob, () => this.bob.ensemble(1))
    if (ensemble === undefined) throw new Error('no ensemble')
    return encodeEnsemble(ensemble)
  }

  sendOffline(ensemble: Uint8Array, text: string): void {
    this.events.length = 0
    this.carry(this.alice, this.#with(this.alice, () => this.alice.conversation('bob').sendOffline([decodeEnsemble(ensemble)], text)))
    if (!this.events.some((event) => event.type === 'message' && event.text === text && event.offline === true)) throw new Error('a message was lost')
    this.events.length = 0
  }

  smp(): void {
    this.carry(this.alice, this.#with(this.alice, () => this.alice.conversation('bob').verify('where we met')))
    this.carry(this.bob, this.#with(this.bob, () => this.bob.conversation('alice').answer('where we met')))
    if (this.events.filter((event) => event.type === 'smp' && event.event === 'succeeded').length !== 2) throw new Error('SMP did not succeed')
    this.events.length = 0
  }
}
