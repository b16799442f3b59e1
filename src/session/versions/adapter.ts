import type { Env, Step } from '../../protocol/index.js'
import type { SmpTally } from '../../smp/index.js'
import type { V3Session } from '../../v3/index.js'
import type { DerivationMeter, LearnedDialect, PrekeyVault, V4Session, VerifiedEnsemble } from '../../v4/index.js'
import type { OtrMessage, Tlv } from '../../wire/index.js'
import type { KeyVersion, Version } from './version.js'
import type { Account } from '../account/account.js'
import type { Policy } from '../policy.js'

/** The state of one session of any version. Plain data; only its adapter looks inside. */
export type SessionState =
  | { readonly version: 2, readonly session: V3Session }
  | { readonly version: 3, readonly session: V3Session }
  | { readonly version: 4, readonly session: V4Session }

/** What every transition is given besides the state. */
export interface AdapterContext {
  readonly env: Env
  readonly account: Account
  readonly peer: string
  readonly policy: Policy
  /** phi': additional bytes that version 4 binds a session to. Both sides must supply the same bytes; otherwise the key exchange fails. */
  readonly phiExtra?: Uint8Array | undefined
  /** The attempts at SMP that were counted for the owner of a key. */
  readonly smpTally?: (version: KeyVersion, fingerprint: Uint8Array) => SmpTally | undefined
  /** Limits what is derived for a data message that may be forged; absent: no limit. */
  readonly derivations?: DerivationMeter
  /** Whether a person has verified a key; called if the policy accepts only verified keys. */
  readonly isVerified?: (version: KeyVersion, fingerprint: Uint8Array) => boolean
  /** What the account published for offline messages. */
  readonly prekeys: PrekeyVault
}

/** A chain of ours (in version 3: a D-H key of ours) of which the other side has read something. It is the newest such chain of a session. */
export interface ReadChain {
  /** The session: 8 bytes. */
  readonly ssid: Uint8Array
  readonly chain: number
}

/** What a session holds of that which is limited over all correspondents. */
export interface SessionUsage {
  /** Keys of messages that were skipped. */
  readonly skippedKeys: number
  /** Bytes of data messages that wait for a key exchange to be completed. */
  readonly earlyBytes: number
}

/** The result of every transition: see `Step`. */
export interface SessionStep extends Step<SessionState, OtrMessage> {
  /** The identifier of our prekey message that this step used: the transaction wipes it. */
  readonly usedPrekey?: number
  /**
   * A key exchange was completed with another key than that of the existing session. `state` is the existing session, unchanged; this is the new
   * one, which is added under the same tag. The events are about the new one.
   */
  readonly beside?: SessionState
  /** This step established an encrypted session: `beside` if present, otherwise `state`. */
  readonly established?: true
  /**
   * How far the key exchange of `state` is: `none` is under way, one is as far as it was before (`stays`), or it has begun or gone on (`moved`).
   */
  readonly handshake: 'none' | 'stays' | 'moved'
  /** What `state` knows of the correspondent's dialect, if the version has dialects. */
  readonly learned?: LearnedDialect
  /** What of ours the sender had read, if the received message shows it. */
  readonly read?: ReadChain
  /** The attempts at SMP that the other side has begun in the session, if this step changed them. */
  readonly smpTally?: SmpTally
  /** A data message was kept for a session to come: the state has changed, but nothing was authenticated. */
  readonly kept?: true
}

/**
 * Our role in a key exchange under way. `committed`: we opened it and wait for the first answer; `revealed`: we opened it and wait for the
 * last message; `answering`: the other side opened it.
 */
export type HandshakeRole = 'none' | 'committed' | 'revealed' | 'answering'

/** What is visible of a session from outside. No secrets. */
export interface SessionStatus {
  readonly state: 'plaintext' | 'handshake' | 'encrypted' | 'finished'
  /** The state, ignoring any key exchange under way. */
  readonly messageState: 'plaintext' | 'encrypted' | 'finished'
  readonly role: HandshakeRole
  /** 8 bytes, with an encrypted session. */
  readonly ssid?: Uint8Array
  readonly ssidBold?: 'first' | 'second'
  readonly fingerprint?: Uint8Array
  /** Whether our message began the key exchange (D-H Commit, Identity, or an offline first message). */
  readonly initiator?: boolean
  readonly offline?: boolean
  /** Version 4: the SHA-1 fingerprint of the version 3 key that the profile names. A claim, which proves nothing. */
  readonly claims?: Uint8Array
  /** `asked`: a verification that the other side began waits for our answer; `running`: another one is under way. */
  readonly smp: 'none' | 'asked' | 'running'
  /** Version 4: counters of the double ratchet. */
  readonly ratchet?: { readonly i: number, readonly j: number, readonly k: number, readonly pn: number, readonly stored: number }
}

