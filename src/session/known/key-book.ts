import type { HandCopied } from '../../protocol/index.js'
import type { SmpTally } from '../../smp/index.js'
import type { Trust, TrustHow } from './key-trust.js'
import { limits } from '../budget/limits.js'
import { keyVersionOf, type KeyVersion, type Version } from '../versions/version.js'

export type { TrustHow }

/** A key of the correspondent: one that they have shown, or that the application named. */
export interface KnownKey {
  /** The version of OTR that the key is for: 3 in version 2 too. */
  readonly version: KeyVersion
  /** Hex, lower case. */
  readonly fingerprint: string
  /** The trust in the key. */
  readonly trust: Trust
  /** What set the trust. */
  readonly how: TrustHow
  /** When it was first shown, or named by the application, seconds. */
  readonly firstSeen: number
  /** When it last was shown in a key exchange, seconds; absent: never. */
  readonly lastSeen?: number
  /**
   * A person accepted the key although nobody verified it: messages may go to it even if other keys are trusted more. Verifying another
   * key takes the acceptance back.
   */
  readonly accepted?: true
  /** It was shown in version 2 only: nothing says that its owner's program speaks version 3. */
  readonly onlyIn2?: true
  /** @internal The verifications that the owner of the key has begun: neither a new session nor another instance gives them more guesses. */
  readonly smpTally?: SmpTally
}

/** A change of the trust in a key. */
export interface TrustChange {
  /** Seconds. */
  readonly at: number
  /** The version of OTR that the key is for: 3 in version 2 too. */
  readonly version: KeyVersion
  /** Hex, lower case. */
  readonly fingerprint: string
  /** The trust before. */
  readonly from: Trust
  /** The trust after. */
  readonly to: Trust
  /** What set it. */
  readonly how: TrustHow
}

/** What is known about a correspondent's keys: a part of `Conversation`. */
export interface KeyBook {
  /** In the order in which they became known. */
  readonly keys: readonly KnownKey[]
  /** The changes of trust, oldest first. */
  readonly trustHistory: readonly TrustChange[]
}

/** Whether a key is the first one, was known before, or differs from those known before. */
export type KeyNovelty = 'new' | 'known' | 'changed'

/** Finds the key of a version by its fingerprint. */
export function findKey({ keys }: Pick<KeyBook, 'keys'>, version: KeyVersion, fingerprint: string): KnownKey | undefined {
  return keys.find((key) => key.version === version && key.fingerprint === fingerprint)
}

/**
 * The least trust that a key needs before anything is sent to it. `changed`: any key; `seen`: the first key, or one that a person accepted;
 * `verified`: one that a person verified. An `unknown` key has no session.
 */
export type TrustFloor = Exclude<Trust, 'unknown'>

const order: Readonly<Record<Trust, number>> = { unknown: 0, changed: 0, seen: 1, verified: 2 }

/** Orders trust: below 0 if `a` is less than `b`. `unknown` and `changed` are equal and lowest. */
export function compareTrust(a: Trust, b: Trust): number {
  return order[a] - order[b]
}

/**
 * The floor of a conversation: the highest trust among its keys. Nothing is sent to a key with less, unless a person accepted that key
 * (`spec/trust.md`, rule 2). The floor is computed from the keys and never stored, so it cannot disagree with them.
 */
export function floorOf({ keys }: Pick<KeyBook, 'keys'>): TrustFloor {
  let floor: TrustFloor = 'changed'
  for (const { trust } of keys) {
    if (trust === 'verified') return trust
    if (trust === 'seen') floor = trust
  }
  return floor
}

/** Whether anything may be sent to a key: rule 2 of `spec/trust.md`. `strict`: only to verified keys. */
export function isSendable(book: Pick<KeyBook, 'keys'>, version: Version, fingerprint: string, strict: boolean): boolean {
  const key = findKey(book, keyVersionOf(version), fingerprint)
  if (key === undefined) return false
  if (strict) return key.trust === 'verified'
  return key.accepted === true || compareTrust(key.trust, floorOf(book)) >= 0
}

/**
 * Notes that a key exchange in this version was completed with this key. `fingerprint`: hex, lower case; `now`: seconds. `isInUse`: whether an encrypted
 * session uses a key; such a key is forgotten last.
 */
export function keyShown(
  book: KeyBook, spoken: Version, fingerprint: string, now: number, isInUse: (key: KnownKey) => boolean,
): KeyBook & { readonly novelty: KeyNovelty } {
  const version = keyVersionOf(spoken)
  const known = findKey(book, version, fingerprint)
  if (known === undefined) {
    // Keys of either version count: somebody without the correspondent's key of one version may have made one of the other.
    const others = book.keys.length > 0
    const trust = others ? 'changed' : 'seen'
    const key: KnownKey = { version, fingerprint, trust, how: 'shown', firstSeen: now, lastSeen: now, ...(spoken === 2 && { onlyIn2: true }) }
    return { ...written(book, key, 'unknown', now, isInUse), novelty: others ? 'changed' : 'new' }
  }
  const seen = seenIn(spoken, known, now)
  if (known.trust !== 'unknown') return { ...written(book, seen, known.trust, now), novelty: 'known' }
  // The application named the key, so it is no surprise. But that did not accept it in addition to the keys seen before.
  const others = book.keys.some((one) => one !== known && one.trust !== 'unknown')
  const key: KnownKey = { ...seen, trust: others ? 'changed' : 'seen', how: 'shown' }
  return { ...written(book, key, known.trust, now), novelty: 'known' }
}

