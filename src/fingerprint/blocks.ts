import { checkedFingerprint, type Fingerprint } from './fingerprint.js'

/** The fingerprint in blocks of eight capital hex digits, as OTR programs show it: five in version 3, fourteen in version 4. */
export function fingerprintBlocks(fingerprint: Fingerprint): string[] {
  return checkedFingerprint(fingerprint).toUpperCase().match(/.{8}/g) ?? []
}
