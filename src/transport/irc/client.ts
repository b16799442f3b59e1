import type { Client, IrcMessage, IrcTextEvent } from 'irc-framework'
import { Backoff } from '../backoff.js'
import { Emitter } from '../emitter.js'
import { isOtrLine } from '../otr-text.js'
import { requireTls } from '../tls-policy.js'
import { transportError, type IgnoredReason, type MessageMeta, type Transport, type TransportEvents, type TransportStatus } from '../transport.js'
import { canonicalNick, parseCaseMapping, type CaseMapping } from './case-mapping.js'
import { maxTextBytes, parseLength, splitText } from './line-limit.js'
import { NickBook } from './nick-book.js'
import { defaultPace, PacedQueue, type Pace } from './pacing.js'

/** How an IRC client is made. */
export interface IrcOptions {
  readonly host: string
  readonly port: number
  readonly nick: string
  /** Before the `@` of our address; the nick by default. */
  readonly username?: string
  readonly realname?: string
  /** On by default, except for this machine's own servers. */
  readonly tls?: boolean
  /** Allows a server elsewhere without TLS, and certificates nobody vouches for. */
  readonly insecure?: boolean
  /** Logs in by SASL under the nick; a server that takes no SASL is left again. */
  readonly password?: string
  readonly pace?: Pace
  /** First and longest pause between attempts to reconnect, in milliseconds. */
  readonly reconnect?: { readonly first: number, readonly most: number }
}

const connectWithinMs = 30_000
/** Servers say how they compare names right after they have let us in; one that does not is not waited for longer than this. */
const namesWithinMs = 3000
const maxEarly = 4096
/** A line older than this was stored by a bouncer. */
const storedAfterMs = 60_000

/** Loads the optional package. Rejects with `OTR_TRANSPORT_MISSING`. */
async function loadFramework(): Promise<typeof Client> {
  try {
    // Published as CommonJS: Node finds its exports under `default`.
    const module: { Client?: typeof Client, default?: { Client: typeof Client } } = await import('irc-framework')
    const client = module.Client ?? module.default?.Client
    if (client !== undefined) return client
  } catch {
    // Said below.
  }
  throw transportError('MISSING', 'IRC needs the package irc-framework: npm install irc-framework')
}

/** OTR over private messages on an IRC network. Channels and notices never reach the session, and no notice is ever sent. */
export class IrcTransport implements Transport {
  readonly protocol = 'IRC'
  readonly #options: IrcOptions
  readonly #tls: boolean
  readonly #emitter = new Emitter<TransportEvents>()
  readonly #backoff: Backoff
  readonly #queue: PacedQueue
  readonly #names = new NickBook()
  #status: TransportStatus = 'offline'
  #nick: string
  #client: Client | undefined
  #retry: NodeJS.Timeout | undefined
  #user: string
  #host: string | undefined
  #wasOnline = false
  /** Lines that came before it was known how the server compares names; undefined when it is. */
  #early: (() => void)[] | undefined
  /** Asked to close: the server's closing of the connection is the answer to our QUIT, and no reason to come back. */
  #leaving = false

