import type { AddressInfo } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'
import { until } from '../../support/transport-events.js'

interface Frame {
  readonly type: string
  readonly name?: string
  readonly id?: number
  readonly seq?: number
  readonly to?: string
  readonly text?: string
}

interface Client {
  readonly socket: WebSocket
  seq: number
  got: number
}

/** A relay that carries lines between its clients as long as it likes, and says to them whatever a test wants. */
export class HostileRelay {
  readonly #server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
  readonly #clients = new Map<string, Client>()
  readonly #connections = new Map<string, number>()
  /** Lines for those who were not there. */
  readonly #waiting = new Map<string, { readonly from: string, readonly text: string }[]>()
  #isAway = false
  #epoch = 1
  /** The lines that clients gave it, in order. */
  readonly lines: { readonly from: string, readonly to: string, readonly text: string }[] = []
  /** What it says before it admits a client: frames, or anything else. */
  welcome: readonly (string | Buffer)[] = []
  /** How often it delivers each line. */
  copies = 1

  constructor() {
    this.#server.on('connection', (socket) => {
      if (this.#isAway) socket.terminate()
      socket.on('message', (data: Buffer) => { this.#hear(socket, JSON.parse(data.toString('utf8')) as Frame) })
    })
  }

  static async open(): Promise<HostileRelay> {
    const relay = new HostileRelay()
    await new Promise((resolve) => { relay.#server.once('listening', resolve) })
    return relay
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  connections(name: string): number {
    return this.#connections.get(name) ?? 0
  }

  /** Says anything to a client. */
  say(name: string, what: string | Buffer | object): void {
    this.#of(name).socket.send(typeof what === 'string' || Buffer.isBuffer(what) ? what : JSON.stringify(what))
  }

  /** Delivers a line, as a relay does. */
  deliver(name: string, from: string, text: string, more: object = {}): void {
    this.say(name, { type: 'message', seq: ++this.#of(name).seq, from, to: name, text, ...more })
  }

  /** Counts anew for a client, like a relay that was started again. */
  restart(name: string): void {
    this.#of(name).socket.terminate()
    this.#epoch++
  }

  /** Ends all connections, and takes none for a while. */
  away(isAway: boolean): void {
    this.#isAway = isAway
    if (isAway) for (const socket of this.#server.clients) socket.terminate()
  }

  /** Waits until a client has confirmed everything. */
  async confirmed(name: string): Promise<void> {
    await until(() => this.#of(name).got >= this.#of(name).seq, `${name} confirmed everything`)
  }

  async close(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate()
    await new Promise((resolve) => { this.#server.close(resolve) })
  }

  #of(name: string): Client {
    const client = this.#clients.get(name)
    if (client === undefined) throw new Error(`${name} is not connected`)
    return client
  }

  #hear(socket: WebSocket, frame: Frame): void {
    if (frame.type === 'register' && frame.name !== undefined) {
      const { name } = frame
      this.#clients.set(name, { socket, seq: 0, got: 0 })
      this.#connections.set(name, this.connections(name) + 1)
      for (const what of this.welcome) socket.send(what)
      this.#epoch++
      socket.send(JSON.stringify({ type: 'registered', name, epoch: `e${this.#epoch}`, accepted: 0 }))
      for (const line of this.#waiting.get(name) ?? []) this.deliver(name, line.from, line.text)
      this.#waiting.delete(name)
      return
    }
    const [from = ''] = [...this.#clients].find(([, client]) => client.socket === socket) ?? []
    if (frame.type === 'got') this.#of(from).got = frame.seq ?? 0
    if (frame.type !== 'send') return
    const { id, to = '', text = '' } = frame
    this.lines.push({ from, to, text })
    if (this.#clients.get(to)?.socket.readyState === 1) for (let copy = 0; copy < this.copies; copy++) this.deliver(to, from, text)
    else this.#waiting.set(to, [...this.#waiting.get(to) ?? [], { from, text }])
    socket.send(JSON.stringify({ type: 'accepted', id }))
  }
}
