import { equalBytes, wipe, type Pause } from '../crypto/index.js'
import { prekeyMessageFault, prekeyProfileFault, verifyClientProfile, type VerifiedClientProfile } from '../v4/index.js'
import { encodeClientProfile, encodePrekeyMessage, encodePrekeyProfile, type ClientProfile } from '../wire/index.js'
import { prekeyUsage } from './dialect.js'
import { publicationMac, type PrekeySessionKeys } from './key-schedule.js'
import { verifyDhProof, verifyEcdhProof } from './proofs.js'
import type { PublicationMessage } from './publication.js'
import type { PrekeyMessageRecord, PublicationRecord } from './store.js'

/** Why a publication was refused. These values are stable. They are counted; the publisher learns only that it failed. */
export type PublicationFault =
  | 'mac' | 'empty' | 'too-many' | 'instance-tag' | 'other-key' | 'client-profile' | 'prekey-profile' | 'prekey-message' | 'proof'

/** What a publication must agree with. */
export interface PublicationContext {
  /** The publisher's address, for which the network vouches. */
  readonly identity: string
  readonly instanceTag: number
  /** The Client Profile of the key exchange. */
  readonly client: VerifiedClientProfile
  readonly keys: PrekeySessionKeys
  /** Seconds since 1970. */
  readonly now: number
  /** The largest number of prekey messages. */
  readonly prekeys: number
  readonly pause: Pause
}

/** How many prekey messages are checked between two pauses. */
const STRIDE = 16

/**
 * Verifies a Prekey Publication message, cheap checks first: MAC, counts, tags, profiles, each public value, then the proofs for all
 * of them together. One invalid part makes it refuse the whole publication. Of several prekey messages with the same identifier the record
 * has only the first.
 *
 * @see [OTRv4 prekey server, "Prekey Publication Message"](https://github.com/otrv4/otrv4-prekey-server/blob/master/otrv4-prekey-server.md#prekey-publication-message)
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

/** Checks the published profile. Mostly it is identical with the profile of the key exchange, which was verified then. */
function clientProfileFault(
  published: ClientProfile, client: VerifiedClientProfile, instanceTag: number, now: number,
): PublicationFault | undefined {
  if (equalBytes(encodeClientProfile(published), client.bytes)) return published.expiration <= now ? 'client-profile' : undefined
  const verified = verifyClientProfile(published, { senderTag: instanceTag, now })
  if ('fault' in verified) return 'client-profile'
  // Both must have the same H and F (the keys in the fingerprint): a fingerprint that somebody verified must not lead to another key.
  return equalBytes(verified.profile.fingerprint, client.fingerprint) ? undefined : 'other-key'
}
