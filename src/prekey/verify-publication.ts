import { equalBytes, wipe, type Pause } from '../crypto/index.js'
import { prekeyMessageFault, prekeyProfileFault, verifyClientProfile, type VerifiedClientProfile } from '../v4/index.js'
import { encodeClientProfile, encodePrekeyMessage, encodePrekeyProfile, type ClientProfile } from '../wire/index.js'
import { prekeyUsage } from './dialect.js'
import { publicationMac, type PrekeySessionKeys } from './key-schedule.js'
import { verifyDhProof, verifyEcdhProof } from './proofs.js'
import type { PublicationMessage } from './publication.js'
import type { PrekeyMessageRecord, PublicationRecord } from './store.js'

/** Why a publication was refused. Stable; counted, and never told to the publisher beyond that it failed. */
export type PublicationFault =
  | 'mac' | 'empty' | 'too-many' | 'instance-tag' | 'other-key' | 'client-profile' | 'prekey-profile' | 'prekey-message' | 'proof'

/** What a publication is held against. */
export interface PublicationContext {
  /** The address that the network vouches for. */
  readonly identity: string
  readonly instanceTag: number
  /** The Client Profile that did the key exchange. */
  readonly client: VerifiedClientProfile
  readonly keys: PrekeySessionKeys
  /** Seconds since 1970. */
  readonly now: number
  /** Most prekey messages. */
  readonly prekeys: number
  readonly pause: Pause
}

/** Prekey messages checked between two pauses. */
const STRIDE = 16

/**
 * "To verify a Prekey Publication message", cheap things first: MAC, counts, tags, profiles, each public value, and the proofs of all
 * of them together. One bad part refuses the whole. Prekey messages with an identifier that stood before are left out.
 */
export async function verifyPublication(
  { contents, mac }: PublicationMessage, context: PublicationContext,
): Promise<{ readonly record: PublicationRecord } | { readonly fault: PublicationFault }> {
  const { identity, instanceTag, client, keys, now, prekeys, pause } = context
  const { messages, clientProfile, prekeyProfile, messageProofs, profileProof } = contents
  const expected = publicationMac(keys.macKey, contents)
  const authentic = equalBytes(expected, mac)
  wipe(expected)
  if (!authentic) return { fault: 'mac' }
  if (messages.length === 0 && clientProfile === undefined && prekeyProfile === undefined) return { fault: 'empty' }
  if (messages.length > prekeys) return { fault: 'too-many' }
  const tags = [clientProfile, prekeyProfile, ...messages].map((part) => part?.instanceTag ?? instanceTag)
  if (tags.some((tag) => tag !== instanceTag)) return { fault: 'instance-tag' }

  if (clientProfile !== undefined) {
    const fault = clientProfileFault(clientProfile, client, instanceTag, now)
    if (fault !== undefined) return { fault }
  }
  if (prekeyProfile !== undefined && prekeyProfileFault(prekeyProfile, { publicKey: client.profile.publicKey, instanceTag, now }) !== undefined) {
    return { fault: 'prekey-profile' }
  }
  for (let n = 0; n < messages.length; n += STRIDE) {
    await pause()
    if (messages.slice(n, n + STRIDE).some((message) => prekeyMessageFault(message) !== undefined)) return { fault: 'prekey-message' }
  }

  const m = keys.proofContext
  if (prekeyProfile !== undefined) {
    const points = [prekeyProfile.sharedPrekey]
    if (profileProof === undefined || !await verifyEcdhProof(prekeyUsage.proofSharedEcdh, profileProof, points, m, pause)) return { fault: 'proof' }
  }
  if (messages.length > 0) {
    if (messageProofs === undefined) return { fault: 'proof' }
    const { ecdh, dh } = messageProofs
    if (!await verifyEcdhProof(prekeyUsage.proofMessageEcdh, ecdh, messages.map(({ y }) => y), m, pause)) return { fault: 'proof' }
    await pause()
    if (!await verifyDhProof(dh, messages.map(({ b }) => b), m, pause)) return { fault: 'proof' }
  }

  const records = new Map<number, PrekeyMessageRecord>()
  for (const message of messages) {
    const { identifier } = message
    if (!records.has(identifier)) records.set(identifier, { identifier, bytes: encodePrekeyMessage(message) })
  }
  return {
    record: {
      identity,
      instanceTag,
      fingerprint: client.fingerprint,
      ...clientProfile !== undefined && {
        clientProfile: { bytes: encodeClientProfile(clientProfile), expiration: clientProfile.expiration, versions: clientProfile.versions },
      },
      ...prekeyProfile !== undefined && { prekeyProfile: { bytes: encodePrekeyProfile(prekeyProfile), expiration: prekeyProfile.expiration } },
      messages: [...records.values()],
    },
  }
}

/** The published profile is held against the one that did the key exchange: mostly it is the very same, and was verified then. */
function clientProfileFault(
  published: ClientProfile, client: VerifiedClientProfile, instanceTag: number, now: number,
): PublicationFault | undefined {
  if (equalBytes(encodeClientProfile(published), client.bytes)) return published.expiration <= now ? 'client-profile' : undefined
  const verified = verifyClientProfile(published, { senderTag: instanceTag, now })
  if ('fault' in verified) return 'client-profile'
  // H and F: a fingerprint that somebody verified must not lead to another's key.
  return equalBytes(verified.profile.fingerprint, client.fingerprint) ? undefined : 'other-key'
}
