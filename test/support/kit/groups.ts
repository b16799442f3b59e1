import type { Group } from './define.js'
import { files } from './groups/files.js'
import { fingerprints } from './groups/fingerprints.js'
import { fragments } from './groups/fragments.js'
import { libotrFiles } from './groups/libotr-files.js'
import { messages } from './groups/messages.js'
import { prekeyServer } from './groups/prekey-server.js'
import { v3Smp, v4Smp } from './groups/smp.js'
import { textForms } from './groups/text-forms.js'
import { v2 } from './groups/v2.js'
import { v3Keys } from './groups/v3-keys.js'
import { v3Ake, v3Data } from './groups/v3-sessions.js'
import { v4Dake } from './groups/v4-dake.js'
import { v4Kdf } from './groups/v4-kdf.js'
import { v4Keys } from './groups/v4-keys.js'
import { v4NonInteractive } from './groups/v4-non-interactive.js'
import { v4Points } from './groups/v4-points.js'
import { v4Profiles } from './groups/v4-profiles.js'
import { v4Ratchet } from './groups/v4-ratchet.js'
import { v4RingSignatures } from './groups/v4-ring-signatures.js'

/** All files of the kit, in the order of the README. */
export const makers: readonly (() => Group)[] = [
  v4Kdf, v4Keys, v4Points, v4RingSignatures, v4Profiles, v4Dake, v4NonInteractive, v4Ratchet, v4Smp, prekeyServer,
  v3Keys, v3Ake, v3Data, v3Smp, v2, messages, textForms, fragments, fingerprints, libotrFiles, files,
]
