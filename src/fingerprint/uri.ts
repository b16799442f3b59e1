import { badFingerprint, checkedFingerprint, fingerprintFromHex, type Fingerprint } from './fingerprint.js'

/** The content of a QR code on a screen or a card: an address and the fingerprints of its keys. */
export interface FingerprintUri {
  /** The address as correspondents write it: a JID, a nick. */
  readonly address: string
  /** At most one of each version, the newest first. */
  readonly fingerprints: readonly Fingerprint[]
}

/** `otr4:ADDRESS?v4=HEX&v3=HEX`: see `spec/fingerprints.md`. @throws OtrError `OTR_FINGERPRINT` */
export function formatFingerprintUri({ address, fingerprints }: FingerprintUri): string {
  const sorted = [...fingerprints].sort((a, b) => b.version - a.version)
  const query = sorted.map((one) => `v${one.version}=${checkedFingerprint(one)}`).join('&')
  if (new Set(sorted.map(({ version }) => version)).size !== sorted.length) throw badFingerprint('two of one version')
  if (sorted.length === 0) throw badFingerprint('there is none')
  return `otr4:${encoded(address).replaceAll('%40', '@')}?${query}`
}

function encoded(address: string): string {
  try {
    return encodeURIComponent(address)
  } catch {
    throw badFingerprint('the address is no Unicode')
  }
}

/**
 * Reads such a line; also `xmpp:JID?otr-fingerprint=HEX`, as Conversations and others wrote it for version 3. Parameters with other names
 * are passed over. @throws OtrError `OTR_FINGERPRINT`
 */
export function parseFingerprintUri(text: string): FingerprintUri {
  const match = /^(otr4|xmpp):([^?#]*)\?([^#]*)$/i.exec(text.trim())
  const [, scheme = '', name = '', query = ''] = match ?? []
  if (match === null) throw badFingerprint('otr4:ADDRESS?v4=... is expected')
  const found: Fingerprint[] = []
  for (const part of query.split(/[&;]/)) {
    const [field = '', value = ''] = part.split('=')
    const wanted = versionOf(field.toLowerCase(), scheme.toLowerCase())
    if (wanted === undefined) continue
    const read = fingerprintFromHex(value)
    if (read === undefined || (wanted !== 'either' && read.version !== wanted)) throw badFingerprint(`${field} has other digits than it must`)
    if (found.some(({ version }) => version === read.version)) throw badFingerprint(`two of version ${read.version}`)
    found.push(read)
  }
  if (found.length === 0) throw badFingerprint('the line names none')
  return { address: decoded(name), fingerprints: found.sort((a, b) => b.version - a.version) }
}

function versionOf(name: string, scheme: string): 3 | 4 | 'either' | undefined {
  if (scheme === 'xmpp') return name === 'otr-fingerprint' ? 'either' : undefined
  return name === 'v4' ? 4 : name === 'v3' ? 3 : undefined
}

function decoded(address: string): string {
  try {
    return decodeURIComponent(address)
  } catch {
    throw badFingerprint('the address is not encoded as it must be')
  }
}
