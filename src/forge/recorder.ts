import { formatTranscriptLine, transcriptHeader, type TranscriptLine } from './transcript.js'

/** What a recorder is made of. */
export interface RecorderOptions {
  /** Own address; a function where it may change, as a nick does. */
  readonly account: string | (() => string)
  /** The time, in seconds since 1970. Absent: no times are written. */
  readonly clock?: () => number
  /** Takes each line of the file, with its line feed. */
  readonly write: (line: string) => void
}

/**
 * Writes down what the network carries for one account. Nothing is recorded unless your program uses this. It gets what the network gets, and no
 * key. So the transcript contains nothing that the network does not know, except texts that you pass to it.
 *
 * ```ts
 * const recorder = new TranscriptRecorder({ account, clock, write: (line) => appendFileSync(file, line) })
 * client.on('send', ({ to, message }) => recorder.sent(to, message))
 * transport.on('message', ({ from, text }) => recorder.received(from, text))
 * ```
 */
export class TranscriptRecorder {
  readonly #options: RecorderOptions
  #begun = false

  constructor(options: RecorderOptions) {
    this.#options = options
  }

  /** We sent a line. @param text - what it says, if that is to be written down too */
  sent(to: string, message: string, text?: string): void {
    this.#write({ from: this.#account, to, message, ...text !== undefined && { text } })
  }

  /** A line arrived. @param text - what it says, if that is to be written down too */
  received(from: string, message: string, text?: string): void {
    this.#write({ from, to: this.#account, message, ...text !== undefined && { text } })
  }

  get #account(): string {
    const { account } = this.#options
    return typeof account === 'string' ? account : account()
  }

  #write(line: TranscriptLine): void {
    const { clock, write } = this.#options
    if (!this.#begun) write(transcriptHeader())
    this.#begun = true
    write(formatTranscriptLine(clock === undefined ? line : { ...line, time: clock() }))
  }
}
