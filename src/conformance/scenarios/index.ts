import type { Scenario } from '../scenario.js'
import { negotiationScenarios } from './negotiation.js'
import { peerScenarios } from './peer.js'
import { robustnessScenarios } from './robustness.js'
import { version2Scenarios, version3Scenarios } from './v3/index.js'
import { version4Scenarios } from './v4/index.js'

/** Every scenario, in the order of the groups. */
export const allScenarios: readonly Scenario[] = [
  ...peerScenarios,
  ...version2Scenarios,
  ...version3Scenarios,
  ...version4Scenarios,
  ...negotiationScenarios,
  ...robustnessScenarios,
]
