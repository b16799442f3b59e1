import type { Env, Step } from '../../protocol/index.js'
import type { SmpTally } from '../../smp/index.js'
import type { V3Session } from '../../v3/index.js'
import type { DerivationMeter, LearnedDialect, PrekeyVault, V4Session, VerifiedEnsemble } from '../../v4/index.js'
import type { OtrMessage, Tlv } from '../../wire/index.js'
import type { Version } from '../event.js'
import type { Account } from '../account/account.js'
import type { Policy } from '../policy.js'

/** The state of one session in whichever version. Plain data; only its adapter looks inside. */
export type SessionState =
  | { readonly version: 3, readonly session: V3Session }
  | { readonly version: 4, readonly session: V4Session }

/** What every transition is given beside the state. */
export interface AdapterContext {
  readonly env: Env
  readonly account: Account
  readonly peer: string
  readonly policy: Policy
  /** phi': further bytes that version 4 binds a session to. Both sides must supply the same bytes; otherwise the key exchange fails. */
  readonly phiExtra?: Uint8Array | undefined
  /** The attempts at SMP that were counted of whoever has a key. */
  readonly smpTally?: (version: Version, fingerprint: Uint8Array) => SmpTally | undefined
  /** Asked before much is derived for a data message that may be forged; without it there is no limit. */
  readonly derivations?: DerivationMeter
  /** Whether a person has verified a key: asked where the policy lets nobody else in. */
  readonly isVerified?: (version: Version, fingerprint: Uint8Array) => boolean
  /** What we published for offline messages. */
  readonly prekeys: PrekeyVault
}

/** The result of every transition: see `Step`. */
export interface SessionStep extends Step<SessionState, OtrMessage> {
  /** The identifier of a prekey message of ours that this step used up: the transaction wipes it. */
  readonly usedPrekey?: number
  /**
   * A key exchange was completed with another key than that of the session that runs. `state` is that session, as it was; this is the new
   * one, which stands beside it. The events are about the new one.
   */
  readonly beside?: SessionState
  /** An encrypted session came to stand by this step: `beside`, or else `state`. */
  readonly established?: true
  /** A data message was put by for a session to come: the state is another one, but nothing was authenticated. */
  readonly kept?: true
}

/**
 * Of a key exchange under way: `committed`: we opened it and wait for the first answer; `revealed`: we opened it and wait for the last
 * message; `answering`: the other side opened it.
 */
export type HandshakeRole = 'none' | 'committed' | 'revealed' | 'answering'

/** What can be seen of a session from outside. No secrets. */
export interface SessionStatus {
  readonly state: 'plaintext' | 'handshake' | 'encrypted' | 'finished'
  /** Without regard to a key exchange. */
  readonly messageState: 'plaintext' | 'encrypted' | 'finished'
  readonly role: HandshakeRole
  /** 8 bytes, with an encrypted session. */
  readonly ssid?: Uint8Array
  readonly ssidBold?: 'first' | 'second'
  readonly fingerprint?: Uint8Array
  /** Whether our message began the key exchange (D-H Commit, Identity, or an offline first message). */
  readonly initiator?: boolean
  readonly offline?: boolean
  /** Version 4: SHA-1 fingerprint of the OTRv3 key that the profile names. A claim, which proves nothing. */
  readonly claims?: Uint8Array
  /** Whether a question of the other side, or its bare wish to verify, waits for an answer; or a verification of ours is under way. */
  readonly smp: 'none' | 'asked' | 'running'
  /** Version 4: counters of the double ratchet. */
  readonly ratchet?: { readonly i: number, readonly j: number, readonly k: number, readonly pn: number, readonly stored: number }
}

/**
 * One protocol version behind the conversation. Functions over plain state, as everything below: a transition that refuses its input
 * returns the very state object, and one that throws has changed nothing. A state that was replaced must not be used again.
 */
