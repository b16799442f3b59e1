import type { LibotrFingerprint } from '../../v3/libotr/index.js'
import { hexDecode, hexEncode } from '../../wire/index.js'
import type { ClientEvent } from '../event.js'
import type { TrustLevel, TrustOptions } from '../conversation/commands/trust.js'
import type { KnownKey } from './key-book.js'

/** The part of a client that an export reads. */
export interface KeySource {
  /** The account's own address. */
  readonly address: string
  /** The correspondents whose keys are known. */
  peers(): readonly string[]
  /** What is known about one of them. */
  conversation(peer: string): { readonly keys: readonly KnownKey[] }
}

interface TrustTarget extends KeySource {
  conversation(peer: string): { readonly keys: readonly KnownKey[], trust(level: TrustLevel, options: TrustOptions): ClientEvent[] }
}

/**
 * Returns the canonical spelling of a name by the rules of its network; throws if it is not a valid name there. `protocol` names the network
 * as libotr's programs do. Use `canonicalJid` of `otr4/transport/xmpp` and `canonicalNick` of `otr4/transport/irc`.
 */
export type CanonicalName = (protocol: string, name: string) => string

/** Several spellings of one correspondent's or one account's name. */
export interface SpellingCollision {
  /** The canonical name. */
  readonly name: string
  /** The spellings that were found. */
  readonly spellings: readonly string[]
}

/** The result of an import of fingerprints. */
export interface ImportedFingerprints {
  /** How many belong to this account's correspondents. Some of these keys may have been known already. */
  readonly taken: number
  /** How many belong to another account. */
  readonly others: number
  /** Correspondents whose name is not valid on that network, with the number of the line if it is known. They were not imported. */
  readonly refused: readonly { readonly username: string, readonly line?: number }[]
  /** Names that occurred in several spellings, now merged: the higher trust in each key counts. Tell the person. */
  readonly collisions: readonly SpellingCollision[]
}

interface Prepared {
  readonly mine: readonly { readonly peer: string, readonly fingerprint: string, readonly verified: boolean }[]
  readonly report: ImportedFingerprints
}

/**
 * Imports what another program knew about version 3 keys. Entries of this account (Pidgin adds a resource to its name) become `verified` if
 * the file says so, otherwise `seen`. The trust in a key that is known here is never lowered. `line`, if an entry has one, goes into the
 * report.
 */
export function importFingerprints(
  client: TrustTarget, fingerprints: readonly (LibotrFingerprint & { readonly line?: number })[], canonical: CanonicalName = asItIs,
): { readonly events: ClientEvent[], readonly report: ImportedFingerprints } {
  const { mine, report } = prepare(client.address, fingerprints, canonical)
  const events = mine.flatMap(({ peer, fingerprint, verified }) => {
    const conversation = client.conversation(peer)
    const known = conversation.keys.find((key) => key.version === 3 && key.fingerprint === fingerprint)
    if (verified ? known?.trust === 'verified' : known !== undefined) return []
    return conversation.trust(verified ? 'verified' : 'seen', { fingerprint, version: 3, how: 'import' })
  })
  return { events, report }
}

const asItIs: CanonicalName = (_, name) => name

function prepare(address: string, fingerprints: readonly (LibotrFingerprint & { readonly line?: number })[], canonical: CanonicalName): Prepared {
  const spellings = new Spellings()
  const refused: ImportedFingerprints['refused'][number][] = []
  const mine = new Map<string, Prepared['mine'][number]>()
  let taken = 0
  const ours = (protocol: string, account: string): boolean =>
    spelled(canonical, protocol, account) === spelled(canonical, protocol, address) || account.split('/')[0] === address
  for (const { username, account, protocol, fingerprint, trust, line } of fingerprints) {
    if (!ours(protocol, account)) continue
    taken++
    const peer = nameOrNothing(canonical, protocol, username)
    if (peer === undefined) {
      refused.push({ username, ...(line !== undefined && { line }) })
      continue
    }
    spellings.add(address, account)
    spellings.add(peer, username)
    const key = `${peer}\0${hexEncode(fingerprint)}`
    mine.set(key, { peer, fingerprint: hexEncode(fingerprint), verified: trust !== '' || mine.get(key)?.verified === true })
  }
  const report = { taken: taken - refused.length, others: fingerprints.length - taken, refused, collisions: spellings.collisions() }
  return { mine: [...mine.values()], report }
}

/** Collects the spellings of each name. */
class Spellings {
  readonly #met = new Map<string, Set<string>>()

  add(name: string, spelling: string): void {
    const met = this.#met.get(name)
    if (met === undefined) this.#met.set(name, new Set([spelling]))
    else met.add(spelling)
  }

  collisions(): SpellingCollision[] {
    return [...this.#met].filter(([, met]) => met.size > 1).map(([name, met]) => ({ name, spellings: [...met] }))
  }
}

function nameOrNothing(canonical: CanonicalName, protocol: string, name: string): string | undefined {
  try {
    return canonical(protocol, name)
  } catch {
    return undefined
  }
}

/** A name that is not valid on its network is kept as it is: what was stored under it stays reachable. */
function spelled(canonical: CanonicalName, protocol: string, name: string): string {
  return nameOrNothing(canonical, protocol, name) ?? name
}

/**
 * Returns the version 3 keys of correspondents in the form of libotr's programs. `protocol`: their name for the network, such as
 * `prpl-jabber` or `IRC`. Names are spelled as `canonical` says; if a key was stored under several spellings, the higher trust counts.
 */
export function exportFingerprints(client: KeySource, protocol: string, canonical: CanonicalName = asItIs): LibotrFingerprint[] {
  const given = new Map<string, LibotrFingerprint>()
  for (const peer of client.peers()) {
    const username = spelled(canonical, protocol, peer)
    for (const { version, fingerprint, trust, how } of client.conversation(peer).keys) {
      if (version !== 3) continue
      const key = `${username}\0${fingerprint}`
      const worth = trust !== 'verified' ? '' : how === 'smp' ? 'smp' : 'verified'
      const before = given.get(key)
      if (before !== undefined && (before.trust !== '' || worth === '')) continue
      given.set(key, { username, account: spelled(canonical, protocol, client.address), protocol, fingerprint: hexDecode(fingerprint), trust: worth })
    }
  }
  return [...given.values()]
}
