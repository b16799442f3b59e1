/** Our library with one of our transports, in this process: for what a chat does not show a script. */
import { Client, type ClientEvent, type PolicyChanges } from '../../../../src/index.js'
import type { Transport, TransportEvents } from '../../../../src/transport/transport.js'
import { until, type Workplace } from './programs.js'

type Told = { readonly [Name in keyof TransportEvents]: { readonly name: Name, readonly event: TransportEvents[Name], readonly at: number } }[keyof TransportEvents]

const names = [
  'message', 'status', 'renamed', 'comparison', 'account', 'undelivered', 'gone', 'notice', 'progress', 'away', 'ignored',
] as const satisfies readonly (keyof TransportEvents)[]

export class Ours {
  readonly client: Client
  /** What the client told, and what the transports did, in order. */
  readonly events: ClientEvent[] = []
  readonly told: Told[] = []
  readonly #transports: Transport[] = []
  readonly #clock: { ahead: number }
  #transport: Transport

  private constructor(client: Client, transport: Transport, clock: { ahead: number }) {
    this.#clock = clock
    this.client = client
    this.#transport = transport
  }

  get transport(): Transport {
    return this.#transport
  }

  /** Logs in and connects the two as a messenger does. */
  static async open(workplace: Workplace, transport: Transport, policy: PolicyChanges = {}): Promise<Ours> {
    const clock = { ahead: 0 }
    const client = await Client.open({ account: transport.account, clock: () => Date.now() / 1000 + clock.ahead, policy })
    const ours = new Ours(client, transport, clock)
    for (const type of ['message', 'state', 'smp', 'notice', 'lost', 'outbox'] as const) client.on(type, (event) => { ours.events.push(event) })
    client.on('send', ({ to, message }) => ours.transport.send(to, message).catch(() => undefined))
    await ours.connect(transport)
    const ticking = setInterval(() => { void client.tick() }, 500)
    workplace.onClose(async () => {
      clearInterval(ticking)
      for (const one of ours.#transports) await one.close(0)
    })
    return ours
  }

  /** So many seconds pass, but for our client alone. */
  async later(seconds: number): Promise<void> {
    this.#clock.ahead += seconds
    await this.client.tick()
  }

  /** Goes on over another connection, as a program does that was closed and opened again with its state. */
  async connect(transport: Transport): Promise<void> {
    const { client } = this
    this.#transport = transport
    this.#transports.push(transport)
    for (const name of names) transport.on(name, (event) => { this.told.push({ name, event, at: performance.now() } as Told) })
    transport.on('message', async ({ from, text, meta }) => {
      const most = transport.maxMessageLength(from)
      if (most > 0) await client.setPolicy({ maxMessageLength: most })
      await client.receive(from, text, meta)
    })
    transport.on('undelivered', async ({ to, line }) => {
      if (line !== undefined) await client.conversation(to).undelivered(line)
    })
    transport.on('gone', ({ who, instances }) => client.conversation(who).gone(instances))
    transport.on('renamed', ({ from, to }) => client.rename(from, to))
    transport.on('account', ({ account }) => { client.changeAddress(transport.canonical(account)) })
    await transport.start()
    client.changeAddress(transport.canonical(transport.account))
  }

  /** Waits for an event of the client. */
  says<Type extends ClientEvent['type']>(type: Type, wanted: (event: Extract<ClientEvent, { type: Type }>) => boolean = () => true, seconds = 30): Promise<Extract<ClientEvent, { type: Type }>> {
    const fits = (event: ClientEvent): event is Extract<ClientEvent, { type: Type }> => event.type === type && wanted(event as Extract<ClientEvent, { type: Type }>)
    return until(() => this.events.find(fits), seconds, () => `no ${type} among ${JSON.stringify(this.events.map(({ type: one, ...rest }) => [one, 'code' in rest ? rest.code : '']))}`)
  }

  /** Waits for an event of the transport. */
  hears<Name extends keyof TransportEvents>(name: Name, wanted: (event: TransportEvents[Name]) => boolean = () => true, seconds = 30): Promise<TransportEvents[Name]> {
    return until(() => this.all(name).find(wanted), seconds, () => `no ${name} among ${JSON.stringify(this.told.map(({ name: one, event }) => [one, event]))}`)
  }

  all<Name extends keyof TransportEvents>(name: Name): TransportEvents[Name][] {
    return this.told.flatMap((one) => one.name === name ? [one.event as TransportEvents[Name]] : [])
  }
}
