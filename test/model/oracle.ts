import type { PolicyChanges, TrustLevel } from '../../src/index.js'
import { personOf, type KeyName } from './cast.js'

/*
 * What the rules remember of the way so far, told by what the host did and what was proved, never by asking the client: the client is
 * what is checked.
 */

/** 0: it was named and nothing is said of it. 1: shown after others, and nobody accepted it. 2: the first, or accepted. 3: verified. */
export type Worth = 0 | 1 | 2 | 3

/** What a key is worth with one address. */
export interface TrustFloor {
  readonly key: KeyName
  readonly worth: Worth
  /** A key exchange was completed with it. */
  readonly shown: boolean
  /** The host said `seen` of it, and has verified no other since. */
  readonly accepted: boolean
}

/** How alice came to a verification that is under way in a session. */
export interface Verification {
  readonly ssid: string
  readonly key: KeyName
  /** `answered`: she answered no question; `question`: she answered one. */
  readonly how: 'asked' | 'asked-question' | 'began' | 'answered' | 'question'
}

/** What protects one address. */
export interface Ward {
  /** Text must not go in clear. */
  readonly latched: boolean
  readonly policy: Rules
  /** In the order in which they were met. */
  readonly keys: readonly TrustFloor[]
  readonly verifications: readonly Verification[]
}

/** The part of the policy that the rules speak of; `undefined`: the account's. */
export interface Rules {
  readonly requireEncryption?: boolean | undefined
  readonly requireVerified?: boolean | undefined
}

/** A text that has not been read yet, as far as alice knows, and the addresses that it is for: one, and what the host renamed it to. */
export interface Meant {
  readonly text: string
  readonly peers: readonly string[]
}

export interface Oracle {
  readonly policy: Rules
  readonly texts: readonly Meant[]
  /** By address, in alphabetical order. */
  readonly wards: Readonly<Record<string, Ward>>
}

const unprotected: Ward = { latched: false, policy: {}, keys: [], verifications: [] }

export function newOracle(addresses: readonly string[]): Oracle {
  return { policy: {}, texts: [], wards: Object.fromEntries([...addresses].sort().map((address) => [address, unprotected])) }
}

export function wardOf({ wards }: Oracle, peer: string): Ward {
  return wards[peer] ?? unprotected
}

function changed(oracle: Oracle, peer: string, change: (ward: Ward) => Ward): Oracle {
  const before = wardOf(oracle, peer)
  const after = change(before)
  return after === before ? oracle : { ...oracle, wards: { ...oracle.wards, [peer]: after } }
}

/** The host gives a text for an address. */
export function written(oracle: Oracle, text: string, peer: string): Oracle {
  return { ...oracle, texts: [...oracle.texts, { text, peers: [peer] }] }
}

/** Forgets texts that alice keeps no more. */
export function forgetTexts(oracle: Oracle, kept: ReadonlySet<string>): Oracle {
  const texts = oracle.texts.filter(({ text }) => kept.has(text))
  return texts.length === oracle.texts.length ? oracle : { ...oracle, texts }
}

/** Rule 1: whether a text may go to an address. */
export function isFor({ texts }: Oracle, text: string, peer: string): boolean {
  return texts.find((one) => one.text === text)?.peers.includes(peer) ?? false
}

/** What holds for an address. */
export function rulesFor({ policy, wards }: Pick<Oracle, 'policy' | 'wards'>, peer: string): { readonly requireEncryption: boolean, readonly requireVerified: boolean } {
  const own = wards[peer]?.policy ?? {}
  return {
    requireEncryption: own.requireEncryption ?? policy.requireEncryption ?? false,
    requireVerified: own.requireVerified ?? policy.requireVerified ?? false,
  }
}

/** Rule 1: whether text for an address must not go in clear. */
export function mustNotGoInClear(oracle: Oracle, peer: string): boolean {
  const { requireEncryption, requireVerified } = rulesFor(oracle, peer)
  return wardOf(oracle, peer).latched || requireEncryption || requireVerified
}

/** What a key is worth with an address; 0 where it was never met. */
export function worthOf({ keys }: Ward, key: KeyName): Worth {
  return keys.find((one) => one.key === key)?.worth ?? 0
}

/** The best that this conversation has had: what a key must be worth for anything to be sent to it. */
export function floorOf({ keys }: Ward): Worth {
  return keys.reduce<Worth>((best, { worth }) => worth > best ? worth : best, 0)
}

/** Rule 2: whether anything may be sent to a key; `strict`: where the host wants verified keys alone, it goes to those. */
export function mayHave(oracle: Oracle, peer: string, key: KeyName, strict = rulesFor(oracle, peer).requireVerified): boolean {
  const ward = wardOf(oracle, peer)
  const known = ward.keys.find((one) => one.key === key)
  if (known === undefined || known.worth === 0) return false
  return strict ? known.worth === 3 : known.accepted || known.worth >= floorOf(ward)
}

