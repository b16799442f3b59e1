import { createInterface } from 'node:readline'
import type { Io } from '../command.js'
import { inertJson, inertLine } from '../inert.js'
import type { Shown, View } from './shown.js'

/**
 * For scripts and pipes: reads lines, prints one line an event. The form is stable and stands in `otr4 chat --help`: the event's type,
 * its fields in a fixed order, one space between them, free text last. With `json` each line is the event as an object.
 */
export class PlainView implements View {
  readonly #io: Io
  readonly #json: boolean
  readonly #interface: ReturnType<typeof createInterface>
  readonly #lines: AsyncIterable<string>

  constructor(io: Io, json: boolean) {
    this.#io = io
    this.#json = json
    this.#interface = createInterface({ input: io.stdin, crlfDelay: Infinity })
    // From here on lines are kept until somebody takes them, also those that are there before the network is.
    this.#lines = this.#interface[Symbol.asyncIterator]()
  }

  show(event: Shown): void {
    this.#io.stdout.write(`${this.#json ? inertJson(event) : plainLine(event)}\n`)
  }

  prompt(): void {
    // Scripts have none.
  }

  lines(): AsyncIterable<string> {
    return this.#lines
  }

  secret(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  clear(): void {
    // Nor a screen.
  }

  close(): void {
    this.#interface.close()
  }
}

/** Free text in one line: line ends and backslashes written as escapes, everything else made inert. */
function escaped(text: string): string {
  return text.replace(/\r\n?/g, '\n').split('\n').map((line) => inertLine(line.replaceAll('\\', '\\\\'))).join('\\n')
}

/** A field that must be one word. */
function word(text: string): string {
  return escaped(text).replaceAll(' ', '_') || '-'
}

/** One event as one line. */
export function plainLine(event: Shown): string {
  const fields = (...parts: (string | number | undefined)[]): string => [event.type, ...parts.filter((part) => part !== undefined && part !== '')].join(' ')
  const trust = (verified: boolean | undefined): string => verified === true ? 'verified' : 'unverified'
  switch (event.type) {
    case 'ready':
      return fields(word(event.account), word(event.network))
    case 'connection':
      return fields(event.status, escaped(event.detail ?? ''))
    case 'message':
    case 'sent':
      return fields(word(event.peer), event.privacy, trust(event.verified), escaped(event.text))
    case 'outbox':
      return fields(word(event.peer), event.event, event.number)
    case 'lost':
      return fields(word(event.peer), event.number, escaped(event.text))
    case 'state':
      return event.state === 'private'
        ? fields(word(event.peer), event.state, `v${event.version ?? 0}`, event.instance, event.key ?? 'known', trust(event.verified), event.fingerprint)
        : fields(word(event.peer), event.state)
    case 'smp':
      return fields(word(event.peer), event.event, event.event === 'succeeded' ? trust(event.verified) : undefined, escaped(event.question ?? ''))
    case 'trust':
      return fields(word(event.peer), trust(event.verified), event.fingerprint)
    case 'renamed':
      return fields(word(event.peer), word(event.to))
    case 'notice':
      return fields(word(event.peer ?? '-'), event.code, escaped(event.detail ?? ''))
    case 'info':
    case 'error':
      return fields(escaped(event.text))
    case 'bye':
      return fields()
  }
}
