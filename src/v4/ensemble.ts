import { encodeEnsemble, isInstanceTag, type Ensemble, type PrekeyMessage, type PrekeyProfile } from '../wire/index.js'
import { equalBytes } from '../crypto/index.js'
import { verifyClientProfile, type VerifiedClientProfile } from './client-profile.js'
import { isAmong } from './dake-state.js'
import { prekeyMessageFault } from './prekey-message.js'
import { prekeyProfileFault } from './prekey-profile.js'

declare const verified: unique symbol

/** An ensemble in which everything fits together: only `verifyEnsemble` makes one. */
export interface VerifiedEnsemble {
  /** Marks an ensemble that was checked: only `verifyEnsemble` makes one. */
  readonly [verified]?: never
  /** The instance that it leads to. */
  readonly instanceTag: number
  /** Whose it is. */
  readonly client: VerifiedClientProfile
  /** Their Prekey Profile. */
  readonly prekeyProfile: PrekeyProfile
  /** The prekey message: to be used once. */
  readonly prekeyMessage: PrekeyMessage
}

/**
 * Checks an ensemble in the draft's order: one instance tag, the Client Profile, the Prekey Profile under the same long-term key,
 * the prekey message, and version 4 among those of the Client Profile (`verifyClientProfile` refuses any without it).
 *
 * @param now - seconds since 1970: what has expired is refused, without grace
 * @see [OTRv4, "Validating Prekey Ensembles"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#validating-prekey-ensembles)
 */
export function verifyEnsemble(ensemble: Ensemble, now: number): { readonly ensemble: VerifiedEnsemble } | { readonly fault: string } {
  const { clientProfile, prekeyProfile, prekeyMessage } = ensemble
  const { instanceTag } = prekeyMessage
  if (clientProfile.instanceTag !== instanceTag || prekeyProfile.instanceTag !== instanceTag) return { fault: 'instance tags differ' }
  if (!isInstanceTag(instanceTag)) return { fault: 'instance tag' }
  const client = verifyClientProfile(clientProfile, { senderTag: instanceTag, now })
  if ('fault' in client) return { fault: `client profile: ${client.fault}` }
  const profileFault = prekeyProfileFault(prekeyProfile, { publicKey: clientProfile.publicKey, instanceTag, now })
  if (profileFault !== undefined) return { fault: `prekey profile: ${profileFault}` }
  const points = [clientProfile.publicKey, prekeyProfile.sharedPrekey, prekeyMessage.y]
  if (points.some((point, at) => isAmong(point, points.slice(0, at)))) return { fault: 'the same key twice' }
  const messageFault = prekeyMessageFault(prekeyMessage)
  if (messageFault !== undefined) return { fault: `prekey message: ${messageFault}` }
  return { ensemble: { instanceTag, client: client.profile, prekeyProfile, prekeyMessage } }
}

/** Whether two ensembles are the same, byte for byte. */
export function sameEnsemble(one: Ensemble, other: Ensemble): boolean {
  return equalBytes(encodeEnsemble(one), encodeEnsemble(other))
}
