import { randomBytes } from 'node:crypto'
import { WebSocket } from 'ws'
import type { ReconnectPauses } from '../backoff.js'
import { Emitter } from '../emitter.js'
import { momentMs } from '../moment.js'
import { Reconnect } from '../reconnect.js'
import { ConnectionStatus } from '../connection-status.js'
import { OtrError } from '../../errors.js'
import type { FileCarrier } from '../../file/index.js'
import { transportError, type Transport, type TransportEvents, type TransportStatus } from '../transport.js'
import { WaitingLines } from '../waiting-lines.js'
import type { UnreservedReason } from './file-store.js'
import { RelayFiles, type RelayPlace } from './files.js'
import { canonicalRelayName, isRelayName, parseServerFrame, type ClientFrame, type RefusedReason, type RejectedReason, type ServerFrame } from './frames.js'

/** How a relay client is made. */
export interface RelayOptions {
  /** `ws://host:port` or `wss://…`. */
  readonly url: string
  /** The name to be known by. */
  readonly name: string
  /** First and longest pause between attempts to reconnect, in milliseconds. */
  readonly reconnect?: ReconnectPauses
  /** Seconds between pings; a relay that answers none is gone. 20 by default. */
  readonly pingSeconds?: number
}

/** A line of ours. Its number counts up within this run of the client. */
interface NumberedLine {
  readonly id: number
  readonly to: string
  readonly text: string
}

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

const noPlace: Record<UnreservedReason, string> = {
  'no-files': 'carries no files',
  'file-too-long': 'does not carry files of this length',
  'files-full': 'has no room for this file now',
}

/** Somebody who waits for a place. */
interface Waiting {
  readonly resolve: (place: RelayPlace) => void
  readonly reject: (error: OtrError) => void
}

/** The client of the relay. It connects again by itself. Every line is sent once and handed over once, both in their order. */
export class RelayTransport implements Transport {
  /** See `Transport`. */
  readonly protocol = 'relay'
  /** The relay gives a name to one program at a time. */
  readonly shared = false
  /** See `Transport`. */
  readonly account: string
  readonly #url: string
  readonly #emitter = new Emitter<TransportEvents>()
  readonly #session = randomBytes(12).toString('hex')
  readonly #connection = new ConnectionStatus(this.#emitter)
  readonly #reconnect: Reconnect
  readonly #waiting = new WaitingLines<NumberedLine>()
  readonly #pingMs: number
  readonly #carrier: RelayFiles
  readonly #reserving = new Map<number, Waiting>()
  #nextReservation = 1
  /** Bytes of the longest file that the relay carries; undefined where it carries none. */
  #longestFile: number | undefined
  #socket: WebSocket | undefined
  /** When the relay first let this run in, by a clock that only runs forward. */
  #onlineSince: number | undefined
  #nextId = 1
  #epoch: string | undefined
  /** The numbers of the last line that came, and of the last one that the application has processed. */
  #seen = 0
  #got = 0
  #taking: Promise<void> = Promise.resolve()

  /** @throws OtrError `OTR_TRANSPORT_ADDRESS` for a URL or a name that cannot be one */
  constructor(options: RelayOptions) {
    if (!URL.canParse(options.url) || !/^wss?:$/.test(new URL(options.url).protocol)) {
      throw transportError('ADDRESS', `'${options.url}' is not a ws:// or wss:// URL`)
    }
    this.#url = options.url
    this.account = canonicalRelayName(options.name)
    this.#reconnect = new Reconnect(options.reconnect)
    this.#pingMs = (options.pingSeconds ?? 20) * 1000
    this.#carrier = new RelayFiles({ origin: new URL(options.url.replace(/^ws/, 'http')).origin, reserve: (length, signal) => this.#reserve(length, signal) })
  }

  /** The status of the connection. */
  get status(): TransportStatus {
    return this.#connection.now
  }

  /** Carries files, if the relay does. */
  get files(): FileCarrier | undefined {
    return this.#longestFile === undefined ? undefined : this.#carrier
  }

  /** Listens; call the result to stop. See `Transport`. */
  on<Name extends keyof TransportEvents>(name: Name, listener: (event: TransportEvents[Name]) => unknown): () => void {
    return this.#emitter.on(name, listener)
  }

  /** Connects, and keeps the connection up until `close`. Rejects as `Transport` says. */
  async start(): Promise<void> {
    this.#connection.requireUnstarted()
    try {
      await this.#connect()
    } catch (error) {
      this.#connection.set('closed')
      this.#waiting.end()
      throw error
    }
  }

