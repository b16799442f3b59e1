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
 * One conversation in version 3 with one instance of a correspondent: plain data, never changed in place. Every transition returns
 * the session that replaces the one it was given, and wipes the secrets that only the old one held: never use an old session again. It has
 * both state machines of the specification ("The protocol state machine"): `state` is the message state, `ake` the authentication state.
 */
export type V3Session = V3Plaintext | V3Encrypted | V3Finished

/** What every state of a session has. */
export interface V3Common {
  /** The instance tag of the other side; 0 while it is not known, which is so only before the first message from it, and always in version 2. */
  readonly theirTag: number
  /** @internal The authentication state: how far a key exchange has come. */
  readonly ake: AkeState
  /** @internal Sessions that were renewed, in which we only read, oldest first. */
  readonly side: readonly V3SideSession[]
}

/** MSGSTATE_PLAINTEXT: no session yet, or ended by us. */
export interface V3Plaintext extends V3Common {
  /** Tells this state from the others. */
  readonly state: 'plaintext'
}

/** MSGSTATE_FINISHED: the other side ended the session. */
export interface V3Finished extends V3Common {
  /** Tells this state from the others. */
  readonly state: 'finished'
}

/** MSGSTATE_ENCRYPTED. */
export interface V3Encrypted extends V3Common {
  /** Tells this state from the others. */
  readonly state: 'encrypted'
  /** Secure session id, 8 bytes. */
  readonly ssid: Uint8Array
  /** Whether we sent the Reveal Signature message: then the first half of the session id is the bold one, else the second. */
  readonly initiator: boolean
  /** Their long-term key. */
  readonly theirPublicKey: DsaPublicKey
  /** 20 bytes. */
  readonly theirFingerprint: Uint8Array
  /** @internal Diffie-Hellman keys, counters and MAC keys. */
  readonly keys: V3Keys
  /** @internal How far a verification is. */
  readonly smp: V3SmpState
  /** When we last sent a data message (or came to be encrypted): seconds. */
  readonly lastSent: number
  /** Whether something was received since that a heartbeat would answer. */
  readonly heartbeatOwed: boolean
}

/**
 * A side session: another key exchange with the same key has replaced it. The other side may have written in it before the exchange was
 * complete on their side; that is still read. What we write goes into the new session.
 */
export interface V3SideSession {
  /** 20 bytes. */
  readonly theirFingerprint: Uint8Array
  /** Copies. They never rotate: the other side has seen no later key of ours, and uses no key that we have not seen. */
  readonly keys: V3ReadingKeys
  /** From when on it is only read, seconds. */
  readonly since: number
}

/** @internal The session after a data message, sent or received. Written out: this runs with every message, and a spread would cost more than the encryption. */
export function withMessage(
  { theirTag, ake, side, ssid, initiator, theirPublicKey, theirFingerprint }: V3Encrypted,
  { keys, smp, lastSent, heartbeatOwed }: Pick<V3Encrypted, 'keys' | 'smp' | 'lastSent' | 'heartbeatOwed'>,
): HandCopied<V3Encrypted> {
  return { state: 'encrypted', theirTag, ake, side, ssid, initiator, theirPublicKey, theirFingerprint, keys, smp, lastSent, heartbeatOwed }
}

/** The result of every transition. */
export interface V3Step extends Step<V3Session, V3Message> {
  /** A key exchange was completed with another key than that of the session that runs: the new session, which stands beside that one. */
  readonly beside?: V3Session
}

/** A session before anything happened. `theirTag` is 0 where the other side's instance is not known yet. */
export function createSession({ theirTag }: { readonly theirTag: number }): V3Session {
  return plaintextOf({ theirTag })
}

/** The session in plaintext, as it is before the first key exchange and after an end of ours. */
export function plaintextOf({ theirTag }: Pick<V3Common, 'theirTag'>, ake: AkeState = { kind: 'none' }): HandCopied<V3Plaintext> {
  return { state: 'plaintext', theirTag, ake, side: [] }
}

/** @internal The session after the other side ended it, or after its time was over. */
export function finishedOf({ theirTag }: Pick<V3Common, 'theirTag'>, { ake, side }: Pick<V3Common, 'ake' | 'side'>): HandCopied<V3Finished> {
  return { state: 'finished', theirTag, ake, side }
}

/** The session, encrypted. @throws OtrError `OTR_NOT_ENCRYPTED` for any other */
export function encrypted(session: V3Session): V3Encrypted {
  if (session.state !== 'encrypted') throw new OtrError('OTR_NOT_ENCRYPTED', 'the session is not encrypted')
  return session
}

/** A step. */
export function step(state: V3Session, outgoing: readonly V3Message[] = [], events: readonly ProtocolEvent[] = []): V3Step {
  return { state, outgoing, events }
}

/** Refuses a message with a notice. The session stays the same object. */
export function refuse(session: V3Session, code: NoticeCode, detail: string): V3Step {
  return { state: session, outgoing: [], events: [{ type: 'notice', code, detail }], refused: code }
}

/** The tags of a message from us in this session; in version 2 none. */
export function tags(session: V3Session, context: V3Context): { readonly senderTag: number, readonly receiverTag: number } {
  return generationOf(context).hasTags ? { senderTag: context.account.instanceTag, receiverTag: session.theirTag } : { senderTag: 0, receiverTag: 0 }
}
