import { OtrError } from 'otr4'
import type { RelayPlace } from 'otr4/transport/relay-files'
import { parseServerFrame, type ClientFrame } from '../../../src/transport/relay/frames.js'
import type { NetworkView } from '../view.js'

/** A line of the network. */
export interface Line {
  readonly from: string
  readonly text: string
  /** The same line, delivered again, has the same one. */
  readonly id: string
  /** Seconds that it waited at the relay. */
  readonly waited?: number
}

export interface RelayEvents {
  /** The relay forgets the line when the promise is fulfilled. */
  readonly line: (line: Line) => Promise<void>
  readonly status: (network: NetworkView) => void
  /** The relay did not take a line. */
  readonly rejected: (to: string, text: string) => void
}

interface Pending {
  readonly id: number
  readonly to: string
  readonly text: string
  readonly taken: () => void
}

interface Reserving {
  readonly resolve: (place: RelayPlace) => void
  readonly reject: (error: Error) => void
}

const longestPause = 15_000
/** A relay's frames have at most 1 MiB: a longer one is not even parsed. */
const longestFrame = 2 << 20
/** A relay has at most 256 lines under way that we have not confirmed. One that goes far beyond floods us, and browsers cannot slow it down. */
const mostUnconfirmed = 2048
/** Milliseconds until a relay that broke the protocol is tried again. */
const pauseAfterFault = 4000
const answersWithinMs = 20_000

/**
 * A relay's client for browsers, after `spec/relay.md`. It keeps a connection up, sends each line once and in order, and hands over each line once
 * and in order. What is no frame of the protocol is not read.
 */
export class RelaySocket {
  readonly #url: string
  readonly #name: string
  readonly #events: RelayEvents
  readonly #session = crypto.randomUUID()
  #socket: WebSocket | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #pause = 250
  #nextId = 1
  #pending: Pending[] = []
  #epoch: string | undefined
  #registered = false
  #seen = 0
  /** Lines that were handed over and are not safe yet. */
  #unconfirmed = 0
  #got = 0
  #taking = Promise.resolve()
  #closed = false
  /** The longest sealed file that the relay carries; undefined if it carries none. */
  #longestFile: number | undefined
  #nextReservation = 1
  readonly #reserving = new Map<number, Reserving>()

  constructor(url: string, name: string, events: RelayEvents) {
    this.#url = url
    this.#name = name
    this.#events = events
  }

  /** Connects, and keeps the connection up until `close`. */
  start(): void {
    this.#connect()
  }

