import { RecentMap } from '../recent-map.js'
import { transportError } from '../transport.js'
import { cutToFit, type OutgoingLine } from './outgoing.js'
import { PacedQueue, type Pace } from './pacing.js'

/** What `Deliveries` needs from its owner. All names are canonical. */
export interface DeliveriesParts {
  readonly pace: Pace
  /** How the name of a correspondent or channel is spelled now. */
  readonly spelling: (key: string) => string
  /** How many bytes of text fit into a line to this name now. */
  readonly room: (name: string) => number
  /** Writes a line to the server. */
  readonly write: (line: string) => void
  /** OTR lines reached nobody of this name. They are kept for `follow`. */
  readonly kept: (key: string, lines: readonly string[]) => void
  /** How long to wait for the server's answer to a PING; 30 seconds by default. */
  readonly answerWithinMs?: number
}

/** A line with a number that counts up: lines that come back are sorted by it. */
interface NumberedLine extends OutgoingLine {
  readonly number: number
}

/** A line that was written to the server, which has not refused it so far. */
interface Written {
  readonly line: NumberedLine
  readonly at: number
}

/** A PING after lines that the server may have refused. Lines that it has not refused before it answers were delivered. */
interface Probe {
  readonly token: string
  /** The name under which the lines were written. */
  readonly under: string
  /** The correspondent whom the lines are for, and the name under which they can be reached now: undefined while that is unknown. */
  readonly of: string
  readonly to: string | undefined
  readonly lines: readonly NumberedLine[]
  /** Lines to them that came back earlier, and wait for the same answer. */
  readonly others: readonly NumberedLine[]
  /** How many of `lines` the server has refused. They are always the last ones: once it has refused a line, it refuses those behind it. */
  readonly refused: number
  readonly timer: NodeJS.Timeout
}

/** A line that was written longer ago than this was passed on or refused. */
const flightMs = 30_000
const maxFlight = 64
/** How long a server may take for its answer. ngircd takes two seconds for each line that it refuses, and answers after them. */
const answerWithinMs = 30_000
/** How long lines for somebody who has vanished are kept, and how many. */
const keptMs = 600_000
const maxKept = 256
/** How many names anything is remembered of. */
const maxNames = 256

/**
 * The lines on their way to correspondents, from `send` until the server has passed them on. A line is made for a correspondent's key; their nick
 * is looked up when the line is written, because it may have changed meanwhile. Lines that the server refuses because a nick has just changed are
 * written again, to the new nick.
 *
 * A server announces a new nick only to those who share a channel with its owner. To all others it reports that nobody has the old nick. Then
 * OTR's own lines, which only the correspondent can use, are kept until the person has said what they are called now (`follow`). Text in clear is
 * dropped: somebody who takes the old nick next would read it.
 */
export class Deliveries {
  readonly #parts: DeliveriesParts
  readonly #queue: PacedQueue<NumberedLine>
  readonly #flight = new RecentMap<string, readonly Written[]>(maxNames, flightMs)
  readonly #kept = new RecentMap<string, readonly NumberedLine[]>(maxNames, keptMs)
  /** The keys of those who have just got another name, by their old one. What the server says of the old name is about them. */
  readonly #formerly = new RecentMap<string, string>(maxNames, answerWithinMs + flightMs)
  #probes: Probe[] = []
  #questions = 0
  #numbers = 0

  constructor(parts: DeliveriesParts) {
    this.#parts = parts
    this.#queue = new PacedQueue(parts.pace, { may: ({ to }) => !this.#isAsked(to), write: (line) => this.#write(line) })
  }

