import { sameEnsemble, verifyEnsemble } from '../v4/index.js'
import type { Ensemble } from '../wire/index.js'
import type { PrekeyClientEvent } from './client-types.js'
import { defaultPrekeyServerLimits } from './limits.js'
import type { EnsembleRetrievalMessage, NoEnsemblesMessage } from './messages.js'

/** Somebody's ensembles that were asked for. */
interface Fetch {
  readonly versions: string
  readonly since: number
  readonly attempt: number
}

/** What fetches need of their client. */
export interface FetchesParts {
  /** The server's address. */
  readonly server: string
  /** Seconds until an answer must be there. */
  readonly answerWithin: number
  /** How often each is tried. */
  readonly attempts: number
  /** Sends a Prekey Query. Where it throws nothing was asked. */
  readonly query: (of: string, versions: string) => void
  readonly tell: (event: PrekeyClientEvent) => void
}

/** Characters of a server's text that are shown. */
const DETAIL = 200

/** Others' ensembles: asked for without a key exchange, one question a name at a time. */
export class Fetches {
  readonly #parts: FetchesParts
  readonly #open = new Map<string, Fetch>()

  constructor(parts: FetchesParts) {
    this.#parts = parts
  }

  /** Asks; nothing, when that is under way. `now` in seconds. */
  begin(of: string, versions: string, now: number): void {
    if (!this.#open.has(of)) this.#query(of, { versions, since: now, attempt: 1 })
  }

  /** Asks again where no answer came, or gives up. */
  tick(now: number): void {
    const { answerWithin, attempts, server, tell } = this.#parts
    for (const [of, fetch] of [...this.#open]) {
      if (now - fetch.since < answerWithin) continue
      this.#open.delete(of)
      if (fetch.attempt < attempts) this.#query(of, { ...fetch, since: now, attempt: fetch.attempt + 1 })
      else tell({ type: 'prekey', server, event: 'failed', reason: 'no-answer', of })
    }
  }

  /** Ensembles came: those that are valid are told, if somebody asked. */
  ensembles({ identity, ensembles }: EnsembleRetrievalMessage, now: number): void {
    const { server, tell } = this.#parts
    if (!this.#open.delete(identity)) return
    const good: Ensemble[] = []
    for (const ensemble of ensembles.slice(0, defaultPrekeyServerLimits.instancesPerIdentity * 2)) {
      if (good.some((other) => sameEnsemble(other, ensemble))) continue
      const verified = verifyEnsemble(ensemble, now)
      if ('fault' in verified) tell({ type: 'notice', peer: server, code: 'ensemble-refused', detail: verified.fault })
      else good.push(ensemble)
    }
    if (good.length > 0) tell({ type: 'ensembles', of: identity, ensembles: good })
    else tell({ type: 'prekey', server, event: 'none', of: identity, detail: 'none of them is valid' })
  }

  /** The server has none. Returns whether somebody had asked. */
  none({ identity, detail }: NoEnsemblesMessage): boolean {
    if (!this.#open.delete(identity)) return false
    this.#parts.tell({ type: 'prekey', server: this.#parts.server, event: 'none', of: identity, detail: detail.slice(0, DETAIL) })
    return true
  }

  #query(of: string, fetch: Fetch): void {
    this.#parts.query(of, fetch.versions)
    this.#open.set(of, fetch)
  }
}
