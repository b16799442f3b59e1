import type { Scenario } from '../scenario.js'
import { negotiationScenarios } from './negotiation.js'
import { peerScenarios } from './peer.js'
import { robustnessScenarios } from './robustness.js'
import { v3Ake } from './v3-ake.js'
import { v3Crossing } from './v3-crossing.js'
import { v3Data, v3Reveal, v3Rotation } from './v3-data.js'
import { v3End, v3Errors } from './v3-end.js'
import { v3Fragments } from './v3-fragments.js'
import { v3Offer } from './v3-offer.js'
import { v3Smp } from './v3-smp.js'
import { v3Tags } from './v3-tags.js'
import { v3ExtraKey, v3Tlvs } from './v3-tlvs.js'
import { version4Scenarios } from './v4/index.js'

/** Every scenario, in the order of the groups. */
export const allScenarios: readonly Scenario[] = [
  ...peerScenarios,
  ...v3Offer,
  ...v3Ake,
  ...v3Crossing,
  ...v3Data,
  ...v3Rotation,
  ...v3Reveal,
  ...v3Smp,
  ...v3Fragments,
  ...v3Tags,
  ...v3Tlvs,
  ...v3ExtraKey,
  ...v3Errors,
  ...v3End,
  ...version4Scenarios,
  ...negotiationScenarios,
  ...robustnessScenarios,
]
