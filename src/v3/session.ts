import type { DsaPublicKey } from '../crypto/dsa.js'
import { OtrError } from '../errors.js'
import type { HandCopied, NoticeCode, ProtocolEvent, Step } from '../protocol/index.js'
import type { AkeState } from './ake-state.js'
import type { V3Context } from './context.js'
import { generationOf, type V3Message } from './generation.js'
import type { V3Keys, V3ReadingKeys } from './key-management.js'
import type { V3SmpState } from './smp.js'

export type { V3Message }

/**
 * A session of version 3 with one instance of a correspondent. It is plain data and never changed in place. Every transition returns the
 * session that replaces the given one, and wipes the secrets that only the old one held: never use an old session again. It has both state
 * machines of the specification: `state` is the message state, `ake` the authentication state.
 *
 * @see [OTRv3, "The protocol state machine"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export type V3Session = V3Plaintext | V3Encrypted | V3Finished

/** What every state of a session has. */
export interface V3Common {
  /** The instance tag of the other side. It is 0 before their first message, and always in version 2. */
  readonly theirTag: number
  /** @internal The authentication state: how far a key exchange has come. */
  readonly ake: AkeState
  /** @internal Side sessions, in which we only read, oldest first. */
  readonly side: readonly V3SideSession[]
}

/** MSGSTATE_PLAINTEXT: there is no session yet, or we ended it. */
export interface V3Plaintext extends V3Common {
  /** Distinguishes this state from the others. */
  readonly state: 'plaintext'
}

/** MSGSTATE_FINISHED: the other side ended the session. */
export interface V3Finished extends V3Common {
  /** Distinguishes this state from the others. */
  readonly state: 'finished'
}

/** MSGSTATE_ENCRYPTED. */
export interface V3Encrypted extends V3Common {
  /** Distinguishes this state from the others. */
  readonly state: 'encrypted'
  /** Secure session id, 8 bytes. */
  readonly ssid: Uint8Array
  /** Whether we sent the Reveal Signature message. If so, the first half of the session id is shown bold, otherwise the second. */
  readonly initiator: boolean
  /** Their long-term key. */
  readonly theirPublicKey: DsaPublicKey
  /** 20 bytes. */
  readonly theirFingerprint: Uint8Array
  /** @internal Diffie-Hellman keys, counters and MAC keys. */
  readonly keys: V3Keys
  /** @internal The state of SMP. */
  readonly smp: V3SmpState
  /** When we last sent a data message, or when the session became encrypted: seconds. */
  readonly lastSent: number
  /** Whether we have received a text since then: a heartbeat would answer it. */
  readonly heartbeatOwed: boolean
}

/**
 * A side session: a new key exchange with the same long-term key has replaced this session. The other side may have written in it before they
 * completed the exchange, so we still read in it. What we write goes into the new session.
 */
export interface V3SideSession {
  /** 20 bytes. */
  readonly theirFingerprint: Uint8Array
  /** Copies of the keys. They never rotate: the other side uses a new key only after we have used it, and we send nothing more in this session. */
  readonly keys: V3ReadingKeys
  /** When it became a side session, seconds. */
  readonly since: number
}

/** @internal Returns the session after a data message, sent or received. All fields are written out: this runs with every message, and a spread would cost more than the encryption. */
export function withMessage(
  { theirTag, ake, side, ssid, initiator, theirPublicKey, theirFingerprint }: V3Encrypted,
  { keys, smp, lastSent, heartbeatOwed }: Pick<V3Encrypted, 'keys' | 'smp' | 'lastSent' | 'heartbeatOwed'>,
): HandCopied<V3Encrypted> {
  return { state: 'encrypted', theirTag, ake, side, ssid, initiator, theirPublicKey, theirFingerprint, keys, smp, lastSent, heartbeatOwed }
}

/** The result of every transition. */
export interface V3Step extends Step<V3Session, V3Message> {
  /** The new session, if a key exchange was completed with another long-term key than that of the running session: `state` is the running one. */
  readonly beside?: V3Session
}

/** Makes a session in which nothing has happened. `theirTag` is 0 if the other side's instance is not known yet. */
export function createSession({ theirTag }: { readonly theirTag: number }): V3Session {
  return plaintextOf({ theirTag })
}

/** Makes a session in plaintext, as it is before the first key exchange and after we ended it. */
export function plaintextOf({ theirTag }: Pick<V3Common, 'theirTag'>, ake: AkeState = { kind: 'none' }): HandCopied<V3Plaintext> {
  return { state: 'plaintext', theirTag, ake, side: [] }
}

/** @internal Makes the session after the other side ended it, or after its time was over. */
export function finishedOf({ theirTag }: Pick<V3Common, 'theirTag'>, { ake, side }: Pick<V3Common, 'ake' | 'side'>): HandCopied<V3Finished> {
  return { state: 'finished', theirTag, ake, side }
}

/** Returns an encrypted session. @throws OtrError `OTR_NOT_ENCRYPTED` for any other */
export function encrypted(session: V3Session): V3Encrypted {
  if (session.state !== 'encrypted') throw new OtrError('OTR_NOT_ENCRYPTED', 'the session is not encrypted')
  return session
}

/** Makes a step. */
export function step(state: V3Session, outgoing: readonly V3Message[] = [], events: readonly ProtocolEvent[] = []): V3Step {
  return { state, outgoing, events }
}

/** Refuses a message with a notice. The session stays the same object. */
export function refuse(session: V3Session, code: NoticeCode, detail: string): V3Step {
  return { state: session, outgoing: [], events: [{ type: 'notice', code, detail }], refused: code }
}

/** Returns the instance tags of our messages in this session; in version 2 both are 0. */
export function tags(session: V3Session, context: V3Context): { readonly senderTag: number, readonly receiverTag: number } {
  return generationOf(context).hasTags ? { senderTag: context.account.instanceTag, receiverTag: session.theirTag } : { senderTag: 0, receiverTag: 0 }
}
