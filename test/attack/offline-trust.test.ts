import { expect } from 'chai'
import type { Ensemble } from '../../src/index.js'
import { Network, refusal, type Party } from '../support/network.js'
import { handOut } from '../support/offline-parties.js'

/** Alice, who verified Bob's version 3 key and knows no version 4 key of his; Bob, whose profile names that key; and an attacker. */
function acquainted(): { readonly network: Network, readonly alice: Party, readonly bob: Party, readonly other: Party } {
  const network = new Network()
  const [alice, bob, other] = [network.add('alice', { versions: '34' }), network.add('bob', { versions: '34' }), network.add('carol', { versions: '34' })]
  alice.core.setPolicy({ allowV4: false })
  alice.start('bob')
  network.run()
  alice.take(alice.core.conversation('bob').trust('verified'))
  alice.end('bob')
  network.run()
  alice.core.setPolicy({ allowV4: true })
  return { network, alice, bob, other }
}

const worth = (party: Party): string[] => party.core.conversation('bob').keys.map(({ version, trust }) => `${version} ${trust}`)

describe('A2: what a prekey server hands out', () => {
  it('A2: a profile that names the verified version 3 key gets no offline message, and no trust from it', () => {
    const { alice, bob } = acquainted()
    const ensembles = handOut(bob.core.ensemble(1))
    expect(ensembles[0]!.clientProfile.versions).to.equal('34')
    expect(refusal(() => alice.core.conversation('bob').sendOffline(ensembles, 'for bob'))).to.equal('OTR_NOT_VERIFIED')
    expect(worth(alice)).to.deep.equal(['3 verified'])
  })

  it('A2, O2: nor does the order in which ensembles come decide: only the key that a person verified is written to', () => {
    const orders: ((his: Ensemble, hers: Ensemble) => Ensemble[])[] = [
      (his, hers) => [his, hers], (his, hers) => [hers, his], (his, hers) => [hers, hers, his], (his, hers) => [hers, his, hers],
    ]
    for (const order of orders) {
      const { network, alice, bob, other } = acquainted()
      alice.start('bob')
      network.run()
      const { fingerprint = '' } = alice.core.conversation('bob').status.sessions.find(({ version }) => version === 4) ?? {}
      alice.take(alice.core.conversation('bob').trust('verified', { version: 4, fingerprint }))
      alice.end('bob')
      network.run()
      const [his] = handOut(bob.core.ensemble(1))
      const [hers] = handOut(other.core.ensemble(1))
      alice.take(alice.core.conversation('bob').sendOffline(order(his!, hers!), 'for bob alone'))
      network.run()
      expect(bob.texts).to.deep.equal(['for bob alone'])
      expect(other.texts).to.deep.equal([])
      expect(worth(alice)).to.deep.equal(['3 verified', '4 verified'])
    }
  })
})
