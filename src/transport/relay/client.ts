import { randomBytes } from 'node:crypto'
import { WebSocket } from 'ws'
import { Backoff } from '../backoff.js'
import { Emitter } from '../emitter.js'
import { transportError, type Transport, type TransportEvents, type TransportStatus } from '../transport.js'
import { canonicalRelayName, isRelayName, parseServerFrame, type ClientFrame, type RefusedReason, type RejectedReason, type ServerFrame } from './frames.js'

/** How a relay client is made. */
export interface RelayOptions {
  /** `ws://host:port` or `wss://…`. */
  readonly url: string
  /** The name to be known by. */
  readonly name: string
  /** First and longest pause between attempts to reconnect, in milliseconds. */
  readonly reconnect?: { readonly first: number, readonly most: number }
  /** Seconds between pings; a relay that answers none is gone. 20 by default. */
  readonly pingSeconds?: number
}

interface Pending {
  readonly id: number
  readonly to: string
  readonly text: string
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Lines that may wait for the connection. */
const maxPending = 4096
/** Longer frames from the relay are not read. */
const maxFrameBytes = 4 << 20
const connectWithinMs = 10_000

const refusals: Record<RefusedReason, string> = {
  'bad-name': 'the relay does not take this name: letters, digits and . _ - @ +, at most 64',
  'name-taken': 'somebody is connected under this name',
  'names-full': 'the relay knows too many names',
  'bad-frame': 'the relay does not understand us',
  'replaced': 'another connection took over',
}

const rejections: Record<RejectedReason, string> = {
  'unknown-name': 'nobody of this name has ever been there',
  'queue-full': 'too many lines wait for this name',
  'store-full': 'the relay is full',
}

/** The client side of the relay: keeps the connection up, sends every line once and in order, hands over every line once and in order. */
export class RelayTransport implements Transport {
  /** See `Transport`. */
  readonly protocol = 'relay'
  /** It puts out whoever had the name before. */
  readonly shared = false
  /** See `Transport`. */
  readonly account: string
  readonly #url: string
  readonly #emitter = new Emitter<TransportEvents>()
  readonly #session = randomBytes(12).toString('hex')
  readonly #backoff: Backoff
  readonly #pingMs: number
  #status: TransportStatus = 'offline'
  #socket: WebSocket | undefined
  #retry: NodeJS.Timeout | undefined
  #pending: Pending[] = []
  #nextId = 1
  #epoch: string | undefined
  /** The last line that came, and the last that was taken. */
  #seen = 0
  #got = 0
  #taking: Promise<void> = Promise.resolve()
  #idle: (() => void) | undefined

  /** Throws `OTR_TRANSPORT_ADDRESS` for a URL or a name that cannot be one. */
  constructor(options: RelayOptions) {
    if (!URL.canParse(options.url) || !/^wss?:$/.test(new URL(options.url).protocol)) {
      throw transportError('ADDRESS', `'${options.url}' is not a ws:// or wss:// URL`)
    }
    this.#url = options.url
    this.account = canonicalRelayName(options.name)
    this.#backoff = new Backoff(options.reconnect?.first, options.reconnect?.most)
    this.#pingMs = (options.pingSeconds ?? 20) * 1000
  }

  /** How the connection stands. */
  get status(): TransportStatus {
    return this.#status
  }

  /** Listens; call the result to stop. See `Transport`. */
  on<Name extends keyof TransportEvents>(name: Name, listener: (event: TransportEvents[Name]) => unknown): () => void {
    return this.#emitter.on(name, listener)
  }

