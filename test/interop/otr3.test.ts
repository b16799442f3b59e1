import { isBuilt, otr3, otr3Newest, otr4 } from './lib/peers.js'
import { emptyPieceScenario } from './lib/scenarios/messages.js'
import { v3Scenarios } from './lib/scenarios/v3.js'

for (const their of [otr3, ...isBuilt(otr3Newest) ? [otr3Newest] : []]) {
  describe(`version 3 with ${their.name}`, () => {
    const stage = { our: otr4, their, version: 3 } as const
    v3Scenarios(stage, { exchanges: 200, crossings: 20, crossing: true })
    emptyPieceScenario(stage, 134)
  })
}