  /** Throws `OTR_TRANSPORT_INSECURE` or `OTR_TRANSPORT_ADDRESS`. */
  constructor(options: IrcOptions) {
    this.#options = options
    this.#tls = options.tls ?? (options.port === 6697 || !isPlainAllowed(options))
    if (!this.#tls) requireTls(options.host, options.insecure ?? false)
    this.#nick = options.nick
    canonicalNick(options.nick)
    this.#user = `~${options.username ?? options.nick}`
    this.#backoff = new Backoff(options.reconnect?.first ?? 2000, options.reconnect?.most ?? 120_000)
    this.#queue = new PacedQueue(options.pace ?? defaultPace, (line) => { this.#client?.raw(line) })
  }

  get account(): string {
    return this.#nick
  }

  get status(): TransportStatus {
    return this.#status
  }

  on<Name extends keyof TransportEvents>(name: Name, listener: (event: TransportEvents[Name]) => unknown): () => void {
    return this.#emitter.on(name, listener)
  }

  async start(): Promise<void> {
    if (this.#status !== 'offline') throw transportError('CLOSED', 'started before')
    try {
      await this.#connect(await loadFramework())
    } catch (error) {
      this.#finish()
      throw error
    }
  }

  async send(to: string, text: string): Promise<void> {
    if (this.#status === 'closed') throw transportError('CLOSED', 'the connection is closed')
    const target = this.#names.spelling(this.canonical(to))
    const limit = this.maxMessageLength(target)
    // A query carries a sentence for people behind it, which may have lines. Its first line is the query.
    const pieces = isOtrLine(text) ? [text.replace(/[\r\n\0]+/g, ' ')] : splitText(text, limit)
    if (isOtrLine(text) && Buffer.byteLength(text) > limit) {
      throw transportError('TOO_LONG', `${Buffer.byteLength(text)} bytes, but a line holds ${limit}`)
    }
    await this.#queue.push(pieces.map((piece) => `PRIVMSG ${target} :${piece}`))
  }

  maxMessageLength(to: string): number {
    const tokens = this.#client?.network.options ?? {}
    const lineLength = parseLength(tokens['LINELEN'], 128, 65_536)
    const hostLength = parseLength(tokens['HOSTLEN'], 1, 255)
    return maxTextBytes({
      nick: this.#nick,
      user: this.#user,
      host: this.#host,
      ...lineLength === undefined ? {} : { lineLength },
      ...hostLength === undefined ? {} : { hostLength },
    }, to)
  }

  canonical(name: string): string {
    return this.#names.canonical(name)
  }

  spelling(canonical: string): string {
    return this.#names.spelling(canonical)
  }

  async close(flushSeconds = 5): Promise<void> {
    if (this.#status === 'closed') return
    this.#leaving = true
    if (this.#status !== 'offline') await this.#queue.flushed(flushSeconds)
    clearTimeout(this.#retry)
    const client = this.#client
    if (client?.connected === true) {
      const closed = new Promise<void>((resolve) => { client.on('close', () => { resolve() }) })
      client.quit()
      let timer: NodeJS.Timeout | undefined
      await Promise.race([closed, new Promise((resolve) => { timer = setTimeout(resolve, 2000) })])
      clearTimeout(timer)
    } else {
      // An attempt to reconnect that is under way would end in a connection that belongs to nobody.
      client?.quit()
    }
    this.#finish()
  }

  #finish(): void {
    this.#queue.end()
    this.#client?.removeAllListeners()
    this.#client = undefined
    this.#setStatus('closed')
  }

  #connect(Framework: typeof Client): Promise<void> {
    this.#setStatus('connecting')
    const { host, port, password, username = this.#options.nick, realname = this.#options.nick } = this.#options
    return new Promise((resolve, reject) => {
      // A new client for each attempt: the old one remembers capabilities and timers of a server that is gone.
      const client = new Framework({
        host,
        port,
        nick: this.#options.nick,
        username,
        gecos: realname,
        tls: this.#tls,
        rejectUnauthorized: !(this.#options.insecure ?? false),
        version: null,
        auto_reconnect: false,
        ...password === undefined ? {} : { account: { account: this.#options.nick, password }, sasl_disconnect_on_fail: true },
      })
      this.#client?.removeAllListeners()
      this.#client = client
      this.#early = []
      surviveBadLines(client, () => { this.#ignore('malformed') })
      let stood = false
      let refusal: string | undefined
      let failure = 'connection closed'
      let tries = 0
      const deadline = setTimeout(() => {
        failure = 'no answer'
        client.quit()
      }, connectWithinMs)

      const refuse = (why: string): void => {
        if (stood) return
        refusal = why
        client.quit()
      }
      let loggedIn = password === undefined
      client.on('loggedin', () => { loggedIn = true })
      client.on('sasl failed', ({ reason }: { reason: string }) => { refuse(`login failed: ${reason}`) })
      client.on('nick in use', ({ nick }: { nick: string }) => {
        if (stood) return
        if (++tries > 3) refuse(`the nick ${nick} is in use`)
        else client.raw(`NICK ${this.#options.nick}${'_'.repeat(tries)}`)
      })
      client.on('nick invalid', ({ nick }: { nick: string }) => { refuse(`the server does not take the nick ${nick}`) })
      client.on('socket error', (error: Error) => { failure = error.message })
      client.on('registered', ({ nick }: { nick?: string }) => {
        if (stood || nick === undefined) return
        if (!loggedIn) {
          refuse('the server takes no login by SASL')
          return
        }
        stood = true
        clearTimeout(deadline)
        this.#host = undefined
        this.#setNick(nick)
        client.raw(`USERHOST ${nick}`)
        settling = setTimeout(settle, namesWithinMs)
      })
      // Nobody is talked with before it is known which names are one: what comes in between waits.
      let settling: NodeJS.Timeout | undefined
      const settle = (): void => {
        if (settling === undefined) return
        clearTimeout(settling)
        settling = undefined
        this.#backoff.reset()
        this.#setStatus('online')
        this.#queue.open()
        this.#handEarly()
        resolve()
      }
      client.on('server options', ({ options }: { options: Record<string, unknown> }) => {
        if (options['CASEMAPPING'] === undefined) return
        this.#learnComparison(parseCaseMapping(options['CASEMAPPING']))
        settle()
      })
      // The end of the message of the day, or that there is none. A server that has not said by now how it compares does as RFC 1459.
      client.on('motd', () => {
        if (client.network.options['CASEMAPPING'] === undefined) this.#learnComparison(parseCaseMapping(undefined))
        settle()
      })
      client.on('close', (error: unknown) => {
        clearTimeout(deadline)
        clearTimeout(settling)
        settling = undefined
        this.#handEarly()
        if (error instanceof Error) failure = error.message
        this.#queue.hold()
        const detail = refusal ?? failure
        if (this.#wasOnline) this.#later(Framework, detail)
        reject(refusal === undefined ? transportError('CONNECT', `no IRC at ${host}:${port}: ${detail}`) : transportError('REFUSED', refusal))
      })
      this.#listen(client)
      client.connect()
    })
  }

  #later(Framework: typeof Client, detail: string): void {
    if (this.#leaving || this.#status === 'closed') return
    this.#setStatus('waiting', detail)
    this.#retry = setTimeout(() => { this.#connect(Framework).catch(() => undefined) }, this.#backoff.next())
  }

  #listen(client: Client): void {
    client.on('privmsg', (event: IrcTextEvent) => { this.#text(event, false) })
    client.on('action', (event: IrcTextEvent) => { this.#text(event, true) })
    client.on('notice', (event: IrcTextEvent) => { this.#ignore('notice', event.nick) })
    client.on('ctcp request', (event: IrcTextEvent) => { this.#ignore('notice', event.nick) })
    client.on('ctcp response', (event: IrcTextEvent) => { this.#ignore('notice', event.nick) })
    client.on('nick', (event: { nick: string, new_nick?: string }) => {
      if (event.new_nick !== undefined) this.#renamed(event.nick, event.new_nick)
    })
    client.on('displayed host', (event: { nick: string, hostname?: string }) => {
      if (event.hostname !== undefined && this.#isOwn(event.nick)) this.#host = event.hostname
    })
    client.on('irc error', (event: { error: string, nick?: string, reason?: string }) => {
      if (event.error === 'no_such_nick' && event.nick !== undefined) {
        this.#emitter.emit('undelivered', { to: this.#names.heard(event.nick), detail: 'nobody of this nick is here' })
      }
    })
    client.on('unknown command', (event: { command: string, params: string[] }) => {
      if (event.command === '302' || event.command === 'RPL_USERHOST') this.#learnAddress(event.params.at(-1) ?? '')
    })
  }

  /** `nick*=+user@host` in the answer to USERHOST: how the server shows us to others. */
  #learnAddress(reply: string): void {
    const match = /^([^\s=*]+)\*?=[+-]?([^\s@]+)@(\S+)$/.exec(reply.trim())
    if (match === null || !this.#isOwn(match[1] ?? '')) return
    this.#user = match[2] ?? this.#user
    this.#host = match[3]
  }

  #text(event: IrcTextEvent, action: boolean): void {
    if (this.#early !== undefined && this.#early.length < maxEarly) {
      this.#early.push(() => { this.#text(event, action) })
      return
    }
    if (event.from_server === true || event.nick === '') this.#ignore('notice')
    else if (this.#isOwn(event.nick)) this.#ignore('own-echo', event.nick)
    else if (!this.#isOwn(event.target)) this.#ignore('groupchat', event.nick)
    else {
      const stored = event.batch !== undefined || (event.time !== undefined && Date.now() - event.time > storedAfterMs)
      const meta: MessageMeta = {
        address: `${event.nick}!${event.ident}@${event.hostname}`,
        ...stored ? { delayedSince: Math.floor((event.time ?? Date.now()) / 1000) } : {},
        ...action ? { action } : {},
      }
      this.#emitter.emit('message', { from: this.#names.heard(event.nick), text: event.message, meta })
    }
  }

  #handEarly(): void {
    const early = this.#early ?? []
    this.#early = undefined
    for (const hand of early) hand()
  }

  #renamed(from: string, to: string): void {
    if (this.#isOwn(from)) {
      this.#setNick(to)
      return
    }
    const moved = this.#names.renamed(from, to)
    if (moved !== undefined) this.#emitter.emit('renamed', moved)
  }

  #learnComparison(mapping: CaseMapping): void {
    if (mapping === this.#names.mapping) return
    const moved = this.#names.learn(mapping)
    this.#emitter.emit('comparison', { moved })
  }

  #setNick(nick: string): void {
    if (nick === this.#nick) return
    this.#nick = nick
    this.#emitter.emit('account', { account: nick })
  }

  #isOwn(nick: string): boolean {
    return this.#names.same(nick, this.#nick)
  }

  #ignore(reason: IgnoredReason, from?: string): void {
    this.#emitter.emit('ignored', { reason, ...from === undefined ? {} : { from } })
  }

  #setStatus(status: TransportStatus, detail?: string): void {
    if (this.#status === status || this.#status === 'closed') return
    this.#status = status
    if (status === 'online') this.#wasOnline = true
    this.#emitter.emit('status', { status, ...detail === undefined ? {} : { detail } })
  }
}

/** Whether the options allow a connection without TLS. */
function isPlainAllowed(options: IrcOptions): boolean {
  try {
    requireTls(options.host, options.insecure ?? false)
    return true
  } catch {
    return false
  }
}

/** irc-framework throws out of the socket's listener on some lines with too few parameters, which would end the process. */
function surviveBadLines(client: Client, onBad: () => void): void {
  const handler = client.command_handler
  const dispatch = handler.dispatch.bind(handler)
  handler.dispatch = (message: IrcMessage) => {
    try {
      dispatch(message)
    } catch {
      onBad()
    }
  }
}