  /**
   * Resolves when the last line has left, to the key of whom they went to.
   *
   * @throws OtrError `OTR_TRANSPORT_FULL`, `OTR_TRANSPORT_TOO_LONG`, `OTR_TRANSPORT_UNDELIVERED` or `OTR_TRANSPORT_CLOSED`
   */
  async push(lines: readonly OutgoingLine[]): Promise<string | undefined> {
    for (const { to } of lines) this.#formerly.delete(to)
    return (await this.#queue.push(lines.map((line) => ({ ...line, number: ++this.#numbers }))))?.to
  }

  /** A correspondent has another name, or another key, from now on. */
  renamed(from: string, to: string): void {
    if (from === to) return
    // The queue comes last: it looks at once whether its lines may leave.
    this.#probes = this.#probes.map((probe) => probe.of === from ? { ...probe, of: to, to } : probe)
    this.#formerly.change((key) => key === from ? to : key)
    this.#formerly.set(from, to)
    const flight = this.#recent(from)
    this.#flight.delete(from)
    if (flight.length > 0) this.#ask({ under: from, of: to, to, lines: flight, others: [], refused: 0 })
    this.#queue.change((line) => moved(line, from, to))
  }

  /** The person says that the one who has vanished has another name. Returns how many kept lines go there. */
  follow(from: string, to: string): number {
    const lines = (this.#kept.take(from) ?? []).map((line) => moved(line, from, to))
    // Refused lines are written again when the server has answered.
    const refused = this.#probes.filter((probe) => probe.of === from).reduce((sum, probe) => sum + Math.min(probe.refused, probe.lines.length), 0)
    this.renamed(from, to)
    // Kept lines go in their old order, together with those that the server may still refuse.
    if (this.#isAsked(to)) this.#probes = this.#probes.map((probe) => probe.of === to ? { ...probe, others: [...probe.others, ...lines] } : probe)
    else this.#queue.putBack(lines)
    return lines.length + refused
  }

  /**
   * The server says that nobody has this name. Returns the key of the correspondent, for an event; undefined if an event has
   * already reported it.
   */
  nobody(name: string): string | undefined {
    const probe = this.#probes.find(({ under }) => under === name)
    if (probe !== undefined) {
      clearTimeout(probe.timer)
      const timer = this.#patience(probe.token)
      this.#probes = this.#probes.map((one) => one === probe ? { ...one, timer, refused: one.refused + 1 } : one)
      return undefined
    }
    const formerly = this.#formerly.get(name)
    if (formerly !== undefined) return formerly
    const lines = this.#recent(name)
    this.#flight.delete(name)
    // Lines that wait would be refused one by one, or, if they are in clear, be read by whoever takes the name.
    const waiting = this.#queue.take(({ to }) => to === name, transportError('UNDELIVERED', 'nobody of this nick is here'))
    if (lines.length > 0) this.#ask({ under: name, of: name, to: undefined, lines, others: [], refused: 1 })
    this.#keep(name, waiting)
    return name
  }

  /** A PONG of the server's. */
  answered(token: string): void {
    const probe = this.#probes.find((one) => one.token === token)
    if (probe !== undefined) this.#settle(probe)
  }

  open(): void {
    this.#queue.open()
  }

  /** The connection is gone. Nobody will say what became of the lines under way. */
  hold(): void {
    this.#queue.hold()
    this.#forgetFlight()
  }

  flushed(seconds: number): Promise<void> {
    return this.#queue.flushed(seconds)
  }

  end(): void {
    this.#forgetFlight()
    this.#kept.clear()
    this.#queue.end()
  }

  #write(line: NumberedLine): NumberedLine | undefined {
    const name = this.#parts.spelling(line.to)
    const { words, rest } = cutToFit(line, this.#parts.room(name))
    this.#parts.write(`PRIVMSG ${name} :${words}`)
    const left = rest && { ...line, text: rest.text }
    const written = rest === undefined ? line : { ...line, text: line.text.slice(0, line.text.length - rest.text.length) }
    this.#flight.set(line.to, [...this.#flight.get(line.to) ?? [], { line: written, at: performance.now() }].slice(-maxFlight))
    return left
  }

  /** The lines to somebody that may still be on their way to the server. */
  #recent(key: string): NumberedLine[] {
    const now = performance.now()
    return (this.#flight.get(key) ?? []).filter(({ at }) => now - at < flightMs).map(({ line }) => line)
  }

  #isAsked(key: string): boolean {
    return this.#probes.some(({ of }) => of === key)
  }

  #ask(about: Omit<Probe, 'token' | 'timer'>): void {
    const token = `otr4-${++this.#questions}`
    this.#probes.push({ ...about, token, timer: this.#patience(token) })
    this.#parts.write(`PING :${token}`)
  }

  #patience(token: string): NodeJS.Timeout {
    return setTimeout(() => { this.answered(token) }, this.#parts.answerWithinMs ?? answerWithinMs)
  }

  #settle(probe: Probe): void {
    clearTimeout(probe.timer)
    this.#probes = this.#probes.filter((one) => one !== probe)
    const lost = probe.refused === 0 ? [] : probe.lines.slice(-probe.refused)
    const back = inOrder([...probe.others, ...lost])
    if (probe.to === undefined) this.#keep(probe.of, back)
    else this.#queue.putBack(back.map((line) => moved(line, line.to, probe.of)))
    this.#queue.look()
  }

  #keep(key: string, lines: readonly NumberedLine[]): void {
    const whole = lines.filter(({ form }) => form === 'whole')
    const all = inOrder([...this.#kept.get(key) ?? [], ...whole]).slice(-maxKept)
    if (whole.length > 0) this.#parts.kept(key, whole.map(({ text }) => text))
    if (all.length > 0) this.#kept.set(key, all)
  }

  #forgetFlight(): void {
    for (const { timer } of this.#probes) clearTimeout(timer)
    this.#probes = []
    this.#flight.clear()
    this.#formerly.clear()
  }
}

function inOrder(lines: readonly NumberedLine[]): NumberedLine[] {
  return [...lines].sort((one, other) => one.number - other.number)
}

function moved(line: NumberedLine, from: string, to: string): NumberedLine {
  return line.to === from ? { ...line, to } : line
}
