import type { Scenario } from '../scenario.js'
import { robustnessScenarios } from './robustness.js'
import { v3Ake } from './v3-ake.js'
import { v3Offer } from './v3-offer.js'
import { version4Scenarios } from './v4/index.js'

/** Every scenario, in the order of the groups. */
export const allScenarios: readonly Scenario[] = [
  ...v3Offer,
  ...v3Ake,
  ...version4Scenarios,
  ...robustnessScenarios,
]
