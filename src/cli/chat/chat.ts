import { OtrError } from '../../errors.js'
import type { Client, ClientEvent } from '../../index.js'
import { classify } from '../../wire/index.js'
import { looksLikeHtml } from '../../transport/otr-text.js'
import type { Transport, TransportEvents } from '../../transport/transport.js'
import { untilSignal } from '../signals.js'
import { parseCommand } from './commands.js'
import { Desk } from './desk.js'
import { Orders } from './orders.js'
import { ChatPrekeys, type ChatPrekeysParts } from './prekeys.js'
import type { Standing, View } from './shown.js'

/** What a chat is made of. */
export interface ChatParts {
  readonly client: Client
  readonly transport: Transport
  readonly view: View
  /** The network's name for people. */
  readonly network: string
  /** Whom to talk with at first. */
  readonly peer?: string
  /** The client keeps its state: conversations are not ended when the person leaves. */
  readonly kept?: boolean
  /** To be said first. */
  readonly welcome?: string
  /** The prekey server, for those who are away; whether the client is kept; whether the person agreed. */
  readonly prekeys?: Pick<ChatPrekeysParts, 'server' | 'publishes' | 'consent' | 'awaySeconds'>
}

/** How often the client's timers are looked at, in milliseconds. */
const tickMs = 500

/** Between a person, the OTR client and the network. */
export class Chat {
  readonly #parts: ChatParts
  readonly #client: Client
  readonly #transport: Transport
  readonly #view: View
  readonly #desk: Desk
  readonly #prekeys: ChatPrekeys | undefined
  #failed = false
  /** The network has let us in, and the person was told so. */
  #begin: () => void = () => undefined
  readonly #begun = new Promise<void>((resolve) => { this.#begin = resolve })
  #ready = false
  #end: () => void = () => undefined
  readonly #ended = new Promise<void>((resolve) => { this.#end = resolve })

