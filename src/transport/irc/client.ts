import type { Client } from 'irc-framework'
import { OtrError } from '../../errors.js'
import { LineKinds } from '../../wire/index.js'
import type { ReconnectPauses } from '../backoff.js'
import type { Channels } from '../channels.js'
import { Emitter } from '../emitter.js'
import { Reconnect } from '../reconnect.js'
import { ConnectionStatus, connectionClosed } from '../connection-status.js'
import { requireTls } from '../tls-policy.js'
import type { Transport, TransportEvents, TransportStatus } from '../transport.js'
import { canonicalNick, parseCaseMapping, type CaseMapping } from './case-mapping.js'
import { IrcChannels } from './channels.js'
import { Deliveries } from './deliveries.js'
import { Incoming } from './incoming.js'
import { loadFramework, readEveryLine } from './irc-package.js'
import { Login } from './login.js'
import { NickBook, type Moved } from './nick-book.js'
import { linesFor, whatIrcLoses } from './outgoing.js'
import { OwnAddress } from './own-address.js'
import { defaultPace, type Pace } from './pacing.js'

/** How an IRC client is made. */
export interface IrcOptions {
  /** The server's name or address. */
  readonly host: string
  /** The server's port: 6697 with TLS in most networks. */
  readonly port: number
  /** The nick to ask for. */
  readonly nick: string
  /** The part of our address before the `@`; the nick by default. */
  readonly username?: string
  /** The name that others see beside the nick; the nick by default. */
  readonly realname?: string
  /** Use TLS. The default, except for servers on this machine. */
  readonly tls?: boolean
  /** Allows servers elsewhere without TLS, and certificates that no authority has signed. */
  readonly insecure?: boolean
  /** Logs in by SASL under the nick. Fails with a server that does not offer SASL. */
  readonly password?: string
  /** The password that the server, or a bouncer in front of it, wants first (`PASS`). For ZNC: `user/network:password`. */
  readonly serverPassword?: string
  /** How fast lines may leave; `defaultPace` by default. */
  readonly pace?: Pace
  /** First and longest pause between attempts to reconnect, in milliseconds. */
  readonly reconnect?: ReconnectPauses
}

/** A server says how it compares names right after it has let us in. We wait no longer than this for it. */
const namesWithinMs = 3000

/** Transports OTR in private messages on an IRC network. Lines from channels and notices never reach a session, and no notice is ever sent. */
export class IrcTransport implements Transport {
  /** See `Transport`. */
  readonly protocol = 'IRC'
  readonly #options: IrcOptions
  readonly #tls: boolean
  readonly #emitter = new Emitter<TransportEvents>()
  readonly #connection = new ConnectionStatus(this.#emitter)
  readonly #reconnect: Reconnect
  readonly #own: OwnAddress
  readonly #deliveries: Deliveries
  readonly #names = new NickBook()
  readonly #incoming: Incoming
  readonly #channels: IrcChannels
  readonly #kinds = new LineKinds()
  #client: Client | undefined
  #login: Login | undefined
  #settling: NodeJS.Timeout | undefined
  /** `close` was called: when the server closes the connection, it answers our QUIT, and we do not connect again. */
  #leaving = false

