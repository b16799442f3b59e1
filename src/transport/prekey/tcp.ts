/**
 * The plain framing of the first prekey server: a client sends any number of `uint16be length, from, uint16be length, message` and
 * closes its half; the server sends `uint16be length, message` for each answer and closes. Nobody authenticates `from`: this is for a gateway that
 * knows its users, on the same machine or behind a tunnel.
 */
import { createServer, type Server, type Socket } from 'node:net'
import { transportError } from '../transport.js'
import { answersOf, UnderWay, type Answerer, type FrontListener, type PrekeyFront } from './front.js'

/** Bounds for one connection, and for all of them. */
export interface TcpLimits {
  /** Connections at the same time. */
  readonly connections: number
  /** Bytes that one connection may send. */
  readonly bytes: number
  /** Milliseconds without a byte in either direction. */
  readonly idleMs: number
  /** Milliseconds that a connection may last. */
  readonly wholeMs: number
}

/** Enough for one small machine. */
export const defaultTcpLimits: TcpLimits = { connections: 256, bytes: 4 << 20, idleMs: 30_000, wholeMs: 120_000 }

/** How a prekey server is reached over plain TCP. */
export interface TcpFrontOptions {
  /** The address to listen at: a loopback one, unless it is meant to be open. */
  readonly host: string
  /** The port to listen on; 0 takes any free one. */
  readonly port: number
  /** The prekey server. */
  readonly answer: Answerer
  /** Called with each event of the front. */
  readonly tell?: FrontListener
  /** Bounds other than those of `defaultTcpLimits`. */
  readonly limits?: Partial<TcpLimits>
}

/** The longest frame that a length of 16 bits can announce. */
export const MAX_TCP_MESSAGE = 65_535
const maxFromBytes = 1023
const closeSeconds = 5

/** Starts listening. @throws OtrError `OTR_TRANSPORT_CONNECT` when it cannot listen at this address */
export async function openTcpFront(options: TcpFrontOptions): Promise<PrekeyFront & { readonly port: number }> {
  const limits = { ...defaultTcpLimits, ...options.limits }
  const tell = options.tell ?? (() => undefined)
  const sockets = new Set<Socket>()
  const underWay = new UnderWay()
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    // An error is always followed by `close`; without a listener it would end the process.
    socket.on('error', () => undefined)
    if (sockets.size >= limits.connections) {
      tell({ event: 'dropped', front: 'tcp', detail: 'too many connections' })
      socket.destroy()
      return
    }
    sockets.add(socket)
    socket.on('close', () => { sockets.delete(socket) })
    underWay.add(serve(socket, options.answer, limits, tell))
  })
  const { host } = options
  const port = await listen(server, host, options.port)
  return {
    front: 'tcp',
    where: `${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    // Only clients that wait for an answer are connected.
    notify: () => undefined,
    close: async () => {
      const closed = new Promise<void>((resolve) => { server.close(() => { resolve() }) })
      // `close` would wait for clients that have not closed their half: nothing more is read from them.
      await underWay.settled(closeSeconds)
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(transportError('CONNECT', `cannot listen on ${host}:${port}: ${error.code ?? error.message}`))
    })
    server.listen(port, host, () => {
      server.removeAllListeners('error')
      // After an error such as too many open files, the next connection may be accepted again.
      server.on('error', () => undefined)
      const address = server.address()
      resolve(address !== null && typeof address === 'object' ? address.port : port)
    })
  })
}

async function serve(socket: Socket, answer: Answerer, limits: TcpLimits, tell: FrontListener): Promise<void> {
  const drop = (detail: string): void => {
    tell({ event: 'dropped', front: 'tcp', detail })
    socket.destroy()
  }
  socket.setTimeout(limits.idleMs, () => { drop('idle') })
  const deadline = setTimeout(() => { drop('took too long') }, limits.wholeMs)
  const frames = new FrameReader()
  let received = 0
  try {
    // One chunk at a time: a client that sends faster than it is answered has to wait.
    for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      received += chunk.length
      if (received > limits.bytes) {
        drop('too many bytes')
        return
      }
      for (const { from, message } of frames.read(chunk)) {
        if (from === undefined) {
          drop('a sender that is none')
          return
        }
        await write(socket, await answersOf(answer, from, message, 'tcp', tell), tell)
      }
    }
    if (frames.incomplete) tell({ event: 'dropped', front: 'tcp', detail: 'ended within a message' })
    await new Promise<void>((resolve) => {
      socket.once('close', resolve)
      socket.end(() => { socket.destroy() })
    })
  } catch {
    socket.destroy()
  } finally {
    clearTimeout(deadline)
  }
}

async function write(socket: Socket, answers: readonly string[], tell: FrontListener): Promise<void> {
  for (const text of answers) {
    const message = Buffer.from(text)
    if (message.length > MAX_TCP_MESSAGE) {
      tell({ event: 'unanswered', front: 'tcp', detail: 'an answer is longer than a frame' })
      continue
    }
    if (socket.write(frame(message)) || socket.destroyed) continue
    await new Promise<void>((resolve) => {
      socket.once('drain', resolve)
      socket.once('close', resolve)
    })
  }
}

/** `uint16be length` and the bytes; at most `MAX_TCP_MESSAGE` of them. */
function frame(bytes: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}

interface Frame {
  /** Undefined when it is no name: empty, too long, no UTF-8, or with control characters. */
  readonly from: string | undefined
  readonly message: string
}

/** Cuts the bytes that come into frames. Keeps at most one incomplete frame, and no more bytes than have come. */
class FrameReader {
  #rest: Buffer = Buffer.alloc(0)
  #chunks: Buffer[] = []
  #length = 0
  #wanted = 0

  get incomplete(): boolean {
    return this.#length > 0
  }

  read(chunk: Buffer): Frame[] {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    // Joins bytes that come one by one only when a frame may be complete.
    if (this.#length < this.#wanted) return []
    this.#rest = Buffer.concat(this.#chunks)
    const frames: Frame[] = []
    for (;;) {
      const next = this.#next()
      if (next === undefined) break
      frames.push(next)
    }
    this.#chunks = [this.#rest]
    this.#length = this.#rest.length
    return frames
  }

  #next(): Frame | undefined {
    const fromEnd = this.#end(0)
    const messageEnd = fromEnd === undefined ? undefined : this.#end(fromEnd)
    if (fromEnd === undefined || messageEnd === undefined) return undefined
    const from = nameIn(this.#rest.subarray(2, fromEnd))
    const message = this.#rest.subarray(fromEnd + 2, messageEnd).toString('utf8')
    this.#rest = this.#rest.subarray(messageEnd)
    this.#wanted = 0
    return { from, message }
  }

  /** Where the part ends whose length is at `at`; undefined while it is incomplete. */
  #end(at: number): number | undefined {
    this.#wanted = at + 2
    if (this.#rest.length < this.#wanted) return undefined
    this.#wanted += this.#rest.readUInt16BE(at)
    return this.#rest.length < this.#wanted ? undefined : this.#wanted
  }
}

function nameIn(bytes: Buffer): string | undefined {
  if (bytes.length === 0 || bytes.length > maxFromBytes) return undefined
  try {
    const name = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return /\p{Cc}/u.test(name) ? undefined : name
  } catch {
    return undefined
  }
}