/** The adapters of the versions that may be spoken with a correspondent, newest first. */
export type AllowedAdapters = readonly VersionAdapter[]

/**
 * The interface through which a conversation uses a protocol version. Functions over plain state: a transition that refuses its input returns
 * the same state object, and one that throws has changed nothing. A state that was replaced must not be used again.
 */
export interface VersionAdapter {
  readonly version: Version
  /** The keys that an account needs to speak this version at all. */
  readonly keys: 'v3' | 'v4'
  /** Makes a session in which nothing has happened. `theirTag` 0: an opening that any instance may answer. */
  create(theirTag: number, learned: LearnedDialect): SessionState
  /** Whether a message only repeats the answer that the key exchange under way has already received. */
  repeats(state: SessionState, message: OtrMessage): boolean
  /** The fingerprint of the key that a message claims to come from, before anything is verified; `undefined` if it claims none. */
  claimedKey?(message: OtrMessage): Uint8Array | undefined
  /** The cost of a message of a key exchange in the session that receives it, in tokens of `limits.handshakes`. */
  cost(state: SessionState | undefined, message: OtrMessage): number
  /** Begins a key exchange, or begins it again. */
  start(state: SessionState, context: AdapterContext): SessionStep
  /** Begins a session with an instance that is away. */
  startOffline?(state: SessionState, ensemble: VerifiedEnsemble, context: AdapterContext): SessionStep
  /**
   * The session that receives an instance's answer to `opening`: `existing`, or a new one, with a copy of the opening's key exchange. Both stay
   * usable; once the answer is accepted, `abandon(existing)` wipes the key exchange that `existing` had.
   */
  adopt(opening: SessionState, existing: SessionState | undefined, theirTag: number): SessionState
  receive(state: SessionState, message: OtrMessage, context: AdapterContext): SessionStep
  /**
   * Merges two sessions with the same instance and the same key, of which `newer` was just established: `newer` replaces `older`, and messages
   * of `older` that are still on their way can be read.
   */
  renew(older: SessionState, newer: SessionState, context: AdapterContext): SessionState
  /** Encrypts. @throws OtrError `OTR_NOT_ENCRYPTED` */
  send(state: SessionState, text: string, tlvs: readonly Tlv[], context: AdapterContext): SessionStep
  /**
   * The position of a data message that this session just made: its chain (in version 3 the serial number of our D-H key), and whether it is
   * the first message of it.
   */
  placeOf(before: SessionState, message: OtrMessage): { readonly chain: number, readonly first: boolean } | undefined
  /** Ends the session from our side and tells the other side; the state is plaintext afterwards. */
  end(state: SessionState, context: AdapterContext): SessionStep
  /** Forgets the session without telling the other side; the state is plaintext afterwards. Never fails. */
  drop(state: SessionState): SessionStep
  /** Ends the session because it has expired, and tells the other side; the state is finished afterwards. */
  expire(state: SessionState, context: AdapterContext): SessionStep
  /** Forgets a key exchange that has stalled. The message state does not change. */
  abandon(state: SessionState): SessionStep
  smpStart(state: SessionState, secret: string, question: string | undefined, context: AdapterContext): SessionStep
  smpAnswer(state: SessionState, secret: string, context: AdapterContext): SessionStep
  smpAbort(state: SessionState, context: AdapterContext): SessionStep
  extraKey(state: SessionState, use: number, data: Uint8Array, context: AdapterContext): SessionStep & { readonly key: Uint8Array }
  /** Does what is due in the session: heartbeats, and the end of old keys. */
  tick(state: SessionState, context: AdapterContext): SessionStep
  /** From when the session's expiry counts, seconds, if this version does not count from the last sign of life. */
  livesFrom?(state: SessionState): number | undefined
  /** What the session holds of that which is limited, if this version keeps any of it. */
  usage?(state: SessionState): SessionUsage
  /** Drops the `count` oldest of the `skippedKeys` that `usage` counts. */
  dropSkippedKeys?(state: SessionState, count: number): SessionState
  /** Drops the messages that `usage` counts as `earlyBytes`. */
  dropEarly?(state: SessionState): SessionState
  /** When `tick` is due, in seconds; `undefined` for never. */
  nextTimer(state: SessionState, policy: Policy): number | undefined
  status(state: SessionState): SessionStatus
  /** As in `status`. */
  role(state: SessionState): HandshakeRole
  /** Details of the encrypted session; in version 4 also of one that has ended, because a session may end in the step that established it. */
  established(state: SessionState): Pick<SessionStatus, 'ssid' | 'fingerprint' | 'claims'>
}
