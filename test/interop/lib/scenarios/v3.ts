/** Everything of version 3, with one implementation. */
import { crossingScenarios, exchangeScenarios, manyExchanges, renewalScenarios } from './exchange.js'
import { extraKeyScenarios, fragmentScenarios, heartbeatScenarios, messageScenarios } from './messages.js'
import { smpScenarios } from './smp.js'
import type { Stage } from './stage.js'

export function v3Scenarios(stage: Stage, size: { readonly exchanges: number; readonly crossings: number; readonly crossing: boolean }): void {
  exchangeScenarios(stage)
  crossingScenarios(stage, size.crossings)
  renewalScenarios(stage)
  messageScenarios(stage, { crossing: size.crossing })
  fragmentScenarios(stage, [150, 400])
  smpScenarios(stage)
  extraKeyScenarios(stage)
  heartbeatScenarios(stage)
  manyExchanges(stage, size.exchanges)
}
