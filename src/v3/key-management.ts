import type { HandCopied } from '../protocol/index.js'
import { compareBytes, equalBytes, wipe } from '../crypto/compare.js'
import { isSameDh1536, type Dh1536KeyPair } from '../crypto/dh1536.js'
import { forgetSessionKeys } from './session-keys.js'
import { concatSecrets, type Secret, type SecretPair } from '../crypto/secret.js'

/**
 * The keys that reading needs: our two most recent key pairs, their two most recent public keys, and how each combination was used.
 *
 * @see [OTRv3, "Key Management"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export interface V3ReadingKeys {
  /** The specification's `our_keyid`: the serial number of `ours`. That of `oursPrevious` is one less. */
  readonly ourKeyId: number
  readonly ours: SecretPair<Dh1536KeyPair>
  readonly oursPrevious: SecretPair<Dh1536KeyPair>
  /** The specification's `their_keyid`: the serial number of `theirs`. That of `theirsPrevious` is one less. */
  readonly theirKeyId: number
  /** Big-endian, minimal. */
  readonly theirs: Uint8Array
  /** `undefined` until the first rotation: the specification's NULL. */
  readonly theirsPrevious: Uint8Array | undefined
  /** The pairs under which something was sent or received: at most four. */
  readonly used: readonly UsedPair[]
}

/** All keys of a session, with the MAC keys that are waiting to be revealed. Plain data. */
export interface V3Keys extends V3ReadingKeys {
  /** The latest pairs that went out of use. They show whether a message is a repeated one or an unreadable one. */
  readonly retired: readonly RetiredPair[]
  /** Their earlier public keys that were in use together with one of our two keys. We refuse them as next keys. */
  readonly gone: readonly GoneKey[]
  /** MAC keys of 20 bytes each, for the field Old MAC keys to be revealed of the next data message. */
  readonly oldMacKeys: Secret
}

/** A pair of D-H keys in use. */
export interface UsedPair {
  readonly ourKeyId: number
  readonly theirKeyId: number
  /** How many messages were sent under this pair: the counter of the last one. */
  readonly sent: number
  /** About the last message that was accepted under this pair: its counter (8 bytes), and the receiving MAC key that verified it. */
  readonly received: { readonly counter: Uint8Array, readonly macKey: Secret } | undefined
}

/** A pair that went out of use, and the counter of the last message accepted under it. No secret. */
export interface RetiredPair {
  readonly ourKeyId: number
  readonly theirKeyId: number
  readonly counter: Uint8Array
}

const RETIRED_PAIRS = 8

/** An earlier public key of theirs. No secret. */
export interface GoneKey {
  readonly publicKey: Uint8Array
  /** The serial number of our newest key when this key went out of use. */
  readonly ourKeyId: number
}

/**
 * How many keys the other side may use up while one key of ours is in use. They change their key after a message of ours, and that message also
 * announces our next key, so one or two are usual. The limit bounds the memory for `gone`.
 */
const GONE_KEYS = 16

/** Serial numbers have 32 bits on the wire. The key with the last number is never replaced; the session goes on with it. */
const LAST_KEY_ID = 0xffff_ffff

/** The serial number that the keys of an AKE get on our side. */
export const AKE_KEY_ID = 1

/**
 * Makes the keys of a session after its AKE. Our keys are new in each AKE, so no pair of the earlier session stays in use. Their keys stay if
 * the AKE used one that we know.
 *
 * @param ours - our key of the AKE, number `AKE_KEY_ID`
 * @param next - the key that follows it
 * @param previous - the keys of the encrypted session that this AKE replaces; the caller wipes them
 * @param oldMacKeys - the MAC keys that the first message will reveal
 * @see [OTRv3, "Key Management"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function keysAfterAke(
  ours: V3Keys['ours'], next: V3Keys['ours'], theirs: Uint8Array, theirKeyId: number, previous: V3Keys | undefined, oldMacKeys: Secret,
): V3Keys {
  const keys: V3Keys = {
    ourKeyId: AKE_KEY_ID + 1,
    ours: next,
    oursPrevious: ours,
    theirKeyId,
    theirs,
    theirsPrevious: undefined,
    used: [],
    retired: [],
    gone: [],
    oldMacKeys,
  }
  if (previous === undefined) return keys
  const known = theirKeyId === previous.theirKeyId ? previous.theirs
    : theirKeyId === previous.theirKeyId - 1 ? previous.theirsPrevious : undefined
  if (known === undefined || !equalBytes(known, theirs)) return keys
  return { ...keys, theirKeyId: previous.theirKeyId, theirs: previous.theirs, theirsPrevious: previous.theirsPrevious }
}

/** Returns the keys that a received message names, or `undefined` if it names any but the two most recent ones of either side. */
export function selectKeys(keys: V3ReadingKeys, ourKeyId: number, theirKeyId: number): { ours: Dh1536KeyPair, theirs: Uint8Array } | undefined {
  const ours = ourKeyId === keys.ourKeyId ? keys.ours : ourKeyId === keys.ourKeyId - 1 ? keys.oursPrevious : undefined
  const theirs = theirKeyId === keys.theirKeyId ? keys.theirs : theirKeyId === keys.theirKeyId - 1 ? keys.theirsPrevious : undefined
  return ours === undefined || theirs === undefined ? undefined : { ours, theirs }
}

