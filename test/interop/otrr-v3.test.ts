import { otr4, otrr } from './lib/peers.js'
import { v3Scenarios } from './lib/scenarios/v3.js'

describe('version 3 with otrr', function () {
  this.timeout(600_000)
  v3Scenarios({ our: otr4, their: otrr, version: 3 }, { exchanges: 20, crossings: 4, crossing: false })
})