/** A known key that was shown once more: in version 2 only, or not any longer. */
function seenIn(spoken: Version, known: KnownKey, now: number): HandCopied<KnownKey, 'lastSeen' | 'accepted' | 'smpTally' | 'onlyIn2'> {
  const { version, fingerprint, trust, how, firstSeen, lastSeen, accepted, smpTally, onlyIn2 } = known
  const stays2 = spoken === 2 && (onlyIn2 === true || lastSeen === undefined)
  return {
    version, fingerprint, trust, how, firstSeen, lastSeen: now, ...(accepted && { accepted }), ...(smpTally !== undefined && { smpTally }),
    ...(stays2 && { onlyIn2: true }),
  }
}

/**
 * Sets the trust in a key. `seen` accepts a key that nobody verified. `verified` raises the floor for all other keys, accepted or not.
 * `unknown` takes back what was said: a key that was shown becomes `seen`, or `changed` if other keys came before it.
 */
export function trustKey(
  book: KeyBook, version: KeyVersion, fingerprint: string, trust: Exclude<Trust, 'changed'>, how: TrustHow, now: number,
): KeyBook {
  const known = findKey(book, version, fingerprint)
  const before: Trust = known?.trust ?? 'unknown'
  const after = trust === 'unknown' ? withoutWord(book, known) : trust
  const accepted = trust === 'seen' && how === 'manually'
  if (known !== undefined && before === after && (known.accepted === true) === accepted) return book
  const { firstSeen, lastSeen, smpTally, onlyIn2 } = known ?? { firstSeen: now }
  const key: KnownKey = {
    version, fingerprint, trust: after, how, firstSeen, ...(lastSeen !== undefined && { lastSeen }), ...(accepted && { accepted }),
    ...(smpTally !== undefined && { smpTally }), ...(onlyIn2 && { onlyIn2 }),
  }
  const raised = after === 'verified' && before !== 'verified' ? { ...book, keys: book.keys.map(withoutAcceptance) } : book
  return written(raised, key, before, now)
}

function withoutAcceptance(key: KnownKey): HandCopied<KnownKey, 'accepted' | 'lastSeen' | 'smpTally' | 'onlyIn2'> {
  if (key.accepted === undefined) return key
  const { version, fingerprint, trust, how, firstSeen, lastSeen, smpTally, onlyIn2 } = key
  return {
    version, fingerprint, trust, how, firstSeen, ...(lastSeen !== undefined && { lastSeen }), ...(smpTally !== undefined && { smpTally }),
    ...(onlyIn2 && { onlyIn2 }),
  }
}

/** The trust in a key about which no person says anything. */
function withoutWord({ keys }: KeyBook, known: KnownKey | undefined): Trust {
  if (known?.lastSeen === undefined) return 'unknown'
  if (known.trust === 'changed') return 'changed'
  const [first] = keys.filter(({ trust }) => trust !== 'unknown')
  return first?.version === known.version && first.fingerprint === known.fingerprint ? 'seen' : 'changed'
}

function written(book: KeyBook, key: KnownKey, before: Trust, at: number, isInUse: (key: KnownKey) => boolean = () => false): KeyBook {
  const { version, fingerprint, trust, how } = key
  const at0 = book.keys.findIndex((one) => one.version === version && one.fingerprint === fingerprint)
  const keys = at0 < 0 ? bounded([...book.keys, key], isInUse) : book.keys.with(at0, key)
  if (before === trust) return { keys, trustHistory: book.trustHistory }
  return { keys, trustHistory: boundedHistory([...book.trustHistory, { at, version, fingerprint, from: before, to: trust, how }]) }
}

/**
 * Removes a key if there are too many: a `changed` one, preferably one without an encrypted session, otherwise one that nobody
 * verified. The newest stays.
 */
function bounded(keys: readonly KnownKey[], isInUse: (key: KnownKey) => boolean): readonly KnownKey[] {
  if (keys.length <= limits.fingerprints) return keys
  const old = keys.slice(0, -1)
  const changed = old.filter(({ trust }) => trust === 'changed')
  const given = changed.find((key) => !isInUse(key)) ?? changed[0] ?? old.find(({ trust }) => trust !== 'verified')
  return keys.filter((one) => one !== given)
}

/** Removes a change if there are too many. Somebody who shows one key after another must not push out what people have said. */
function boundedHistory(history: readonly TrustChange[]): readonly TrustChange[] {
  if (history.length <= limits.trustHistory) return history
  const given = history.find(({ how }) => how === 'shown') ?? history[0]
  return history.filter((one) => one !== given)
}
