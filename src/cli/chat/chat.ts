import { OtrError } from '../../errors.js'
import type { Client, ClientEvent, ClientConversation, SendOptions } from '../../index.js'
import { classify } from '../../wire/index.js'
import { looksLikeHtml } from '../../transport/otr-text.js'
import type { Transport, TransportEvents } from '../../transport/transport.js'
import { chatHelp, otrHelp, parseCommand, type ChatCommand } from './commands.js'
import { describeKeys, ownCode, ownFingerprints } from './describe-keys.js'
import { isKeptCommand, obeyKept } from './kept-commands.js'
import { formatPolicy, parsePolicy } from './policy-option.js'
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
  readonly #client: Client
  readonly #transport: Transport
  readonly #view: View
  readonly #parts: ChatParts
  #peer: string | undefined
  /** Instances chosen by hand. */
  readonly #instances = new Map<string, number>()
  /** Whom text in clear was sent to or came from already: one reminder is enough. */
  readonly #reminded = new Set<string>()
  #ended: (() => void) | undefined
  #failed = false
  #ready = false
  /** With whom the person goes on in clear just now. */
  #leaving: string | undefined
  readonly #prekeys: ChatPrekeys | undefined

  constructor(parts: ChatParts) {
    this.#parts = parts
    this.#client = parts.client
    this.#transport = parts.transport
    this.#view = parts.view
    this.#prekeys = parts.prekeys && new ChatPrekeys({
      ...parts.prekeys, client: parts.client, transport: parts.transport,
      show: (event) => { this.#view.show(event) },
      isPrivate: (peer) => this.#standing(peer) === 'private',
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
    this.#ready = true
    this.#view.show({ type: 'ready', account: this.#transport.account, network: this.#parts.network })
    if (this.#parts.welcome !== undefined) this.#inform(this.#parts.welcome)
    this.#prekeys?.begin()
    if (this.#parts.peer !== undefined) this.#peer = this.#transport.normalize(this.#parts.peer)
    this.#prompt()
    const ended = new Promise<void>((resolve) => { this.#ended = resolve })
    const stop = (): void => { this.#ended?.() }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop)
    await Promise.race([this.#read(), ended])
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, stop)
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
    if (!this.#failed) this.#explain(error)
    this.#failed = true
    this.#ended?.()
  }

  async #read(): Promise<void> {
    for await (const line of this.#view.lines()) {
      const command = parseCommand(line)
      if (command.do === 'quit') return
      try {
        await this.#obey(command)
      } catch (error) {
        this.#explain(error)
      }
      this.#prompt()
    }
  }

  #listen(): void {
    this.#transport.on('message', (line) => this.#receive(line).catch((error: unknown) => { this.#broke(error) }))
    this.#transport.on('status', ({ status, detail }) => {
      if (status === 'closed' || (status === 'connecting' && detail === undefined)) {
        if (status === 'closed' && detail !== undefined) {
          this.#failed = true
          this.#view.show({ type: 'error', text: `the network will have you no more: ${detail}` })
          this.#ended?.()
        }
        return
      }
      if (this.#ready) this.#view.show({ type: 'connection', status, ...detail === undefined ? {} : { detail } })
    })
    this.#transport.on('renamed', ({ from, to }) => { this.#rename(from, to) })
    this.#transport.on('account', ({ account }) => {
      this.#client.changeAddress(account)
      // A longer name of ours leaves less room in a line.
      if (this.#peer !== undefined) this.#limit(this.#peer)
      this.#view.show({ type: 'info', text: `you are ${account} now` })
    })
    this.#transport.on('undelivered', ({ to, detail }) => {
      this.#view.show({ type: 'notice', peer: to, code: 'undelivered', detail })
      this.#prekeys?.undelivered(to)
    })

    this.#client.on('send', ({ to, message }) => {
      return this.#transport.send(to, message).catch((error: unknown) => {
        // The transport has told of what could not be delivered; of what it would not take nobody has.
        if (error instanceof OtrError && error.code === 'OTR_TRANSPORT_UNDELIVERED') return
        this.#explain(error)
      })
    })
    this.#client.on('message', (event) => { this.#message(event) })
    this.#client.on('state', (event) => { this.#state(event) })
    this.#client.on('smp', (event) => {
      const verified = this.#verified(event.peer)
      const { peer, event: progress, question, attempts } = event
      this.#view.show({
        type: 'smp', peer, event: progress,
        ...question === undefined ? {} : { question },
        ...attempts === undefined ? {} : { attempts },
        ...progress === 'succeeded' ? { verified } : {},
      })
      this.#prompt()
    })
    this.#client.on('outbox', ({ peer, event, held }) => {
      this.#view.show({ type: 'outbox', peer, event, number: held })
      if (event === 'held') this.#prekeys?.waits(peer)
    })
    this.#client.on('lost', ({ peer, messages }) => {
      for (const { handle, text } of messages) this.#view.show({ type: 'lost', peer, number: handle, text })
    })
    this.#client.on('notice', ({ peer, code, detail }) => {
      if (code === 'renamed' && peer !== undefined && this.#peer === detail) this.#peer = peer
      this.#view.show({ type: 'notice', code, ...peer === undefined ? {} : { peer }, ...detail === undefined ? {} : { detail } })
    })
  }

  /** Fulfilled when the line is safe: the network may forget it then. */
  async #receive({ from, text, meta }: TransportEvents['message']): Promise<void> {
    if (this.#prekeys?.receive(from, text) === true) return
    this.#limit(from)
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
      type: 'message', peer: from, privacy, verified: encrypted && this.#verified(from), text: encrypted ? text : withoutOtr(text),
      ...sentAt === undefined ? {} : { sentAt },
      ...looksLikeHtml(text) ? { html: true } : {},
      ...offline === true ? { offline } : {},
    })
    if (privacy === 'clear') this.#remind(from)
    if (this.#peer === undefined) {
      this.#peer = from
      this.#prompt()
    }
  }

  #state(event: Extract<ClientEvent, { type: 'state' }>): void {
    const { peer, instance, version, fingerprint, ssid, trust, key } = event
    const state: Standing = event.state === 'encrypted' ? 'private' : event.state === 'handshake' ? 'starting' : event.state === 'finished' ? 'ended' : 'clear'
    // Nobody need be told that what he writes waits when he has just said that it shall not.
    if (state === 'clear' && this.#leaving === peer) return
    this.#view.show({
      type: 'state', peer, state, version, instance,
      ...key === undefined ? {} : { key },
      ...trust === undefined ? {} : { verified: trust === 'verified' },
      ...fingerprint === undefined ? {} : { fingerprint },
      ...ssid === undefined ? {} : { ssid },
    })
    if (state === 'private' && this.#peer === undefined) this.#peer = peer
    this.#prompt()
  }

  async #obey(command: ChatCommand): Promise<void> {
    switch (command.do) {
      case 'nothing':
      case 'quit':
        return
      case 'wrong':
        this.#view.show({ type: 'error', text: command.why })
        return
      case 'help':
        this.#inform(command.about === 'otr' ? otrHelp : chatHelp)
        return
      case 'clear-screen':
        this.#view.clear()
        return
      case 'who': {
        const peers = this.#client.peers()
        this.#inform(peers.length === 0 ? 'nobody yet' : peers.map((peer) => `${peer}: ${this.#standing(peer)}${this.#verified(peer) ? ', verified' : ''}`).join('\n'))
        return
      }
      case 'with':
        this.#peer = command.peer === undefined ? undefined : this.#transport.normalize(command.peer)
        return
      case 'msg':
        await this.#say(this.#transport.normalize(command.peer), command.text)
        return
      case 'agree':
        this.#offline().agree(command.yes)
        return
      case 'policy':
        if (command.changes === '') this.#inform(formatPolicy(this.#client.policy))
        else await this.#client.setPolicy(parsePolicy(command.changes))
        return
      default:
        await this.#obeyAbout(command)
    }
  }

  /** Commands about the one who is talked with. */
  async #obeyAbout(command: Exclude<ChatCommand, { do: 'nothing' | 'quit' | 'wrong' | 'help' | 'clear-screen' | 'who' | 'with' | 'msg' | 'policy' | 'agree' }>): Promise<void> {
    if (command.do === 'fingerprint' && this.#peer === undefined) {
      this.#inform((command.form === 'qr' ? ownCode(this.#client) : ownFingerprints(this.#client, command.form)).join('\n'))
      return
    }
    const peer = this.#peer
    if (peer === undefined) throw new OtrError('OTR_ARGUMENT', 'with whom? /with NAME')
    const conversation = this.#client.conversation(peer)
    if (isKeptCommand(command)) {
      const lines = await obeyKept(command, this.#client, conversation)
      if (lines.length > 0) this.#inform(lines.join('\n'))
      return
    }
    switch (command.do) {
      case 'say':
        await this.#say(peer, command.text)
        break
      case 'start':
        this.#limit(peer)
        await conversation.start()
        break
      case 'end':
        await conversation.end()
        break
      case 'abort':
        await conversation.abort()
        break
      case 'go-clear':
        this.#leaving = peer
        await conversation.continueInPlaintext().finally(() => { this.#leaving = undefined })
        this.#inform(`what you write to ${peer} goes in clear from now on`)
        break
      case 'status':
        this.#inform(this.#describe(conversation))
        break
      case 'accept':
        await conversation.trust('seen')
        this.#inform(`you go on with the key that ${peer} uses now; it is not verified`)
        break
      case 'vouched':
        await conversation.acceptVouched()
        this.#view.show({ type: 'trust', peer, verified: true, fingerprint: conversation.status.sessions[0]?.fingerprint ?? '' })
        break
      case 'trust':
        await this.#trust(conversation, command.verified, command.fingerprint)
        break
      case 'smp':
        await this.#verify(conversation, command.question, command.secret)
        break
      case 'answer': {
        const secret = command.secret ?? await this.#view.secret('your answer')
        if (secret === undefined) throw new OtrError('OTR_ARGUMENT', 'nothing was answered; /otr answer SECRET')
        await conversation.answer(secret)
        break
      }
      case 'offline':
        this.#offline().write(peer, command.text)
        break
      case 'outbox': {
        const held = conversation.outbox
        this.#inform(held.length === 0 ? 'nothing waits' : held.map(({ id, text }) => `${id}: ${text}`).join('\n'))
        break
      }
      case 'cancel':
        for (const { id } of command.number === undefined ? [...conversation.outbox] : [{ id: command.number }]) await conversation.cancel(id)
        break
      case 'instance':
        if (command.instance === undefined) this.#instances.delete(peer)
        else this.#instances.set(peer, command.instance)
    }
  }

  #offline(): ChatPrekeys {
    if (this.#prekeys === undefined) throw new OtrError('OTR_ARGUMENT', 'no prekey server is known: start with --prekey-server NAME')
    return this.#prekeys
  }

  async #say(peer: string, text: string): Promise<void> {
    this.#limit(peer)
    const instance = this.#instances.get(peer)
    const options: SendOptions = instance === undefined ? {} : { to: instance }
    const result = await this.#client.conversation(peer).send(text, options)
    if ('held' in result) return
    const encrypted = result.sent === 'encrypted'
    this.#view.show({ type: 'sent', peer, privacy: encrypted ? 'private' : 'clear', verified: encrypted && this.#verified(peer), text })
    if (!encrypted) this.#remind(peer)
  }

  async #verify(conversation: ClientConversation, question: string | undefined, given: string | undefined): Promise<void> {
    if (this.#standing(conversation.peer) !== 'private') throw new OtrError('OTR_NOT_ENCRYPTED', 'the conversation is not private: /otr start first')
    const secret = given ?? await this.#view.secret(question === undefined ? 'the secret that you share' : 'the answer that you expect')
    if (secret === undefined) throw new OtrError('OTR_ARGUMENT', 'a secret is needed; /otr smp ["QUESTION"] SECRET')
    if (question?.toLowerCase().includes(secret.toLowerCase()) === true) {
      throw new OtrError('OTR_ARGUMENT', 'the question contains the answer: everybody could give it')
    }
    await conversation.verify(secret, question === undefined ? {} : { question })
    this.#inform(`${conversation.peer} is being asked`)
  }

  async #trust(conversation: ClientConversation, verified: boolean, given: string | undefined): Promise<void> {
    const { peer } = conversation
    const digits = given?.replace(/[\s:]/g, '').toLowerCase()
    await conversation.trust(verified ? 'verified' : 'unknown', digits === undefined ? {} : { fingerprint: digits, version: digits.length > 40 ? 4 : 3 })
    const fingerprint = digits ?? conversation.status.sessions[0]?.fingerprint ?? ''
    this.#view.show({ type: 'trust', peer, verified, fingerprint })
  }

  #describe(conversation: ClientConversation): string {
    const { peer, status } = conversation
    const standing: Record<Standing, string> = {
      clear: `what you write to ${peer} goes in clear`,
      starting: `a private conversation with ${peer} is about to start`,
      private: `the conversation with ${peer} is private, and the key is ${this.#verified(peer) ? 'verified' : 'NOT verified'}`,
      ended: `the private conversation with ${peer} is over; what you write waits (/otr start or /otr clear)`,
    }
    const sessions = status.sessions.filter(({ state }) => state !== 'plaintext').map(({ instance, version, state, trust, ssid, ssidBold }) => {
      const halves = [ssid?.slice(0, 8), ssid?.slice(8)].map((half, at) => (at === 0) === (ssidBold === 'first') ? `*${half ?? ''}*` : half ?? '')
      return `instance ${instance.toString(16).padStart(8, '0')}: version ${version}, ${state}, ${trust}${ssid === undefined ? '' : `, session ${halves.join(' ')}`}`
    })
    const held = status.held === 0 ? [] : [`${status.held} messages wait: /otr outbox`]
    return [standing[this.#standing(peer)], ...sessions, ...ownFingerprints(this.#client), ...describeKeys(conversation), ...held].join('\n')
  }

  #rename(from: string, to: string): void {
    this.#client.rename(from, to).then(
      () => {
        const instance = this.#instances.get(from)
        if (instance !== undefined) this.#instances.set(to, instance)
        this.#instances.delete(from)
      },
      // Both names are known already: they stay two conversations.
      () => undefined,
    ).finally(() => {
      this.#view.show({ type: 'renamed', peer: from, to })
      if (this.#peer === from) this.#peer = to
      this.#prompt()
    })
  }

  /** Lines must fit the network. Its limit depends on names and hosts; the shortest one met holds for all. */
  #limit(peer: string): void {
    const most = this.#transport.maxMessageLength(peer)
    const { maxMessageLength } = this.#client.policy
    if (most > 0 && (maxMessageLength === 0 || most < maxMessageLength)) void this.#client.setPolicy({ maxMessageLength: most })
  }

  #remind(peer: string): void {
    if (this.#reminded.has(peer)) return
    this.#reminded.add(peer)
    this.#view.show({ type: 'notice', peer, code: 'in-clear' })
  }

  #standing(peer: string): Standing {
    const { sessions, pending, latched } = this.#client.conversation(peer).status
    if (sessions.some(({ state }) => state === 'encrypted')) return 'private'
    if (pending || sessions.some(({ state }) => state === 'handshake')) return 'starting'
    return latched || sessions.some(({ state }) => state === 'finished') ? 'ended' : 'clear'
  }

  #verified(peer: string): boolean {
    const { sessions } = this.#client.conversation(peer).status
    const [selected] = sessions
    return selected?.state === 'encrypted' && selected.trust === 'verified'
  }

  #prompt(): void {
    const peer = this.#peer
    if (peer === undefined) this.#view.prompt(undefined, 'clear', false)
    else this.#view.prompt(peer, this.#standing(peer), this.#verified(peer))
  }

  #inform(text: string): void {
    this.#view.show({ type: 'info', text })
  }

  #explain(error: unknown): void {
    this.#view.show({ type: 'error', text: error instanceof Error ? error.message : 'something went wrong' })
  }
}

/** A line of OTR that came as text, such as an offer of versions that are not spoken any more: people read what it is, not the line. */
function withoutOtr(text: string): string {
  if (!text.includes('?OTR')) return text
  return text.replace(/\?OTR(?::[A-Za-z0-9+/=]*\.?|[|,][^\s]*|\??v[^\s?]*\?|\?)/g, '(OTR)')
}
