import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'
import { transportError } from '../transport.js'
import { FileRequests } from './file-requests.js'
import { defaultRelayFileLimits, FileStore, type RelayFileLimits } from './file-store.js'
import { isRelayName, parseClientFrame, type ClientFrame, type RefusedReason, type RejectedReason, type ServerFrame } from './frames.js'
import { defaultRelayLimits, Mailbox, type RelayLimits } from './mailbox.js'

/** How a relay is started. */
export interface RelayServerOptions {
  /** Loopback by default: the relay has no passwords and no TLS, so an open address is a decision. */
  readonly host?: string
  /** 0, the default, takes any free port. */
  readonly port?: number
  /** Bounds other than those of `defaultRelayLimits`. */
  readonly limits?: Partial<RelayLimits>
  /** Seconds between pings; a client that answers none is gone. 30 by default. */
  readonly pingSeconds?: number
  /** Web pages that may connect, by their `Origin`. None by default: otherwise any page that a user visits could use a relay on their machine. */
  readonly origins?: readonly string[]
  /** Carries sealed files, too, within these bounds; `{}` for those of `defaultRelayFileLimits`. Absent: it carries none. */
  readonly files?: Partial<RelayFileLimits>
  /** Called with every line that the relay takes. */
  readonly onLine?: (line: RelayLine) => void
  /** For demonstrations and tests: how many milliseconds a line is held back. Other lines overtake it meanwhile. */
  readonly delay?: (line: RelayLine) => number
}

/** A line as the relay sees it. */
export interface RelayLine {
  /** The name of its sender. */
  readonly from: string
  /** The name that it is for. */
  readonly to: string
  /** The line itself. */
  readonly text: string
}

interface Connection {
  readonly socket: WebSocket
  box?: Mailbox
  alive: boolean
  deadline?: NodeJS.Timeout
}

/** A client that has not said its name after this long is dropped. */
const registerWithinMs = 10_000

/**
 * A small relay. It passes lines between names, and keeps lines for names that are away. It authenticates nobody and encrypts nothing: that is
 * what OTR is for. A name belongs to whoever registered it first, as long as they are connected.
 */
export class RelayServer {
  /** The address that it listens at. */
  readonly host: string
  /** The port that it listens at. */
  readonly port: number
  readonly #server: WebSocketServer
  readonly #http: Server
  readonly #files: FileStore | undefined
  readonly #limits: RelayLimits
  readonly #onLine: RelayServerOptions['onLine']
  readonly #delay: RelayServerOptions['delay']
  readonly #underWay = new Set<NodeJS.Timeout>()
  readonly #boxes = new Map<string, Mailbox>()
  readonly #online = new Map<Mailbox, Connection>()
  readonly #connections = new Set<Connection>()
  readonly #epoch = randomBytes(12).toString('hex')
  readonly #pinger: NodeJS.Timeout
  #bytes = 0