/** A session came to stand. */
export function shown(oracle: Oracle, peer: string, key: KeyName): Oracle {
  return changed(oracle, peer, (ward) => {
    const known = ward.keys.find((one) => one.key === key)
    const worth: Worth = ward.keys.some((one) => one !== known) ? 1 : 2
    const keys = known === undefined ? [...ward.keys, { key, worth, shown: true, accepted: false }]
      : known.shown ? ward.keys : ward.keys.map((one) => one === known ? { ...known, shown: true, worth: known.worth === 0 ? worth : known.worth } : one)
    return ward.latched && keys === ward.keys ? ward : { ...ward, latched: true, keys }
  })
}

/** The host asks for privacy. */
export function latch(oracle: Oracle, peer: string): Oracle {
  return changed(oracle, peer, (ward) => ward.latched ? ward : { ...ward, latched: true })
}

/** The host says that text may go in clear. */
export function unlatch(oracle: Oracle, peer: string): Oracle {
  return changed(oracle, peer, (ward) => ward.latched ? { ...ward, latched: false } : ward)
}

/** Somebody's word, or a verification that counts. To verify a key takes back that others were accepted. */
export function trusted(oracle: Oracle, peer: string, key: KeyName, level: TrustLevel): Oracle {
  return changed(oracle, peer, (ward) => {
    const known = ward.keys.find((one) => one.key === key)
    const worth = level === 'verified' ? 3 : level === 'seen' ? 2 : withoutWord(ward, known)
    const next: TrustFloor = { key, worth, shown: known?.shown ?? false, accepted: level === 'seen' }
    const raised = level === 'verified' && known?.worth !== 3
    const others = raised ? ward.keys.map((one) => one.accepted ? { ...one, accepted: false } : one) : ward.keys
    const keys = known === undefined ? [...others, next] : others.map((one) => one.key === key ? next : one)
    return { ...ward, keys, latched: ward.latched || level === 'verified' }
  })
}

/** What a key is worth of which nobody says anything any more. */
function withoutWord({ keys }: Ward, known: TrustFloor | undefined): Worth {
  if (known?.shown !== true) return 0
  if (known.worth === 1) return 1
  return keys.find(({ worth }) => worth > 0) === known ? 2 : 1
}

/** The host changes the policy. */
export function policyChanged(oracle: Oracle, changes: PolicyChanges, peer: string | undefined): Oracle {
  const over = (rules: Rules): Rules => ({
    ...rules,
    ...('requireEncryption' in changes && { requireEncryption: changes.requireEncryption }),
    ...('requireVerified' in changes && { requireVerified: changes.requireVerified }),
  })
  return peer === undefined ? { ...oracle, policy: over(oracle.policy) } : changed(oracle, peer, (ward) => ({ ...ward, policy: over(ward.policy) }))
}

/** The person goes by another name: that is protected as well from here on, by the stricter of what holds for both. */
export function renamed(oracle: Oracle, peer: string, to: string): Oracle {
  const { latched, policy, keys, verifications } = wardOf(oracle, peer)
  const texts = oracle.texts.map((one) => one.peers.includes(peer) ? { ...one, peers: [...one.peers, to] } : one)
  const moved = texts.some((one, at) => one !== oracle.texts[at]) ? { ...oracle, texts } : oracle
  // Of whom nothing is known, nothing moves but what waits for them.
  if (!latched && keys.length === 0 && Object.keys(policy).length === 0) return moved
  return changed(moved, to, (ward) => ({
    latched: ward.latched || latched, policy: stricter(policy, ward.policy), keys, verifications,
  }))
}

function stricter(ours: Rules, theirs: Rules): Rules {
  const both = (a: boolean | undefined, b: boolean | undefined): boolean | undefined => a === true || b === true ? true : b ?? a
  return { requireEncryption: both(ours.requireEncryption, theirs.requireEncryption), requireVerified: both(ours.requireVerified, theirs.requireVerified) }
}

/** A verification has come so far. */
export function verifying(oracle: Oracle, peer: string, { ssid, key, how }: Verification): Oracle {
  return changed(oracle, peer, (ward) => ({
    ...ward, verifications: [...ward.verifications.filter((one) => one.ssid !== ssid), { ssid, key, how }],
  }))
}

/** Forgets verifications in sessions that stand no more. */
export function forgetVerifications(oracle: Oracle, peer: string, standing: readonly string[]): Oracle {
  return changed(oracle, peer, (ward) => {
    const verifications = ward.verifications.filter(({ ssid }) => standing.includes(ssid))
    return verifications.length === ward.verifications.length ? ward : { ...ward, verifications }
  })
}

/** Whether a key belongs to somebody who knows the secret for verifications. */
export function knowsSecret(key: KeyName): boolean {
  return personOf(key) === 'bob'
}
