import { expect } from 'chai'
import { encryptedPair, Network, refusal, snapshot, type Party } from '../support/network.js'

const devices = (party: Party, peer: string): (readonly [number, string, boolean])[] =>
  party.core.conversation(peer).devices.map(({ instance, trust, selected }) => [instance, trust, selected] as const)

/** Alice, and so many devices of Bob's, each with its own key and a private conversation with her. */
function several(count: number, versions: '3' | '34', policy: object = {}): { network: Network, alice: Party, bobs: Party[] } {
  const network = new Network()
  const alice = network.add('alice', { versions, policy })
  const bobs: Party[] = []
  for (let i = 0; i < count; i++) {
    const bob = network.add('bob', { versions })
    bobs.push(bob)
    bob.start('alice')
    network.run()
  }
  return { network, alice, bobs }
}

describe('several devices', () => {
  for (const versions of ['3', '34'] as const) {
    describe(`versions ${versions}`, () => {
      it('W14: each has a session of its own; a message for all goes to every verified one, and to no other', () => {
        const { network, alice, bobs } = several(4, versions, { sendTo: 'all' })
        const [first, second, third] = bobs
        for (const bob of [first, second, third]) {
          alice.take(alice.core.conversation('bob').trust('verified', { instance: bob?.core.instanceTag ?? 0 }))
        }
        alice.send('bob', 'to all of you')
        network.run()
        expect(bobs.map(({ texts }) => texts)).to.deep.equal([['to all of you'], ['to all of you'], ['to all of you'], []])
        expect(new Set(bobs.map((bob) => bob.ssid('alice'))).size).to.equal(4)
        expect(devices(alice, 'bob').map(([, trust, selected]) => [trust, selected]))
          .to.deep.equal([['verified', true], ['verified', true], ['verified', true], ['changed', false]])
        // What they answer comes from each.
        for (const bob of bobs) bob.send('alice', `I am ${bob.core.instanceTag}`)
        network.run()
        expect(alice.all('message').map(({ instance }) => instance)).to.deep.equal(bobs.map((bob) => bob.core.instanceTag))
      })

      it('W14: one message goes to eight devices at most, those that were heard last', () => {
        const { network, alice, bobs } = several(10, versions, { sendTo: 'all' })
        for (const bob of bobs) alice.take(alice.core.conversation('bob').trust('verified', { instance: bob.core.instanceTag }))
        network.now += 10
        for (const bob of bobs.slice(1, 9)) bob.send('alice', 'here')
        network.run()
        alice.send('bob', 'to eight of you')
        network.run()
        expect(bobs.map(({ texts }) => texts.length)).to.deep.equal([0, 1, 1, 1, 1, 1, 1, 1, 1, 0])
      })

      it('W14: the list of devices says what each is, is bounded, and survives; a device can be named and forgotten', () => {
        const { network, alice, bobs } = several(2, versions)
        const [one, two] = bobs.map((bob) => bob.core.instanceTag)
        expect(alice.notices.filter((code) => code === 'new-device')).to.have.length(1)
        alice.take(alice.core.conversation('bob').nameDevice(one ?? 0, 'telephone'))
        network.now += 100
        bobs[1]?.send('alice', 'hello')
        network.run()
        const [telephone, other] = alice.core.conversation('bob').devices
        expect(telephone).to.include({ instance: one, name: 'telephone', trust: 'seen', state: 'encrypted', version: Number(versions.at(-1)), selected: true, chosen: false })
        expect(telephone?.fingerprint).to.equal(alice.core.conversation('bob').status.sessions[0]?.fingerprint)
        expect(other).to.include({ instance: two, trust: 'changed', selected: false, firstSeen: 1_700_000_000, lastSeen: 1_700_000_100 })
        expect(other).to.not.have.property('name')
        alice.take(alice.core.conversation('bob').nameDevice(one ?? 0, ''))
        expect(alice.core.conversation('bob').devices[0]).to.not.have.property('name')
        bobs[1]?.end('alice')
        network.run()
        expect(alice.core.conversation('bob').devices[1]?.state).to.equal('finished')
        const again = new Network().add('alice', { versions, state: structuredClone(alice.core.exportState()) })
        expect(again.core.conversation('bob').devices).to.deep.equal(alice.core.conversation('bob').devices)
        alice.take(alice.core.conversation('bob').forgetDevice(one ?? 0))
        network.run()
        expect(alice.core.conversation('bob').devices.map(({ instance }) => instance)).to.deep.equal([two])
        expect(bobs[0]?.all('state').at(-1)?.state).to.equal('finished')
        for (const call of [
          () => alice.core.conversation('bob').nameDevice(0x5555, 'x'), () => alice.core.conversation('bob').forgetDevice(0x5555), () => alice.core.conversation('bob').chooseDevice(0x5555),
        ]) expect(refusal(call)).to.equal('OTR_NO_INSTANCE')
      })

      it('W15: the person chooses the device; when its session is over, the rules hold again', () => {
        const { network, alice, bobs } = several(3, versions)
        const [, , third] = bobs
        alice.send('bob', 'first')
        alice.take(alice.core.conversation('bob').chooseDevice(third?.core.instanceTag))
        alice.send('bob', 'to the third')
        network.run()
        expect(alice.core.conversation('bob').devices.map(({ chosen, selected }) => [chosen, selected]))
          .to.deep.equal([[false, false], [false, false], [true, true]])
        third?.end('alice')
        network.run()
        alice.send('bob', 'first again')
        network.run()
        expect(bobs.map(({ texts }) => texts)).to.deep.equal([['first', 'first again'], [], ['to the third']])
        third?.start('alice')
        network.run()
        alice.take(alice.core.conversation('bob').chooseDevice(undefined))
        alice.send('bob', 'and again')
        network.run()
        expect(bobs[0]?.texts.at(-1)).to.equal('and again')
      })

      it('W15: a device with another key takes nothing over, neither from a verified key nor from the one met first, until it is accepted', () => {
        for (const sendTo of ['best', 'recent', 'all'] as const) {
          const { network, alice, bobs } = several(2, versions, { sendTo })
          const [first, second] = bobs
          expect(alice.notices).to.include.members(['key-changed', 'new-device'])
          second?.send('alice', 'I am newer')
          network.run()
          alice.send('bob', 'one')
          network.run()
          expect([first?.texts, second?.texts], sendTo).to.deep.equal([['one'], []])
          alice.take(alice.core.conversation('bob').trust('seen', { instance: second?.core.instanceTag ?? 0 }))
          network.now += 10
          second?.send('alice', 'still newer')
          network.run()
          alice.send('bob', 'two')
          network.run()
          expect([first?.texts, second?.texts], sendTo).to.deep.equal(sendTo === 'all' ? [['one', 'two'], ['two']] : [['one'], ['two']])
          alice.take(alice.core.conversation('bob').trust('verified', { instance: first?.core.instanceTag ?? 0 }))
          alice.send('bob', 'three')
          network.run()
          expect([first?.texts.at(-1), second?.texts.at(-1)], sendTo).to.deep.equal(['three', 'two'])
        }
      })

      it('W14: own other devices are correspondents under the own address; what comes back to its sender is ignored', () => {
        const network = new Network()
        const desk = network.add('alice', { versions, key: 1, tag: 0x1111 })
        const phone = network.add('alice', { versions, key: 2, tag: 0x2222 })
        desk.start('alice')
        network.run()
        network.advance(60)
        expect(desk.ssid('alice')).to.equal(phone.ssid('alice')).and.not.equal(undefined)
        desk.send('alice', 'note to self')
        network.run()
        expect([desk.texts, phone.texts]).to.deep.equal([[], ['note to self']])
        phone.send('alice', 'noted')
        network.run()
        expect(desk.texts).to.deep.equal(['noted'])
        expect(desk.core.conversation('alice').devices.map(({ instance }) => instance)).to.deep.equal([0x2222])
        expect(phone.core.conversation('alice').devices.map(({ instance }) => instance)).to.deep.equal([0x1111])
      })

      it('W14: own other devices that share the account\'s keys talk as well', () => {
        const network = new Network()
        const desk = network.add('alice', { versions, key: 1, tag: 0x1111 })
        const phone = network.add('alice', { versions, key: 1, tag: 0x2222 })
        desk.start('alice')
        network.run()
        network.advance(60)
        expect(desk.ssid('alice')).to.equal(phone.ssid('alice')).and.not.equal(undefined)
        phone.send('alice', 'note to self')
        network.run()
        expect(desk.texts).to.deep.equal(['note to self'])
      })
    })
  }

  it('I7: after a pause each device goes on in its own session, found by its tag', () => {
    const { network, alice, bobs } = several(3, '34')
    const later = network.add('alice', { versions: '34', key: 1, tag: alice.core.instanceTag, state: structuredClone(alice.core.exportState()) })
    network.parties.splice(network.parties.indexOf(alice), 1)
    for (const bob of bobs) bob.send('alice', `from ${bob.core.instanceTag}`)
    network.run()
    expect(later.texts).to.deep.equal(bobs.map((bob) => `from ${bob.core.instanceTag}`))
  })

  it('I8: many devices with the keys of strangers neither fill the list nor push out the ones that count', () => {
    const { network, alice, bob } = encryptedPair()
    alice.take(alice.core.conversation('bob').trust('verified'))
    for (let i = 0; i < 60; i++) {
      const stranger = network.add('bob', { tag: 0x9000 + i, key: 100 + i })
      stranger.start('alice')
      network.run()
      stranger.end('alice')
      network.run()
      network.parties.pop()
      network.now += 60
    }
    const list = alice.core.conversation('bob').devices
    expect(list).to.have.length(32)
    expect(list[0]).to.include({ instance: bob.core.instanceTag, trust: 'verified', selected: true })
    expect(alice.core.conversation('bob').trustHistory.some(({ to }) => to === 'verified')).to.equal(true)
    alice.send('bob', 'still you')
    network.run()
    expect(bob.texts).to.deep.equal(['still you'])
  })

  it('is plain data: what nothing was said about is the same afterwards', () => {
    const { alice } = encryptedPair()
    const before = snapshot(alice)
    refusal(() => alice.core.conversation('bob').resend(1))
    expect(snapshot(alice)).to.equal(before)
  })
})
