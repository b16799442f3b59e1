import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { getArithmetic } from '../../src/crypto/index.js'
import { nobleArithmetic } from '../../src/crypto/noble/index.js'
import { Client, parsePrivateKeys } from '../../src/index.js'
import { withArithmetic } from '../support/toy-arithmetic.js'

const file = readFileSync(new URL('../vectors/data/v3-libotr/keys/alice.private_key', import.meta.url), 'utf8')

describe('the arithmetic that a client runs on', () => {
  it('takes constant time where there is WebAssembly, and says so where it is replaced', () => {
    const dsa = parsePrivateKeys(file)[0]!.key
    const client = new Client({ account: 'alice', keys: { dsa, instanceTag: 0x1001 }, clock: () => 0 })
    expect(getArithmetic().name).to.equal('wasm')
    expect(client.constantTime).to.equal(true)
    expect(withArithmetic(nobleArithmetic, () => client.constantTime)).to.equal(false)
  })
})
