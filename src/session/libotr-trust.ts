import type { LibotrFingerprint } from '../v3/libotr/index.js'
import { hexDecode, hexEncode } from '../wire/index.js'
import type { ClientEvent } from './event.js'
import type { TrustLevel, TrustOptions } from './host.js'
import type { KnownKey } from './trust.js'

/** What is asked of a client here. */
export interface KeyKeeper {
  readonly address: string
  peers(): readonly string[]
  keys(peer: string): readonly KnownKey[]
}

interface TrustKeeper extends KeyKeeper {
  trust(peer: string, level: TrustLevel, options: TrustOptions): ClientEvent[]
}

/**
 * Takes over what another program knew of version 3 keys: those of lines whose account is this one (Pidgin writes a resource behind
 * it) count as verified where the file says so, else as seen. Nothing that is known here becomes worth less.
 */
export function takeFingerprints(client: TrustKeeper, fingerprints: readonly LibotrFingerprint[]): ClientEvent[] {
  return fingerprints.filter(({ account }) => account === client.address || account.split('/')[0] === client.address).flatMap((one) => {
    const fingerprint = hexEncode(one.fingerprint)
    const known = client.keys(one.username).find((key) => key.version === 3 && key.fingerprint === fingerprint)
    if (one.trust === '' ? known !== undefined : known?.trust === 'verified') return []
    return client.trust(one.username, one.trust === '' ? 'seen' : 'verified', { fingerprint, version: 3, how: 'import' })
  })
}

/** The version 3 keys that correspondents were seen with, as libotr's programs keep them. `protocol`: as those call it, `prpl-jabber`, `IRC`. */
export function giveFingerprints(client: KeyKeeper, protocol: string): LibotrFingerprint[] {
  return client.peers().flatMap((username) => client.keys(username).filter(({ version }) => version === 3).map(({ fingerprint, trust, how }) => ({
    username,
    account: client.address,
    protocol,
    fingerprint: hexDecode(fingerprint),
    trust: trust !== 'verified' ? '' : how === 'smp' ? 'smp' : 'verified',
  })))
}
