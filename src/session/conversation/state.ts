import { emptyFragmentAssembler, publicHex, type FragmentAssembler, type OtrMessage } from '../../wire/index.js'
import type { Trust, Version } from '../event.js'
import { keyVersionOf } from '../versions/version.js'
import { fullBucket, type Bucket } from '../budget/token-bucket.js'
import { limits } from '../budget/limits.js'
import type { SessionState } from '../versions/adapter.js'
import type { Contact, ContactStatus } from './contact.js'
import type { KnownDevice } from '../known/device.js'
import type { Policy, SendTo } from '../policy.js'
import type { LossSign, ProbableLoss } from './probable-loss.js'
import type { SentMessage } from './sent-message.js'
import type { UnreadableLines } from './unreadable-lines.js'
import type { KeyTrust } from '../known/key-trust.js'
import { findKey, type KeyBook, type KnownKey, type TrustChange, type TrustFloor } from '../known/key-book.js'
import type { LearnedDialect } from '../../v4/index.js'

/** A session with one instance of the correspondent in one version. */
export interface SessionEntry {
  /** The instance tag of the other side; 0 in version 2, which has none. */
  readonly tag: number
  readonly state: SessionState
  /** When the other side last proved itself: completed a key exchange or sent something authentic. Seconds. */
  readonly active: number
  /** When the key exchange under way entered its phase or was last begun again by us, seconds, and how often we began it again. */
  readonly handshakeAt: number
  readonly handshakeTries: number
  /** The other side began the verification under way with a question. */
  readonly answersQuestion: boolean
  /** By when the other side, if it still has the session, answers a text of ours: seconds. Absent: nothing has to be answered. */
  readonly answerBy?: number
  /** What says that the other side no longer has the session. Both fields go when it proves itself. */
  readonly lostBy?: LossSign
}

/** A key exchange that we began and that any instance of the correspondent may answer: its first message was sent with receiver tag 0. */
export interface Opening {
  readonly state: SessionState
  readonly since: number
  readonly tries: number
  /** The message that was sent. While nobody answers, the same message is sent again. */
  readonly message: OtrMessage
  /** The instances that answered. Each has its own session. */
  readonly answeredBy: readonly number[]
  /** A session was established in another way: an answer is still accepted, but nobody waits for it. */
  readonly settled: boolean
}

/** Whether an opening still waits for its first answer. */
export function isUnanswered({ answeredBy, settled }: Opening): boolean {
  return answeredBy.length === 0 && !settled
}

/** A message that waits for an encrypted session. */
export interface HeldMessage {
  /** Counts up within the conversation. */
  readonly id: number
  /** The text to send. */
  readonly text: string
  /** What goes with it: types of 16 bits, values of up to 65,535 bytes. */
  readonly tlvs: readonly { readonly type: number, readonly value: Uint8Array }[]
  /** Where to send it. */
  readonly to: SendTo | number | undefined
  /** When it was put into the outbox, seconds of the given clock. */
  readonly since: number
}

/**
 * Everything that is known about one correspondent: plain data, replaced and never changed in place. The sessions and their secrets are in it too;
 * only `otr4/store` and the client look at those.
 */
export interface Conversation extends KeyBook {
  /** The correspondent's address. */
  readonly peer: string
  /** The overrides of the account's policy for this correspondent. */
  readonly policy: Partial<Policy>
  /** Whether the application has dealt with this correspondent on its own initiative. */
  readonly known: boolean
  /**
   * No text goes in clear until the application calls `continueInPlaintext`: a private conversation existed, or the application asked for
   * one, or a key of the correspondent was verified (`spec/trust.md`, rule 1).
   */
  readonly latched: boolean
  /** Text arrived in clear and without a whitespace tag: send this correspondent no more tags. */
  readonly heardPlaintext: boolean
  /** When our query was sent, seconds, while it may still be answered. */
  readonly queriedAt: number | undefined
  /** @internal What is known of the attempt to begin a private conversation. */
  readonly contact: Contact | undefined
  /** @internal When a notice `handshake-retry` was last emitted, seconds: at most one a minute. */
  readonly retrySaidAt: number | undefined
  /** @internal Private texts came that nobody here can read, since the last session. */
  readonly unreadable: UnreadableLines | undefined
  /** @internal One for each instance, version and key. */
  readonly sessions: readonly SessionEntry[]
  /** @internal Key exchanges that we began without knowing which instance will answer. */
  readonly openings: readonly Opening[]
  /** The messages that wait for an encrypted session, oldest first. */
  readonly outbox: readonly HeldMessage[]
  /** The number of the next held message. */
  readonly nextHeld: number
  /** @internal The devices that completed a key exchange, in the order of their first. */
  readonly devices: readonly KnownDevice[]
  /** The instance that the application wants messages to go to. */
  readonly chosen: number | undefined
  /** @internal The sent messages that are not yet known to be read, oldest first. */
  readonly sent: readonly SentMessage[]
  /** The number of the next sent message. */
  readonly nextSent: number
  /** @internal Of the correspondent's version 4 dialect. */
  readonly learned: LearnedDialect
  /** @internal Of messages that are not complete. */
  readonly fragments: FragmentAssembler
  /** @internal How many messages of key exchanges are still worked on. */
  readonly handshakes: Bucket
  /** When we last answered with an OTR error message, seconds. */
  readonly errorReplyAt: number | undefined
  /** When an OTR error message last made us begin a key exchange, seconds. */
  readonly errorStartAt: number | undefined
  /** Delivery ids of the transport that were seen, oldest first. */
  readonly deliveries: readonly string[]
}

