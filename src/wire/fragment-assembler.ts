import { fragmentPrefix, type Fragment } from './fragment.js'
import type { WireLimits } from './limits.js'

/** A message of which some fragments have arrived. */
export interface OpenMessage {
  /** The version whose form its fragments have. */
  readonly version: 2 | 3 | 4
  /** 0 in versions 2 and 3. */
  readonly identifier: number
  /** The sender's instance tag: 32 bits, unsigned, at least 0x100. */
  readonly senderTag: number
  /** The receiver's instance tag: 32 bits, unsigned; 0 while the sender does not know it. */
  readonly receiverTag: number
  /** How many pieces it has. */
  readonly total: number
  /** How many pieces have arrived. */
  readonly received: number
  /** The memory that this message takes, roughly: its characters, plus an overhead for each piece and for the record itself. */
  readonly bytes: number
  /** When the first fragment came, seconds. */
  readonly since: number
  /** Each piece at its index. Missing ones are holes of a sparse array and take no memory. Shared with older states: see `FragmentAssembler`. */
  readonly pieces: string[]
}

/**
 * The incomplete messages of one correspondent, oldest first, and the memory they take together. Plain data. Do not use a
 * state again after it went into `addFragment`: the new state takes over the arrays of pieces, so that each fragment costs the same
 * however many came before.
 */
export interface FragmentAssembler {
  /** Oldest first. */
  readonly open: readonly OpenMessage[]
  /** The memory that all of them take, in bytes, roughly. */
  readonly bytes: number
}

/** No incomplete message. */
export const emptyFragmentAssembler: FragmentAssembler = { open: [], bytes: 0 }

/** Why a fragment was not kept. */
export type FragmentDiscard =
  /** Version 4: this index has arrived already; the first content stays. */
  | 'duplicate'
  /** Version 4: the total differs from that of the first fragment of this message. */
  | 'inconsistent'
  /** Versions 2 and 3: not the next fragment; the incomplete message of this sender is forgotten. */
  | 'out-of-order'
  /** The message would become longer than the limit; it is dropped. */
  | 'too-large'
  /** The message alone would take more memory than the limit; it is dropped. */
  | 'limit'
  /** The reassembled text is itself a fragment. */
  | 'nested'

/** The result of one fragment. */
export interface FragmentStep {
  /** Give it to the next call; do not use the old state again. */
  readonly state: FragmentAssembler
  /**
   * The reassembled text, when this was the last fragment. Not authenticated, not even known to be OTR: give it to `classify`.
   */
  readonly complete?: string
  /** Why the fragment was not kept. */
  readonly discarded?: FragmentDiscard
  /** How many other messages were dropped: they timed out, or they were the oldest and this fragment needed their memory. */
  readonly dropped: number
}

/** The overhead of a piece and of an incomplete message besides their characters, roughly, in a JavaScript engine. */
const PIECE_COST = 64
const MESSAGE_COST = 512

function forget(state: FragmentAssembler, which: (message: OpenMessage) => boolean): FragmentAssembler {
  return state.open.some(which) ? state.open.filter(which).reduce(without, state) : state
}

function without(state: FragmentAssembler, message: OpenMessage): FragmentAssembler {
  return { open: state.open.filter((other) => other !== message), bytes: state.bytes - message.bytes }
}

/** Returns when an incomplete message is dropped, in seconds: `fragmentTimeout` seconds after its first fragment. */
export function openMessageEnd({ since }: OpenMessage, fragmentTimeout: number): number {
  return since + fragmentTimeout
}

/**
 * Forgets messages whose first fragment came `limits.fragmentTimeout` seconds ago or earlier. It also forgets those whose time is that far in
 * the future, because a clock was wrong. Returns the same object when there are none.
 *
 * @see [OTRv4, "Receiving Fragments"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#receiving-fragments)
 */
export function expireFragments(state: FragmentAssembler, now: number, limits: WireLimits): FragmentAssembler {
  const { fragmentTimeout } = limits
  return forget(state, (message) => now >= openMessageEnd(message, fragmentTimeout) || message.since > now + fragmentTimeout)
}

/** Forgets the oldest message. Use it to enforce a limit over all correspondents. */
export function dropOldestOpenMessage(state: FragmentAssembler): FragmentAssembler {
  const [oldest] = state.open
  return oldest === undefined ? state : without(state, oldest)
}

