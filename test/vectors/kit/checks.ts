import type { Checks } from './given.js'
import { v4Dake } from './dake.js'
import { libotrFiles } from './libotr-files.js'
import { v4Kdf, v4Keys, v4Points, v4RingSignatures } from './primitives.js'
import { v4Profiles } from './profiles.js'
import { v4Ratchet } from './ratchet.js'
import { fingerprints, fragments, textForms } from './texts.js'

/** How src/ computes each file of the kit. */
export const checks: { readonly [file: string]: Checks } = {
  'v4-kdf': v4Kdf, 'v4-keys': v4Keys, 'v4-points': v4Points, 'v4-ring-signatures': v4RingSignatures,
  'v4-profiles': v4Profiles, 'v4-dake': v4Dake, 'v4-ratchet': v4Ratchet, 'text-forms': textForms, fragments, fingerprints, 'libotr-files': libotrFiles,
}
