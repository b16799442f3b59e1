import { getArithmetic, setArithmetic, type Arithmetic } from '../src/crypto/index.js'
import { wasmArithmetic } from '../src/crypto/wasm/index.js'
import { ClientCore, generateEd448Keys, makeV4Identity, systemRandom, type Account, type ClientEvent } from '../src/index.js'
import { decodeEnsemble, encodeEnsemble } from '../src/wire/index.js'

/** A time at which all profiles are valid. */
const now = 1_800_000_000

/** Makes the account of one of the two. */
export type AccountMaker = (address: 'alice' | 'bob', instanceTag: number) => Account

/** Makes an account with version 4 alone. */
export const v4Account: AccountMaker = (address, instanceTag) => ({
  address, instanceTag, v4: makeV4Identity(generateEd448Keys(systemRandom), { instanceTag, now }, systemRandom),
})

/** Two whole clients in one process, which exchange lines of text: the work that users of the library cause. */
export class TwoClients {
  readonly alice: ClientCore
  readonly bob: ClientCore
  /** Everything but `send` and `state`. */
  readonly events: ClientEvent[] = []
  readonly #arithmetic: ReadonlyMap<ClientCore, Arithmetic>

  /**
   * @param apart gives each client an arithmetic of its own, as on two machines: the public values that one remembers do not help the other. Use
   *   it for key exchanges, where both use the same values. The figure then includes what two arithmetics cost the engine's optimiser.
   * @param inVersion2 both have chosen version 2 for the other, and allow no later one
   */
  constructor(accountOf: AccountMaker, { maxMessageLength = 0, apart = false, inVersion2 = false } = {}) {
    const make = (address: 'alice' | 'bob', tag: number): ClientCore =>
      new ClientCore({ account: accountOf(address, tag), clock: () => now, policy: { heartbeatAfter: 0, maxMessageLength } })
    this.alice = make('alice', 0x1001)
    this.bob = make('bob', 0x2002)
    const arithmetic = getArithmetic()
    this.#arithmetic = new Map([[this.alice, arithmetic], [this.bob, apart && arithmetic.name === 'wasm' ? wasmArithmetic() : arithmetic]])
    if (!inVersion2) return
    for (const conversation of [this.alice.conversation('bob'), this.bob.conversation('alice')]) conversation.setPolicy({ allowV2: true, allowV3: false, allowV4: false })
  }

  /** Runs some work with a client's own arithmetic. */
  #with<T>(client: ClientCore, work: () => T): T {
    const before = setArithmetic(this.#arithmetic.get(client) ?? getArithmetic())
    try {
      return work()
    } finally {
      setArithmetic(before)
    }
  }

  /** Delivers lines until there are none. */
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

  /** Ends the sessions of both; their last messages are not delivered. */
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

  /** The ensemble that bob publishes, so that others can write to him while he is away. */
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