/**
 * Forgets the incomplete messages of versions 2 and 3, in which any line but the next fragment ends the sequence. With `senderTag`, forgets only
 * those of that sender. Incomplete messages of version 4 stay. Returns the same object when there is nothing to forget.
 *
 * @see [OTRv3, "Fragmentation"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function forgetFragmentsV3(state: FragmentAssembler, senderTag?: number): FragmentAssembler {
  return forget(state, ({ version, senderTag: sender }) => version !== 4 && (senderTag === undefined || sender === senderTag))
}

/**
 * Adds one fragment whose receiver tag is ours or 0. In versions 2 and 3, the pieces of one sender must come in their order, and index 1 starts
 * a new message. In version 4, they may come in any order, and belong together if identifier, sender and receiver are equal. If there is no
 * room, the oldest incomplete messages are dropped.
 *
 * Memory is used only for pieces that have arrived, however large `total` is.
 *
 * @see [OTRv3, "Fragmentation"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 * @see [OTRv4, "Receiving Fragments"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#receiving-fragments)
 */
export function addFragment(state: FragmentAssembler, fragment: Fragment, now: number, limits: WireLimits): FragmentStep {
  const unexpired = expireFragments(state, now, limits)
  const expired = state.open.length - unexpired.open.length
  const identifier = fragment.version === 4 ? fragment.identifier : 0
  const begun = unexpired.open.find((message) => message.identifier === identifier && message.senderTag === fragment.senderTag
    && message.receiverTag === fragment.receiverTag && message.version === fragment.version)

  if (fragment.version !== 4) {
    const next = fragment.index === 1 || (begun?.total === fragment.total && begun.received + 1 === fragment.index)
    if (!next) return { state: begun ? without(unexpired, begun) : unexpired, discarded: 'out-of-order', dropped: expired }
    if (fragment.index === 1 && begun) return insert(without(unexpired, begun), undefined, fragment, now, limits, expired)
  } else if (begun) {
    if (begun.total !== fragment.total) return { state: unexpired, discarded: 'inconsistent', dropped: expired }
    if (begun.pieces[fragment.index - 1] !== undefined) return { state: unexpired, discarded: 'duplicate', dropped: expired }
  }
  return insert(unexpired, begun, fragment, now, limits, expired)
}

function insert(
  state: FragmentAssembler, begun: OpenMessage | undefined, fragment: Fragment, now: number, limits: WireLimits, expired: number,
): FragmentStep {
  const received = (begun?.received ?? 0) + 1
  const bytes = (begun?.bytes ?? MESSAGE_COST) + fragment.piece.length + PIECE_COST
  const characters = bytes - MESSAGE_COST - received * PIECE_COST
  const others = begun ? without(state, begun) : state
  if (characters > limits.maxMessageLength) return { state: others, discarded: 'too-large', dropped: expired }
  if (bytes > limits.maxFragmentBytes) return { state: others, discarded: 'limit', dropped: expired }

  const pieces = begun?.pieces ?? []
  // The array may become sparse: then the engine stores the pieces by key, and nothing for the holes.
  pieces[fragment.index - 1] = fragment.piece
  if (received === fragment.total) {
    const complete = pieces.join('')
    if (fragmentPrefix.test(complete)) return { state: others, discarded: 'nested', dropped: expired }
    return { state: others, complete, dropped: expired }
  }

  const message: OpenMessage = begun ? { ...begun, received, bytes } : {
    version: fragment.version,
    identifier: fragment.version === 4 ? fragment.identifier : 0,
    senderTag: fragment.senderTag,
    receiverTag: fragment.receiverTag,
    total: fragment.total,
    received,
    bytes,
    since: now,
    pieces,
  }
  // A message that grows keeps its position: the oldest is the one whose first fragment came first.
  const open = begun ? state.open.map((other) => other === begun ? message : other) : [...state.open, message]
  return makeRoom({ open, bytes: others.bytes + bytes }, message, limits, expired)
}

function makeRoom(state: FragmentAssembler, keep: OpenMessage, limits: WireLimits, expired: number): FragmentStep {
  let room = state
  while (room.open.length > limits.maxOpenMessages || room.bytes > limits.maxFragmentBytes) {
    const oldest = room.open.find((message) => message !== keep)
    if (oldest === undefined) break
    room = without(room, oldest)
  }
  return { state: room, dropped: expired + state.open.length - room.open.length }
}
