import { PeerError, PeerFault } from './fault.js'
import { eventProblem, isJsonObject, isPeerEvent, type PeerEvent } from './peer-event.js'

/** The fields of a request beside `id` and `cmd`. */
export type RequestFields = Readonly<Record<string, unknown>>

/** An answer of the peer protocol. It has the results of a command as fields beside `out`. */
export interface Response {
  readonly ok: boolean
  readonly out: readonly PeerEvent[]
  readonly error?: { readonly code: string, readonly message: string }
  readonly [field: string]: unknown
}

/** The answer to a line that may not be a request, with the id that it contains. */
export interface RawAnswer {
  readonly id: unknown
  readonly response: Response
}

/** A connection to a program that speaks the peer protocol. */
export interface PeerLink {
  readonly name: string
  /** Whether it was asked to end: it takes no more requests. */
  readonly closed: boolean
  /** How the program broke the protocol, if it did. */
  readonly fault: PeerFault | undefined
  /**
   * Returns the answer, whether it is `ok` or not.
   * @throws PeerFault if the program breaks the protocol; from then on at once
   */
  ask(cmd: string, fields?: RequestFields): Promise<Response>
  /**
   * Writes a line that may not be a request. Its answer may have any id.
   * @throws PeerFault like `ask`
   */
  askRaw(line: string): Promise<RawAnswer>
  /**
   * Asks it with `bye` to end, and waits until it does so. Resolves to its exit code.
   * @throws PeerFault `silent` if it still runs after the time for an answer
   */
  leave(): Promise<number | null>
  /** Ends the program at once. Calls that wait for an answer reject with a `PeerFault`. */
  kill(): void
  /** Ends the program's input and waits for its end. Resolves to its exit code; null after a signal. */
  close(): Promise<number | null>
}

/** Asks a program, and throws a `PeerError` where the answer is not `ok`. */
export async function request(link: PeerLink, cmd: string, fields?: RequestFields): Promise<Response> {
  return accepted(link.name, cmd, await link.ask(cmd, fields))
}

/** The answer of the program `name`. Throws a `PeerError` where it is not `ok`. */
export function accepted(name: string, cmd: string, response: Response): Response {
  if (!response.ok) throw new PeerError(name, cmd, response.error?.code ?? '?', response.error?.message ?? '?')
  return response
}

/**
 * Reads an answer's line and checks what the protocol says of every answer, except the id.
 * @throws PeerFault `not-json` or `bad-answer`
 */
export function readResponse(name: string, line: string, preceding: string): RawAnswer {
  const fault = (kind: 'not-json' | 'bad-answer', detail: string): PeerFault => new PeerFault(kind, name, detail, preceding)
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw fault('not-json', excerpt(line))
  }
  if (!isJsonObject(value)) throw fault('not-json', excerpt(line))
  const { id, ok, out = [], error, ...results } = value
  if (typeof ok !== 'boolean') throw fault('bad-answer', '"ok" is neither true nor false')
  if (!Array.isArray(out)) throw fault('bad-answer', '"out" is no list')
  const events: readonly unknown[] = out
  for (const event of events) {
    const problem = eventProblem(event)
    if (problem !== undefined) throw fault('bad-answer', problem)
  }
  if (ok) return { id, response: { ...results, ok, out: events.filter(isPeerEvent) } }
  if (!isJsonObject(error) || typeof error['code'] !== 'string') throw fault('bad-answer', '"error" has no code')
  const message = typeof error['message'] === 'string' ? error['message'] : ''
  return { id, response: { ...results, ok, out: events.filter(isPeerEvent), error: { code: error['code'], message } } }
}

/** The beginning of a line, for a report. */
export function excerpt(line: string, length = 200): string {
  return line.length > length ? `${line.slice(0, length)}... (${line.length} characters)` : line
}
