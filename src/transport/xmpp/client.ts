import { randomBytes } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import type { Client } from '@xmpp/client'
import { LineKinds, type LineKind } from '../../wire/index.js'
import { Backoff, type ReconnectPauses } from '../backoff.js'
import { Emitter } from '../emitter.js'
import { ConnectionStatus } from '../connection-status.js'
import { isLoopback } from '../tls-policy.js'
import { transportError, type Transport, type TransportEvents, type TransportStatus } from '../transport.js'
import { WaitingLines } from '../waiting-lines.js'
import { bareJid, canonicalJid, parseJid } from './jid.js'
import { whenCounting } from './stream-management.js'
import { CatchingUp } from './catching-up.js'
import { connectionError, isConflict, isRefusal } from './connection-error.js'
import { Routes } from './routes.js'
import { SentLines } from './sent-lines.js'
import { Programs } from './programs.js'
import { goneAddress, readMessage, whatXmlLoses, writeMessage } from './stanza.js'
import type { XmlElement } from './xml-element.js'
import { loadXmpp, skipTls, surviveBadStanzas, type Element, type XmppModule } from './xmpp-package.js'

/** How an XMPP client is made. */
export interface XmppOptions {
  /** Our account, `name@domain`, perhaps with a resource. */
  readonly jid: string
  /** The account's password. Secret. */
  readonly password: string
  /** `host:port`, or a URI with `xmpp://`, `xmpps://`, `ws://` or `wss://`. By default the server is found by DNS. */
  readonly server?: string
  /** Allows servers elsewhere without TLS. TLS is then not used even if the server offers it: its certificate could not be checked. */
  readonly insecure?: boolean
  /** Addresses of services, such as the domain of a prekey server, that can be written to like people. */
  readonly services?: readonly string[]
  /** First and longest pause between attempts to reconnect, in milliseconds. */
  readonly reconnect?: ReconnectPauses
}

/** A line of ours. */
interface OutgoingLine {
  /** Of its stanza. */
  readonly id: string
  readonly to: string
  readonly text: string
  readonly kind: LineKind
}

/** Longer OTR lines are cut into fragments: every server takes stanzas of 10,000 bytes, names and markup included (RFC 6120, 13.12). */
const maxTextBytes = 8192
const connectWithinMs = 30_000
const streamTimeoutMs = 10_000

/** Transports OTR in XMPP chat messages, as XEP-0364 advises. */
export class XmppTransport implements Transport {
  /** See `Transport`. */
  readonly protocol = 'prpl-jabber'
  /** An account may have several programs. */
  readonly shared = true
  /** See `Transport`. */
  readonly account: string
  readonly #options: XmppOptions
  readonly #service: string
  readonly #host: string
  readonly #emitter = new Emitter<TransportEvents>()
  readonly #routes = new Routes()
  readonly #programs = new Programs()
  readonly #kinds = new LineKinds()
  readonly #sent = new SentLines()
  readonly #catching = new CatchingUp()
  readonly #connection = new ConnectionStatus(this.#emitter)
  readonly #waiting = new WaitingLines<OutgoingLine>()
  readonly #backoff: Backoff
  #sending = false
  #client: Client | undefined
  #xml: XmppModule['xml'] | undefined
  #lastError = 'connection closed'

  /** @throws OtrError `OTR_TRANSPORT_ADDRESS` */
  constructor(options: XmppOptions) {
    this.#options = options
    this.account = canonicalJid(options.jid)
    const { domain } = parseJid(options.jid)
    const { server } = options
    this.#service = server === undefined ? domain : /^\w+:\/\//.test(server) ? server : `xmpp://${server}`
    this.#host = server === undefined ? domain : hostOf(this.#service)
    if (this.#host === '') throw transportError('ADDRESS', `'${server ?? ''}' is no server: HOST:PORT`)
    this.#backoff = new Backoff(options.reconnect ?? { first: 1000, most: 60_000 })
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
      await this.#connect(await loadXmpp())
    } catch (error) {
      await this.#disconnect()
      this.#finish()
      throw error
    }
  }

  /** Sends one line behind those given earlier. Rejects as `Transport` says. */
  async send(to: string, text: string): Promise<void> {
    this.#connection.requireOpen()
    const peer = this.canonical(to)
    const kind = this.#kinds.of(text)
    const loss = kind === 'text' && !this.#isService(peer) ? whatXmlLoses(text) : undefined
    if (loss !== undefined) throw transportError('TEXT', loss)
    const taken = this.#waiting.push([{ id: randomBytes(8).toString('hex'), to: peer, text, kind }])
    void this.#drain()
    await taken
  }

