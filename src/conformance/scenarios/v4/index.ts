import type { Scenario } from '../../scenario.js'
import { endScenarios, expiryScenarios, extraKeyScenarios, fragmentScenarios, heartbeatScenarios, tagScenarios } from './beside.js'
import { crossingScenarios, dakeScenarios, replayScenarios } from './dake.js'
import { modeScenarios, offlineScenarios, prekeyServerScenarios } from './offline.js'
import { profileScenarios } from './profile.js'
import { lossScenarios, orderScenarios, ratchetScenarios, skippedScenarios } from './ratchet.js'
import { smpScenarios } from './smp.js'

/** All scenarios of version 4, in the order of their groups. */
export const version4Scenarios: readonly Scenario[] = [
  ...profileScenarios, ...dakeScenarios, ...tagScenarios, ...crossingScenarios, ...replayScenarios, ...ratchetScenarios, ...orderScenarios, ...lossScenarios, ...skippedScenarios,
  ...smpScenarios, ...extraKeyScenarios, ...fragmentScenarios, ...expiryScenarios, ...heartbeatScenarios, ...endScenarios,
  ...offlineScenarios, ...prekeyServerScenarios, ...modeScenarios,
]