/** Returns how a pair was used until now. */
export function usedPair(keys: V3ReadingKeys, ourKeyId: number, theirKeyId: number): UsedPair {
  return keys.used.find((pair) => pair.ourKeyId === ourKeyId && pair.theirKeyId === theirKeyId)
    ?? { ourKeyId, theirKeyId, sent: 0, received: undefined }
}

/** Returns `used` with `pair` in place of the earlier entry for the same keys. */
export function withPair(used: readonly UsedPair[], pair: UsedPair): readonly UsedPair[] {
  const others = used.filter(({ ourKeyId, theirKeyId }) => ourKeyId !== pair.ourKeyId || theirKeyId !== pair.theirKeyId)
  others.push(pair)
  return others
}

/** Returns the keys after a message that rotated nothing. All fields are written out: this runs with every message, and a spread would cost more than the encryption. */
export function withUsed(keys: V3Keys, used: readonly UsedPair[], oldMacKeys: Secret): HandCopied<V3Keys> {
  const { ourKeyId, ours, oursPrevious, theirKeyId, theirs, theirsPrevious, retired, gone } = keys
  return { ourKeyId, ours, oursPrevious, theirKeyId, theirs, theirsPrevious, used, retired, gone, oldMacKeys }
}

/** Whether a message names a pair that went out of use, and a counter that was used under it. Then it was accepted before, or it came too late. */
export function wasAccepted(keys: V3Keys, ourKeyId: number, theirKeyId: number, counter: Uint8Array): boolean {
  return keys.retired.some((pair) =>
    pair.ourKeyId === ourKeyId && pair.theirKeyId === theirKeyId && compareBytes(counter, pair.counter) <= 0)
}

/** The keys that a received message replaces. */
export interface Rotation {
  /** Our next key, if the message showed that the other side has our most recent one. */
  readonly ours: SecretPair<Dh1536KeyPair> | undefined
  /** Their next key, if they made the message with their most recent one. */
  readonly theirs: Uint8Array | undefined
}

/** Whose keys must be rotated after a message with these key ids. */
export function rotationDue(keys: V3Keys, ourKeyId: number, theirKeyId: number): { readonly ours: boolean, readonly theirs: boolean } {
  return {
    ours: ourKeyId === keys.ourKeyId && ourKeyId < LAST_KEY_ID,
    theirs: theirKeyId === keys.theirKeyId && theirKeyId < LAST_KEY_ID,
  }
}

/** Whether a public key is one of these, or gives the same shared secrets as one of them. */
export function isKnownKey(publicKey: Uint8Array, known: readonly (Uint8Array | undefined)[]): boolean {
  return known.some((one) => one !== undefined && isSameDh1536(publicKey, one))
}

/**
 * Whether a key may become their next one. With an earlier key we would encrypt two texts with the same key and counter, and trust MAC keys that
 * were revealed; p minus an earlier key has the same effect. With one of our own keys both directions would use the same session key.
 */
export function mayFollow(keys: V3Keys, nextDh: Uint8Array): boolean {
  const { ours, oursPrevious, theirs, theirsPrevious, gone } = keys
  return gone.length < GONE_KEYS &&
    !isKnownKey(nextDh, [ours.publicKey, oursPrevious.publicKey, theirs, theirsPrevious, ...gone.map(({ publicKey }) => publicKey)])
}

