import { isOver } from '../protocol/index.js'
import { sameEnsemble, verifyEnsemble } from '../v4/index.js'
import type { Ensemble } from '../wire/index.js'
import type { PrekeyClientEvent } from './client-types.js'
import { defaultPrekeyServerLimits } from './limits.js'
import type { EnsembleRetrievalMessage, NoEnsemblesMessage } from './messages.js'

/** Somebody's ensembles that were asked for. */
interface Fetch {
  readonly versions: string
  readonly asked: number
  /** When the question was sent, or last something came that may belong to the answer. */
  readonly since: number
  readonly attempt: number
  /** Something came that may be the answer, and could not be read: the prekeys in it are used up. */
  readonly came: boolean
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
/** An answer whose pieces go on coming is waited for so many times as long as one of which nothing comes. */
const PATIENCE = 4

/**
 * Others' ensembles: asked for without a key exchange, one question a name at a time. Every answer takes prekeys out of somebody's store,
 * whether we can use it or not: so a question is asked again only when nothing came that could be its answer.
 */
export class Fetches {
  readonly #parts: FetchesParts
  readonly #open = new Map<string, Fetch>()

  constructor(parts: FetchesParts) {
    this.#parts = parts
  }

  /** Asks; nothing, when that is under way. `now` in seconds. */
  begin(of: string, versions: string, now: number): void {
    if (!this.#open.has(of)) this.#query(of, { versions, asked: now, since: now, attempt: 1, came: false })
  }

  /** Asks again where nothing came, or gives up. */
  tick(now: number): void {
    const { answerWithin, attempts, server, tell } = this.#parts
    for (const [of, fetch] of [...this.#open]) {
      if (!isOver(fetch.since, answerWithin, now) && !isOver(fetch.asked, PATIENCE * answerWithin, now)) continue
      this.#open.delete(of)
      if (fetch.came) tell({ type: 'prekey', server, event: 'failed', reason: 'unreadable', of })
      else if (fetch.attempt < attempts) this.#query(of, { ...fetch, asked: now, since: now, attempt: fetch.attempt + 1 })
      else tell({ type: 'prekey', server, event: 'failed', reason: 'no-answer', of })
    }
  }

  /** Something came that cannot be read, or a piece of something: it may be the answer to any of the questions. */
  unread(now: number): void {
    for (const [of, fetch] of this.#open) this.#open.set(of, { ...fetch, since: now, came: true })
  }

  /** Ensembles came: those that are valid are told, if somebody asked. */
  ensembles({ identity, ensembles }: EnsembleRetrievalMessage, now: number): void {
    const { server, tell } = this.#parts
    if (!this.#open.delete(identity)) {
      // The server may write the name in another way than we did.
      this.unread(now)
      return
    }
    const good: Ensemble[] = []
    for (const ensemble of ensembles.slice(0, defaultPrekeyServerLimits.instancesPerIdentity * 2)) {
      if (good.some((other) => sameEnsemble(other, ensemble))) continue
      const verified = verifyEnsemble(ensemble, now)
      if ('fault' in verified) tell({ type: 'notice', peer: server, code: 'ensemble-refused', detail: verified.fault })
      else good.push(ensemble)
    }
    if (good.length > 0) tell({ type: 'ensembles', of: identity, ensembles: good })
    else tell({ type: 'prekey', server, event: 'none', of: identity, detail: 'none of them is valid', refused: ensembles.length })
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
