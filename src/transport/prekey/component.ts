import type { ComponentEntity, XmlNode } from '@xmpp/component'
import type { ReconnectPauses } from '../backoff.js'
import { Reconnect } from '../reconnect.js'
import { transportError } from '../transport.js'
import { bareJid } from '../xmpp/jid.js'
import { answersOf, UnderWay, type Answerer, type FrontListener, type PrekeyFront } from './front.js'

/** How a prekey server is reached over XMPP. */
export interface ComponentFrontOptions {
  /** The host where the XMPP server accepts components. */
  readonly host: string
  /** Its port for components; 5347 in Prosody and ejabberd. */
  readonly port: number
  /** The component's address, which is the prekey server's identity: `prekey.example.org`. */
  readonly domain: string
  /** The component's secret in the XMPP server's configuration. */
  readonly secret: string
  /** The prekey server's fingerprint, 112 hexadecimal digits. Clients find it by service discovery. */
  readonly fingerprint: string
  /** The prekey server. */
  readonly answer: Answerer
  /** Called with each event of the front. */
  readonly tell?: FrontListener
  /** First and longest pause between attempts to reconnect, in milliseconds. */
  readonly reconnect?: ReconnectPauses
}

type Xml = typeof import('@xmpp/component')['xml']

/** With more questions under way than this, reading from the XMPP server pauses until half of them are answered. */
const maxUnderWay = 256
const streamTimeoutMs = 10_000
/** Milliseconds between bytes that only show that the connection is there. */
const keepAliveMs = 60_000
const closeSeconds = 5

const discoInfo = 'http://jabber.org/protocol/disco#info'
const discoItems = 'http://jabber.org/protocol/disco#items'
const ping = 'urn:xmpp:ping'
const features = [discoInfo, discoItems, 'http://jabber.org/protocol/otrv4-prekey-server', ping]

/**
 * Connects a prekey server as an external component (XEP-0114) of an XMPP server. Connects again whenever the stream ends.
 *
 * @throws OtrError `OTR_TRANSPORT_MISSING`, `OTR_TRANSPORT_CONNECT`, or `OTR_TRANSPORT_REFUSED` when the server does not accept the secret
 */
export async function openComponentFront(options: ComponentFrontOptions): Promise<PrekeyFront> {
  const module = await loadComponent()
  const front = new ComponentFront(options, module)
  await front.connect()
  return front
}

async function loadComponent(): Promise<typeof import('@xmpp/component')> {
  try {
    return await import('@xmpp/component')
  } catch {
    throw transportError('MISSING', 'an XMPP component needs the package @xmpp/component: npm install @xmpp/component')
  }
}

class ComponentFront implements PrekeyFront {
  readonly front = 'xmpp'
  readonly where: string
  readonly #options: ComponentFrontOptions
  readonly #make: typeof import('@xmpp/component')['component']
  readonly #xml: Xml
  readonly #tell: FrontListener
  readonly #reconnect: Reconnect
  readonly #underWay = new UnderWay()
  #entity: ComponentEntity | undefined
  #closing = false

  constructor(options: ComponentFrontOptions, { component, xml }: typeof import('@xmpp/component')) {
    this.#options = options
    this.#make = component
    this.#xml = xml
    this.#tell = options.tell ?? (() => undefined)
    this.#reconnect = new Reconnect(options.reconnect)
    this.where = `${options.domain} at ${options.host}:${options.port}`
  }

  /** Makes one attempt. A connection that ends after it was established is followed by further attempts. */
  async connect(): Promise<void> {
    const { host, port, domain, secret } = this.#options
    // A new one each time: the package stops its own attempts to reconnect when a server accepts a connection and then does not answer.
    const entity = this.#make({ service: `xmpp://${host.includes(':') ? `[${host}]` : host}:${port}`, domain, password: secret })
    entity.reconnect.stop()
    entity.timeout = streamTimeoutMs
    // Removes the package's own answers to queries: on an invalid address they throw out of the socket, which would end the process.
    entity.removeAllListeners('element')
    let failure = 'connection closed'
    entity.on('error', (error: Error) => { failure = error.message === '' ? error.name : error.message })
    entity.on('connect', () => {
      // A character may be cut in two by the network.
      entity.socket?.setEncoding('utf8')
      entity.socket?.setKeepAlive(true, keepAliveMs)
    })
    entity.on('stanza', (stanza: XmlNode) => { this.#stanza(entity, stanza) })
    // The server may end the stream and leave the connection open.
    entity.on('close', () => entity.socket?.destroy())
    try {
      await entity.start()
    } catch (error) {
      entity.socket?.destroy()
      throw explain(error, this.where)
    }
    if (this.#closing) {
      entity.socket?.destroy()
      return
    }
    this.#entity = entity
    // After an error of the stream, its XML or the connection, only a new connection helps.
    entity.on('error', () => entity.socket?.destroy())
    this.#reconnect.reset()
    this.#tell({ event: 'online', front: 'xmpp' })
    const alive = setInterval(() => { entity.write(' ').catch(() => undefined) }, keepAliveMs)
    entity.on('disconnect', () => {
      clearInterval(alive)
      this.#entity = undefined
      if (this.#closing) return
      this.#tell({ event: 'offline', front: 'xmpp', detail: failure })
      this.#later()
    })
  }

  notify(to: string, text: string): void {
    const xml = this.#xml
    // It must not be archived, nor delivered to somebody who comes back later.
    const hints = ['no-store', 'no-copy'].map((name) => xml(name, { xmlns: 'urn:xmpp:hints' }))
    this.#entity?.send(xml('message', { from: this.#options.domain, to }, xml('body', {}, text), ...hints)).catch(() => undefined)
  }

  async close(): Promise<void> {
    this.#reconnect.stop()
    this.#closing = true
    await this.#underWay.settled(closeSeconds)
    const entity = this.#entity
    if (entity === undefined) return
    entity.timeout = 1000
    await entity.stop().catch(() => undefined)
    entity.socket?.destroy()
  }

  #later(): void {
    this.#reconnect.later(() => this.connect().catch((error: unknown) => {
      this.#tell({ event: 'refused', front: 'xmpp', detail: error instanceof Error ? error.message : 'unknown' })
      if (!this.#closing) this.#later()
    }))
  }

