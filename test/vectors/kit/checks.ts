import { v4Dake } from './dake.js'
import { files } from './files.js'
import type { Checks } from './given.js'
import { libotrFiles } from './libotr-files.js'
import { messages } from './messages.js'
import { v4NonInteractive } from './non-interactive.js'
import { prekeyServer } from './prekey-server.js'
import { v4Kdf, v4Keys, v4Points, v4RingSignatures } from './primitives.js'
import { v4Profiles } from './profiles.js'
import { v4Ratchet } from './ratchet.js'
import { v3Smp, v4Smp } from './smp.js'
import { fingerprints, fragments, textForms } from './texts.js'
import { v2 } from './v2.js'
import { v3Ake, v3Data, v3Keys } from './v3.js'

/** How src/ computes each file of the kit. */
export const checks: { readonly [file: string]: Checks } = {
  'v4-kdf': v4Kdf, 'v4-keys': v4Keys, 'v4-points': v4Points, 'v4-ring-signatures': v4RingSignatures, 'v4-profiles': v4Profiles, 'v4-dake': v4Dake, 'v4-non-interactive': v4NonInteractive,
  'v4-ratchet': v4Ratchet, 'v4-smp': v4Smp, 'v3-keys': v3Keys, 'v3-ake': v3Ake, 'v3-data': v3Data, 'v3-smp': v3Smp, v2, 'prekey-server': prekeyServer, messages, 'text-forms': textForms, fragments, fingerprints, 'libotr-files': libotrFiles, files,
}
