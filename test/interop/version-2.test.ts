/** Version 2, which somebody has to allow, with those who have nothing newer. */
import { libotr, npmOtr, otr3, otr4, potr } from './lib/peers.js'
import { v2Scenarios } from './lib/scenarios/v2.js'
import { npmOtrScenarios } from './lib/scenarios/v2-npm-otr.js'

const options = { versions: '432', theirVersions: '2' } as const

describe('version 2 with libotr', () => {
  v2Scenarios({ our: otr4, their: libotr, version: 2, options }, { exchanges: 200, crossings: 20, crossing: true, fragments: [150, 400] })
})

describe('version 2 with otr3', () => {
  v2Scenarios({ our: otr4, their: otr3, version: 2, options }, { exchanges: 200, crossings: 20, crossing: true, fragments: [150] })
})

describe('version 2 with python-potr', function () {
  this.timeout(600_000)
  v2Scenarios({ our: otr4, their: potr, version: 2, options }, { exchanges: 50, crossings: 4, crossing: true, fragments: [150] })
})

describe("version 2 with npm's otr", () => {
  npmOtrScenarios({ our: otr4, their: npmOtr, version: 2, options })
})