  /** Sends one line behind those given earlier. Rejects as `Transport` says. */
  async send(to: string, text: string): Promise<void> {
    this.#connection.requireOpen()
    const line = { id: this.#nextId, to: canonicalRelayName(to), text }
    const taken = this.#waiting.push([line])
    this.#nextId++
    if (this.#connection.now === 'online') this.#tell({ type: 'send', ...line })
    await taken
  }

  /** The longest line, in bytes; 0 for no limit. */
  maxMessageLength(): number {
    return 0
  }

  /** Nothing: the relay transports every text. */
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
    if (this.#connection.now === 'closed') return
    if (this.#connection.now !== 'offline') await this.#waiting.flushed(flushSeconds)
    this.#connection.set('closed')
    this.#reconnect.stop()
    const socket = this.#socket
    if (socket !== undefined) await closeSocket(socket)
    this.#waiting.end()
  }

  #connect(): Promise<void> {
    this.#connection.set('connecting')
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(this.#url, { maxPayload: maxFrameBytes, handshakeTimeout: connectWithinMs, perMessageDeflate: false })
      this.#socket = socket
      let failure = 'connection closed'
      let refused: RefusedReason | undefined
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
        this.#noPlaces('the connection broke')
        const detail = refused === undefined ? failure : refusals[refused]
        if (this.#connection.wasOnline) this.#later(detail)
        reject(refused === undefined ? transportError('CONNECT', `no relay at ${this.#url}: ${failure}`) : transportError('REFUSED', detail))
      })
    })
  }

  /** Tries again after a pause. Only for a client that was let in before. */
  #later(detail: string): void {
    if (this.#connection.now === 'closed') return
    this.#connection.set('waiting', detail)
    this.#reconnect.later(() => this.#connect())
  }

  #registered(frame: Extract<ServerFrame, { type: 'registered' }>): void {
    if (frame.epoch !== this.#epoch) {
      // Another relay, or the same one started again: its numbers begin anew.
      this.#epoch = frame.epoch
      this.#seen = 0
      this.#got = 0
    }
    this.#longestFile = frame.files
    this.#reconnect.reset()
    this.#onlineSince ??= performance.now()
    this.#waiting.settle((line) => line.id <= frame.accepted)
    this.#connection.set('online')
    for (const line of this.#waiting.all) this.#tell({ type: 'send', ...line })
  }

  #handle(frame: Exclude<ServerFrame, { type: 'refused' | 'registered' }>): void {
    switch (frame.type) {
      case 'accepted':
        this.#waiting.settle((line) => line.id === frame.id)
        break
      case 'rejected':
        this.#waiting.giveUp((line) => line.id === frame.id, ({ to, text }) => {
          const detail = rejections[frame.reason]
          this.#emitter.emit('undelivered', { to, detail, line: text })
          return transportError('UNDELIVERED', `${to}: ${detail}`)
        })
        break
      case 'reserved':
        this.#reserving.get(frame.id)?.resolve(frame)
        break
      case 'unreserved':
        this.#reserving.get(frame.id)?.reject(new OtrError('OTR_FILE_CARRIER', `the relay ${noPlace[frame.reason]}`))
        break
      case 'message': {
        if (frame.seq <= this.#seen) return
        this.#seen = frame.seq
        const id = `${this.#epoch ?? ''}/${frame.seq}`
        const meta = frame.waited === undefined || this.#wasHere(frame.waited) ? { id } : { id, sentAt: Math.floor(Date.now() / 1000) - frame.waited }
        const taken = isRelayName(frame.from) ? this.#emitter.emitAndWait('message', { from: frame.from, text: frame.text, meta }) : Promise.resolve()
        this.#took(frame.seq, taken)
      }
    }
  }

  async #reserve(length: number, signal: AbortSignal | undefined): Promise<RelayPlace> {
    signal?.throwIfAborted()
    if (this.#connection.now !== 'online') throw new OtrError('OTR_FILE_CARRIER', 'there is no connection to the relay')
    if (this.#longestFile === undefined || length > this.#longestFile) throw new OtrError('OTR_FILE_CARRIER', `the relay ${noPlace[this.#longestFile === undefined ? 'no-files' : 'file-too-long']}`)
    const id = this.#nextReservation++
    const late = setTimeout(() => { this.#reserving.get(id)?.reject(new OtrError('OTR_FILE_CARRIER', 'the relay does not answer')) }, connectWithinMs)
    try {
      return await new Promise((resolve, reject) => {
        this.#reserving.set(id, { resolve, reject })
        this.#tell({ type: 'reserve', id, length })
      })
    } finally {
      clearTimeout(late)
      this.#reserving.delete(id)
    }
  }

  #noPlaces(why: string): void {
    for (const { reject } of this.#reserving.values()) reject(new OtrError('OTR_FILE_CARRIER', why))
  }

  /** Confirms a line once it and all lines before it were taken. Lines that nobody took come again to the next run of this client. */
  #took(seq: number, taken: Promise<void>): void {
    const epoch = this.#epoch
    this.#taking = Promise.all([this.#taking, taken]).then(() => {
      if (epoch !== this.#epoch) return
      this.#got = seq
      this.#tell({ type: 'got', seq })
    })
    this.#taking.catch(() => undefined)
  }

  /**
   * Whether a line that the relay kept for so many seconds came while our connection was broken for a moment. The relay reports whole seconds, so
   * a line counts as kept if it may be older than this run of the client.
   */
  #wasHere(waited: number): boolean {
    return waited * 1000 <= momentMs && this.#onlineSince !== undefined && performance.now() - (waited + 1) * 1000 >= this.#onlineSince
  }

  #tell(frame: ClientFrame): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame))
  }
}

/** Sends pings, and ends the connection when one is not answered. The returned function stops that. */
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
