import { OtrError } from '../../errors.js'
import { peerCommands, Unsupported, type PeerState } from './commands.js'
import { eventToJson } from './events.js'
import { Fields, isObject } from './fields.js'

/** The answer to one line, and whether it was the last. */
export interface Answer {
  /** One JSON object, without the line's end. */
  readonly line: string
  readonly bye: boolean
}

/** A peer: answers one line at a time; nothing that a line says ends it but `bye`. */
export class Peer {
  readonly #state: PeerState = { now: 0, client: undefined }
  readonly #log: (line: string) => void

  /** `log`: where to say that this program failed, which is no business of the driver's. */
  constructor(log: (line: string) => void) {
    this.#log = log
  }

  /** The answer to a request. Requests must be given one after another. */
  async answer(line: string): Promise<Answer> {
    const request = parse(line)
    if (request === undefined) return refusal(null, 'OTR_REQUEST', 'the line is no JSON object')
    const { id = null, cmd, ...rest } = request
    try {
      const fields = new Fields(rest)
      if (cmd === 'bye') {
        fields.done()
        return { line: JSON.stringify({ id, ok: true, out: [] }), bye: true }
      }
      const command = typeof cmd === 'string' && Object.hasOwn(peerCommands, cmd) ? peerCommands[cmd] : undefined
      if (command === undefined) return refusal(id, 'OTR_UNKNOWN_COMMAND', 'there is no such command')
      const work = command(fields)
      fields.done()
      const { events = [], fields: results = {} } = await work(this.#state)
      const out = events.map(eventToJson).filter((event) => event !== undefined)
      return { line: JSON.stringify({ id, ok: true, out, ...results }), bye: false }
    } catch (error) {
      return this.#failed(id, error)
    }
  }

  #failed(id: unknown, error: unknown): Answer {
    if (error instanceof Unsupported) return refusal(id, 'UNSUPPORTED', error.message)
    if (error instanceof OtrError) return refusal(id, error.code, error.message)
    // Only the name and the place: a message of another's making might quote what it was given.
    const place = error instanceof Error ? `${error.name} ${error.stack?.split('\n').slice(1, 4).join(' ').trim() ?? ''}` : typeof error
    this.#log(`otr4 peer: failed: ${place}`)
    return refusal(id, 'OTR_INTERNAL', 'this program failed')
  }
}

function refusal(id: unknown, code: string, message: string): Answer {
  return { line: JSON.stringify({ id, ok: false, error: { code, message } }), bye: false }
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