  /** Fulfilled when the relay has taken the line, or said that it never will. Until then the library keeps it, over a reload too. */
  send(to: string, text: string): Promise<void> {
    return new Promise((taken) => {
      const line = { id: this.#nextId++, to, text, taken }
      this.#pending.push(line)
      if (this.#registered) this.#tell({ type: 'send', id: line.id, to, text })
    })
  }

  /** Fulfilled when the relay has taken every line that was given so far. */
  async flushed(): Promise<void> {
    await Promise.all(this.#pending.map((line) => new Promise<void>((done) => {
      const { taken } = line
      Object.assign(line, { taken: () => { taken(); done() } })
    })))
  }

  /** Asks for a place for a sealed file. @throws OtrError `OTR_FILE_CARRIER` if there is none */
  async reserve(length: number, signal?: AbortSignal): Promise<RelayPlace> {
    signal?.throwIfAborted()
    if (!this.#registered) throw noPlace('cannot be reached')
    if (this.#longestFile === undefined || length > this.#longestFile) throw noPlace(this.#longestFile === undefined ? 'carries no files' : 'does not carry files of this length')
    const id = this.#nextReservation++
    const late = setTimeout(() => { this.#reserving.get(id)?.reject(noPlace('does not answer')) }, answersWithinMs)
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

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#socket?.close(1000)
  }

  #connect(): void {
    const socket = new WebSocket(this.#url)
    this.#socket = socket
    let why: NetworkView['why'] = 'no-connection'
    socket.addEventListener('open', () => {
      const resume = this.#epoch === undefined ? {} : { epoch: this.#epoch, got: this.#got }
      this.#tell({ type: 'register', name: this.#name, session: this.#session, ...resume })
    })
    socket.addEventListener('message', ({ data }) => {
      why = this.#handle(data) ?? why
    })
    socket.addEventListener('close', () => {
      this.#registered = false
      for (const { reject } of this.#reserving.values()) reject(noPlace('has closed the connection'))
      if (this.#closed) return
      this.#events.status({ status: 'waiting', ...why !== undefined && { why } })
      // Also when the name is taken: after a reload the relay may not know yet that the page before is gone.
      this.#timer = setTimeout(() => { this.#connect() }, this.#pause * (0.5 + Math.random()))
      this.#pause = Math.min(this.#pause * 2, longestPause)
    })
  }

  /** Gives a reason why the relay closes, where it says one. */
  #handle(data: unknown): NetworkView['why'] {
    if (typeof data === 'string' && data.length > longestFrame) return this.#leave()
    const frame = typeof data === 'string' ? parseServerFrame(data) : undefined
    // Once for each connection, and first.
    if (frame !== undefined && frame.type !== 'refused' && (frame.type === 'registered') === this.#registered) return undefined
    switch (frame?.type) {
      case undefined: return undefined
      case 'registered':
        if (frame.epoch !== this.#epoch) {
          // Another relay, or the same one started anew: it counts from the beginning.
          this.#epoch = frame.epoch
          this.#seen = this.#got = 0
        }
        this.#longestFile = frame.files
        this.#pause = 250
        this.#registered = true
        this.#drop(({ id }) => id <= frame.accepted)
        for (const { id, to, text } of this.#pending) this.#tell({ type: 'send', id, to, text })
        this.#events.status({ status: 'online' })
        return undefined
      case 'refused': return frame.reason === 'name-taken' ? 'name-taken' : 'refused'
      case 'accepted':
        this.#drop(({ id }) => id === frame.id)
        return undefined
      case 'rejected': {
        const line = this.#pending.find(({ id }) => id === frame.id)
        if (line !== undefined) this.#events.rejected(line.to, line.text)
        this.#drop(({ id }) => id === frame.id)
        return undefined
      }
      case 'reserved':
        this.#reserving.get(frame.id)?.resolve(frame)
        return undefined
      case 'unreserved':
        this.#reserving.get(frame.id)?.reject(noPlace('has no room for this file now'))
        return undefined
      case 'message': {
        if (frame.seq <= this.#seen) return undefined
        if (this.#unconfirmed >= mostUnconfirmed) return this.#leave()
        this.#seen = frame.seq
        const { from, text, waited } = frame
        this.#took(frame.seq, this.#events.line({ from, text, id: `${this.#epoch ?? ''}/${frame.seq}`, ...waited !== undefined && { waited } }))
        return undefined
      }
      default: return undefined
    }
  }

  /** Says `got` when this line and all before it are safe. What nobody took comes again after the next start. */
  #took(seq: number, taken: Promise<void>): void {
    const epoch = this.#epoch
    this.#unconfirmed++
    this.#taking = Promise.all([this.#taking, taken]).then(() => {
      this.#unconfirmed--
      if (epoch !== this.#epoch) return
      this.#got = seq
      this.#tell({ type: 'got', seq })
    })
    this.#taking.catch(() => undefined)
  }

  /** Ends the connection with a relay that does not keep to the protocol. */
  #leave(): NetworkView['why'] {
    this.#pause = pauseAfterFault
    this.#socket?.close(4000)
    return 'refused'
  }

  #drop(which: (line: Pending) => boolean): void {
    const ended = this.#pending.filter(which)
    this.#pending = this.#pending.filter((line) => !which(line))
    for (const line of ended) line.taken()
  }

  #tell(frame: ClientFrame): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame))
  }
}

function noPlace(why: string): OtrError {
  return new OtrError('OTR_FILE_CARRIER', `the relay ${why}`)
}
