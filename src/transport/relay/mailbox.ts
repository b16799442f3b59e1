import type { ServerFrame } from './frames.js'

type MessageFrame = Extract<ServerFrame, { type: 'message' }>

/** Bounds for everything that a stranger can make grow. */
export interface RelayLimits {
  /** Names known at the same time. One more makes the relay forget the name that was away longest and has no lines waiting. */
  readonly names: number
  /** Lines waiting for one name. */
  readonly messagesPerName: number
  /** Bytes of text waiting for one name. */
  readonly bytesPerName: number
  /** Bytes of text waiting for all names together. */
  readonly bytes: number
  /** The longest frame in bytes; a longer one ends the connection. */
  readonly frameBytes: number
  /** Connections at the same time. */
  readonly connections: number
  /** Lines sent to one client that it has not confirmed yet. More than these wait in the mailbox. */
  readonly unconfirmed: number
}

/** Enough for a small network on one machine. */
export const defaultRelayLimits: RelayLimits = {
  names: 1024,
  messagesPerName: 1024,
  bytesPerName: 4 << 20,
  bytes: 64 << 20,
  frameBytes: 1 << 20,
  connections: 256,
  unconfirmed: 256,
}

interface Waiting {
  readonly seq: number
  readonly from: string
  readonly text: string
  readonly bytes: number
  /** Milliseconds of a clock that does not jump, and only for lines that came while nobody was there. */
  readonly storedAt?: number
}

/** What the relay keeps for one name: the lines for it, in order, until its client confirms them; and the last line that it has sent. */
export class Mailbox {
  readonly name: string
  /** The run of the client that registered last, and the last line taken from it. A line that it sends again after a reconnect has no higher number. */
  session = ''
  lastId = 0
  /** When its connection ended, in milliseconds of a clock that does not jump; 0 while there is one. */
  awaySince = 0
  #waiting: Waiting[] = []
  #nextSeq = 1
  #sentUpTo = 0
  #bytes = 0

  constructor(name: string) {
    this.name = name
  }

  get length(): number {
    return this.#waiting.length
  }

  get bytes(): number {
    return this.#bytes
  }

  put(from: string, text: string, bytes: number, storedAt: number | undefined): void {
    this.#waiting.push({ seq: this.#nextSeq++, from, text, bytes, ...storedAt === undefined ? {} : { storedAt } })
    this.#bytes += bytes
  }

  /** Forgets every line up to `seq`. Returns how many bytes that freed. */
  confirm(seq: number): number {
    const kept = this.#waiting.filter((line) => line.seq > seq)
    const bytes = kept.reduce((sum, line) => sum + line.bytes, 0)
    const freed = this.#bytes - bytes
    this.#waiting = kept
    this.#bytes = bytes
    return freed
  }

  /** For a new connection: lines that were sent and not confirmed are sent again. */
  rewind(): void {
    this.#sentUpTo = 0
  }

  /** The lines that may be sent now, so that no more than `unconfirmed` are under way. */
  take(unconfirmed: number, nowMs: number): MessageFrame[] {
    const window = this.#waiting.slice(0, unconfirmed).filter((line) => line.seq > this.#sentUpTo)
    this.#sentUpTo = window.at(-1)?.seq ?? this.#sentUpTo
    return window.map((line) => ({
      type: 'message',
      seq: line.seq,
      from: line.from,
      to: this.name,
      text: line.text,
      ...line.storedAt === undefined ? {} : { waited: Math.max(0, Math.round((nowMs - line.storedAt) / 1000)) },
    }))
  }
}