/** A conversation in which nothing has happened yet. */
export function newConversation(peer: string): Conversation {
  return {
    peer,
    policy: {},
    known: false,
    latched: false,
    heardPlaintext: false,
    queriedAt: undefined,
    contact: undefined,
    retrySaidAt: undefined,
    unreadable: undefined,
    sessions: [],
    openings: [],
    outbox: [],
    nextHeld: 1,
    keys: [],
    trustHistory: [],
    devices: [],
    chosen: undefined,
    sent: [],
    nextSent: 1,
    learned: {},
    fragments: emptyFragmentAssembler,
    handshakes: fullBucket(limits.handshakes),
    errorReplyAt: undefined,
    errorStartAt: undefined,
    deliveries: [],
  }
}

/** Whether a conversation may be forgotten to bound memory: no setting of the application, no keys, no waiting text, not latched. */
export function isDisposable(conversation: Conversation): boolean {
  return !conversation.known && !conversation.latched && conversation.keys.length === 0 && conversation.outbox.length === 0 &&
    Object.keys(conversation.policy).length === 0
}

/** The trust in a fingerprint of the correspondent, shown in this version. */
export function trustIn(conversation: Conversation, version: Version, fingerprint: Uint8Array | undefined): Trust {
  if (fingerprint === undefined) return 'unknown'
  return findKey(conversation, keyVersionOf(version), publicHex(fingerprint))?.trust ?? 'unknown'
}

/** The trust in a key; `undefined` for a key that is not known. */
export function keyTrustOf(
  { keys, trustHistory }: Pick<Conversation, 'keys' | 'trustHistory'>, spoken: Version, fingerprint: Uint8Array | undefined,
): KeyTrust | undefined {
  if (fingerprint === undefined) return undefined
  const version = keyVersionOf(spoken)
  const key = findKey({ keys }, version, publicHex(fingerprint))
  if (key === undefined) return undefined
  // Asked for with every text, and neither is ever changed in place.
  const before = keyTrusts.get(key)
  if (before?.trustHistory === trustHistory) return before.trust
  const said = trustHistory.findLast((change) => change.version === version && change.fingerprint === key.fingerprint)
  const trust = { key: key.fingerprint, version, trust: key.trust, since: said?.at ?? key.firstSeen, how: key.how }
  keyTrusts.set(key, { trustHistory, trust })
  return trust
}

const keyTrusts = new WeakMap<KnownKey, { readonly trustHistory: readonly TrustChange[], readonly trust: KeyTrust }>()

/** One line of `status`. */
export interface SessionInfo {
  /** The instance tag of the correspondent's device; 0 in version 2, which has none. */
  readonly instance: number
  /** The version that the session speaks. */
  readonly version: Version
  /** The state of the session. */
  readonly state: 'plaintext' | 'handshake' | 'encrypted' | 'finished'
  /** 16 hex digits. */
  readonly ssid?: string
  /** Which half of `ssid` this side shows in bold; the other side shows the other half. */
  readonly ssidBold?: 'first' | 'second'
  /** Hex. */
  readonly fingerprint?: string
  /** The trust in the key of the session. */
  readonly trust: Trust
  /** Whether the session began with a non-interactive key exchange: weaker deniability for the person who began it. */
  readonly offline: boolean
  /** Whether our message began the key exchange. */
  readonly initiator: boolean
  /** The counters of the double ratchet, in version 4. No keys. */
  readonly ratchet?: { readonly i: number, readonly j: number, readonly k: number, readonly pn: number, readonly stored: number }
  /** With an encrypted session: its key and the trust in it. */
  readonly key?: KeyTrust
}

/** What an application may want to show about a conversation. No secrets. */
export interface ConversationStatus {
  /** The selected session first, then the others in the order in which they would be selected. */
  readonly sessions: readonly SessionInfo[]
  /** The instance that a message would go to, if there is an encrypted session to whose key messages may go. */
  readonly selected: number | undefined
  /** The key that a message would be encrypted for. */
  readonly key?: KeyTrust
  /**
   * What would happen to a text that is sent now: draw the indicator from this. `held`: it waits in the outbox, or is refused if the policy
   * says so.
   */
  readonly sending: 'encrypted' | 'plaintext' | 'held'
  /** Whether text cannot go in clear until the application calls `continueInPlaintext`. */
  readonly latched: boolean
  /** The trust that a key needs before anything is sent to it, unless a person accepted it: the highest trust among the keys. */
  readonly floor: TrustFloor
  /** Whether a query or a key exchange is under way that may still lead to an encrypted session. */
  readonly pending: boolean
  /** While there is no private conversation: when we offered one, and why there is none yet. Absent when there is one, or the person decided otherwise. */
  readonly contact?: ContactStatus
  /** How many messages wait in the outbox. */
  readonly held: number
  /** Present if the other side has probably lost the session that a message would go to, and reads nothing of it. Absent again once it proves itself. */
  readonly probablyLost?: ProbableLoss
}