  constructor(parts: ChatParts) {
    const { client, transport, view } = parts
    this.#parts = parts
    this.#client = client
    this.#transport = transport
    this.#view = view
    this.#desk = new Desk(parts)
    this.#prekeys = parts.prekeys && new ChatPrekeys({
      ...parts.prekeys, client, transport,
      show: (event) => { view.show(event) },
      sent: (peer, text) => { this.#desk.sent(peer, text) },
      isPrivate: (peer) => this.#desk.standing(peer) === 'private',
    })
  }

  /** Runs until the person leaves or the network will have him no more. Resolves to the exit code. */
  async run(): Promise<number> {
    this.#listen()
    try {
      await this.#transport.start()
    } catch (error) {
      this.#view.close()
      throw error
    }
    const timer = setInterval(() => {
      this.#client.tick().catch((error: unknown) => { this.#broke(error) })
      this.#prekeys?.tick()
    }, tickMs)
    this.#view.show({ type: 'ready', account: this.#transport.account, network: this.#parts.network })
    if (this.#parts.welcome !== undefined) this.#desk.inform(this.#parts.welcome)
    this.#prekeys?.begin()
    await this.#desk.adoptNames()
    if (this.#parts.peer !== undefined) this.#desk.peer = this.#transport.canonical(this.#parts.peer)
    this.#desk.prompt()
    this.#ready = true
    this.#begin()
    const left = new AbortController()
    await Promise.race([this.#read(), this.#ended, untilSignal(left.signal)])
    left.abort()
    clearInterval(timer)
    // Where nothing is kept, ending the private conversations is the last that is sent: the connection closes after it.
    await this.#client.close({ end: this.#parts.kept !== true }).catch((error: unknown) => { this.#broke(error) })
    await this.#transport.close()
    this.#view.show({ type: 'bye' })
    this.#view.close()
    return this.#failed ? 1 : 0
  }

  /** The state cannot be kept any more: nothing may go on. */
  #broke(error: unknown): void {
    if (!this.#failed) this.#desk.explain(error)
    this.#failed = true
    this.#end()
  }

  async #read(): Promise<void> {
    const orders = new Orders(this.#desk, this.#prekeys)
    for await (const line of this.#view.lines()) {
      const command = parseCommand(line)
      if (command.do === 'quit') return
      try {
        await orders.obey(command)
      } catch (error) {
        this.#desk.explain(error)
      }
      this.#desk.prompt()
    }
  }

  #listen(): void {
    // What the network had kept comes at once: the person learns first that he is connected.
    this.#transport.on('message', (line) => this.#begun.then(() => this.#receive(line)).catch((error: unknown) => { this.#broke(error) }))
    this.#transport.on('status', ({ status, detail }) => {
      if (status === 'closed' || (status === 'connecting' && detail === undefined)) {
        if (status === 'closed' && detail !== undefined) {
          this.#failed = true
          this.#view.show({ type: 'error', text: `the network will have you no more: ${detail}` })
          this.#end()
        }
        return
      }
      if (this.#ready) this.#view.show({ type: 'connection', status, ...detail === undefined ? {} : { detail } })
    })
    this.#transport.on('renamed', ({ from, to }) => this.#desk.rename(from, to))
    this.#transport.on('comparison', () => this.#desk.adoptNames())
    this.#transport.on('account', ({ account }) => {
      this.#client.changeAddress(this.#transport.canonical(account))
      // A longer name of ours leaves less room in a line.
      if (this.#desk.peer !== undefined) this.#desk.limit(this.#desk.peer)
      this.#view.show({ type: 'info', text: `you are ${account} now` })
    })
    this.#transport.on('notice', ({ text, from }) => { this.#view.show({ type: 'info', text: `${from ?? this.#parts.network} says: ${text}` }) })
    this.#transport.on('away', ({ who, text }) => { this.#view.show({ type: 'info', text: `${who} is away: ${text}` }) })
    this.#transport.on('undelivered', ({ to, detail }) => {
      this.#view.show({ type: 'notice', peer: to, code: 'undelivered', detail })
      this.#prekeys?.undelivered(to)
    })

    this.#client.on('send', ({ to, message }) => {
      return this.#transport.send(to, message).catch((error: unknown) => {
        // The transport has told of what could not be delivered; of what it would not take nobody has.
        if (error instanceof OtrError && error.code === 'OTR_TRANSPORT_UNDELIVERED') return
        this.#desk.explain(error)
      })
    })
    this.#client.on('message', (event) => { this.#message(event) })
    this.#client.on('state', (event) => { this.#state(event) })
    this.#client.on('smp', (event) => {
      const verified = this.#desk.verified(event.peer)
      const { peer, event: progress, question, attempts } = event
      this.#view.show({
        type: 'smp', peer, event: progress,
        ...question === undefined ? {} : { question },
        ...attempts === undefined ? {} : { attempts },
        ...progress === 'succeeded' ? { verified } : {},
      })
      this.#desk.prompt()
    })
    this.#client.on('outbox', ({ peer, event, held }) => {
      if (event !== 'cancelled' || this.#prekeys?.isMoving(peer) !== true) this.#view.show({ type: 'outbox', peer, event, number: held })
      if (event === 'held') this.#prekeys?.waits(peer)
    })
    this.#client.on('lost', ({ peer, messages }) => {
      for (const { handle, text } of messages) this.#view.show({ type: 'lost', peer, number: handle, text })
    })
    this.#client.on('notice', ({ peer, code, detail }) => {
      this.#view.show({ type: 'notice', code, ...peer === undefined ? {} : { peer }, ...detail === undefined ? {} : { detail } })
    })
  }

  /** Fulfilled when the line is safe: the network may forget it then. */
  async #receive({ from, text, meta }: TransportEvents['message']): Promise<void> {
    if (this.#prekeys?.receive(from, text) === true) return
    this.#desk.limit(from)
    const line = meta.action === true ? `/me ${text}` : text
    const delivery = meta.id === undefined ? {} : { id: meta.id }
    if (meta.delayedSince === undefined) {
      await this.#client.receive(from, line, delivery)
      return
    }
    // What the network had kept is old: whoever answers an offer of it tells that he is here now, each time that it is delivered.
    const { kind, ...rest } = classify(line)
    const begins = kind === 'message' && 'message' in rest && (rest.message.kind === 'v3-dh-commit' || rest.message.kind === 'v4-identity')
    if (kind === 'query' || begins) this.#view.show({ type: 'notice', peer: from, code: 'old-offer' })
    else if (kind === 'plaintext') {
      await this.#client.receive(from, line, { ...delivery, sentAt: meta.delayedSince, archived: true })
    } else if (kind !== 'error') {
      await this.#client.receive(from, line, { ...delivery, sentAt: meta.delayedSince })
    }
  }

  #message({ from, text, encrypted, unencrypted, offline, sentAt }: Extract<ClientEvent, { type: 'message' }>): void {
    const privacy = encrypted ? 'private' : unencrypted === true ? 'exposed' : 'clear'
    this.#view.show({
      type: 'message', peer: from, privacy, verified: encrypted && this.#desk.verified(from), text: encrypted ? text : withoutOtr(text),
      ...sentAt === undefined ? {} : { sentAt },
      ...looksLikeHtml(text) ? { html: true } : {},
      ...offline === true ? { offline } : {},
    })
    if (privacy === 'clear') this.#desk.remind(from)
    if (this.#desk.peer === undefined) {
      this.#desk.peer = from
      this.#desk.prompt()
    }
  }

  #state(event: Extract<ClientEvent, { type: 'state' }>): void {
    const { peer, instance, version, fingerprint, ssid, trust, key } = event
    const state: Standing = event.state === 'encrypted' ? 'private' : event.state === 'handshake' ? 'starting' : event.state === 'finished' ? 'ended' : 'clear'
    // Nobody need be told that what he writes waits when he has just said that it shall not.
    if (state === 'clear' && this.#desk.leaving === peer) return
    this.#view.show({
      type: 'state', peer, state, version, instance,
      ...key === undefined ? {} : { key },
      ...trust === undefined ? {} : { verified: trust === 'verified' },
      ...fingerprint === undefined ? {} : { fingerprint },
      ...ssid === undefined ? {} : { ssid },
    })
    if (state === 'private' && this.#desk.peer === undefined) this.#desk.peer = peer
    this.#desk.prompt()
  }
}

/** A line of OTR that came as text, such as an offer of versions that are not spoken any more: people read what it is, not the line. */
function withoutOtr(text: string): string {
  if (!text.includes('?OTR')) return text
  return text.replace(/\?OTR(?::[A-Za-z0-9+/=]*\.?|[|,][^\s]*|\??v[^\s?]*\?|\?)/g, '(OTR)')
}
