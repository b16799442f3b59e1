import { wipe } from '../crypto/compare.js'
import type { EcdhKeyPair } from '../crypto/ecdh.js'
import type { HandCopied } from '../protocol/index.js'
import type { MacKeys } from './mac-keys.js'
import type { Secret, SecretPair } from '../crypto/secret.js'

/**
 * The double ratchet with brace keys as plain data: numbers and byte strings, nothing else. A state is never changed; a transition gives a
 * new one, and the caller decides which to keep.
 *
 * The two variants say whose turn it is to rotate the keys. A side rotates with the first message that it sends after it received a
 * message of the other side's newest chain. So rotations alternate, and the counter i goes up by one with each.
 *
 * @see [OTRv4, "Key Management"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#key-management)
 * @see [OTRv4, "Data Exchange"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#data-exchange)
 */
export type RatchetState = RatchetOurs | RatchetTheirs

/** We rotate with our next message: it begins a new sending chain. The old one is gone. */
export interface RatchetOurs extends RatchetBase {
  readonly turn: 'ours'
  /** pn for the chain that we shall begin: how many messages we sent in our last chain. */
  readonly previousChain: number
  /** our_ecdh.public of our last chain. A new key must differ from it. */
  readonly ourEcdh: Uint8Array
}

/** They rotate next. Until then we send in the chain that we have. */
export interface RatchetTheirs extends RatchetBase {
  readonly turn: 'theirs'
  readonly sending: SendingChain
}

/** What both variants hold. */
export interface RatchetBase {
  /** curr_root_key: 64 bytes. Secret. */
  readonly rootKey: Secret
  /** brace_key: 32 bytes. Secret. */
  readonly braceKey: Secret
  /** i: the ratchet id of the next rotation, whoever makes it. Never reset. */
  readonly ratchetId: number
  /** their_ecdh, a POINT: that of the receiving chain, or their first key while there is none. */
  readonly theirEcdh: Uint8Array
  /** their_dh: the last one they sent, big-endian without leading zeros. */
  readonly theirDh: Uint8Array
  /** our_dh.secret, 80 bytes. Kept until it was combined with their next DH key. Secret. */
  readonly ourDh?: Secret
  /** our_dh.public: the last one that we made. A new key must differ from it. */
  readonly ourDhPublic: Uint8Array
  /** Absent until they have sent a first message to one who began by sending. */
  readonly receiving?: ReceivingChain
  /** skipped_MKenc: keys of messages that have not come yet, oldest first. */
  readonly skipped: readonly SkippedKey[]
  /** mac_keys_to_reveal: the MAC keys of messages that were verified. */
  readonly macKeysToReveal: MacKeys
  /** From when the session's expiry counts, in seconds: see `ratchetExpired`. Absent before the first data message. */
  readonly expiryFrom?: number
}

/** The chain that we send in. */
export interface SendingChain {
  /** chain_key_s[j]: 64 bytes. Secret. */
  readonly chainKey: Secret
  /** The ratchet id in all messages of this chain. */
  readonly ratchetId: number
  /** j: the id of the next message. */
  readonly messageId: number
  /** pn: the number of messages in our chain before this one. */
  readonly previousChain: number
  /** our_ecdh. The private key is secret. */
  readonly ecdh: SecretPair<EcdhKeyPair>
  /** our_dh.public, which is in all messages of this chain if its ratchet id is a multiple of 3; otherwise empty. */
  readonly dh: Uint8Array
}

/** The newest chain that we receive in. Its ECDH key is `theirEcdh`. */
export interface ReceivingChain {
  /** chain_key_r[k]: 64 bytes. Secret. */
  readonly chainKey: Secret
  readonly ratchetId: number
  /** k: the id of the next message that was not seen. */
  readonly messageId: number
}

/** The keys of one message that was skipped. All of it is secret but for the ids. */
export interface SkippedKey {
  /** The ECDH key of its chain. */
  readonly ecdh: Uint8Array
  readonly ratchetId: number
  readonly messageId: number
  /** MKenc: 64 bytes. */
  readonly mkEnc: Secret
  /** extra_symm_key: 64 bytes. */
  readonly extraBase: Secret
  /** Seconds. */
  readonly storedAt: number
}

/** The ratchet's part of a data message, in the order of its fields. A decoded data message is one. */
export interface RatchetHeader {
  /** Previous chain message number. */
  readonly previousChain: number
  readonly ratchetId: number
  readonly messageId: number
  /** Public ECDH Key: a POINT. */
  readonly ecdh: Uint8Array
  /** Public DH Key: big-endian without leading zeros; empty when there is none. */
  readonly dh: Uint8Array
}

/** The keys of one message, copies that the caller wipes after use. */
export interface MessageKeys {
  /** MKenc: 64 bytes, of which ChaCha20 takes the first 32. */
  readonly mkEnc: Secret
  /** MKmac: 64 bytes. */
  readonly mkMac: Secret
  /** The base of the extra symmetric keys: 64 bytes. See `extraSymmetricKeys`. */
  readonly extraBase: Secret
}

/** Bounds on what a correspondent can make us compute and keep. */
export interface RatchetLimits {
  /** max_skip: how many messages may be missing before a message of the same chain. */
  readonly maxSkip: number
  /** How many skipped keys are kept for one session; the oldest make room. */
  readonly maxStored: number
  /** How long a skipped key is kept, in seconds. */
  readonly storedSeconds: number
  /** For how many rotations of either side a skipped key is kept. */
  readonly storedRatchets: number
  /** How many MAC keys wait to be revealed at most, 64 or more; the oldest are dropped unrevealed. */
  readonly maxUnrevealed: number
  /** How many MAC keys one message reveals; the rest waits for the next chain. */
  readonly maxRevealed: number
}

