import { isOverwritten } from '../crypto/index.js'
import { OtrError } from '../errors.js'
import type { HandCopied, NoticeCode, ProtocolEvent, Step } from '../protocol/index.js'
import type { RatchetState } from '../ratchet/index.js'
import type { OtrMessageV4 } from '../wire/index.js'
import type { V4Correspondent } from './correspondent.js'
import { noDake, type DakeState } from './dake-state.js'
import type { LearnedDialect } from './dialect.js'
import type { V4SmpState } from './smp.js'

/** The messages of a conversation in version 4. */
export type V4Message = OtrMessageV4

/**
 * One conversation in version 4 with one instance of a correspondent: plain data, never changed in place. Every transition returns the
 * session that replaces the one it was given, and wipes the secrets that only the old one held: never use an old session again. The message
 * state and the DAKE are independent. START with a DAKE under way is the draft's WAITING_AUTH_R or WAITING_AUTH_I.
 */
export type V4Session = V4Plaintext | V4Encrypted | V4Finished

/** What every state of a session has. */
export interface V4Common {
  /** The instance tag of the other side; 0 for an opening that any instance may answer. */
  readonly theirTag: number
  /** @internal How far a key exchange has come. */
  readonly dake: DakeState
  /** What is known of the correspondent's dialect. */
  readonly learned: LearnedDialect
  /** @internal Sessions in which we only read, oldest first. */
  readonly side: readonly V4SideSession[]
}

/** START: no session yet, or ended by us. */
export interface V4Plaintext extends V4Common {
  /** Distinguishes this state from the others. */
  readonly state: 'plaintext'
}

/** FINISHED: the other side ended the session. */
export interface V4Finished extends V4Common {
  /** Distinguishes this state from the others. */
  readonly state: 'finished'
  /** The session that ended. It may have begun in the same step. */
  readonly ended: Pick<V4Encrypted, 'ssid' | 'them'>
}

/** ENCRYPTED_MESSAGES. */
export interface V4Encrypted extends V4Common {
  /** Distinguishes this state from the others. */
  readonly state: 'encrypted'
  /** Secure session id, 8 bytes. */
  readonly ssid: Uint8Array
  /** Whether our message began the key exchange: the Identity message, or the Non-Interactive-Auth message. */
  readonly initiator: boolean
  /** Whether the session came by a non-interactive DAKE. */
  readonly offline: boolean
  /** Who is at the other side. */
  readonly them: V4Correspondent
  /** Our own fingerprint in this session, 56 bytes. */
  readonly ourFingerprint: Uint8Array
  /** @internal The double ratchet. Secret. */
  readonly ratchet: RatchetState
  /** @internal How far a verification is. */
  readonly smp: V4SmpState
  /** When we last sent a data message (or came to be encrypted), seconds. */
  readonly lastSent: number
  /** Whether something was received since that a heartbeat would answer. */
  readonly heartbeatOwed: boolean
}

/**
 * A side session: we only read in it. Offline messages may be under way for days while another session is established, and the reverse. What was
 * written in a side session is read when it arrives; what we write goes into the running session (`spec/decisions.md`, 37).
 */
export interface V4SideSession {
  readonly ssid: Uint8Array
  readonly initiator: boolean
  readonly offline: boolean
  readonly them: V4Correspondent
  readonly ourFingerprint: Uint8Array
  readonly ratchet: RatchetState
  /** From when on it is only read, seconds. */
  readonly since: number
  /** It was established while an interactive session ran, and takes over if the other side ends that one without another message. */
  readonly waits: boolean
}

/** @internal What a data message changes, sent or received. */
type MessageChanges = Pick<V4Encrypted, 'ratchet' | 'smp' | 'lastSent' | 'heartbeatOwed' | 'side'>

/** @internal The session after a data message. Written out: this runs with every message, and a spread would cost more than the encryption. */
export function withMessage(
  { theirTag, dake, learned, ssid, initiator, offline, them, ourFingerprint }: V4Encrypted,
  { ratchet, smp, lastSent, heartbeatOwed, side }: MessageChanges,
): HandCopied<V4Encrypted> {
  return {
    state: 'encrypted', theirTag, dake, learned, side, ssid, initiator, offline, them, ourFingerprint, ratchet, smp, lastSent, heartbeatOwed,
  }
}

/** The result of every transition. */
export interface V4Step extends Step<V4Session, V4Message> {
  /** The identifier of a prekey message of ours that this step used up: wipe it and mark it before any event is emitted. */
  readonly usedPrekey?: number
  /** The new session, if a DAKE was completed with another long-term key than that of the running session: `state` is the running one. */
  readonly beside?: V4Session
  /** A data message was put by for a session to come: the state is another one, but nothing was authenticated. */
  readonly kept?: true
}

/** A session before anything happened. `theirTag` is 0 where the other side's instance is not known yet. */
export function createSession({ theirTag, learned = {} }: { readonly theirTag: number, readonly learned?: LearnedDialect }): V4Session {
  return plaintextOf({ theirTag, learned })
}

/** The session in plaintext, as it is before the first key exchange and after an end of ours; what was learned of the dialect stays. */
export function plaintextOf({ theirTag, learned }: Pick<V4Common, 'theirTag' | 'learned'>, dake = noDake): HandCopied<V4Plaintext> {
  return { state: 'plaintext', theirTag, dake, learned, side: [] }
}

/** @internal The session after the other side ended it, or after its time was over. */
export function finishedOf({ theirTag, dake, learned, ssid, them }: V4Encrypted, side: readonly V4SideSession[]): HandCopied<V4Finished> {
  return { state: 'finished', theirTag, dake, learned, ended: { ssid, them }, side }
}

/** The session, encrypted. @throws OtrError `OTR_NOT_ENCRYPTED` for any other */
export function encrypted(session: V4Session): V4Encrypted {
  if (session.state !== 'encrypted') throw new OtrError('OTR_NOT_ENCRYPTED', 'the session is not encrypted')
  return session
}

/** A step. */
export function step(state: V4Session, outgoing: readonly V4Message[] = [], events: readonly ProtocolEvent[] = []): V4Step {
  return { state, outgoing, events }
}

/** Refuses a message with a notice. The session stays the same object. */
export function refuse(session: V4Session, code: NoticeCode, detail: string): V4Step {
  return { state: session, outgoing: [], events: [{ type: 'notice', code, detail }], refused: code }
}

/**
 * @internal Whether a session was replaced by a later one, or ended. Its secrets are zeros then: anybody could read what it encrypts and forge what it
 * accepts.
 */
export function isStale({ ratchet }: V4Encrypted): boolean {
  const { rootKey, braceKey, receiving } = ratchet
  return isOverwritten(rootKey) || isOverwritten(braceKey) || (receiving !== undefined && isOverwritten(receiving.chainKey)) ||
    (ratchet.turn === 'theirs' && isOverwritten(ratchet.sending.chainKey))
}

/** Refuses a session that was replaced. @throws OtrError `OTR_STALE_SESSION`: the program kept an old session */
export function refuseStale(session: V4Encrypted): void {
  if (isStale(session)) throw new OtrError('OTR_STALE_SESSION', 'this session was replaced by a later one')
}