/**
 * Rotates keys, and collects the MAC keys to reveal. The caller wipes the secrets that are out of use by `wipeRotated`.
 *
 * @see [OTRv3, "Revealing MAC keys"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function rotateKeys(keys: V3Keys, rotation: Rotation): V3Keys {
  let next = keys
  if (rotation.ours !== undefined) {
    const gone = next.ourKeyId - 1
    next = {
      ...retire(next, (pair) => pair.ourKeyId === gone),
      ourKeyId: next.ourKeyId + 1, ours: rotation.ours, oursPrevious: next.ours,
      // Forget those that went out of use before our previous key came into use.
      gone: next.gone.filter(({ ourKeyId }) => ourKeyId >= next.ourKeyId),
    }
  }
  if (rotation.theirs !== undefined) {
    const gone = next.theirKeyId - 1
    next = {
      ...retire(next, (pair) => pair.theirKeyId === gone),
      theirKeyId: next.theirKeyId + 1, theirs: rotation.theirs, theirsPrevious: next.theirs,
      gone: next.theirsPrevious === undefined ? next.gone : [...next.gone, { publicKey: next.theirsPrevious, ourKeyId: next.ourKeyId }],
    }
  }
  return next
}

/** Takes pairs out of use. The receiving MAC keys that verified something under them will be revealed. */
function retire(keys: V3Keys, isGone: (pair: UsedPair) => boolean): V3Keys {
  const gone = keys.used.filter(isGone)
  if (gone.length === 0) return keys
  const retired = gone.flatMap(({ ourKeyId, theirKeyId, received }) =>
    received === undefined ? [] : [{ ourKeyId, theirKeyId, counter: received.counter }])
  return {
    ...keys,
    used: keys.used.filter((pair) => !isGone(pair)),
    retired: [...retired, ...keys.retired].slice(0, RETIRED_PAIRS),
    oldMacKeys: concatSecrets(keys.oldMacKeys, ...macKeysOf(gone)),
  }
}

/** Returns the receiving MAC keys that verified something under these pairs: 20 bytes each. */
export function macKeysOf(pairs: readonly UsedPair[]): Uint8Array[] {
  return pairs.flatMap(({ received }) => received === undefined ? [] : [received.macKey])
}

/** Returns all MAC keys to reveal when every key of a session is wiped: no copies. */
export function allMacKeys(keys: V3Keys): Uint8Array[] {
  return [keys.oldMacKeys, ...macKeysOf(keys.used)]
}

/** Wipes the secrets that `rotateKeys` took out of use. */
export function wipeRotated(before: V3Keys, after: V3Keys): void {
  if (after.theirsPrevious !== before.theirsPrevious && before.theirsPrevious !== undefined) {
    forgetSessionKeys(before.ours, before.theirsPrevious)
    forgetSessionKeys(before.oursPrevious, before.theirsPrevious)
  }
  if (after.oursPrevious !== before.oursPrevious) wipeKeyPair(before.oursPrevious)
  if (after.oldMacKeys === before.oldMacKeys) return
  // Now they stand side by side in `after.oldMacKeys`.
  wipe(before.oldMacKeys)
  wipeMacKeys(before, after)
}

/** Wipes what only `made` has, which was made from `kept` and is not used. */
export function wipeUnused(kept: V3Keys, made: V3Keys): void {
  if (made.ours !== kept.ours) wipeKeyPair(made.ours)
  if (made.oldMacKeys !== kept.oldMacKeys) wipe(made.oldMacKeys)
  wipeMacKeys(made, kept)
}

/** Wipes the MAC keys that only the first of these has. */
function wipeMacKeys(gone: V3Keys, kept: V3Keys): void {
  const inUse = new Set(macKeysOf(kept.used))
  for (const macKey of macKeysOf(gone.used)) if (!inUse.has(macKey)) wipe(macKey)
}

/** Wipes all secrets of a session that is over. */
export function wipeKeys(keys: V3ReadingKeys & Partial<Pick<V3Keys, 'oldMacKeys'>>): void {
  wipeKeyPair(keys.ours)
  wipeKeyPair(keys.oursPrevious)
  wipe(keys.oldMacKeys)
  for (const { received } of keys.used) wipe(received?.macKey)
}

/** Overwrites a key pair and what was derived from it. */
export function wipeKeyPair(pair: Dh1536KeyPair): void {
  forgetSessionKeys(pair)
  wipe(pair.privateKey)
}
