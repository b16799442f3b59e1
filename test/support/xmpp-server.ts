import { createServer, type Server, type Socket } from 'node:net'

/** One connected client. */
export interface XmppPeer {
  readonly socket: Socket
  jid: string
  /** Every message stanza that the client sent, as text. */
  readonly sent: string[]
  /** With `counts`: how many stanzas were sent to it since it enabled that, and how many it has acknowledged. */
  counted: number
  acknowledged: number | undefined
}

/** How the test server behaves. */
export interface XmppServerOptions {
  readonly domain?: string
  readonly password?: string
  /** Inside `<stream:features>` before login. */
  readonly features?: string
  /** Answers no request except that for a resource. */
  readonly silent?: boolean
  /** Counts stanzas (XEP-0198), writes earlier ones in one piece with `<enabled/>`, and disconnects a client that acknowledges more than were sent. */
  readonly counts?: boolean
}

const plain = '<mechanisms xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><mechanism>PLAIN</mechanism></mechanisms>'

/** The smallest XMPP server that a client can log in to: SASL PLAIN, one resource for each connection, forwards messages. No TLS, loopback only. */
export class XmppServer {
  readonly peers: XmppPeer[] = []
  readonly #server: Server
  readonly #domain: string
  readonly #options: XmppServerOptions
  port = 0

  constructor(options: XmppServerOptions = {}) {
    this.#options = options
    this.#domain = options.domain ?? 'test.example'
    this.#server = createServer((socket) => { this.#accept(socket) })
  }

  async listen(port = 0): Promise<this> {
    await new Promise<void>((resolve) => { this.#server.listen(port, '127.0.0.1', resolve) })
    const address = this.#server.address()
    this.port = address !== null && typeof address === 'object' ? address.port : 0
    return this
  }

  async close(): Promise<void> {
    for (const peer of this.peers) peer.socket.destroy()
    await new Promise<void>((resolve) => { this.#server.close(() => { resolve() }) })
  }

  /** The connected clients of an account. */
  online(bare: string): XmppPeer[] {
    return this.peers.filter((peer) => !peer.socket.destroyed && peer.jid.startsWith(`${bare}/`))
  }

  /** The newest client of an account. */
  peer(bare: string): XmppPeer {
    const found = this.online(bare).at(-1)
    if (found === undefined) throw new Error(`no ${bare} here`)
    return found
  }

  #accept(socket: Socket): void {
    const peer: XmppPeer = { socket, jid: '', sent: [], counted: 0, acknowledged: undefined }
    this.peers.push(peer)
    let buffer = ''
    let user = ''
    let before = ''
    let enabled = false
    socket.on('error', () => undefined)
    const header = (): void => {
      const features = user === ''
        ? this.#options.features ?? plain
        : `<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/>${this.#options.counts === true ? '<sm xmlns="urn:xmpp:sm:3"/>' : ''}`
      socket.write(`<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1'`
        + ` from='${this.#domain}' version='1.0'><stream:features>${features}</stream:features>`)
    }
    const handlers: [RegExp, (match: RegExpExecArray) => void][] = [
      [/^(?:<\?xml[^>]*\?>)?<stream:stream[^>]*>/, header],
      [/^<auth[^>]*>([^<]*)<\/auth>/, (match) => {
        const [, name = '', password] = Buffer.from(match[1] ?? '', 'base64').toString().split('\0')
        if (password !== (this.#options.password ?? 'secret')) {
          socket.write('<failure xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><not-authorized/></failure>')
          return
        }
        user = name
        socket.write('<success xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/>')
      }],
      [/^<iq[^>]*\/>|^<iq.*?<\/iq>/s, (match) => {
        const id = /id="([^"]*)"/.exec(match[0])?.[1] ?? ''
        const resource = /<resource>([^<]*)</.exec(match[0])?.[1] ?? 'r'
        if (!match[0].includes('xmpp-bind')) {
          if (this.#options.silent === true) return
          if (enabled) peer.counted++
          socket.write(`<iq type="result" from="${this.#domain}" id="${id}"/>`)
          return
        }
        peer.jid = `${user}@${this.#domain}/${resource}`
        socket.write(`<iq type="result" id="${id}"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><jid>${peer.jid}</jid></bind></iq>`)
      }],
      [/^<presence[^>]*\/>|^<presence.*?<\/presence>/s, () => {
        if (this.#options.counts !== true) return
        const echo = `<presence from="${peer.jid}" to="${peer.jid}"/>`
        if (enabled) {
          peer.counted++
          socket.write(`${echo}<r xmlns="urn:xmpp:sm:3"/>`)
        } else before += echo
      }],
      [/^<enable[^>]*\/>/, () => {
        enabled = true
        socket.write(`${before}<enabled xmlns="urn:xmpp:sm:3" id="x"/><r xmlns="urn:xmpp:sm:3"/>`)
      }],
      [/^<a [^>]*\/>/, (match) => {
        peer.acknowledged = Number(/\bh="(\d+)"/.exec(match[0])?.[1])
        if (peer.acknowledged > peer.counted) socket.end('</stream:stream>')
      }],
      [/^<r [^>]*\/>/, () => undefined],
      [/^<message.*?<\/message>/s, (match) => {
        peer.sent.push(match[0])
        const to = /\bto="([^"]*)"/.exec(match[0])?.[1] ?? ''
        const stanza = match[0].replace('<message', `<message from="${peer.jid}"`)
        const exact = this.peers.filter((other) => other.jid === to && !other.socket.destroyed)
        const targets = exact.length > 0 ? exact : this.online(to.split('/')[0] ?? '')
        for (const other of targets) other.socket.write(stanza)
        if (targets.length === 0) {
          // Like ejabberd: with its complete contents.
          socket.write(match[0].replace(/ type="[^"]*"/, '').replace(/ to="[^"]*"/, '')
            .replace('<message', `<message type="error" from="${to}" to="${peer.jid}"`)
            .replace('</message>', '<error type="cancel"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></message>'))
        }
      }],
      [/^<\/stream:stream>/, () => { socket.end('</stream:stream>') }],
      [/^\s+/, () => undefined],
    ]
    socket.on('data', (data) => {
      buffer += data.toString('utf8')
      for (let matched = true; matched && buffer !== '';) {
        matched = false
        for (const [pattern, handle] of handlers) {
          const match = pattern.exec(buffer)
          if (match === null) continue
          buffer = buffer.slice(match[0].length)
          handle(match)
          matched = true
          break
        }
      }
    })
  }
}
