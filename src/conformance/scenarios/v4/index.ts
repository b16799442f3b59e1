import type { Scenario } from '../../scenario.js'
import { crossingScenarios } from './crossing.js'
import { dakeScenarios } from './dake.js'
import { endScenarios } from './end.js'
import { expiryScenarios, heartbeatScenarios } from './expiry.js'
import { extraKeyScenarios } from './extra-key.js'
import { fragmentScenarios } from './fragments.js'
import { modeScenarios } from './modes.js'
import { offlineScenarios } from './offline.js'
import { lossScenarios, orderScenarios } from './order.js'
import { prekeyServerScenarios } from './prekey-server.js'
import { profileScenarios } from './profile.js'
import { ratchetScenarios } from './ratchet.js'
import { replayScenarios } from './replay.js'
import { skippedScenarios } from './skipped.js'
import { smpScenarios } from './smp.js'
import { tagScenarios } from './tags.js'

/** All scenarios of version 4, in the order of their groups. */
export const version4Scenarios: readonly Scenario[] = [
  ...profileScenarios, ...dakeScenarios, ...tagScenarios, ...crossingScenarios, ...replayScenarios, ...ratchetScenarios, ...orderScenarios, ...lossScenarios, ...skippedScenarios,
  ...smpScenarios, ...extraKeyScenarios, ...fragmentScenarios, ...expiryScenarios, ...heartbeatScenarios, ...endScenarios,
  ...offlineScenarios, ...prekeyServerScenarios, ...modeScenarios,
]
