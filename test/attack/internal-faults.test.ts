import { expect } from 'chai'
import { nobleArithmetic } from '../../src/crypto/noble/index.js'
import { Network, refusal } from '../support/network.js'
import { withArithmetic } from '../support/toy-arithmetic.js'

const secret = 'the value 00ff that other code wrote into its message'

/** An arithmetic that fails as a platform may: with an error of its own. */
const broken = {
  ...nobleArithmetic,
  modp1536: { ...nobleArithmetic.modp1536, powerOfGenerator: (): never => { throw new TypeError(secret) } },
}

describe('faults of this library or of its platform', () => {
  it('while a line is received cause a notice that says where in the code, without any value', () => {
    const network = new Network()
    const alice = network.add('alice')
    withArithmetic(broken, () => alice.receive('bob', '?OTRv3?'))
    const [notice] = alice.all('notice').filter(({ code }) => code === 'internal')
    expect(notice).to.include({ peer: 'bob', detail: 'OTR_INTERNAL' })
    expect(notice?.cause).to.match(/^TypeError\n.*powerOfGenerator/)
    expect(JSON.stringify(notice)).to.not.include('00ff')
  })

  it('reject the call of the application, with a code; nothing has happened', () => {
    const network = new Network()
    const alice = network.add('alice', { versions: '3', policy: { allowQueries: true } })
    const bob = network.add('bob')
    bob.start('alice')
    expect(withArithmetic(broken, () => refusal(() => alice.core.conversation('bob').start('identity')))).to.equal('OTR_POLICY')
    const two = network.add('carol', { versions: '34', policy: { allowV4: true } })
    const v4 = { ...nobleArithmetic, ed448: { ...nobleArithmetic.ed448, multiplyBase: (): never => { throw new RangeError(secret) } } }
    expect(withArithmetic(v4, () => refusal(() => two.core.conversation('bob').start('identity')))).to.equal('OTR_INTERNAL')
    expect(two.core.conversation('bob').status).to.deep.include({ pending: false, latched: false })
  })
})
