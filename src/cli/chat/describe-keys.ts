import { compareFingerprints, fingerprintBlocks, fingerprintWords, readFingerprints, type Fingerprint } from '../../fingerprint/index.js'
import type { Client, ClientConversation, ConversationStatus, Trust } from '../../index.js'
import { formatInstanceTag } from '../../wire/index.js'

/** How a fingerprint is written for people. */
export type FingerprintForm = 'digits' | 'words'

/** How far a key is trusted, in words for people. */
const worth: Readonly<Record<Trust, string>> = {
  unknown: 'never seen', seen: 'not verified', verified: 'verified', changed: 'NOT the key that was met first, and not verified',
}

/** Whether a private conversation in version 2 stands. Then the keys of version 3 are those of version 2, too, and people have to read that. */
export function speaks2({ sessions }: ConversationStatus): boolean {
  return sessions.some(({ version, state }) => version === 2 && state === 'encrypted')
}

const versionsOf = ({ version }: Pick<Fingerprint, 'version'>, in2: boolean): string => in2 && version === 3 ? 'versions 2 and 3' : `version ${version}`

/** Our own fingerprints, the newest version first. `in2`: they are shown beside a private conversation in version 2. */
export function ownFingerprints({ fingerprint3, fingerprint4 }: Client, form: FingerprintForm = 'digits', in2 = false): string[] {
  return fingerprintsOf({ fingerprint3, fingerprint4 }).map((one) => `yours: ${written(one, form)} (${versionsOf(one, in2)})`)
}

/** A correspondent's fingerprints, and how far each is trusted. */
export function describeKeys({ peer, keys, status }: ClientConversation, form: FingerprintForm = 'digits'): string[] {
  const inUse = status.sessions.filter(({ state }) => state === 'encrypted').map(({ fingerprint }) => fingerprint)
  return keys.map((key) =>
    `of ${peer}: ${written(key, form)} (${versionsOf(key, speaks2(status))}, ${worth[key.trust]}${inUse.includes(key.fingerprint) ? ', in use' : ''})`)
}

/** Compares a fingerprint that a person typed with the correspondent's keys. @throws OtrError `OTR_FINGERPRINT` */
export function compareWith({ peer, keys, status }: ClientConversation, text: string): string {
  const inUse = status.sessions.filter(({ state }) => state === 'encrypted').map(({ fingerprint }) => fingerprint)
  const current = keys.filter(({ fingerprint }) => inUse.includes(fingerprint))
  switch (compareFingerprints(readFingerprints(text), current.length > 0 ? current : keys)) {
    case 'same': return `the same: this is the fingerprint of ${peer}; /otr trust counts the key as verified`
    case 'different': return `NOT the same: ${peer} uses another key`
    case 'incomparable': return `it cannot be compared: nothing is known of a key of ${peer} in this version`
  }
}

/** The devices of a correspondent, one a line. */
export function describeDevices({ peer, devices }: ClientConversation): string[] {
  if (devices.length === 0) return [`no device of ${peer} has shown a key yet`]
  return devices.map((device) => `${formatInstanceTag(device.instance)}${device.name === undefined ? '' : ` (${device.name})`}: version ${device.version}, ${device.state}, `
    + `${worth[device.trust]}, last heard ${new Date(device.lastSeen * 1000).toISOString().slice(0, 16).replace('T', ' ')}${device.selected ? '; you write to it' : ''}`)
}

/** Our own, the newest version first. */
export function fingerprintsOf({ fingerprint3, fingerprint4 }: Pick<Client, 'fingerprint3' | 'fingerprint4'>): Fingerprint[] {
  return [...fingerprint4 === undefined ? [] : [{ version: 4 as const, fingerprint: fingerprint4 }], { version: 3 as const, fingerprint: fingerprint3 }]
}

function written(fingerprint: Fingerprint, form: FingerprintForm): string {
  return (form === 'words' ? fingerprintWords(fingerprint) : fingerprintBlocks(fingerprint)).join(' ')
}
