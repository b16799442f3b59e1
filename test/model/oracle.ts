import type { PolicyChanges, TrustLevel } from '../../src/index.js'
import { personOf, type KeyName } from './cast.js'

/*
 * What the rules remember about the path so far. It is derived from what the application did and what was proved, never from the client, because
 * the client is what is checked.
 */

/** 0: it was only named. 1: shown after others, and nobody accepted it. 2: the first, or accepted. 3: verified. */
export type Worth = 0 | 1 | 2 | 3

/** The trust in a key at one address. */
export interface TrustFloor {
  readonly key: KeyName
  readonly worth: Worth
  /** A key exchange was completed with it. */
  readonly shown: boolean
  /** The application set it to `seen`, and has verified no other key since. */
  readonly accepted: boolean
}

/** How alice came to a verification that is under way in a session. */
export interface Verification {
  readonly ssid: string
  readonly key: KeyName
  /** `answered`: she answered without a question; `question`: she answered a question. */
  readonly how: 'asked' | 'asked-question' | 'began' | 'answered' | 'question'
}

/** What protects one address. */
export interface Ward {
  /** Text must not go in clear. */
  readonly latched: boolean
  readonly policy: Rules
  /** In the order in which they became known. */
  readonly keys: readonly TrustFloor[]
  readonly verifications: readonly Verification[]
  /** A session in version 3 or 4 was established, with whatever key. */
  readonly newer: boolean
  /** That was with a key to which nothing may go, while a session of version 2 stood that a choice for everybody allowed: it goes on. */
  readonly goesOn: boolean
}

/** The part of the policy that the rules depend on; `undefined`: the account's. */
export interface Rules {
  readonly requireEncryption?: boolean | undefined
  readonly requireVerified?: boolean | undefined
  readonly requireInteractive?: boolean | undefined
  /** Of an account: for everybody. */
  readonly allowV2?: boolean | undefined
}

const followed = ['requireEncryption', 'requireVerified', 'requireInteractive', 'allowV2'] as const satisfies readonly (keyof Rules)[]

/** A text that has not been read yet, as far as alice knows, and its addresses: the original one, and those that the application renamed it to. */
export interface Meant {
  readonly text: string
  readonly peers: readonly string[]
}

export interface Oracle {
  readonly policy: Rules
  readonly texts: readonly Meant[]
  /** When alice's client last asked for a session by itself, by address. */
  readonly asked?: Readonly<Record<string, number>>
  /** By address, in alphabetical order. */
  readonly wards: Readonly<Record<string, Ward>>
}

const unprotected: Ward = { latched: false, policy: {}, keys: [], verifications: [], newer: false, goesOn: false }

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

/** The application sends a text to an address. */
export function written(oracle: Oracle, text: string, peer: string): Oracle {
  return { ...oracle, texts: [...oracle.texts, { text, peers: [peer] }] }
}

/** Forgets texts that alice no longer keeps. */
export function forgetTexts(oracle: Oracle, kept: ReadonlySet<string>): Oracle {
  const texts = oracle.texts.filter(({ text }) => kept.has(text))
  return texts.length === oracle.texts.length ? oracle : { ...oracle, texts }
}

/** Rule 1: whether a text may go to an address. */
export function isFor({ texts }: Oracle, text: string, peer: string): boolean {
  return texts.find((one) => one.text === text)?.peers.includes(peer) ?? false
}

/** What is known about an address. */
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

/** The trust in a key at an address; 0 if it is not known there. */
export function worthOf({ keys }: Ward, key: KeyName): Worth {
  return keys.find((one) => one.key === key)?.worth ?? 0
}

/** The floor: the highest trust among the keys of this address. */
export function floorOf({ keys }: Ward): Worth {
  return keys.reduce<Worth>((best, { worth }) => worth > best ? worth : best, 0)
}

/** Rule 2: whether anything may be sent to a key; `strict`: only to verified keys if the application requires that. */
export function mayHave(oracle: Oracle, peer: string, key: KeyName, strict = rulesFor(oracle, peer).requireVerified): boolean {
  const ward = wardOf(oracle, peer)
  const known = ward.keys.find((one) => one.key === key)
  if (known === undefined || known.worth === 0) return false
  return strict ? known.worth === 3 : known.accepted || known.worth >= floorOf(ward)
}

/** A session was established. */
export function shown(oracle: Oracle, peer: string, key: KeyName): Oracle {
  return changed(oracle, peer, (ward) => {
    const known = ward.keys.find((one) => one.key === key)
    const worth: Worth = ward.keys.some((one) => one !== known) ? 1 : 2
    const keys = known === undefined ? [...ward.keys, { key, worth, shown: true, accepted: false }]
      : known.shown ? ward.keys : ward.keys.map((one) => one === known ? { ...known, shown: true, worth: known.worth === 0 ? worth : known.worth } : one)
    return ward.latched && keys === ward.keys ? ward : { ...ward, latched: true, keys }
  })
}

