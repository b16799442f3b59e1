import { expect } from 'chai'
import { limits } from '../../src/session/budget/limits.js'
import { armor, decodeMessage, encodeMessage, unarmor, type DataMessageV4 } from '../../src/wire/index.js'
import { getArithmetic } from '../../src/crypto/provider.js'
import { encryptedPair, type Network, type Party } from '../support/network.js'
import { withArithmetic } from '../support/toy-arithmetic.js'

/** How many steps of a chain are derived in `action`. */
function steps(action: () => void): number {
  const arithmetic = getArithmetic()
  let count = 0
  withArithmetic({ ...arithmetic, chainStep: (key) => { count++; return arithmetic.chainStep(key) } }, action)
  return count
}

interface Stage {
  readonly network: Network
  readonly alice: Party
  readonly bob: Party
  /** A forged line under bob's tag that names a new chain with the largest gaps. */
  readonly forged: () => string
}

/** Alice has written last: the next message of bob's begins a new chain. */
function stage(policy: object = {}): Stage {
  const { network, alice, bob } = encryptedPair({ alice: { versions: '4', policy }, bob: { versions: '4' } })
  for (let turn = 0; turn < 2; turn++) {
    alice.send('bob', 'x')
    network.run()
    bob.send('alice', 'y')
    network.run()
  }
  alice.send('bob', 'x')
  network.run()
  bob.send('alice', 'seen by everybody')
  const [packet] = network.queue.splice(0)
  const seen = decodeMessage(unarmor(packet?.line ?? '', 100_000)) as DataMessageV4
  let count = 0
  return {
    network, alice, bob,
    forged: () => {
      const { maxSkip } = alice.core.conversation('bob').policy
      const authenticator = new Uint8Array(64)
      new DataView(authenticator.buffer).setUint32(0, ++count)
      return armor(encodeMessage({ ...seen, messageId: maxSkip, previousChain: maxSkip, authenticator }))
    },
  }
}

const { derivations, derivationsOfAll } = limits

describe('A8: what forged data messages may cost a client', function () {
  this.timeout(60_000)

  it('A8: of a thousand forged lines a few are derived for, then what a second allows; and it is said', () => {
    const { network, alice, forged } = stage()
    const flood = (): number => steps(() => { for (let n = 0; n < 1000; n++) alice.receive('bob', forged()) })
    expect(flood()).to.be.within(1, derivations.burst)
    expect(alice.notices).to.include('limit')
    expect(flood()).to.equal(0)
    network.now += 4
    expect(flood()).to.be.within(1, 4 * derivations.perSecond)
    // Nothing of it is kept.
    expect(alice.core.conversation('bob').status.sessions).to.have.length(1)
  })

  it('A8: genuine messages go on for ever without costing the allowance, however the chains change', () => {
    const { network, alice, bob } = encryptedPair({ alice: { versions: '4' }, bob: { versions: '4' } })
    for (let n = 0; n < 200; n++) {
      bob.send('alice', `${n}`)
      network.run()
      alice.send('bob', 'on')
      network.run()
    }
    expect(alice.texts).to.have.length(200)
    expect(alice.notices).to.not.include('limit')
  })

  it('A8: lines from another address leave half of everything to the correspondent\'s own', () => {
    const { network, alice, bob, forged } = stage()
    expect(steps(() => { for (let n = 0; n < 100; n++) alice.receive('mallory', forged()) })).to.be.within(1, derivations.burst / 2)
    bob.send('alice', 'genuine')
    network.run()
    expect(alice.texts.at(-1)).to.equal('genuine')
  })

  it('A8: all correspondents together have an allowance, and what one used up another one\'s messages do not need', () => {
    const stages = Array.from({ length: 4 }, () => stage())
    const [first] = stages
    if (first === undefined) throw new Error('no stage')
    let total = 0
    // One client is asked under many names of one bob: each name its own share, all of them together no more than that of all.
    const { alice, bob, network, forged } = first
    const names = ['bob', 'b2', 'b3', 'b4', 'b5', 'b6', 'b7', 'b8']
    for (const name of names) {
      if (name !== 'bob') alice.take(alice.core.rename(names[names.indexOf(name) - 1] ?? '', name))
      total += steps(() => { for (let n = 0; n < 50; n++) alice.receive(name, forged()) })
    }
    expect(total).to.be.within(derivations.burst, derivationsOfAll.burst)
    expect(total).to.be.greaterThan(derivationsOfAll.burst / 2)
    network.now += 1
    bob.send('alice', 'genuine')
    for (const { line } of network.queue.splice(0)) alice.receive('b8', line)
    expect(alice.texts.at(-1)).to.equal('genuine')
  })

  it('A8: a policy that allows a larger gap than there is ever an allowance for still reads one such message', () => {
    const { network, alice, bob } = encryptedPair({ alice: { versions: '4', policy: { maxSkip: 25_000 } }, bob: { versions: '4' } })
    bob.send('alice', 'first')
    network.run()
    for (let n = 0; n < 22_000; n++) {
      bob.core.conversation('alice').send('lost')
    }
    bob.send('alice', 'after the gap')
    network.run()
    expect(alice.texts).to.deep.equal(['first', 'after the gap'])
  })
})
