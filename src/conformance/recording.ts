import { transcriptHeader, type TranscriptLine } from '../forge/index.js'
import type { RequestFields, Response } from './link.js'
import type { Parcel } from './network.js'

/** A line that the network of a scenario saw, and what became of it. */
interface RecordedLine extends TranscriptLine {
  /** Absent: it arrived, as far as the suite can tell. */
  arrived?: boolean
  /** The suite wrote it, as a correspondent that is moved by hand, or changed it on the way: neither program sent it as it stands. */
  readonly by?: 'suite'
}

/** What the network of one scenario saw, as a transcript of spec/transcript.md: lines in the order in which they were sent. No secret is in it. */
export class Recording {
  readonly #lines: RecordedLine[] = []
  readonly #now: () => number
  /** Addresses at which a program is. Whether a line arrives at a correspondent that is moved by hand, nobody tells. */
  readonly #programs = new Set<string>()
  /** By sender: a text that is about to be sent. */
  readonly #said = new Map<string, string>()

  /** `now`: the time of the scenario, in seconds. */
  constructor(now: () => number) {
    this.#now = now
  }

  get isEmpty(): boolean {
    return this.#lines.length === 0
  }

  /** A program at `address` answered a request. To be called before its lines are sent. */
  asked(address: string, cmd: string, { from, message, text }: RequestFields, { ok, out }: Response): void {
    this.#programs.add(address)
    if (cmd === 'receive' && typeof from === 'string' && typeof message === 'string') this.#arrived({ from, to: address, message })
    const lines = out.filter(({ type }) => type === 'send')
    this.#said.delete(address)
    if (ok && cmd === 'send' && typeof text === 'string' && lines.length === 1) this.#said.set(address, text)
  }

  /** A line was sent, by a program or by hand. */
  sent(parcel: Parcel): void {
    const text = parcel.message.startsWith('?OTR:') ? this.#said.get(parcel.from) : undefined
    this.#said.delete(parcel.from)
    this.#lines.push({ ...parcel, time: this.#now(), ...text !== undefined && { text }, arrived: false, ...!this.#programs.has(parcel.from) && { by: 'suite' } })
  }

  #arrived(parcel: Parcel): void {
    const line = this.#lines.find(({ from, to, message, arrived }) => arrived === false && from === parcel.from && to === parcel.to && message === parcel.message)
    if (line === undefined) this.#lines.push({ ...parcel, time: this.#now(), by: 'suite' })
    else delete line.arrived
  }

  /** The file. */
  text(): string {
    return transcriptHeader() + this.#lines.map(({ from, to, message, time, text, arrived, by }) =>
      `${JSON.stringify({ from, to, message, time, text, ...arrived === false && this.#programs.has(to) && { arrived }, by })}\n`).join('')
  }
}
