import { OtrError, type OtrErrorCode } from '../../errors.js'
import { peerCommands } from './commands.js'
import { eventToJson } from './event-json.js'
import { Fields, isObject } from './request-fields.js'
import type { DurablePeer } from './durable-peer.js'
import { PeerPrekeys } from './prekeys.js'
import { PeerClock, Unsupported, type PeerState } from './state.js'
import { inertJson } from '../inert-text.js'

/** The answer to one line, and whether it is the last one. */
export interface Answer {
  /** One JSON object, without the line's end. */
  readonly line: string
  readonly bye: boolean
  /** Call this when the line was written: its events need not be given out again. */
  readonly written: () => Promise<void>
}

/** What a peer is made of. */
export interface PeerParts {
  /** Takes reports of this program's own failures. */
  readonly log: (line: string) => void
  /** Keeps the state, if the peer was asked to. */
  readonly keeper?: DurablePeer
  /** The folder for the store of its prekey server, if it becomes one; in memory by default. */
  readonly prekeyFolder?: string
  /** The passphrase that `export` and `import` use. */
  readonly passphrase?: string
}

/** A peer: answers one line at a time. Only the command `bye` ends it. */
export class Peer {
  readonly #parts: PeerParts
  #state: PeerState
  readonly #log: (line: string) => void

  constructor(parts: PeerParts) {
    this.#log = parts.log
    this.#parts = parts
    this.#state = newState(parts)
  }

  /** Answers a request. Wait for the answer before you give it the next one. */
  async answer(line: string): Promise<Answer> {
    const request = parse(line)
    if (request === undefined) return refusal(null, 'OTR_REQUEST', 'the line is no JSON object')
    const { id = null, cmd, ...rest } = request
    try {
      const fields = new Fields(rest)
      if (cmd === 'bye') {
        fields.done()
        return { line: inertJson({ id, ok: true, out: [] }), bye: true, written: nothing }
      }
      if (cmd === 'reset') {
        fields.done()
        if (this.#state.keeper !== undefined) throw new Unsupported('a peer with --store keeps its state')
        await this.#state.prekeys.close()
        this.#state = newState(this.#parts)
        return { line: inertJson({ id, ok: true, out: [] }), bye: false, written: nothing }
      }
      const command = typeof cmd === 'string' && Object.hasOwn(peerCommands, cmd) ? peerCommands[cmd] : undefined
      if (command === undefined) return refusal(id, 'OTR_UNKNOWN_COMMAND', 'there is no such command')
      const work = command(fields)
      fields.done()
      const { keeper } = this.#state
      keeper?.check()
      const { events = [], more = [], fields: results = {} } = await work(this.#state)
      const told = await keeper?.commit(events) ?? events
      const out = [...told.map(eventToJson).filter((event) => event !== undefined), ...more]
      return { line: inertJson({ id, ok: true, out, ...results }), bye: false, written: () => keeper?.confirm(told) ?? nothing() }
    } catch (error) {
      return this.#failed(id, error)
    }
  }

  /** Call this when no more requests come. */
  close(): Promise<void> {
    return this.#state.prekeys.close()
  }

  #failed(id: unknown, error: unknown): Answer {
    if (error instanceof Unsupported) return refusal(id, 'UNSUPPORTED', error.message)
    if (error instanceof OtrError) return refusal(id, error.code, error.message)
    // Only the name and the place: an error's message might quote a secret.
    const place = error instanceof Error ? `${error.name} ${error.stack?.split('\n').slice(1, 4).join(' ').trim() ?? ''}` : typeof error
    this.#log(`otr4 peer: failed: ${place}`)
    return refusal(id, 'OTR_INTERNAL', 'this program failed')
  }
}

function newState({ keeper, prekeyFolder, passphrase }: PeerParts): PeerState {
  return { clock: new PeerClock(keeper?.clock), client: undefined, keys: undefined, keeper, prekeys: new PeerPrekeys(prekeyFolder), passphrase }
}

function refusal(id: unknown, code: OtrErrorCode | 'UNSUPPORTED', message: string): Answer {
  return { line: inertJson({ id, ok: false, error: { code, message } }), bye: false, written: nothing }
}

const nothing = (): Promise<void> => Promise.resolve()

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
