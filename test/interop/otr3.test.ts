import { otr3, otr4 } from './lib/peers.js'
import { v3Scenarios } from './lib/scenarios/v3.js'

describe('version 3 with otr3', () => {
  v3Scenarios({ our: otr4, their: otr3, version: 3 }, { exchanges: 200, crossings: 20, crossing: true })
})
