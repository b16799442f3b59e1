import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { rfc6979Key, javaGroupKey } from '../../dsa.js'
import { bigEndian, concat, mpi, uint } from '../../v4-second/bytes.js'
import { encode, G, multiply, secretScalar } from '../../v4-second/ed448.js'
import { id, kdf } from '../../v4-second/kdf.js'
import { serverFingerprint } from '../../prekey-second/formulas.js'
import { Group, hex, text } from '../define.js'

export interface Recorded {
  readonly alice_pub: string
  readonly bob_pub: string
  readonly steps: readonly { readonly what: string, readonly by: string, readonly dump?: readonly string[], readonly wire?: readonly { readonly from: string, readonly msg: string }[], readonly alice?: { readonly events: readonly string[] }, readonly bob?: { readonly events: readonly string[] } }[]
}

/** What libotr 4.1.1 did with itself: test/vectors/data/v3-libotr. */
export const recorded = (name: string): Recorded =>
  JSON.parse(readFileSync(new URL(`../../../vectors/data/v3-libotr/${name}.json`, import.meta.url), 'utf8')) as Recorded

/** The four numbers of a recorded public key, as PUBKEY. */
export function recordedKey(line: string): Uint8Array {
  const four = new Uint8Array(Buffer.from(/data=([A-Za-z0-9+/=]+)/.exec(line)?.[1] ?? '', 'base64'))
  return concat(uint(0, 2), four)
}

export const pubkey = ({ p, q, g, y }: { readonly p: Uint8Array, readonly q: Uint8Array, readonly g: Uint8Array, readonly y: Uint8Array }): Uint8Array =>
  concat(uint(0, 2), mpi(bigEndian(p)), mpi(bigEndian(q)), mpi(bigEndian(g)), mpi(bigEndian(y)))

export function fingerprints(): Group {
  const group = new Group('fingerprints', 'Fingerprints', 'Of both versions, and of prekey servers.', {
    v4: { about: 'HWC(usage_fingerprint || H || F, 56), over the bare points', section: 'OTRv4, Public keys, Shared Prekeys, Forging keys and Fingerprints', given: { publicKey: hex('H', 57), forgingKey: hex('F', 57) }, expected: { fingerprint: hex('56 bytes') } },
    v3: { about: 'SHA-1 of the PUBKEY without its type', section: 'OTRv3, Public keys, signatures, and fingerprints', given: { publicKey: hex('PUBKEY: type 0x0000, p, q, g, y') }, expected: { fingerprint: hex('', 20), human: text('five groups of eight digits, as libotr shows them') } },
    prekeyServer: { about: 'The fingerprint of a prekey server: OTRv4\'s KDF with usage 0x00 over H_s', section: 'Prekey server, Server identity', given: { publicKey: hex('H_s', 57) }, expected: { fingerprint: hex('56 bytes') } },
  })
  const point = (label: string): Uint8Array => encode(multiply(secretScalar(group.draw(label, 57)), G))
  for (let n = 1; n <= 8; n++) {
    const [publicKey, forgingKey] = [point(`H ${n}`), point(`F ${n}`)]
    group.valid('v4', `keys ${n}`, { publicKey, forgingKey }, { fingerprint: kdf(id.fingerprint, 56, publicKey, forgingKey) })
    if (n <= 2) group.valid('v4', `keys ${n}, exchanged: another fingerprint`, { publicKey: forgingKey, forgingKey: publicKey }, { fingerprint: kdf(id.fingerprint, 56, forgingKey, publicKey) })
    group.valid('prekeyServer', `key ${n}`, { publicKey }, { fingerprint: serverFingerprint(publicKey) })
  }
  const dsa = (about: string, key: Uint8Array, confirmed?: string): void => {
    const fingerprint = createHash('sha1').update(key.slice(2)).digest()
    if (confirmed !== undefined && fingerprint.toString('hex') !== confirmed) throw new Error(`${about}: not what libotr found`)
    group.valid('v3', about, { publicKey: key }, { fingerprint: new Uint8Array(fingerprint), human: fingerprint.toString('hex').toUpperCase().match(/.{8}/g)!.join(' ') }, confirmed === undefined ? undefined : ['libotr 4.1.1, recorded'])
  }
  dsa('the key of RFC 6979, A.2.1', pubkey(rfc6979Key))
  dsa('a key in the group of Java\'s libraries', pubkey(javaGroupKey))
  const full = recorded('v3-full')
  const seen = (events: readonly string[] = []): string | undefined => events.map((event) => /^EVENT new_fingerprint \w+ fp=([0-9a-f]{40})/.exec(event)?.[1]).find((one) => one !== undefined)
  const first = full.steps[0]
  dsa('Alice\'s key in the recording of libotr', recordedKey(full.alice_pub), seen(first?.bob?.events) ?? 'missing')
  dsa('Bob\'s key in the recording of libotr', recordedKey(full.bob_pub), seen(first?.alice?.events) ?? 'missing')
  return group
}