  private constructor(server: WebSocketServer, http: Server, files: FileStore | undefined, options: RelayServerOptions) {
    const address = http.address() as AddressInfo
    this.host = address.address
    this.port = address.port
    this.#server = server
    this.#http = http
    this.#files = files
    this.#limits = { ...defaultRelayLimits, ...options.limits }
    this.#onLine = options.onLine
    this.#delay = options.delay
    server.on('connection', (socket) => { this.#accept(socket) })
    this.#pinger = setInterval(() => { this.#ping() }, (options.pingSeconds ?? 30) * 1000)
    this.#pinger.unref()
  }

  /** Starts listening. @throws OtrError `OTR_TRANSPORT_CONNECT` when it cannot listen at this address */
  static async listen(options: RelayServerOptions = {}): Promise<RelayServer> {
    const limits = { ...defaultRelayLimits, ...options.limits }
    const host = options.host ?? '127.0.0.1'
    const port = options.port ?? 0
    const files = options.files === undefined ? undefined : await FileStore.open({ ...defaultRelayFileLimits, ...options.files })
    const http = httpServer(files, options.origins ?? [])
    const server = new WebSocketServer({
      server: http,
      maxPayload: limits.frameBytes,
      perMessageDeflate: false,
      verifyClient: ({ origin, req }: { origin?: string, req: IncomingMessage }) => req.url !== undefined
        && (origin === undefined || (options.origins ?? []).includes(origin)),
    })
    await new Promise<void>((resolve, reject) => {
      server.once('listening', resolve)
      server.once('error', (error: NodeJS.ErrnoException) => {
        void files?.close()
        reject(transportError('CONNECT', `cannot listen on ${host}:${port}: ${error.code ?? error.message}`))
      })
      http.listen(port, host)
    })
    return new RelayServer(server, http, files, options)
  }

  /** What clients connect to. */
  get url(): string {
    return `ws://${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.port}`
  }

  /** Names known now; for tests and statistics. */
  get names(): number {
    return this.#boxes.size
  }

  /** Bytes of text waiting now. */
  get storedBytes(): number {
    return this.#bytes
  }

  /** Bytes that files may take now; for tests and statistics. */
  get fileBytes(): number {
    return this.#files?.reservedBytes ?? 0
  }

  /** Disconnects everybody and stops listening. Lines that were waiting are lost, and files are deleted. */
  async close(): Promise<void> {
    clearInterval(this.#pinger)
    for (const timer of this.#underWay) clearTimeout(timer)
    for (const connection of this.#connections) connection.socket.close(1001)
    const forced = setTimeout(() => { for (const connection of this.#connections) connection.socket.terminate() }, 1000)
    await new Promise<void>((resolve) => { this.#server.close(() => { resolve() }) })
    clearTimeout(forced)
    const ended = new Promise<void>((resolve) => { this.#http.close(() => { resolve() }) })
    this.#http.closeAllConnections()
    await ended
    await this.#files?.close()
  }

  #accept(socket: WebSocket): void {
    const connection: Connection = { socket, alive: true }
    // An error is always followed by `close`; without a listener it would end the process.
    socket.on('error', () => undefined)
    if (this.#connections.size >= this.#limits.connections) {
      socket.close(1013)
      return
    }
    this.#connections.add(connection)
    connection.deadline = setTimeout(() => { socket.close(1008) }, registerWithinMs)
    socket.on('pong', () => { connection.alive = true })
    socket.on('close', () => { this.#gone(connection) })
    socket.on('message', (data, isBinary) => {
      const frame = isBinary ? undefined : parseClientFrame((data as Buffer).toString('utf8'))
      if (frame === undefined) this.#refuse(connection, 'bad-frame')
      else this.#handle(connection, frame)
    })
  }

  #handle(connection: Connection, frame: ClientFrame): void {
    const box = connection.box
    if (frame.type === 'register') {
      if (box === undefined) this.#register(connection, frame)
      else this.#refuse(connection, 'bad-frame')
    } else if (box === undefined) {
      this.#refuse(connection, 'bad-frame')
    } else if (this.#online.get(box) === connection) {
      if (frame.type === 'send') this.#carry(connection, box, frame)
      else if (frame.type === 'reserve') this.#reserve(connection, box, frame)
      else this.#confirm(box, frame.seq)
    }
  }

  #register(connection: Connection, frame: Extract<ClientFrame, { type: 'register' }>): void {
    if (!isRelayName(frame.name)) {
      this.#refuse(connection, 'bad-name')
      return
    }
    let box = this.#boxes.get(frame.name)
    const before = box === undefined ? undefined : this.#online.get(box)
    if (box !== undefined && before !== undefined) {
      // Only the same run of the same client may replace a connection that seems alive: its network changed.
      if (box.session !== frame.session) {
        this.#refuse(connection, 'name-taken')
        return
      }
      this.#refuse(before, 'replaced')
      this.#online.delete(box)
    }
    if (box === undefined) {
      if (this.#boxes.size >= this.#limits.names && !this.#forgetOne()) {
        this.#refuse(connection, 'names-full')
        return
      }
      box = new Mailbox(frame.name)
      this.#boxes.set(frame.name, box)
    }
    if (box.session !== frame.session) {
      box.session = frame.session
      box.lastId = 0
    }
    clearTimeout(connection.deadline)
    connection.box = box
    box.awaySince = 0
    box.rewind()
    this.#online.set(box, connection)
    if (frame.epoch === this.#epoch && frame.got !== undefined) this.#bytes -= box.confirm(frame.got)
    this.#tell(connection, { type: 'registered', name: box.name, epoch: this.#epoch, accepted: box.lastId, ...this.#files !== undefined && { files: this.#files.limits.fileBytes } })
    this.#deliver(box)
  }

  #reserve(connection: Connection, { name }: Mailbox, { id, length }: Extract<ClientFrame, { type: 'reserve' }>): void {
    const place = this.#files?.reserve(name, length) ?? 'no-files'
    this.#tell(connection, typeof place === 'string' ? { type: 'unreserved', id, reason: place } : { type: 'reserved', id, ...place })
  }

  /** Makes room for one more name. False if every name is connected or has lines waiting. */
  #forgetOne(): boolean {
    let oldest: Mailbox | undefined
    for (const box of this.#boxes.values()) {
      if (box.awaySince > 0 && box.length === 0 && box.awaySince < (oldest?.awaySince ?? Infinity)) oldest = box
    }
    return oldest !== undefined && this.#boxes.delete(oldest.name)
  }

  #carry(connection: Connection, sender: Mailbox, frame: Extract<ClientFrame, { type: 'send' }>): void {
    // Sent again after a reconnect, because our answer was lost.
    if (frame.id <= sender.lastId) return
    sender.lastId = frame.id
    const box = this.#boxes.get(frame.to)
    const bytes = Buffer.byteLength(frame.text)
    const reason = this.#obstacle(box, bytes)
    if (box === undefined || reason !== undefined) {
      this.#tell(connection, { type: 'rejected', id: frame.id, reason: reason ?? 'unknown-name' })
      return
    }
    const line: RelayLine = { from: sender.name, to: box.name, text: frame.text }
    this.#bytes += bytes
    this.#onLine?.(line)
    this.#tell(connection, { type: 'accepted', id: frame.id })
    const delay = this.#delay?.(line) ?? 0
    if (delay <= 0) {
      this.#put(box, line, bytes)
      return
    }
    const timer = setTimeout(() => {
      this.#underWay.delete(timer)
      this.#put(box, line, bytes)
    }, delay)
    this.#underWay.add(timer)
  }

  #put(box: Mailbox, { from, text }: RelayLine, bytes: number): void {
    box.put(from, text, bytes, this.#online.has(box) ? undefined : performance.now())
    this.#deliver(box)
  }

  #obstacle(box: Mailbox | undefined, bytes: number): RejectedReason | undefined {
    if (box === undefined) return 'unknown-name'
    if (box.length >= this.#limits.messagesPerName || box.bytes + bytes > this.#limits.bytesPerName) return 'queue-full'
    return this.#bytes + bytes > this.#limits.bytes ? 'store-full' : undefined
  }

  #confirm(box: Mailbox, seq: number): void {
    this.#bytes -= box.confirm(seq)
    this.#deliver(box)
  }

  #deliver(box: Mailbox): void {
    const connection = this.#online.get(box)
    if (connection === undefined) return
    for (const frame of box.take(this.#limits.unconfirmed, performance.now())) this.#tell(connection, frame)
  }

  #tell(connection: Connection, frame: ServerFrame): void {
    if (connection.socket.readyState === connection.socket.OPEN) connection.socket.send(JSON.stringify(frame))
  }

  #refuse(connection: Connection, reason: RefusedReason): void {
    this.#tell(connection, { type: 'refused', reason })
    connection.socket.close(1008)
  }

  #gone(connection: Connection): void {
    clearTimeout(connection.deadline)
    this.#connections.delete(connection)
    const box = connection.box
    if (box === undefined || this.#online.get(box) !== connection) return
    this.#online.delete(box)
    box.awaySince = performance.now()
  }

  #ping(): void {
    this.#files?.sweep()
    for (const connection of this.#connections) {
      if (!connection.alive) {
        connection.socket.terminate()
        continue
      }
      connection.alive = false
      connection.socket.ping()
    }
  }
}

/** Serves files, where there are any; whatever else is asked over HTTP is told to use WebSocket. */
function httpServer(files: FileStore | undefined, origins: readonly string[]): Server {
  const requests = files && new FileRequests(files, origins)
  const server = createServer((request, response) => {
    if (requests !== undefined && request.url?.startsWith('/files/') === true) void requests.answer(request, response)
    else response.writeHead(426, { connection: 'close', upgrade: 'websocket' }).end()
  })
  server.headersTimeout = registerWithinMs
  server.requestTimeout = (files?.limits.idleSeconds ?? 10) * 1000
  return server
}
