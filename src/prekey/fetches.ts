import { isOver } from '../protocol/index.js'
import { sameEnsemble, verifyEnsemble } from '../v4/index.js'
import type { Ensemble } from '../wire/index.js'
import type { PrekeyClientEvent } from './client-types.js'
import { defaultPrekeyServerLimits } from './limits.js'
import type { EnsembleRetrievalMessage, NoEnsemblesMessage } from './messages.js'

/** A fetch under way: somebody's ensembles were asked for. */
interface Fetch {
  readonly versions: string
  readonly asked: number
  /** When the query was sent, or when something last came that may belong to the answer. */
  readonly since: number
  readonly attempt: number
  /** Whether something came that may be the answer and could not be read: the prekeys in it are used up. */
  readonly came: boolean
}

/** What `Fetches` needs from its client. */
export interface FetchesParts {
  /** The server's address. */
  readonly server: string
  /** How long to wait for an answer, in seconds. */
  readonly answerWithin: number
  /** How often a query without an answer is sent. */
  readonly attempts: number
  /** Sends a Prekey Query. If it throws, no query was sent. */
  readonly query: (of: string, versions: string) => void
  readonly tell: (event: PrekeyClientEvent) => void
}

/** The longest part of a server's text that an event contains, in characters. */
const DETAIL = 200
/** While pieces of an answer keep coming, the client waits for the rest at most this many times `answerWithin`. */
const PATIENCE = 4

/**
 * The fetches of others' ensembles. They need no key exchange, and there is at most one for an address at a time. Every answer takes
 * prekeys out of somebody's store, whether we can use it or not: so a query is repeated only if nothing came that may be its answer.
 */
export class Fetches {
  readonly #parts: FetchesParts
  readonly #open = new Map<string, Fetch>()

  constructor(parts: FetchesParts) {
    this.#parts = parts
  }

  /** Sends a query for `of`, unless a fetch for it is under way. `now` is in seconds. */
  begin(of: string, versions: string, now: number): void {
    if (!this.#open.has(of)) this.#query(of, { versions, asked: now, since: now, attempt: 1, came: false })
  }

  /** Repeats queries to which nothing came in time, or reports that they failed. */
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

  /** Something came that cannot be read, or a piece of a message: it may be the answer to any of the queries. */
  unread(now: number): void {
    for (const [of, fetch] of this.#open) this.#open.set(of, { ...fetch, since: now, came: true })
  }

  /** Handles ensembles: verifies them, and reports those that are valid if they were asked for. */
  ensembles({ identity, ensembles }: EnsembleRetrievalMessage, now: number): void {
    const { server, tell } = this.#parts
    if (!this.#open.delete(identity)) {
      // The server may write the address in another way than we did.
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

  /** Handles the message that the server has no ensembles. Returns whether they were asked for. */
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
