import { expect } from 'chai'
import { encryptedPair, Network, refusal, type Party, type PartyOptions } from '../support/network.js'
import { seededRandom } from '../support/seeded.js'

const told = (party: Party): number => party.notices.filter((code) => code === 'earlier-installation').length
const elsewhere = (party: Party): number => party.notices.filter((code) => code === 'other-instance').length
const errors = (network: Network): string[] => network.lines('alice', 'bob').filter((line) => line.startsWith('?OTR Error'))
const queries = (network: Network): number => network.lines('alice', 'bob').filter((line) => line.startsWith('?OTRv')).length
const tell = (party: Party): unknown => party.take(party.core.conversation('bob').tellUnreadable())

describe('lines for an earlier installation of ours', () => {
  for (const versions of ['3', '34'] as const) {
    describe(`versions ${versions}`, () => {
      /** Alice has come back with her key, and with nothing else: neither her tag nor her sessions. */
      function anew(options: { readonly alice?: PartyOptions, readonly bob?: PartyOptions, readonly before?: PartyOptions } = {}): { network: Network, alice: Party, bob: Party } {
        const { network, alice: old, bob } = encryptedPair({ alice: { versions, ...options.before }, bob: { versions, ...options.bob } })
        network.parties.splice(network.parties.indexOf(old), 1)
        network.log.length = 0
        const alice = network.add('alice', { versions, key: 1, tag: 0xa11ce, random: seededRandom('anew'), ...options.alice })
        return { network, alice, bob }
      }

      it('are told once, with what to do; nothing is sent by itself', () => {
        const { network, alice, bob } = anew()
        bob.send('alice', 'one')
        bob.send('alice', 'two')
        network.run()
        network.advance(300, 10)
        bob.send('alice', 'three')
        network.run()
        expect([told(alice), network.lines('alice', 'bob')]).to.deep.equal([1, []])
        expect(alice.all('notice').find(({ code }) => code === 'earlier-installation')).to.include({ peer: 'bob', instance: bob.core.instanceTag })
        expect(alice.core.conversation('bob').status).to.include({ latched: false, pending: false })
        // Who did not see it, perhaps because their program was not open, sees it again.
        network.advance(301, 10)
        bob.send('alice', 'four')
        network.run()
        expect(told(alice)).to.equal(2)
      })

      it('one command tells the writer, whose program begins anew by itself; what they wrote is offered to them', () => {
        const { network, alice, bob } = anew()
        bob.send('alice', 'one')
        network.run()
        network.advance(1)
        tell(alice)
        expect(alice.core.conversation('bob').status).to.include({ pending: true, latched: true })
        network.run()
        expect(alice.ssid('bob')).to.equal(bob.ssid('alice')).and.not.equal(undefined)
        expect(bob.all('notice').find(({ code }) => code === 'error-message')?.detail).to.include('could not read what you wrote privately')
        expect(bob.all('lost').map(({ messages }) => messages.map(({ text }) => text))).to.deep.equal([['one']])
        network.advance(120)
        expect([errors(network).length, queries(network)]).to.deep.equal([1, 0])
        for (const { handle } of bob.core.conversation('alice').lost) bob.take(bob.core.conversation('alice').resend(handle))
        network.run()
        expect(alice.texts).to.deep.equal(['one'])
        expect(refusal(() => tell(alice))).to.equal('OTR_NOT_UNREADABLE')
      })

      it('where their program does not begin by itself, a query follows after five seconds', () => {
        const { network, alice, bob } = anew({ bob: { policy: { errorStartsAke: false } } })
        bob.send('alice', 'one')
        network.run()
        tell(alice)
        network.run()
        network.advance(4)
        expect([errors(network).length, queries(network), alice.isEncrypted('bob')]).to.deep.equal([1, 0, false])
        network.advance(1)
        expect([errors(network).length, queries(network)]).to.deep.equal([1, 1])
        expect(alice.ssid('bob')).to.equal(bob.ssid('alice')).and.not.equal(undefined)
      })

      it('nobody is told twice in a minute, however often the command is given', () => {
        const { network, alice, bob } = anew()
        expect(refusal(() => tell(alice))).to.equal('OTR_NOT_UNREADABLE')
        bob.send('alice', 'one')
        network.run()
        network.parties.splice(network.parties.indexOf(bob), 1)
        let refused = 0
        for (let second = 0; second < 59; second++) {
          for (const { line } of network.queue.splice(0)) alice.receive('bob', line)
          bob.send('alice', `text ${second}`)
          try {
            tell(alice)
          } catch {
            refused += 1
          }
          network.advance(1)
        }
        expect([errors(network).length, queries(network)]).to.deep.equal([1, 1])
        expect(refused).to.equal(58)
      })

      it('a text that is written meanwhile waits for the new session', () => {
        const { network, alice, bob } = anew({ alice: { policy: { requireEncryption: true } } })
        bob.send('alice', 'one')
        network.run()
        tell(alice)
        alice.send('bob', 'I have read nothing of it')
        network.run()
        expect(bob.texts).to.deep.equal(['I have read nothing of it'])
        expect(queries(network)).to.equal(0)
      })

      it('a long text in fragments is told like any other', () => {
        const { network, alice, bob } = anew({ bob: { policy: { maxMessageLength: 200 } } })
        bob.send('alice', 'long '.repeat(100))
        expect(network.queue.length).to.be.greaterThan(3)
        network.run()
        expect([told(alice), alice.texts]).to.deep.equal([1, []])
      })

      it('of what is no text, nothing is told: key exchanges and heartbeats', () => {
        const { network, alice, bob } = anew()
        bob.take(bob.core.conversation('alice').sendTlvs([{ type: 0x77, value: Uint8Array.of(1) }]).events)
        const data = network.queue.length
        network.run()
        // A key exchange with another program of ours.
        const phone = network.add('alice', { versions, key: 1, tag: 0xf0e, random: seededRandom('phone') })
        phone.start('bob')
        network.fate = ({ from, to, line }) => from === 'alice' || line.startsWith('?OTR:') ? [{ from, to, line }] : []
        network.run()
        expect(data).to.equal(1)
        expect(told(alice)).to.equal(0)
        expect(elsewhere(alice)).to.be.greaterThan(0)
      })

      it('where we have a private conversation with them, the lines are for another program of ours', () => {
        const { network, alice, bob } = anew()
        alice.start('bob')
        network.run()
        const phone = network.add('alice', { versions, key: 1, tag: 0xf0e, random: seededRandom('phone') })
        phone.start('bob')
        network.run()
        bob.take(bob.core.conversation('alice').send('for the phone', { to: 0xf0e }).events)
        network.run()
        expect(phone.texts).to.deep.equal(['for the phone'])
        expect(told(alice)).to.equal(0)
        expect(elsewhere(alice)).to.be.greaterThan(0)
      })

      it('after our new session ended, their program writes to the old one again: that is told', () => {
        const { network, alice, bob } = anew()
        alice.start('bob')
        network.run()
        alice.end('bob')
        network.run()
        bob.take(bob.core.conversation('alice').send('to the dead', { to: 0x1001 }).events)
        network.run()
        expect(told(alice)).to.equal(1)
        expect(alice.core.conversation('bob').status.sending).to.equal('held')
      })

      it('a device of ours that we have talked with is known by its tag', () => {
        const { network, alice, bob } = anew()
        const phone = network.add('alice', { versions, key: 1, tag: 0xf0e, random: seededRandom('phone') })
        phone.start('alice')
        network.run()
        expect(alice.core.conversation('alice').devices.map(({ instance }) => instance)).to.deep.equal([0xf0e])
        bob.take(bob.core.conversation('alice').end())
        network.run()
        phone.start('bob')
        network.fate = (packet) => packet.line.startsWith('?OTRv') && packet.from === 'bob' ? [] : [packet]
        network.run()
        alice.end('bob')
        bob.take(bob.core.conversation('alice').send('for the phone', { to: 0xf0e }).events)
        network.run()
        expect(phone.texts).to.include('for the phone')
        expect(told(alice)).to.equal(0)
      })

      it('a text of a session that is gone, under our own tag: the command begins anew by a query, for an error has gone out already', () => {
        const { network, alice, bob } = anew({ alice: { tag: 0x1001 }, bob: { policy: { errorStartsAke: false } } })
        bob.send('alice', 'one')
        network.run()
        expect([alice.notices.includes('unreadable'), errors(network).length, told(alice)]).to.deep.equal([true, 1, 0])
        tell(alice)
        network.run()
        expect([errors(network).length, queries(network)]).to.deep.equal([1, 1])
        expect(alice.ssid('bob')).to.equal(bob.ssid('alice')).and.not.equal(undefined)
        expect(refusal(() => tell(alice))).to.equal('OTR_NOT_UNREADABLE')
      })

      it('the command keeps to the policy', () => {
        for (const [policy, code] of [[{ allowV3: false, allowV4: false }, 'OTR_POLICY'], [{ requireAuthenticated: true }, 'OTR_NOT_VERIFIED'],
          ...versions === '3' ? [[{ allowQueries: false }, 'OTR_POLICY']] as const : []] as const) {
          const { network, alice, bob } = anew()
          bob.send('alice', 'one')
          network.run()
          alice.core.setPolicy(policy)
          expect(refusal(() => tell(alice))).to.equal(code)
          expect(network.lines('alice', 'bob')).to.deep.equal([])
        }
      })
    })
  }
})