  /** @throws OtrError `OTR_TRANSPORT_INSECURE`, `OTR_TRANSPORT_ADDRESS`, or `OTR_ARGUMENT` for a password that cannot be sent */
  constructor(options: IrcOptions) {
    this.#options = options
    this.#tls = options.tls ?? (options.port === 6697 || !isPlainAllowed(options))
    if (!this.#tls) requireTls(options.host, options.insecure ?? false)
    if (/[\r\n\0]/.test(options.serverPassword ?? '')) throw new OtrError('OTR_ARGUMENT', 'a server password has no line ends in it')
    canonicalNick(options.nick)
    this.#own = new OwnAddress(options.nick, `~${options.username ?? options.nick}`)
    this.#reconnect = new Reconnect(options.reconnect ?? { first: 2000, most: 120_000 })
    this.#deliveries = new Deliveries({
      pace: options.pace ?? defaultPace, spelling: (key) => this.#channels.spelledInQueue(key) ?? this.#names.spelling(key), room: (name) => this.maxMessageLength(name),
      write: (line) => { this.#client?.raw(line) },
      // The event that nobody is there comes first.
      kept: (key, lines) => { queueMicrotask(() => { this.#incoming.lost(key, lines) }) },
    })
    this.#channels = new IrcChannels({
      names: this.#names, own: () => this.#own.nick, token: (name) => this.#client?.network.options[name], write: (line) => { this.#client?.raw(line) },
      push: (lines) => this.#deliveries.push(lines), room: (name) => this.maxMessageLength(name), emit: (event) => { this.#emitter.emit('channel', event) },
      invited: (by, channel) => { this.#emitter.emit('notice', { from: by, text: `asks you into ${channel}, a channel that everybody in it reads: /join ${channel}` }) },
    })
    this.#incoming = new Incoming({ emitter: this.#emitter, names: this.#names, own: () => this.#own.nick, nobody: (name) => this.#deliveries.nobody(name) })
  }

  /** The nick that is in use now, as the server spells it. */
  get account(): string {
    return this.#own.nick
  }

  /** A server gives a nick to one connection. Behind a bouncer there may be several programs. */
  get shared(): boolean {
    return this.#options.serverPassword !== undefined
  }

  /** The channels that we are in. See `Channels`. */
  get channels(): Channels {
    return this.#channels
  }

  /** The status of the connection. */
  get status(): TransportStatus {
    return this.#connection.now
  }

  /** Listens; call the result to stop. See `Transport`. */
  on<Name extends keyof TransportEvents>(name: Name, listener: (event: TransportEvents[Name]) => unknown): () => void {
    return this.#emitter.on(name, listener)
  }

  /** Connects, and keeps the connection up until `close`. Rejects as `Transport` says. */
  async start(): Promise<void> {
    this.#connection.requireUnstarted()
    try {
      await this.#connect(await loadFramework())
    } catch (error) {
      this.#finish()
      throw error
    }
  }

  /** Sends one line behind those given earlier. Rejects as `Transport` says. */
  async send(to: string, text: string, { action = false }: { readonly action?: boolean } = {}): Promise<void> {
    this.#connection.requireOpen()
    const key = this.canonical(to)
    const kind = this.#kinds.of(text)
    const doing = action && kind === 'text' && text.startsWith('/me ')
    const lines = linesFor(key, doing ? text.slice(4) : text, { kind, limit: this.maxMessageLength(this.#names.spelling(key)), action: doing })
    this.#incoming.sentTo(key)
    const went = await this.#deliveries.push(lines)
    if (went !== undefined) this.#incoming.progress(went, 'sending', text)
  }

  /** The person says that `from` is called `to` now. See `Transport`. */
  follow(from: string, to: string): number {
    this.#incoming.renamed(from, to)
    return this.#deliveries.follow(from, to)
  }

  /** What of a text in clear would not arrive as it was written, in words for the person. */
  whatIsLost(text: string): string | undefined {
    return whatIrcLoses(text)
  }

  /** The longest line for `to`, in bytes. */
  maxMessageLength(to: string): number {
    return this.#own.room(to, this.#client?.network.options ?? {})
  }

  /**
   * The one key for a correspondent.
   *
   * @throws OtrError `OTR_TRANSPORT_ADDRESS`
   */
  canonical(name: string): string {
    return this.#names.canonical(name)
  }

  /** How people write the name behind a key. */
  spelling(canonical: string): string {
    return this.#names.spelling(canonical)
  }

  /** Sends what waits, says good-bye and disconnects. See `Transport`. */
  async close(flushSeconds = 5): Promise<void> {
    if (this.#connection.now === 'closed') return
    this.#leaving = true
    if (this.#connection.now !== 'offline') await this.#deliveries.flushed(flushSeconds)
    this.#reconnect.stop()
    const client = this.#client
    if (client?.connected === true) {
      const closed = new Promise<void>((resolve) => { client.on('close', () => { resolve() }) })
      client.quit()
      let timer: NodeJS.Timeout | undefined
      await Promise.race([closed, new Promise((resolve) => { timer = setTimeout(resolve, 2000) })])
      clearTimeout(timer)
    } else {
      // Or an attempt to reconnect that is under way would end in a connection that nobody closes.
      client?.quit()
    }
    this.#finish()
  }

  #finish(detail?: string): void {
    this.#channels.end(connectionClosed())
    this.#deliveries.end()
    this.#login?.stop()
    clearTimeout(this.#settling)
    this.#client?.removeAllListeners()
    this.#client = undefined
    this.#connection.set('closed', detail)
  }

  #connect(Framework: typeof Client): Promise<void> {
    this.#connection.set('connecting')
    const { host, port, nick, password, serverPassword, username = nick, realname = nick, insecure = false } = this.#options
    return new Promise((resolve, reject) => {
      // A new client for each attempt: the old one keeps capabilities and timers of the last connection.
      const client = new Framework({
        host, port, nick, username, gecos: realname, tls: this.#tls, rejectUnauthorized: !insecure, version: null, auto_reconnect: false,
        // Without an account of its own, the package would give the server's password to SASL too.
        account: password === undefined ? {} : { account: nick, password },
        ...password === undefined ? {} : { sasl_disconnect_on_fail: true },
        ...serverPassword === undefined ? {} : { password: serverPassword },
      })
      this.#client?.removeAllListeners()
      this.#client = client
      const login = new Login(client, { where: `${host}:${port}`, nick, sasl: password !== undefined, serverPassword: serverPassword !== undefined }, {
        entered: (given) => {
          this.#own.host = undefined
          this.#setNick(given)
          client.raw(`USERHOST ${given}`)
          // A bouncer says this again when it has found its server.
          if (this.#connection.now !== 'online') this.#settling ??= setTimeout(() => { this.#settle(resolve) }, namesWithinMs)
        },
        ended: (error, { final }) => {
          clearTimeout(this.#settling)
          this.#settling = undefined
          this.#deliveries.hold()
          this.#incoming.release()
          this.#channels.end(error)
          if (this.#connection.wasOnline && final) this.#finish(error.message)
          else if (this.#connection.wasOnline) this.#later(Framework, error.message)
          reject(error)
        },
      })
      this.#login = login
      this.#incoming.listen(client)
      this.#listen(client, resolve)
      readEveryLine(client, {
        line: (line) => {
          this.#incoming.line(line)
          this.#channels.line(line)
          login.line(line)
          if (line.command === 'PONG') this.#deliveries.answered(line.params.at(-1) ?? '')
        },
        bad: () => { this.#incoming.ignore('malformed') },
      })
      client.connect()
    })
  }

  /** The server has said how it compares names, or will not say it: from here on lines are handed over and sent. */
  #settle(resolve: () => void): void {
    if (this.#settling === undefined) return
    clearTimeout(this.#settling)
    this.#settling = undefined
    this.#reconnect.reset()
    this.#connection.set('online')
    this.#channels.begin()
    this.#deliveries.open()
    this.#incoming.release()
    resolve()
  }

  #later(Framework: typeof Client, detail: string): void {
    if (this.#leaving || this.#connection.now === 'closed') return
    this.#connection.set('waiting', detail)
    this.#reconnect.later(() => this.#connect(Framework))
  }

  #listen(client: Client, settled: () => void): void {
    client.on('server options', ({ options }: { options: Record<string, unknown> }) => {
      if (options['CASEMAPPING'] === undefined) return
      this.#compare(parseCaseMapping(options['CASEMAPPING']))
      this.#settle(settled)
    })
    // The message of the day has ended, or there is none. A server that has not said by now how it compares names does as RFC 1459 says.
    client.on('motd', () => {
      if (client.network.options['CASEMAPPING'] === undefined) this.#compare(parseCaseMapping(undefined))
      this.#settle(settled)
    })
    client.on('nick', ({ nick, new_nick, batch }: { nick: string, new_nick?: string, batch?: { type?: string } }) => {
      // Inside a batch a server reports earlier events.
      if (new_nick !== undefined && batch === undefined) this.#renamed(nick, new_nick)
    })
    client.on('displayed host', ({ nick, hostname }: { nick: string, hostname?: string }) => {
      if (hostname !== undefined && this.#isOwn(nick)) this.#own.host = hostname
    })
    client.on('unknown command', ({ command, params }: { command: string, params: string[] }) => {
      if (command === '302' || command === 'RPL_USERHOST') this.#own.learn(params.at(-1) ?? '', (nick) => this.#isOwn(nick))
    })
  }

  #isOwn(nick: string): boolean {
    return this.#names.same(nick, this.#own.nick)
  }

  #renamed(from: string, to: string): void {
    if (this.#isOwn(from)) {
      this.#setNick(to)
      return
    }
    this.#incoming.inOrder(() => {
      const moved = this.#names.renamed(from, to)
      if (moved === undefined) return
      this.#move(moved)
      this.#emitter.emit('renamed', moved)
    })
  }

  /** A correspondent has another key: moves everything that is under way to them or remembered of them. */
  #move({ from, to }: Moved): void {
    this.#incoming.renamed(from, to)
    this.#deliveries.renamed(from, to)
  }

  #compare(mapping: CaseMapping): void {
    if (mapping === this.#names.mapping) return
    const moved = this.#names.learn(mapping)
    for (const one of [...moved, ...this.#channels.refold()]) this.#move(one)
    this.#emitter.emit('comparison', { moved })
  }

  #setNick(nick: string): void {
    if (nick === this.#own.nick) return
    this.#own.nick = nick
    this.#emitter.emit('account', { account: nick })
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