  /** The longest line, in bytes; 0 for no limit. */
  maxMessageLength(): number {
    return maxTextBytes
  }

  /** What of a text in clear would not arrive as it was written, in words for the person. */
  whatIsLost(text: string): string | undefined {
    return whatXmlLoses(text)
  }

  /**
   * The one key for a correspondent.
   *
   * @throws OtrError `OTR_TRANSPORT_ADDRESS`
   */
  canonical(name: string): string {
    return this.#isService(bareJid(name)) ? bareJid(name) : canonicalJid(name)
  }

  /** How people write the name behind a key. */
  spelling(canonical: string): string {
    return canonical
  }

  /** Sends what waits, says good-bye and disconnects. See `Transport`. */
  async close(flushSeconds = 5): Promise<void> {
    if (this.#connection.now === 'closed') return
    if (this.#connection.now !== 'offline') await this.#waiting.flushed(flushSeconds)
    if (this.#connection.now === 'online' && this.#xml !== undefined) {
      await this.#client?.send(this.#xml('presence', { type: 'unavailable' })).catch(() => undefined)
    }
    this.#connection.set('closed')
    await this.#disconnect()
    this.#finish()
  }

  async #connect({ client: make, xml }: XmppModule): Promise<void> {
    this.#connection.set('connecting')
    const { local, domain, resource } = parseJid(this.#options.jid)
    const client = make({
      service: this.#service,
      domain,
      resource: resource ?? `otr4-${randomBytes(4).toString('hex')}`,
      timeout: streamTimeoutMs,
      credentials: async (authenticate, mechanisms, _fast, entity) => {
        if (!entity.isSecure() && !this.#plainAllowed()) {
          throw transportError('INSECURE', `${this.#host} offers no TLS; allow that explicitly to go on`)
        }
        // The mechanisms come strongest first. By itself the package would refuse PLAIN without TLS; that was decided above.
        const credentials = { username: local, password: this.#options.password }
        const call = authenticate as (credentials: object, mechanism: string | undefined, agent: Element) => Promise<void>
        await call(credentials, mechanisms[0], xml('user-agent', { id: crypto.randomUUID() }))
      },
    })
    this.#client = client
    this.#xml = xml
    client.reconnect.delay = this.#backoff.next()
    surviveBadStanzas(client, () => { this.#emitter.emit('ignored', { reason: 'malformed' }) })
    if (this.#options.insecure === true) skipTls(client)

    client.on('stanza', (stanza) => { this.#stanza(stanza) })
    client.on('element', () => { this.#catching.heard({ running: performance.now(), calendar: Date.now() }) })
    const online = (): void => {
      this.#backoff.reset()
      client.reconnect.delay = this.#backoff.next()
      this.#askBehind(client, xml, domain)
      this.#connection.set('online')
      void this.#drain()
    }
    const counting = whenCounting(client)
    client.on('online', () => {
      this.#catching.logsIn()
      // Everybody shows their presence to a new session.
      this.#programs.clear()
      counting(() => { client.send(xml('presence', {})).then(online, () => undefined) })
    })
    // It is an emitter, although its types do not say so.
    const streamManagement = client.streamManagement as unknown as EventEmitter
    streamManagement.on('resumed', online)
    streamManagement.on('fail', (stanza: XmlElement) => {
      const { to, id } = stanza.attrs
      if (this.#connection.now === 'closed' || !stanza.is('message') || typeof to !== 'string') return
      this.#emitter.emit('undelivered', { to: bareJid(to), detail: 'the connection broke; perhaps it did not arrive', ...this.#sent.take(id, to) })
    })
    client.on('disconnect', () => {
      // Not on `resumed`: the first repeated lines may come before the package says so.
      this.#catching.breaks()
      if (this.#connection.now !== 'online' && this.#connection.now !== 'waiting') return
      this.#connection.set('waiting', this.#lastError)
    })
    client.reconnect.on('reconnecting', () => { client.reconnect.delay = this.#backoff.next() })

    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => { reject(transportError('CONNECT', `no XMPP at ${this.#host}: no answer`)) }, connectWithinMs)
      const fail = (error: Error): void => {
        this.#lastError = error.message
        clearTimeout(timer)
        reject(connectionError(error, this.#host))
      }
      client.on('error', (error) => {
        fail(error)
        // Another program took our full address. If we connected again, we would end its connection, and it ours, for ever (RFC 6120, 4.9.3.3).
        if (isConflict(error) && this.#connection.now !== 'offline' && this.#connection.now !== 'closed') {
          this.#giveUp('another program logged in under this account and resource')
          return
        }
        // A password that was refused will be refused again, and servers lock accounts after some attempts.
        if (this.#connection.now === 'waiting' && isRefusal(error)) this.#giveUp(error.message)
      })
      const stop = this.on('status', ({ status }) => {
        if (status !== 'online') return
        stop()
        clearTimeout(timer)
        resolve()
      })
      client.start().catch(fail)
    })
  }

  #isService(address: string): boolean {
    return this.#options.services?.some((service) => bareJid(service) === address) === true
  }

  #plainAllowed(): boolean {
    return this.#options.insecure === true || isLoopback(this.#host)
  }

  /** Asks the server something: it answers behind all lines that it has for us already. */
  #askBehind(client: Client, xml: XmppModule['xml'], domain: string): void {
    const id = randomBytes(8).toString('hex')
    this.#catching.asked(id)
    client.send(xml('iq', { type: 'get', to: domain, id }, xml('ping', { xmlns: 'urn:xmpp:ping' }))).catch(() => undefined)
  }

  #stanza(stanza: XmlElement): void {
    if (stanza.is('iq')) this.#catching.answered(stanza.attrs['id'])
    this.#programs.heard(stanza)
    const gone = goneAddress(stanza)
    if (gone !== undefined) this.#gone(gone)
    if (!stanza.is('message')) return
    const incoming = readMessage(stanza, this.account, this.#catching.coming)
    switch (incoming.kind) {
      case 'text': {
        // The sender of a stored line may have another address by now.
        if (incoming.meta.sentAt === undefined) this.#routes.heard(incoming.address, incoming.text)
        const textFormat = this.#programs.format(incoming.address)
        this.#emitter.emit('message', { from: incoming.from, text: incoming.text, meta: { ...incoming.meta, ...textFormat === undefined ? {} : { textFormat } } })
        break
      }
      case 'error': {
        this.#emitter.emit('ignored', { reason: 'error', from: incoming.from })
        const { from, address, id, text, absent } = incoming
        const sent = this.#sent.take(id, address)
        // An error about a line that we never sent is for another client of ours, or false. Some servers send errors without an id.
        if (sent === undefined && (id !== undefined || !this.#sent.hasTo(address))) break
        if (absent) this.#gone(address)
        this.#emitter.emit('undelivered', { to: from, detail: text, ...sent })
        break
      }
      case 'ignored':
        this.#emitter.emit('ignored', { reason: incoming.reason, ...incoming.from === undefined ? {} : { from: incoming.from } })
        break
      case 'nothing':
        break
    }
  }

  #gone(address: string): void {
    const instances = this.#routes.gone(address)
    if (instances !== undefined) this.#emitter.emit('gone', { who: bareJid(address), address, instances })
  }

  /** Sends one line at a time, to keep their order. A line that fails because the connection is gone waits for the next connection. */
  async #drain(): Promise<void> {
    if (this.#sending) return
    this.#sending = true
    while (this.#connection.now === 'online') {
      const line = this.#waiting.first()
      if (line === undefined || this.#client === undefined || this.#xml === undefined) break
      try {
        const to = this.#routes.pick(line.to, line.text)
        this.#sent.note(line.id, to, { line: line.text, kind: line.kind })
        await this.#client.send(writeMessage(this.#xml, to, line.text, line.id, line.kind, this.#isService(line.to)))
      } catch {
        break
      }
      this.#waiting.settle((one) => one === line)
    }
    this.#sending = false
  }

  /** Closes for good, because another attempt to connect would fail again or do harm. */
  #giveUp(why: string): void {
    this.#connection.set('closed', why)
    void this.#disconnect().then(() => { this.#finish() })
  }

  async #disconnect(): Promise<void> {
    const client = this.#client
    if (client === undefined) return
    client.reconnect.stop()
    let timer: NodeJS.Timeout | undefined
    const given = new Promise((resolve) => { timer = setTimeout(resolve, this.#connection.now === 'closed' ? 3000 : 500) })
    await Promise.race([client.stop().catch(() => undefined), given])
    clearTimeout(timer)
    client.socket?.end()
  }

  #finish(): void {
    this.#waiting.end()
    this.#connection.set('closed')
  }
}

/** The host name in a service URI; empty when it is none. */
function hostOf(service: string): string {
  const url = URL.canParse(service) ? new URL(service) : undefined
  return url !== undefined && /^(?:xmpps?|wss?):$/.test(url.protocol) ? url.hostname : ''
}