  #stanza(entity: ComponentEntity, stanza: XmlNode): void {
    if (this.#closing) return
    const { from, to } = stanza.attrs
    if (from === undefined || from === '' || to === undefined) return
    if (stanza.name === 'iq') {
      const reply = this.#query(stanza, from, to)
      if (reply !== undefined) entity.send(reply).catch(() => undefined)
    } else if (stanza.name === 'message') {
      this.#underWay.add(this.#message(entity, stanza, from, to))
      if (this.#underWay.count >= maxUnderWay) this.#rest(entity)
    }
  }

  async #message(entity: ComponentEntity, stanza: XmlNode, from: string, to: string): Promise<void> {
    const { type, id } = stanza.attrs
    // An error is the answer to something of ours; a room and a headline speak to many.
    if (type !== undefined && type !== 'chat' && type !== 'normal') return
    const body = stanza.getChildText('body')
    if (body === null) return
    for (const answer of await answersOf(this.#options.answer, bareJid(from), body, 'xmpp', this.#tell)) {
      await entity.send(this.#xml('message', { from: to, to: from, ...type !== undefined && { type }, ...id !== undefined && { id } }, this.#xml('body', {}, answer)))
        .catch(() => { this.#tell({ event: 'unanswered', front: 'xmpp', detail: 'the connection broke' }) })
    }
  }

  /** Pauses reading: further stanzas wait in the XMPP server. */
  #rest(entity: ComponentEntity): void {
    const { socket } = entity
    if (socket === null || socket.isPaused()) return
    socket.pause()
    const look = setInterval(() => {
      if (this.#underWay.count > maxUnderWay / 2 && !socket.destroyed) return
      clearInterval(look)
      socket.resume()
    }, 5)
  }

  /** The answer to a query; results and errors have none. */
  #query(stanza: XmlNode, from: string, to: string): XmlNode | undefined {
    const { type, id } = stanza.attrs
    if (type !== 'get' && type !== 'set') return undefined
    const xml = this.#xml
    const answer = (kind: 'result' | 'error', ...children: XmlNode[]): XmlNode =>
      xml('iq', { from: to, to: from, type: kind, ...id !== undefined && { id } }, ...children)
    const refuse = (kind: string, condition: string): XmlNode =>
      answer('error', xml('error', { type: kind }, xml(condition, { xmlns: 'urn:ietf:params:xml:ns:xmpp-stanzas' })))
    const [child, ...more] = stanza.getChildElements()
    if (child === undefined || more.length > 0) return refuse('modify', 'bad-request')
    if (type === 'set') return refuse('cancel', 'service-unavailable')
    if (child.is('ping', ping)) return answer('result')
    if (!child.is('query', discoInfo) && !child.is('query', discoItems)) return refuse('cancel', 'service-unavailable')
    if (child.attrs['node'] !== undefined) return refuse('cancel', 'item-not-found')
    if (child.is('query', discoInfo)) {
      return answer('result', xml('query', { xmlns: discoInfo },
        xml('identity', { category: 'auth', type: 'otr-prekey', name: 'OTR Prekey Server' }), ...features.map((feature) => xml('feature', { var: feature }))))
    }
    return answer('result', xml('query', { xmlns: discoItems },
      xml('item', { jid: this.#options.domain, node: 'fingerprint', name: this.#options.fingerprint.toUpperCase() })))
  }
}

function explain(error: unknown, where: string): Error {
  const message = error instanceof Error ? error.message : 'unknown'
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  const condition = error instanceof Error && 'condition' in error ? String(error.condition) : ''
  if (condition === 'not-authorized') return transportError('REFUSED', `the XMPP server does not take the secret of ${where}`)
  if (condition !== '') return transportError('REFUSED', `the XMPP server will not have ${where}: ${condition} (is it in its configuration as a component?)`)
  return transportError('CONNECT', `no XMPP server for ${where}: ${code === '' ? message : code}`)
}