export interface VersionAdapter {
  readonly version: Version
  /** Whether the account can speak this version at all. */
  available(account: Account): boolean
  /** A session before anything happened. `theirTag` 0: an opening that any instance may answer. */
  create(theirTag: number, learned: LearnedDialect): SessionState
  /** Whether a message only repeats the answer that the key exchange under way in a session was given already. */
  repeats(state: SessionState, message: OtrMessage): boolean
  /** The key that a message says it comes from, its fingerprint, before anything of it was verified; where a message says so. */
  claimedKey?(message: OtrMessage): Uint8Array | undefined
  /** What a message of a key exchange will cost in arithmetic, in the session that it is received in: see `limits.handshakes`. */
  cost(state: SessionState | undefined, message: OtrMessage): number
  /** Begins a key exchange, or begins it again. */
  start(state: SessionState, context: AdapterContext): SessionStep
  /** Begins a session with an instance that is away. */
  startOffline?(state: SessionState, ensemble: VerifiedEnsemble, context: AdapterContext): SessionStep
  /**
   * The session in which an instance's answer to `opening` is received: `existing`, or a new one, with a copy of the opening's key
   * exchange. Both stay usable; when the answer is accepted, `abandon(existing)` wipes the key exchange that `existing` had.
   */
  adopt(opening: SessionState, existing: SessionState | undefined, theirTag: number): SessionState
  receive(state: SessionState, message: OtrMessage, context: AdapterContext): SessionStep
  /**
   * Two sessions with the same instance and the same key, of which `newer` was made just now: `newer` takes the place of `older`, and what is
   * under way in that is still read.
   */
  renew(older: SessionState, newer: SessionState, context: AdapterContext): SessionState
  /** Encrypts. @throws OtrError `OTR_NOT_ENCRYPTED` */
  send(state: SessionState, text: string, tlvs: readonly Tlv[], context: AdapterContext): SessionStep
  /**
   * Where a data message that this session just made stands among our keys: the chain (in version 3 the serial number of our D-H key),
   * and whether it is the first of it.
   */
  placeOf(before: SessionState, message: OtrMessage): { readonly chain: number, readonly first: boolean } | undefined
  /**
   * The newest chain of ours, in the session that runs, of which the sender of this message has read something; `undefined`: of none.
   * `before` and `after`: the session without and with the message, which proved itself.
   */
  chainRead(before: SessionState, after: SessionState, message: OtrMessage): number | undefined
  /** Ends the session from our side and tells the other; then plaintext. */
  end(state: SessionState, context: AdapterContext): SessionStep
  /** Forgets the session without a word to the other side; then plaintext. Never fails. */
  drop(state: SessionState): SessionStep
  /** Ends the session because its time is over and tells the other; then finished. */
  expire(state: SessionState, context: AdapterContext): SessionStep
  /** Forgets a key exchange that stands still. The message state stays. */
  abandon(state: SessionState): SessionStep
  smpStart(state: SessionState, secret: string, question: string | undefined, context: AdapterContext): SessionStep
  smpAnswer(state: SessionState, secret: string, context: AdapterContext): SessionStep
  smpAbort(state: SessionState, context: AdapterContext): SessionStep
  extraKey(state: SessionState, use: number, data: Uint8Array, context: AdapterContext): SessionStep & { readonly key: Uint8Array }
  /** Does what is due by the clock inside the session: heartbeats. */
  tick(state: SessionState, context: AdapterContext): SessionStep
  /** Since when the session's expiry runs, seconds, where this version counts from another moment than the last sign of life. */
  livesFrom?(state: SessionState): number | undefined
  /** The attempts at SMP that the other side has begun, with an encrypted session. */
  smpTally(state: SessionState): SmpTally | undefined
  /** Forgets the oldest keys of messages that were skipped, so many; where this version keeps any (`status`: `ratchet.stored`). */
  dropSkippedKeys?(state: SessionState, count: number): SessionState
  /** Bytes of data messages that wait for a key exchange to be completed, where this version keeps any. */
  earlyBytes?(state: SessionState): number
  /** Gives up all that `earlyBytes` counts. */
  dropEarly?(state: SessionState): SessionState
  /** What the session has learned of the correspondent's dialect. */
  learned?(state: SessionState): LearnedDialect
  /** When `tick` has something to do, in seconds; `undefined` for never. */
  nextTimer(state: SessionState, policy: Policy): number | undefined
  status(state: SessionState): SessionStatus
  /** As in `status`. */
  role(state: SessionState): HandshakeRole
  /** How many keys of skipped messages a session holds: as in `status`. */
  skippedKeys?(state: SessionState): number
  /** Of the encrypted session, or of the one that ended last, in a step in which one came to stand. */
  established(state: SessionState): Pick<SessionStatus, 'ssid' | 'fingerprint' | 'claims'>
}
