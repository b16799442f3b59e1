/** A prekey server and its clients, on one clock, with seeded randomness: no network, every message is visible. */
import { ed448KeyPair, type RandomSource } from '../../src/crypto/index.js'
import { ClientCore } from '../../src/index.js'
import {
  MemoryPrekeyStore, PrekeyClient, PrekeyServer,
  type PrekeyClientEvent, type PrekeyClientOptions, type PrekeyMetric, type PrekeyOwner, type PrekeyServerOptions, type PrekeyStep, type PrekeyStore,
} from '../../src/prekey/index.js'
import { hexEncode } from '../../src/wire/index.js'
import { seededRandom } from './seeded.js'
import { testAccount } from './network.js'

export const SERVER = 'prekey.example.org'
export const NOW = 1_700_000_000

/** One message on its way. */
export interface Passed {
  readonly from: string
  readonly to: string
  readonly text: string
}

/** Changes the messages between a client and the server on their way; `undefined` drops one. */
export type Tamper = (message: Passed) => string | undefined

export class PrekeyUser {
  readonly address: string
  readonly core: ClientCore
  readonly client: PrekeyClient
  readonly events: PrekeyClientEvent[] = []
  readonly #world: PrekeyWorld

  constructor(world: PrekeyWorld, address: string, core: ClientCore, client: PrekeyClient) {
    this.#world = world
    this.address = address
    this.core = core
    this.client = client
  }

  /** Carries out a step and everything that follows from it. Returns the events. */
  async run(step: PrekeyStep): Promise<PrekeyClientEvent[]> {
    const before = this.events.length
    await this.#run(step)
    return this.events.slice(before)
  }

  async #run(step: PrekeyStep): Promise<void> {
    this.events.push(...step.events)
    for (const { to, message } of step.send) {
      const text = this.#world.pass({ from: this.address, to, text: message })
      if (text === undefined) continue
      for (const answer of await this.#world.server.receive(this.address, text)) {
        const back = this.#world.pass({ from: to, to: this.address, text: answer })
        if (back !== undefined) await this.#run(this.client.receive(to, back))
      }
    }
    if (step.later !== undefined) await this.#run(await step.later)
  }

  publish(count: number): Promise<PrekeyClientEvent[]> {
    return this.run(this.client.publish(count))
  }

  status(): Promise<PrekeyClientEvent[]> {
    return this.run(this.client.status())
  }

  fetch(of: string): Promise<PrekeyClientEvent[]> {
    return this.run(this.client.fetch(of))
  }

  /** Lets the core's and the client's timers run. */
  async tick(): Promise<PrekeyClientEvent[]> {
    this.core.tick()
    return this.run(this.client.tick())
  }
}

/** How a user is set up. */
export interface PrekeyUserOptions extends Partial<Omit<PrekeyClientOptions, 'random' | 'clock'>> {
  readonly tag?: number
  readonly key?: number
  readonly random?: RandomSource
  /** Makes another object than a `ClientCore` from the account. */
  readonly as?: (core: ClientCore) => PrekeyOwner
}

export class PrekeyWorld {
  now = NOW
  readonly store: PrekeyStore
  readonly server: PrekeyServer
  readonly metrics: PrekeyMetric[] = []
  readonly low: { owner: string, left: number, notice: string }[] = []
  readonly passed: Passed[] = []
  tamper: Tamper = ({ text }) => text
  #users = 0

  constructor(options: Partial<PrekeyServerOptions> = {}) {
    this.store = options.store ?? new MemoryPrekeyStore()
    this.server = new PrekeyServer({
      identity: SERVER,
      key: ed448KeyPair(seededRandom('prekey server')(57)),
      random: seededRandom('prekey server draws'),
      clock: () => this.now,
      metrics: (metric) => { this.metrics.push(metric) },
      onLow: (owner, left, notice) => { this.low.push({ owner, left, notice }) },
      ...options,
      store: this.store,
    })
  }

  get fingerprint(): string {
    return hexEncode(this.server.fingerprint)
  }

  pass(message: Passed): string | undefined {
    const text = this.tamper(message)
    if (text !== undefined) this.passed.push({ ...message, text })
    return text
  }

  user(address: string, { tag = 0x1000 + this.#users, key = this.#users, random = seededRandom(`user ${address} ${tag}`), as = (core) => core, ...options }: PrekeyUserOptions = {}): PrekeyUser {
    this.#users++
    const clock = (): number => this.now
    const core = new ClientCore({ account: testAccount(address, tag, key, '4', this.now), clock, random })
    const client = new PrekeyClient({ owner: as(core), server: { identity: SERVER, fingerprint: this.fingerprint }, random, clock, ...options })
    return new PrekeyUser(this, address, core, client)
  }

  /** How often the metric of this name was counted. */
  counted(name: PrekeyMetric['name']): number {
    return this.metrics.filter((metric) => metric.name === name).length
  }
}
