import { MemoryPrekeyStore } from '../../src/prekey/index.js'
import { prekeyStoreSuite } from '../support/prekey-store-suite.js'

prekeyStoreSuite('memory', () => Promise.resolve(new MemoryPrekeyStore()))
