import type { LibotrFingerprint } from '../../v3/libotr/index.js'
import { hexDecode, hexEncode } from '../../wire/index.js'
import type { ClientEvent } from '../event.js'
import type { TrustLevel, TrustOptions } from '../conversation/commands/trust.js'
import type { KnownKey } from './key-book.js'

/** What is asked of a client here. */
export interface KeySource {
  /** The account's own address. */
  readonly address: string
  /** The correspondents whose keys are known. */
  peers(): readonly string[]
  /** What is known of one of them. */
  conversation(peer: string): { readonly keys: readonly KnownKey[] }
}

interface TrustTarget extends KeySource {
  conversation(peer: string): { readonly keys: readonly KnownKey[], trust(level: TrustLevel, options: TrustOptions): ClientEvent[] }
}

/**
 * The one spelling of a name by the rules of its network, which `protocol` names as libotr's programs do; throws for what is no name
 * there. `canonicalJid` of `otr4/transport/xmpp` and `canonicalNick` of `otr4/transport/irc` know them.
 */
export type CanonicalName = (protocol: string, name: string) => string

/** Several spellings that are one correspondent's or one account's. */
export interface SpellingCollision {
  /** The name that they are one under. */
  readonly name: string
  /** How it was written. */
  readonly spellings: readonly string[]
}

/** What became of fingerprints that were to be imported. */
export interface ImportedFingerprints {
  /** How many of them are of this account's correspondents. Of those a key may have been known already. */
  readonly taken: number
  /** How many are another account's. */
  readonly others: number
  /** Correspondents whose name is none on that network, with the number of the line where it is known. They were not taken. */
  readonly refused: readonly { readonly username: string, readonly line?: number }[]
  /** What stood there under several spellings and is one now: the stronger trust in each key counts. Tell the person. */
  readonly collisions: readonly SpellingCollision[]
}

interface Prepared {
  readonly mine: readonly { readonly peer: string, readonly fingerprint: string, readonly verified: boolean }[]
  readonly report: ImportedFingerprints
}

/**
 * Takes over what another program knew of version 3 keys: those of lines whose account is this one (Pidgin writes a resource behind
 * it) count as verified where the file says so, else as seen. Nothing that is known here becomes worth less. `line`, where an entry has
 * one, goes into the report.
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

/** Collects under which spellings each name was met. */
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

/** A name that is none on its network is its own spelling: what was kept under it stays within reach. */
function spelled(canonical: CanonicalName, protocol: string, name: string): string {
  return nameOrNothing(canonical, protocol, name) ?? name
}

/**
 * The version 3 keys that correspondents were seen with, as libotr's programs keep them. `protocol`: as those call it, `prpl-jabber`,
 * `IRC`. Names are written in the one spelling that `canonical` knows; of a key that was kept under several the stronger trust counts.
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
