import { RecentMap } from '../recent-map.js'
import { transportError } from '../transport.js'
import { cutToFit, type OutgoingLine } from './outgoing.js'
import { PacedQueue, type Pace } from './pacing.js'

/** What deliveries are made with. All names are canonical. */
export interface DeliveriesParts {
  readonly pace: Pace
  /** How somebody is called now, or a channel. */
  readonly spelling: (key: string) => string
  /** Bytes of text that fit into a line for this name now. */
  readonly room: (name: string) => number
  /** Writes a line to the server. */
  readonly write: (line: string) => void
  /** Lines of OTR that reached nobody of this name, and are kept for `follow`. */
  readonly kept: (key: string, lines: readonly string[]) => void
  /** How long the server may be silent when it was asked; 30 seconds by default. */
  readonly answerWithinMs?: number
}

/** A line with its place among all, by which those that come back find theirs again. */
interface NumberedLine extends OutgoingLine {
  readonly number: number
}

/** A line that was written, and of which nobody has said that it was not passed on. */
interface Written {
  readonly line: NumberedLine
  readonly at: number
}

/** A question to the server behind lines whose fate is not known: what it has not refused before the answer, it has passed on. */
interface Probe {
  readonly token: string
  /** Under which name the lines were written. */
  readonly under: string
  /** Whom they are for, and where: undefined while nobody knows. */
  readonly of: string
  readonly to: string | undefined
  readonly lines: readonly NumberedLine[]
  /** Lines to them that came back before, and wait for the same answer. */
  readonly others: readonly NumberedLine[]
  /** How many of them the server has refused. It does so in their order, and refuses none before one that it passed on. */
  readonly refused: number
  readonly timer: NodeJS.Timeout
}

/** Written longer ago than this, a line was passed on or refused. */
const flightMs = 30_000
const maxFlight = 64
/** A server that says nothing for so long is not waited for. ngircd takes two seconds for each line that it refuses, and answers behind them. */
const answerWithinMs = 30_000
/** Lines for somebody who has vanished are kept for so long, and so many of them. */
const keptMs = 600_000
const maxKept = 256
/** Names of whom anything is remembered. */
const maxNames = 256

/**
 * The lines that are on their way to people, from `send` until the server has them. Whom a line is for is decided when it is made, how they
 * are called when it is written: between the two a server, its services or they themselves may have changed the name. Lines that the server
 * refused because the name had just changed are written again, under the new one.
 *
 * Only who is in a channel with somebody hears of their new name. Of anybody else a server just says that nobody is there: then what is of
 * use to nobody but them (OTR's own lines) is kept until the person has said where they are (`follow`); text in clear is not, for whoever
 * takes the name next would read it.
 */
export class Deliveries {
  readonly #parts: DeliveriesParts
  readonly #queue: PacedQueue<NumberedLine>
  readonly #flight = new RecentMap<string, readonly Written[]>(maxNames, flightMs)
  readonly #kept = new RecentMap<string, readonly NumberedLine[]>(maxNames, keptMs)
  /** Keys of those who have just got another name, by the old one: what the server says of it is about them. */
  readonly #formerly = new RecentMap<string, string>(maxNames, answerWithinMs + flightMs)
  #probes: Probe[] = []
  #questions = 0
  #numbers = 0

  constructor(parts: DeliveriesParts) {
    this.#parts = parts
    this.#queue = new PacedQueue(parts.pace, { may: ({ to }) => !this.#isAsked(to), write: (line) => this.#write(line) })
  }

  /** Resolves to whom the lines went when the last has left. Rejects with `OTR_TRANSPORT_FULL`, `_TOO_LONG`, `_UNDELIVERED` or `_CLOSED`. */
  async push(lines: readonly OutgoingLine[]): Promise<string | undefined> {
    for (const { to } of lines) this.#formerly.delete(to)
    return (await this.#queue.push(lines.map((line) => ({ ...line, number: ++this.#numbers }))))?.to
  }

  /** Somebody goes by another name, or is found under another key, from now on. */
  renamed(from: string, to: string): void {
    if (from === to) return
    // In this order: the queue looks at once whether its lines may leave.
    this.#probes = this.#probes.map((probe) => probe.of === from ? { ...probe, of: to, to } : probe)
    this.#formerly.change((key) => key === from ? to : key)
    this.#formerly.set(from, to)
    const flight = this.#recent(from)
    this.#flight.delete(from)
    if (flight.length > 0) this.#ask({ under: from, of: to, to, lines: flight, others: [], refused: 0 })
    this.#queue.change((line) => moved(line, from, to))
  }

  /** The person says that who has vanished under a name is found under another. Gives how many lines go there that were kept. */
  follow(from: string, to: string): number {
    const lines = (this.#kept.take(from) ?? []).map((line) => moved(line, from, to))
    // What the server has refused is written again as soon as it has said the last of it.
    const refused = this.#probes.filter((probe) => probe.of === from).reduce((sum, probe) => sum + Math.min(probe.refused, probe.lines.length), 0)
    this.renamed(from, to)
    // What comes back goes in its old order, also beside what the server has not refused yet.
    if (this.#isAsked(to)) this.#probes = this.#probes.map((probe) => probe.of === to ? { ...probe, others: [...probe.others, ...lines] } : probe)
    else this.#queue.putBack(lines)
    return lines.length + refused
  }

  /**
   * The server says that nobody of this name is there. Gives whom it speaks of, where lines to them are lost by that; undefined where none
   * are, or where it was told already.
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
    // Those that wait would be lost one after the other, and text in clear would wait for whoever takes the name.
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

  /** The connection is gone. Nobody will say what became of what was under way. */
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
