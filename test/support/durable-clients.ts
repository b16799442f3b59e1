import { Client, type ClientEvent, type OpenOptions, type PolicyChanges } from '../../src/index.js'
import { MemoryDisk } from './memory-persistence.js'
import { testAccount } from './network.js'
import { seededRandom } from './seeded.js'

/** A person whose client saves its state on a disk, and the events that they saw. The client can be killed and opened again. */
export class Durable {
  readonly name: string
  readonly events: ClientEvent[] = []
  disk = new MemoryDisk()
  client!: Client
  readonly #net: DurableNetwork
  readonly #seen = new Set<number>()
  #life = 0
  readonly #options: Partial<OpenOptions>

  constructor(net: DurableNetwork, name: string, options: Partial<OpenOptions>) {
    this.#net = net
    this.name = name
    this.#options = options
  }

  /** Opens the client, for the first time or again. */
  async open(): Promise<this> {
    const life = ++this.#life
    const number = this.name.charCodeAt(0)
    const { v3 } = testAccount(this.name, 0x1000 + number, number, '3', 0)
    this.client = await Client.open({
      account: this.name, keys: { dsa: v3!.dsa }, clock: () => this.#net.now, random: seededRandom(`${this.name} ${life}`),
      persistence: this.disk.open(), ...this.#options,
    })
    for (const type of ['send', 'message', 'state', 'smp', 'extra-key', 'tlv', 'outbox', 'notice'] as const) {
      this.client.on(type, (event) => {
        if (life !== this.#life) return
        // What an application must do about events that may be emitted twice.
        if (event.id !== undefined && this.#seen.has(event.id)) return
        if (event.id !== undefined) this.#seen.add(event.id)
        this.events.push(event)
        if (event.type === 'send') this.#net.lines.push({ from: this.name, to: event.to, line: event.message })
      })
    }
    return this
  }

  /** Like SIGKILL: the memory is lost, and nobody sees what the old client still does. */
  kill(): void {
    this.#life++
    this.disk = this.disk.copy()
  }

  async restart(): Promise<void> {
    this.kill()
    await this.open()
    await this.client.tick()
  }

  get texts(): string[] {
    return this.events.flatMap((event) => event.type === 'message' ? [event.text] : [])
  }

  get notices(): string[] {
    return this.events.flatMap((event) => event.type === 'notice' ? [event.code] : [])
  }

  smp(): string[] {
    return this.events.flatMap((event) => event.type === 'smp' ? [event.event] : [])
  }

  ssid(peer: string): string | undefined {
    const { sessions, selected } = this.client.conversation(peer).status
    return selected === undefined ? undefined : sessions[0]?.ssid
  }
}

/** A network between such persons; lines move only in `run`. */
export class DurableNetwork {
  now = 1_700_000_000
  readonly lines: { readonly from: string, readonly to: string, readonly line: string }[] = []
  /** Every line that was delivered. */
  readonly log: { readonly from: string, readonly to: string, readonly line: string }[] = []
  readonly #people = new Map<string, Durable>()

  async add(name: string, options: Partial<OpenOptions> = {}): Promise<Durable> {
    const person = new Durable(this, name, options)
    this.#people.set(name, person)
    return person.open()
  }

  /** Delivers until nothing is on its way. */
  async run(): Promise<void> {
    for (let line = this.lines.shift(); line !== undefined; line = this.lines.shift()) {
      this.log.push(line)
      await this.#people.get(line.to)?.client.receive(line.from, line.line)
    }
  }

  async pair(policy: PolicyChanges = {}): Promise<{ alice: Durable, bob: Durable }> {
    const alice = await this.add('alice', { policy })
    const bob = await this.add('bob', { policy })
    await alice.client.conversation('bob').start()
    await this.run()
    if (alice.ssid('bob') === undefined || alice.ssid('bob') !== bob.ssid('alice')) throw new Error('no session')
    return { alice, bob }
  }
}