/** What a transition of the ratchet is given beside the state and its input. A `V4Context` is one. */
export interface RatchetContext {
  /** Seconds. */
  readonly now: number
  /** Default: `defaultRatchetLimits`. */
  readonly limits?: RatchetLimits
}

/** Time and limits, where the limits are decided. */
export type RatchetBounds = Required<RatchetContext>

/** Limits for usual conversations: a thousand lost messages, kept for a day and a hundred rotations. */
export const defaultRatchetLimits: RatchetLimits = {
  maxSkip: 1000,
  maxStored: 1000,
  storedSeconds: 86_400,
  storedRatchets: 100,
  maxUnrevealed: 10_000,
  maxRevealed: 1000,
}

/** What every message changes, sent or received. */
export interface MessageChanges {
  readonly skipped: RatchetBase['skipped']
  readonly macKeysToReveal: RatchetBase['macKeysToReveal']
  readonly expiryFrom: number
}

/** What `withOptional` puts in, and `MessageChanges` has. */
type Optional = 'ourDh' | 'receiving' | 'expiryFrom'

type Draft<State> = { -readonly [Field in keyof State]: State[Field] }

// Written out field by field: this runs with every message, and a spread would cost more than the encryption.

/** The state after a message was sent. */
export function afterSent(state: RatchetTheirs, sending: SendingChain, changes: MessageChanges): RatchetTheirs {
  return theirs(state, sending, state.receiving, changes)
}

/** The state after a message was received in the newest chain. */
export function afterReceived(state: RatchetState, receiving: ReceivingChain, changes: MessageChanges): RatchetState {
  return state.turn === 'theirs' ? theirs(state, state.sending, receiving, changes) : ours(state, receiving, changes)
}

function theirs(
  { rootKey, braceKey, ratchetId, theirEcdh, theirDh, ourDh, ourDhPublic }: RatchetTheirs, sending: SendingChain, receiving: ReceivingChain | undefined,
  { skipped, macKeysToReveal, expiryFrom }: MessageChanges,
): HandCopied<RatchetTheirs, Optional> {
  const after: Draft<RatchetTheirs> =
    { turn: 'theirs', rootKey, braceKey, ratchetId, theirEcdh, theirDh, ourDhPublic, sending, skipped, macKeysToReveal, expiryFrom }
  return withOptional(after, ourDh, receiving)
}

function ours(
  { rootKey, braceKey, ratchetId, theirEcdh, theirDh, ourDh, ourDhPublic, previousChain, ourEcdh }: RatchetOurs, receiving: ReceivingChain,
  { skipped, macKeysToReveal, expiryFrom }: MessageChanges,
): HandCopied<RatchetOurs, Optional> {
  const after: Draft<RatchetOurs> =
    { turn: 'ours', rootKey, braceKey, ratchetId, theirEcdh, theirDh, ourDhPublic, previousChain, ourEcdh, skipped, macKeysToReveal, expiryFrom }
  return withOptional(after, ourDh, receiving)
}

function withOptional<State extends Draft<RatchetBase>>(
  after: State, ourDh: RatchetBase['ourDh'], receiving: ReceivingChain | undefined,
): State {
  if (ourDh !== undefined) after.ourDh = ourDh
  if (receiving !== undefined) after.receiving = receiving
  return after
}

/** Every secret of a state but the skipped keys; those that both kinds of states have are in the same places. */
function secrets(state: RatchetState): (Uint8Array | undefined)[] {
  const { rootKey, braceKey, ourDh } = state
  const receiving = state.receiving?.chainKey
  if (state.turn === 'ours') return [rootKey, braceKey, ourDh, receiving]
  return [rootKey, braceKey, ourDh, receiving, state.sending.chainKey, state.sending.ecdh.privateKey]
}

/**
 * Overwrites all secrets of `gone` that are not also those of `kept`. After a transition: `wipeReplaced(old, new)` when the new state
 * was taken, `wipeReplaced(new, old)` when it was not. `gone` must not be used again; keep no copy of it that you might return to.
 */
export function wipeReplaced(gone: RatchetState, kept: RatchetState): void {
  if (gone === kept) return
  const live = secrets(kept)
  secrets(gone).forEach((secret, place) => {
    if (secret !== undefined && secret !== live[place] && !live.includes(secret)) wipe(secret)
  })
  // Unless keys were only added: some were revealed, joined or dropped.
  if (gone.macKeysToReveal.length >= kept.macKeysToReveal.length && gone.macKeysToReveal !== kept.macKeysToReveal) {
    const waiting = new Set(kept.macKeysToReveal)
    wipe(...gone.macKeysToReveal.filter((keys) => !waiting.has(keys)))
  }
  if (gone.skipped === kept.skipped) return
  const liveKeys = new Set(kept.skipped)
  for (const key of gone.skipped) if (!liveKeys.has(key)) wipe(key.mkEnc, key.extraBase)
}

/** Overwrites all secrets of a state: the session is over. */
export function wipeRatchet(state: RatchetState): void {
  wipe(...secrets(state), ...state.macKeysToReveal)
  for (const key of state.skipped) wipe(key.mkEnc, key.extraBase)
}

/** Whether chains with this ratchet id carry a new DH key: every third. */
export function carriesDh(ratchetId: number): boolean {
  return ratchetId % 3 === 0
}
