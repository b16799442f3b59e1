import { createHash } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'

/** The server's side of XEP-0114: accepts one component at a time, and writes to it whatever the test says. */
export class ComponentServer {
  readonly secret = 'component secret'
  connections = 0
  /** Everything that the component wrote after its handshake, on all its connections. */
  received = ''
  port = 0
  readonly #server: Server
  #socket: Socket | undefined
  /** No longer answers when a component connects. */
  silent = false

  constructor() {
    this.#server = createServer((socket) => { this.#accept(socket) })
  }

  async listen(port = 0): Promise<this> {
    await new Promise<void>((resolve) => { this.#server.listen(port, '127.0.0.1', resolve) })
    const address = this.#server.address()
    this.port = address !== null && typeof address === 'object' ? address.port : 0
    return this
  }

  write(text: string): void {
    this.#socket?.write(text)
  }

  /** Ends the connection without a closing message. */
  cut(): void {
    this.#socket?.destroy()
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise<void>((resolve) => { this.#server.close(() => { resolve() }) })
  }

  /** Waits for what the component writes. */
  async until(fits: () => boolean): Promise<void> {
    const end = Date.now() + 10_000
    while (!fits()) {
      if (Date.now() > end) throw new Error(`not seen in: ${this.received}`)
      await new Promise((resolve) => { setTimeout(resolve, 5) })
    }
  }

  #accept(socket: Socket): void {
    socket.on('error', () => undefined)
    socket.setEncoding('utf8')
    this.#socket = socket
    let before = ''
    let through = false
    socket.on('data', (text: string) => {
      if (this.silent) return
      if (through) {
        this.received += text
        if (text.includes('</stream:stream>')) socket.end('</stream:stream>')
        return
      }
      before += text
      if (/<stream:stream [^>]*>$/.test(before)) {
        socket.write("<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' id='s1' from='prekey.test'>")
      }
      const digest = /<handshake>([0-9a-f]{40})<\/handshake>/.exec(before)?.[1]
      if (digest === undefined) return
      if (digest !== createHash('sha1').update(`s1${this.secret}`).digest('hex')) {
        socket.end("<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>")
        return
      }
      through = true
      this.connections++
      socket.write('<handshake/>')
    })
  }
}
