import { libotr, otr4 } from './lib/peers.js'
import { v3Scenarios } from './lib/scenarios/v3.js'

describe('version 3 with libotr', () => {
  v3Scenarios({ our: otr4, their: libotr, version: 3 }, { exchanges: 200, crossings: 20, crossing: true })
})
