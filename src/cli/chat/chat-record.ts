import { appendFileSync, chmodSync, closeSync, openSync, readSync } from 'node:fs'
import { TranscriptRecorder, transcriptHeader } from '../../forge/index.js'
import type { Transport } from '../../transport/transport.js'
import { UsageError } from '../command.js'
import { printable } from '../options.js'

/**
 * The transcript of what the network saw (spec/transcript.md), if the person asked for one: the lines as they came and went, with addresses and times.
 * It gets no key, and no text that was encrypted. A file that exists is continued.
 */
export class ChatRecord {
  readonly file: string
  readonly #recorder: TranscriptRecorder
  #account = ''

  /** @throws UsageError when the file cannot be made, or is something else */
  constructor(file: string, clock: () => number = () => Math.floor(Date.now() / 1000)) {
    this.file = file
    checkFile(file)
    this.#recorder = new TranscriptRecorder({ account: () => this.#account, clock, write: (line) => { appendFileSync(file, line, { mode: 0o600 }) } })
  }

  /** What is kept, in words for the person. */
  get state(): string {
    return `EVERYTHING THAT GOES OVER THE NETWORK is recorded in ${this.file}: who wrote to whom and when, private messages as they are encrypted, and text in clear. ` +
      'No keys, and not what private messages say'
  }

  /**
   * The transport, with everything recorded that goes over it to and from correspondents; what is said in channels is not.
   *
   * @param failed - called if a line could not be recorded
   */
  over(transport: Transport, failed: (error: unknown) => void): Transport {
    const record = (write: () => void): void => {
      try {
        // On IRC it may change.
        this.#account = transport.canonical(transport.account)
        write()
      } catch (error) {
        failed(error)
      }
    }
    transport.on('message', ({ from, text, meta }) => { record(() => { this.#recorder.received(from, meta.action === true ? `/me ${text}` : text) }) })
    const send: Transport['send'] = (to, text, how) => {
      // When it is handed over: an answer may come before the network says that it has taken the line.
      if (transport.channels?.isChannel(to) !== true) record(() => { this.#recorder.sent(to, text) })
      return transport.send(to, text, how)
    }
    return new Proxy(transport, {
      get: (target, name) => {
        if (name === 'send') return send
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) as unknown : value
      },
    })
  }
}

/** The file is made here, so that an error shows before anything is said. */
function checkFile(file: string): void {
  try {
    const opened = openSync(file, 'a+', 0o600)
    const expected = Buffer.from(transcriptHeader())
    const begins = Buffer.alloc(expected.length)
    const length = readSync(opened, begins, 0, begins.length, 0)
    closeSync(opened)
    if (length > 0 && !begins.equals(expected)) throw new UsageError(`${printable(file)}: is there, and no transcript of otr4`)
    // The file may have existed before, readable by others.
    chmodSync(file, 0o600)
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${printable(file)}: cannot be written (${(error as NodeJS.ErrnoException).code ?? 'no reason known'})`)
  }
}