  /** Connects, and keeps the connection up until `close`. Rejects as `Transport` says. */
  async start(): Promise<void> {
    if (this.#status !== 'offline') throw transportError('CLOSED', 'started before')
    try {
      await this.#connect()
    } catch (error) {
      this.#setStatus('closed')
      throw error
    }
  }

  /** Sends one line behind those given earlier. Rejects as `Transport` says. */
  send(to: string, text: string): Promise<void> {
    if (this.#status === 'closed') return Promise.reject(transportError('CLOSED', 'the connection is closed'))
    if (!isRelayName(to.normalize('NFC'))) return Promise.reject(transportError('ADDRESS', 'no name of this relay'))
    if (this.#pending.length >= maxPending) return Promise.reject(transportError('FULL', 'too many lines wait for the connection'))
    return new Promise((resolve, reject) => {
      const line = { id: this.#nextId++, to: to.normalize('NFC'), text, resolve, reject }
      this.#pending.push(line)
      if (this.#status === 'online') this.#tell({ type: 'send', id: line.id, to: line.to, text })
    })
  }

  /** The longest line, in bytes; 0 for no limit. */
  maxMessageLength(): number {
    return 0
  }

  /** Nothing: the relay carries every text. */
  whatIsLost(): undefined {
    return undefined
  }

  /**
   * The one key for a correspondent.
   *
   * @throws OtrError `OTR_TRANSPORT_ADDRESS`
   */
  canonical(name: string): string {
    return canonicalRelayName(name)
  }

  /** How people write the name behind a key. */
  spelling(key: string): string {
    return key
  }

  /** Sends what waits, says good-bye and disconnects. See `Transport`. */
  async close(flushSeconds = 5): Promise<void> {
    if (this.#status === 'closed') return
    if (this.#pending.length > 0 && this.#status !== 'offline') {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, flushSeconds * 1000)
        this.#idle = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#setStatus('closed')
    clearTimeout(this.#retry)
    const socket = this.#socket
    if (socket !== undefined) await closeSocket(socket)
    this.#drop(() => true, (line) => { line.reject(transportError('CLOSED', 'the connection is closed')) })
  }

  #connect(): Promise<void> {
    this.#setStatus('connecting')
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(this.#url, { maxPayload: maxFrameBytes, handshakeTimeout: connectWithinMs, perMessageDeflate: false })
      this.#socket = socket
      let failure = 'connection closed'
      let refused: RefusedReason | undefined
      let registered = false
      const stopPinging = keepAlive(socket, this.#pingMs)
      const deadline = setTimeout(() => { socket.terminate() }, connectWithinMs)
      socket.on('error', (error: NodeJS.ErrnoException) => { failure = error.code ?? error.message })
      socket.on('open', () => {
        const resume = this.#epoch === undefined ? {} : { epoch: this.#epoch, got: this.#got }
        this.#tell({ type: 'register', name: this.account, session: this.#session, ...resume })
      })
      socket.on('message', (data, isBinary) => {
        if (socket !== this.#socket) return
        const frame = isBinary ? undefined : parseServerFrame((data as Buffer).toString('utf8'))
        if (frame === undefined) {
          failure = 'the relay sent what is no frame'
          socket.terminate()
        } else if (frame.type === 'refused') {
          refused = frame.reason
        } else if (frame.type === 'registered') {
          registered = true
          clearTimeout(deadline)
          this.#registered(frame)
          resolve()
        } else {
          this.#handle(frame)
        }
      })
      socket.on('close', () => {
        clearTimeout(deadline)
        stopPinging()
        if (socket !== this.#socket) return
        this.#socket = undefined
        const detail = refused === undefined ? failure : refusals[refused]
        if (registered || this.#epoch !== undefined) this.#later(detail)
        reject(refused === undefined ? transportError('CONNECT', `no relay at ${this.#url}: ${failure}`) : transportError('REFUSED', detail))
      })
    })
  }

  /** Tries again after a pause. Only a client that was let in once does that. */
  #later(detail: string): void {
    if (this.#status === 'closed') return
    this.#setStatus('waiting', detail)
    this.#retry = setTimeout(() => { this.#connect().catch(() => undefined) }, this.#backoff.next())
  }

  #registered(frame: Extract<ServerFrame, { type: 'registered' }>): void {
    if (frame.epoch !== this.#epoch) {
      // Another relay, or the same one started anew: it counts from the beginning.
      this.#epoch = frame.epoch
      this.#seen = 0
      this.#got = 0
    }
    this.#backoff.reset()
    this.#drop((line) => line.id <= frame.accepted, (line) => { line.resolve() })
    this.#setStatus('online')
    for (const line of this.#pending) this.#tell({ type: 'send', id: line.id, to: line.to, text: line.text })
  }

  #handle(frame: Exclude<ServerFrame, { type: 'refused' | 'registered' }>): void {
    switch (frame.type) {
      case 'accepted':
        this.#drop((line) => line.id === frame.id, (line) => { line.resolve() })
        break
      case 'rejected':
        this.#drop((line) => line.id === frame.id, (line) => {
          const detail = rejections[frame.reason]
          this.#emitter.emit('undelivered', { to: line.to, detail, line: line.text })
          line.reject(transportError('UNDELIVERED', `${line.to}: ${detail}`))
        })
        break
      case 'message': {
        if (frame.seq <= this.#seen) return
        this.#seen = frame.seq
        const id = `${this.#epoch ?? ''}/${frame.seq}`
        const meta = frame.waited === undefined ? { id } : { id, delayedSince: Math.floor(Date.now() / 1000) - frame.waited }
        const taken = isRelayName(frame.from) ? this.#emitter.ask('message', { from: frame.from, text: frame.text, meta }) : Promise.resolve()
        this.#took(frame.seq, taken)
      }
    }
  }

  /** Says that a line was taken, when it was and all before it: what nobody took comes again to the next run of this client. */
  #took(seq: number, taken: Promise<void>): void {
    const epoch = this.#epoch
    this.#taking = Promise.all([this.#taking, taken]).then(() => {
      if (epoch !== this.#epoch) return
      this.#got = seq
      this.#tell({ type: 'got', seq })
    })
    this.#taking.catch(() => undefined)
  }

  #drop(which: (line: Pending) => boolean, end: (line: Pending) => void): void {
    const ended = this.#pending.filter(which)
    this.#pending = this.#pending.filter((line) => !which(line))
    for (const line of ended) end(line)
    if (this.#pending.length === 0) this.#idle?.()
  }

  #tell(frame: ClientFrame): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame))
  }

  #setStatus(status: TransportStatus, detail?: string): void {
    if (this.#status === status || this.#status === 'closed') return
    this.#status = status
    this.#emitter.emit('status', { status, ...detail === undefined ? {} : { detail } })
  }
}

/** Pings; ends the connection when a ping stays without answer. Returns what stops it. */
function keepAlive(socket: WebSocket, everyMs: number): () => void {
  let alive = true
  socket.on('pong', () => { alive = true })
  const timer = setInterval(() => {
    if (socket.readyState !== WebSocket.OPEN) return
    if (!alive) socket.terminate()
    alive = false
    socket.ping()
  }, everyMs)
  return () => { clearInterval(timer) }
}

async function closeSocket(socket: WebSocket): Promise<void> {
  if (socket.readyState === WebSocket.CLOSED) return
  const closed = new Promise<void>((resolve) => { socket.once('close', () => { resolve() }) })
  const forced = setTimeout(() => { socket.terminate() }, 1000)
  socket.close(1000)
  await closed
  clearTimeout(forced)
}
