import type { Trust, Version } from './event.js'
import type { SmpTally } from '../smp/index.js'
import { limits } from './limits.js'

/** What made a key worth what it is: it was shown in a key exchange, or who or what vouched for it. */
export type TrustHow = 'shown' | 'manually' | 'smp' | 'transitional' | 'import'

/** A key of the correspondent: one that he was seen with, or that the host named. */
export interface KnownKey {
  readonly version: Version
  /** Hex, lower case. */
  readonly fingerprint: string
  readonly trust: Trust
  /** What made the trust so. */
  readonly how: TrustHow
  /** When it was first shown, or named by the host. Seconds. */
  readonly firstSeen: number
  /** When it last was shown in a key exchange, seconds; absent: never. */
  readonly lastSeen?: number
  /** How often whoever has the key began to verify: neither a new session nor another instance gives him more guesses. */
  readonly smpTally?: SmpTally
}

/** A key became worth more or less. */
export interface TrustChange {
  /** Seconds. */
  readonly at: number
  readonly version: Version
  /** Hex, lower case. */
  readonly fingerprint: string
  readonly from: Trust
  readonly to: Trust
  readonly how: TrustHow
}

/** What is known of a correspondent's keys: a part of `Conversation`. */
export interface KeyBook {
  /** In the order in which they were met. */
  readonly keys: readonly KnownKey[]
  /** How they came to be worth what they are, oldest first. */
  readonly trustHistory: readonly TrustChange[]
}

/** Whether a key was never met, was met before, or is another than those met before. */
export type KeyNovelty = 'new' | 'known' | 'changed'

/** The key of a version that has this fingerprint. */
export function findKey({ keys }: Pick<KeyBook, 'keys'>, version: Version, fingerprint: string): KnownKey | undefined {
  return keys.find((key) => key.version === version && key.fingerprint === fingerprint)
}

/** A key exchange was completed with this key. `fingerprint`: hex, lower case; `now`: seconds. */
export function keyShown(book: KeyBook, version: Version, fingerprint: string, now: number): KeyBook & { readonly novelty: KeyNovelty } {
  const known = findKey(book, version, fingerprint)
  if (known === undefined) {
    const others = book.keys.some((key) => key.version === version)
    const trust = others ? 'changed' : 'seen'
    const key: KnownKey = { version, fingerprint, trust, how: 'shown', firstSeen: now, lastSeen: now }
    return { ...written(book, key, 'unknown', now), novelty: others ? 'changed' : 'new' }
  }
  // The host knew it already, so it is no surprise, even beside others.
  const key: KnownKey = known.trust === 'unknown' ? { ...known, trust: 'seen', how: 'shown', lastSeen: now } : { ...known, lastSeen: now }
  return { ...written(book, key, known.trust, now), novelty: 'known' }
}

/**
 * Somebody says what a key is worth. `unknown` takes back what was said: a key that was shown is `seen` then, or `changed` where
 * others of its version stand before it.
 */
export function trustKey(
  book: KeyBook, version: Version, fingerprint: string, trust: Exclude<Trust, 'changed'>, how: TrustHow, now: number,
): KeyBook {
  const known = findKey(book, version, fingerprint)
  const before: Trust = known?.trust ?? 'unknown'
  const after = trust === 'unknown' ? withoutWord(book, known) : trust
  const key: KnownKey = known === undefined ? { version, fingerprint, trust: after, how, firstSeen: now } : { ...known, trust: after, how }
  return known !== undefined && before === after ? book : written(book, key, before, now)
}

/** What a key is worth of which nobody says anything. */
function withoutWord({ keys }: KeyBook, known: KnownKey | undefined): Trust {
  if (known?.lastSeen === undefined) return 'unknown'
  if (known.trust === 'changed') return 'changed'
  const [first] = keys.filter(({ version, trust }) => version === known.version && trust !== 'unknown')
  return first === known ? 'seen' : 'changed'
}

function written(book: KeyBook, key: KnownKey, before: Trust, at: number): KeyBook {
  const { version, fingerprint, trust, how } = key
  const at0 = book.keys.findIndex((one) => one.version === version && one.fingerprint === fingerprint)
  const keys = at0 < 0 ? bounded([...book.keys, key]) : book.keys.with(at0, key)
  if (before === trust) return { keys, trustHistory: book.trustHistory }
  return { keys, trustHistory: boundedHistory([...book.trustHistory, { at, version, fingerprint, from: before, to: trust, how }]) }
}

/** Where there are too many keys, one that nobody verified goes, the surprising ones first; the newest stays. */
function bounded(keys: readonly KnownKey[]): readonly KnownKey[] {
  if (keys.length <= limits.fingerprints) return keys
  const old = keys.slice(0, -1)
  const given = old.find(({ trust }) => trust === 'changed') ?? old.find(({ trust }) => trust !== 'verified')
  return keys.filter((one) => one !== given)
}

/** Whoever shows one key after another must not push out what people have said. */
function boundedHistory(history: readonly TrustChange[]): readonly TrustChange[] {
  if (history.length <= limits.trustHistory) return history
  const given = history.find(({ how }) => how === 'shown') ?? history[0]
  return history.filter((one) => one !== given)
}
