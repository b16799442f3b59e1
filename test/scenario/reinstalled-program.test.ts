import { expect } from 'chai'
import { Network } from '../support/network.js'
import { seededRandom } from '../support/seeded.js'

describe('a correspondent who reinstalled their program', () => {
  for (const versions of ['3', '4', '34'] as const) {
    it(`is private again at once when the other side begins, whichever of two crossing messages is the higher; versions ${versions}`, () => {
      for (let seed = 1; seed <= 12; seed++) {
        const network = new Network(seed)
        const old = network.add('alice', { versions, key: 1, tag: 0x1111 })
        const bob = network.add('bob', { versions })
        // Bob's first message is still open when Alice asks, and is answered by the program that she has now.
        old.start('bob')
        network.run()
        expect(bob.isEncrypted('alice'), `seed ${seed}`).to.equal(true)
        network.parties.splice(network.parties.indexOf(old), 1)
        const alice = network.add('alice', { versions, key: 50, tag: 0x2222, random: seededRandom(9000 + seed) })
        bob.start('alice')
        network.run()
        expect(bob.core.conversation('alice').status.sessions.filter(({ state }) => state === 'encrypted').map(({ instance }) => instance), `seed ${seed}`).to.include(0x2222)
        expect(alice.isEncrypted('bob'), `seed ${seed}`).to.equal(true)
      }
    })
  }
})