/** The application asks for privacy. */
export function latch(oracle: Oracle, peer: string): Oracle {
  return changed(oracle, peer, (ward) => ward.latched ? ward : { ...ward, latched: true })
}

/** The application allows text in clear. */
export function unlatch(oracle: Oracle, peer: string): Oracle {
  return changed(oracle, peer, (ward) => ward.latched ? { ...ward, latched: false } : ward)
}

/**
 * A session in version 3 or 4 was established. If messages may go to its key, it is the correspondent's, and a choice of version 2 is over. Comes
 * after `shown`. `stands`: a session of version 2 stood.
 */
export function seenNewer(oracle: Oracle, peer: string, key: KeyName, stands: boolean): Oracle {
  const isTheirs = mayHave(oracle, peer, key, false)
  const { newer, goesOn, policy: { allowV2, ...policy } } = wardOf(oracle, peer)
  const next = { newer: true, goesOn: !isTheirs && stands && (goesOn || mayHave2(oracle, peer) === 'by the account') }
  if (newer && goesOn === next.goesOn && !(isTheirs && allowV2 !== undefined)) return oracle
  return changed(oracle, peer, (ward) => ({ ...ward, ...next, ...(isTheirs && { policy }) }))
}

/** No session of version 2 stands any more. */
export function endedIn2(oracle: Oracle, peer: string): Oracle {
  return changed(oracle, peer, (ward) => ward.goesOn ? { ...ward, goesOn: false } : ward)
}

/** Whether somebody chose version 2 for this correspondent, or for everybody, and the choice counts. */
export function mayHave2(oracle: Oracle, peer: string): 'chosen' | 'by the account' | undefined {
  const { policy, newer, goesOn } = wardOf(oracle, peer)
  for (const rule of ['requireEncryption', 'requireVerified', 'requireInteractive'] as const) if (policy[rule] ?? oracle.policy[rule]) return undefined
  if (policy.allowV2 !== undefined) return policy.allowV2 ? 'chosen' : undefined
  return oracle.policy.allowV2 === true && (!newer || goesOn) ? 'by the account' : undefined
}

/** A person's decision, or a verification that counts. Verifying a key takes back the acceptance of others. */
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

/** The trust in a key after a person took back what they said. */
function withoutWord({ keys }: Ward, known: TrustFloor | undefined): Worth {
  if (known?.shown !== true) return 0
  if (known.worth === 1) return 1
  return keys.find(({ worth }) => worth > 0) === known ? 2 : 1
}

/** The application changes the policy. */
export function policyChanged(oracle: Oracle, changes: PolicyChanges, peer: string | undefined): Oracle {
  const over = (rules: Rules): Rules => ({ ...rules, ...Object.fromEntries(followed.filter((field) => field in changes).map((field) => [field, changes[field]])) })
  return peer === undefined ? { ...oracle, policy: over(oracle.policy) } : changed(oracle, peer, (ward) => ({ ...ward, policy: over(ward.policy) }))
}

/** The correspondent has another address: from now on it is protected as well, by the stricter rules of both. */
export function renamed(oracle: Oracle, peer: string, to: string): Oracle {
  const { latched, policy, keys, verifications, newer, goesOn } = wardOf(oracle, peer)
  const texts = oracle.texts.map((one) => one.peers.includes(peer) ? { ...one, peers: [...one.peers, to] } : one)
  const moved = texts.some((one, at) => one !== oracle.texts[at]) ? { ...oracle, texts } : oracle
  // If nothing is known about them, only the waiting texts move.
  if (!latched && keys.length === 0 && Object.keys(policy).length === 0) return moved
  return changed(moved, to, (ward) => ({
    latched: ward.latched || latched, policy: stricter(policy, ward.policy), keys, verifications, newer: ward.newer || newer, goesOn,
  }))
}

function stricter(ours: Rules, theirs: Rules): Rules {
  const both = (a: boolean | undefined, b: boolean | undefined): boolean | undefined => a === true || b === true ? true : b ?? a
  return {
    requireEncryption: both(ours.requireEncryption, theirs.requireEncryption), requireVerified: both(ours.requireVerified, theirs.requireVerified),
    requireInteractive: both(ours.requireInteractive, theirs.requireInteractive),
    allowV2: ours.allowV2 === false || theirs.allowV2 === false ? false : theirs.allowV2 ?? ours.allowV2,
  }
}

/** The client asks for a session because of what the network did. */
export function asked(oracle: Oracle, peer: string, now: number): Oracle {
  return { ...oracle, asked: { ...oracle.asked, [peer]: now } }
}

/** A verification has reached this point. */
export function verifying(oracle: Oracle, peer: string, { ssid, key, how }: Verification): Oracle {
  return changed(oracle, peer, (ward) => ({
    ...ward, verifications: [...ward.verifications.filter((one) => one.ssid !== ssid), { ssid, key, how }],
  }))
}

/** Forgets verifications in sessions that no longer exist. */
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
