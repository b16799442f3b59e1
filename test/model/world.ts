import { classify, type OtrMessage } from '../../src/wire/index.js'
import type { Published } from './call.js'
import type { Oracle } from './oracle.js'
import type { Snapshot } from './snapshot.js'
import type { Tokens } from './tokens.js'

/** A line that was sent to the network. */
export interface Line {
  /** The same for the same text, for a while. */
  readonly id: number
  /** Who wrote it. */
  readonly origin: number
  readonly to: string
  readonly text: string
  readonly kind: LineKind
  /** Its receiver instance tag, if it has one. */
  readonly receiverTag: number
  readonly tokens: Int32Array
}

export type LineKind = 'clear' | 'query' | 'error' | 'other' | OtrMessage['kind']

/** Whether a line contains a message of an established session. */
export function isData({ kind }: Pick<Line, 'kind'>): boolean {
  return kind === 'v2-data' || kind === 'v3-data' || kind === 'v4-data'
}

/** A line in the memory of the network. */
export interface Posted {
  readonly line: Line
  /** The receivers that did not get it yet: a bit for each actor. */
  readonly pending: number
  /** Alice received it, from any address: further deliveries are copies. */
  readonly heard: boolean
}

/** Everything at one moment. Nothing in it is changed in place. */
export interface World {
  /** Seconds since 1970. */
  readonly now: number
  readonly actors: readonly Snapshot[]
  /** The current address of each actor. */
  readonly addresses: readonly string[]
  /** Oldest first. */
  readonly wire: readonly Posted[]
  readonly oracle: Oracle
  /** How many texts alice has written. */
  readonly texts: number
  /** The others as they were when a session of theirs ended, because they may have kept that state. Oldest first. */
  readonly past: readonly (readonly Snapshot[])[]
  /** The ensembles on a prekey server, oldest first. */
  readonly published: readonly Published[]
}

const ids = new Map<string, number>()
let nextId = 1

/** A number for the text of a line. */
export function lineId(text: string): number {
  let id = ids.get(text)
  if (id === undefined) {
    if (ids.size >= 20_000) ids.clear()
    ids.set(text, id = nextId++)
  }
  return id
}

/**
 * Makes a line of an actor. `about`: the id of the session in which it was encrypted, which the line does not show; `cause`: the line that
 * it answers.
 */
export function newLine(tokens: Tokens, origin: number, to: string, text: string, about: string | undefined, cause: Line | undefined): Line {
  const classified = classify(text)
  const message = classified.kind === 'message' ? classified.message : undefined
  const kind = message?.kind ?? (classified.kind === 'plaintext' ? 'clear' : classified.kind === 'query' || classified.kind === 'error' ? classified.kind : 'other')
  const exchange = message !== undefined && !isData(message)
  return {
    id: lineId(text), origin, to, text, kind, receiverTag: message?.receiverTag ?? 0,
    tokens: concat(tokens.of(origin, to, message ?? text, about), exchange ? cause?.tokens : undefined),
  }
}

function concat(a: Int32Array, b: Int32Array | undefined): Int32Array {
  if (b === undefined) return a
  const both = new Int32Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
