import { otr4, otrr } from './lib/peers.js'
import { v4Scenarios } from './lib/scenarios/v4.js'

describe('version 4 with otrr', function () {
  this.timeout(900_000)
  v4Scenarios({ our: otr4, their: otrr, version: 4, options: { theirVersions: '34' } })
})
