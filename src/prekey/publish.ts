import { wipe, type RandomSource } from '../crypto/index.js'
import type { Publication } from '../session/account/prekeys.js'
import { prekeyUsage } from './dialect.js'
import { publicationMac, type PrekeySessionKeys } from './key-schedule.js'
import { proveDh, proveEcdh } from './proofs.js'
import type { PublicationContents, PublicationMessage } from './publication.js'

/**
 * Makes the Prekey Publication message with its proofs and MAC. Wipes the secrets of `publication`, which are copies.
 *
 * @param profiles - whether to include both profiles: yes, unless the server is known to have exactly these
 */
export function makePublication(publication: Publication, profiles: boolean, keys: PrekeySessionKeys, random: RandomSource): PublicationMessage {
  const { messages, clientProfile, prekeyProfile, secrets } = publication
  const m = keys.proofContext
  try {
    const contents: PublicationContents = {
      messages,
      ...profiles && {
        clientProfile,
        prekeyProfile,
        profileProof: proveEcdh(prekeyUsage.proofSharedEcdh, [secrets.d], [prekeyProfile.sharedPrekey], m, random),
      },
      ...messages.length > 0 && {
        messageProofs: {
          ecdh: proveEcdh(prekeyUsage.proofMessageEcdh, secrets.y, messages.map(({ y }) => y), m, random),
          dh: proveDh(secrets.b, messages.map(({ b }) => b), m, random),
        },
      },
    }
    return { kind: 'prekey-publication', contents, mac: publicationMac(keys.macKey, contents) }
  } finally {
    wipe(secrets.d, ...secrets.y, ...secrets.b)
  }
}
