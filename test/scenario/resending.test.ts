import { expect } from 'chai'
import { encryptedPair, Network, refusal, type Party } from '../support/network.js'
import { restarted } from '../support/restarted.js'
import { seededRandom } from '../support/seeded.js'

/** Replaces a party by one that has its key and its instance tag and nothing else: the device lost its state. */
function forgetful(network: Network, party: Party, key: number, versions: '3' | '34'): Party {
  const again = network.add(party.address, { versions, key, tag: party.core.instanceTag, random: seededRandom('again') })
  network.parties.splice(network.parties.indexOf(party), 1)
  return again
}

const offers = (party: Party): string[][] => party.all('lost').map(({ messages }) => messages.map(({ text }) => text))
const handles = (party: Party, peer: string): number[] => party.core.conversation(peer).lost.map(({ handle }) => handle)
const kept = (party: Party, peer: string): string[] =>
  (party.core.exportState().conversations.find((one) => one.peer === peer)?.sent ?? []).map(({ text }) => Buffer.from(text).toString())

describe('messages that the other side could not read', () => {
  for (const versions of ['3', '34'] as const) {
    describe(`versions ${versions}`, () => {
      const pair = (options: { alice?: object, bob?: object } = {}): ReturnType<typeof encryptedPair> =>
        encryptedPair({ alice: { versions, ...options.alice }, bob: { versions, ...options.bob } })

      it('W3: are offered to the person once the session is renewed, and sent again when they say so, each once', () => {
        const { network, alice, bob } = pair()
        // The first chains of both sides in version 4 do not depend on each other: the second round proves.
        for (const round of [1, 2]) {
          alice.send('bob', `read ${round}`)
          network.run()
          bob.send('alice', 'I read it')
          network.run()
        }
        expect(kept(alice, 'bob')).to.deep.equal([])
        const again = forgetful(network, bob, 2, versions)
        alice.send('bob', 'lost one')
        alice.send('bob', 'lost two')
        network.run()
        expect(alice.ssid('bob')).to.equal(again.ssid('alice')).and.not.equal(undefined)
        expect(again.texts, 'nothing goes out blindly').to.deep.equal([])
        expect(offers(alice)).to.deep.equal([['lost one', 'lost two']])
        expect(alice.all('lost')[0]).to.include({ peer: 'bob', renewed: true })
        expect(alice.notices).to.include('lost')
        const [first = 0, second = 0] = handles(alice, 'bob')
        alice.take(alice.core.conversation('bob').resend(first))
        network.run()
        expect(again.texts).to.deep.equal(['lost one'])
        expect(refusal(() => alice.core.conversation('bob').resend(first))).to.equal('OTR_NOT_LOST')
        alice.take(alice.core.conversation('bob').discard(second))
        expect(refusal(() => alice.core.conversation('bob').resend(second))).to.equal('OTR_NOT_LOST')
        expect(refusal(() => alice.core.conversation('bob').discard(second))).to.equal('OTR_NOT_LOST')
        expect(alice.core.conversation('bob').lost).to.deep.equal([])
        network.run()
        network.advance(200, 5)
        expect(again.texts).to.deep.equal(['lost one'])
        expect(offers(alice)).to.have.length(1)
      })

      it('W3: also what was sent between the complaint and the new session; and each is offered once', () => {
        const { network, alice, bob } = pair()
        const again = forgetful(network, bob, 2, versions)
        alice.send('bob', 'one')
        network.deliver()
        // The error message is on its way to Alice, then her query to Bob.
        network.deliver()
        alice.send('bob', 'two')
        network.run()
        expect(offers(alice)).to.deep.equal([['one', 'two']])
        for (const handle of handles(alice, 'bob')) alice.take(alice.core.conversation('bob').resend(handle))
        network.run()
        expect(again.texts).to.deep.equal(['one', 'two'])
      })

      it('W3: a complaint that comes after the session was renewed already offers what was sent in the old one, and renews nothing', () => {
        const { network, alice, bob } = pair()
        const again = forgetful(network, bob, 2, versions)
        alice.send('bob', 'kept by the network')
        const [late] = network.queue.splice(0)
        again.start('alice')
        network.run()
        const ssid = alice.ssid('bob')
        expect(ssid).to.equal(again.ssid('alice')).and.not.equal(undefined)
        if (late !== undefined) again.receive('alice', late.line)
        network.run()
        expect(again.notices).to.include('unreadable')
        expect(offers(alice)).to.deep.equal([['kept by the network']])
        expect(alice.all('lost')[0]?.renewed).to.equal(true)
        expect(alice.ssid('bob')).to.equal(ssid)
        alice.take(alice.core.conversation('bob').resend(handles(alice, 'bob')[0] ?? 0))
        network.run()
        expect(again.texts).to.deep.equal(['kept by the network'])
      })

      it('W3: if no new session may be begun, or none is established, they are offered all the same', () => {
        const silent = pair({ alice: { policy: { errorStartsAke: false } } })
        silent.alice.send('bob', 'one')
        silent.alice.receive('bob', '?OTR Error: I could not read that')
        expect(silent.alice.all('lost').map(({ renewed }) => renewed)).to.deep.equal([false])
        expect(offers(silent.alice)).to.deep.equal([['one']])

        const { network, alice } = pair()
        network.parties.splice(1, 1)
        alice.send('bob', 'two')
        alice.receive('bob', '?OTR Error: I could not read that')
        network.run()
        expect(offers(alice)).to.deep.equal([])
        network.advance(61)
        expect(alice.all('lost').map(({ renewed }) => renewed)).to.deep.equal([false])
        // It goes into the existing session: anybody may have sent the error message.
        const before = network.log.length
        alice.take(alice.core.conversation('bob').resend(handles(alice, 'bob')[0] ?? 0))
        expect(network.log.length).to.equal(before + 1)
      })

      it('W3: they are wiped as soon as an answer proves that they were read, and when they are too old, too many, or the conversation is ended', () => {
        const { network, alice, bob } = pair()
        alice.send('bob', 'hello')
        network.run()
        bob.send('alice', 'hello')
        network.run()
        alice.send('bob', 'secret')
        const text = alice.core.exportState().conversations[0]?.sent.at(-1)?.text
        expect(Buffer.from(text ?? []).toString()).to.equal('secret')
        network.run()
        bob.send('alice', 'yes?')
        network.run()
        expect(kept(alice, 'bob')).to.deep.equal([])
        expect(text?.every((byte) => byte === 0)).to.equal(true)

        for (let i = 0; i < 100; i++) alice.send('bob', `many ${i}`)
        expect(kept(alice, 'bob')).to.have.length(64)
        expect(kept(alice, 'bob').at(-1)).to.equal('many 99')
        alice.send('bob', 'x'.repeat(65_000))
        expect(kept(alice, 'bob').join('').length).to.be.at.most(65_536)
        network.run()
        network.advance(3601, 600)
        expect(kept(alice, 'bob')).to.deep.equal([])
        alice.send('bob', 'one more')
        expect(kept(alice, 'bob')).to.deep.equal(['one more'])
        alice.end('bob')
        expect(kept(alice, 'bob')).to.deep.equal([])
      })

      it('W3: of several messages in a row an answer proves no more than it can', () => {
        const { network, alice, bob } = pair()
        alice.send('bob', 'zero')
        network.run()
        bob.send('alice', 'go on')
        network.run()
        alice.send('bob', 'one')
        alice.send('bob', 'two')
        alice.send('bob', 'three')
        network.deliver()
        bob.send('alice', 'I read one')
        const again = forgetful(network, bob, 2, versions)
        network.run()
        expect(again.texts).to.deep.equal([])
        expect(offers(alice)).to.deep.equal([['two', 'three']])
      })

      it('W3: what may be lost survives a restart of ours in a store, before the complaint and after the offer', async () => {
        const { network, alice, bob } = pair()
        forgetful(network, bob, 2, versions)
        alice.send('bob', 'lost')
        const before = await restarted(network, alice, versions)
        network.run()
        expect(offers(before)).to.deep.equal([['lost']])
        const after = await restarted(network, before, versions)
        expect(after.core.conversation('bob').lost).to.deep.equal(before.core.conversation('bob').lost)
        after.take(after.core.conversation('bob').resend(handles(after, 'bob')[0] ?? 0))
        network.run()
        expect(network.parties.find(({ address }) => address === 'bob')?.texts).to.deep.equal(['lost'])
      })

      it('W3: nothing is kept where the policy says so', () => {
        const { network, alice, bob } = pair({ alice: { policy: { keepSent: 0 } } })
        forgetful(network, bob, 2, versions)
        alice.send('bob', 'lost')
        expect(kept(alice, 'bob')).to.deep.equal([])
        network.run()
        expect(offers(alice)).to.deep.equal([])
      })

      it('W3: what was meant for a verified key is sent again to no other', () => {
        const { network, alice, bob } = pair()
        alice.take(alice.core.conversation('bob').trust('verified'))
        network.parties.splice(network.parties.indexOf(bob), 1)
        const mallory = network.add('bob', { versions, key: 9, tag: bob.core.instanceTag })
        alice.send('bob', 'for bob')
        network.run()
        expect(mallory.ssid('alice')).to.not.equal(undefined)
        expect(offers(alice)).to.deep.equal([])
        network.advance(61)
        expect(offers(alice)).to.deep.equal([['for bob']])
        expect(alice.all('lost')[0]?.renewed).to.equal(false)
        // It goes into the session with the verified key, which exists at the same time as the other one.
        alice.take(alice.core.conversation('bob').resend(handles(alice, 'bob')[0] ?? 0))
        network.run()
        expect(mallory.texts).to.deep.equal([])
        network.advance(61)
        const again = forgetful(network, mallory, 2, versions)
        again.start('alice')
        network.run()
        for (const handle of handles(alice, 'bob')) alice.take(alice.core.conversation('bob').resend(handle))
        network.run()
        expect(again.texts).to.deep.equal(['for bob'])
        expect(mallory.texts).to.deep.equal([])
      })

      it('W6: messages that waited while there was no session go to the person they were written for, once', () => {
        const { network, alice, bob } = pair()
        bob.end('alice')
        network.run()
        alice.send('bob', 'where are you?')
        const stranger = network.add('bob', { versions, key: 9, tag: 0xbad1 })
        stranger.start('alice')
        network.run()
        expect(stranger.texts).to.deep.equal([])
        bob.start('alice')
        network.run()
        expect([bob.texts, stranger.texts]).to.deep.equal([['where are you?'], []])
        // Whoever accepts the other device may write to it.
        alice.take(alice.core.conversation('bob').send('and you?', { to: 0xbad1 }).events)
        network.run()
        expect(stranger.texts).to.deep.equal([])
        alice.take(alice.core.conversation('bob').trust('seen', { instance: 0xbad1 }))
        network.run()
        expect(stranger.texts).to.deep.equal(['and you?'])
      })

      it('W6: what waits for an accepted key goes when the person accepts the one that is there', () => {
        const { network, alice, bob } = pair()
        bob.end('alice')
        network.run()
        network.parties.splice(network.parties.indexOf(bob), 1)
        alice.send('bob', 'new telephone?')
        const other = network.add('bob', { versions, key: 9, tag: 0xbad1 })
        other.start('alice')
        network.run()
        expect(other.texts).to.deep.equal([])
        alice.take(alice.core.conversation('bob').trust('seen'))
        network.run()
        expect(other.texts).to.deep.equal(['new telephone?'])
        expect(alice.all('outbox').map(({ event }) => event)).to.deep.equal(['held', 'released'])
      })

      it('W11: complaints of anybody cost a bounded number of lines, change no session, and offer each message once', () => {
        const { network, alice } = pair()
        const ssid = alice.ssid('bob')
        network.parties.splice(1, 1)
        for (let i = 0; i < 1000; i++) {
          if (i % 100 === 0) alice.send('bob', `text ${i}`)
          alice.receive('bob', i % 2 === 0 ? '?OTR Error: nonsense' : '?OTR Error: ERROR_1: Unreadable message')
        }
        network.run()
        network.advance(120)
        expect(alice.ssid('bob')).to.equal(ssid)
        expect(network.lines('alice', 'bob').filter((line) => line.startsWith('?OTRv')).length).to.be.at.most(3)
        expect(offers(alice).flat()).to.deep.equal([...new Set(offers(alice).flat())])
        expect(offers(alice).flat()).to.have.length(10)
      })

      it('W11: two clients that both lost each other renew once, and nothing is sent again automatically', () => {
        const { network, alice, bob } = pair()
        const newAlice = forgetful(network, alice, 1, versions)
        alice.send('bob', 'from before')
        bob.send('alice', 'from before too')
        network.run()
        network.advance(300, 5)
        expect(newAlice.texts).to.deep.equal([])
        expect(network.log.length).to.be.lessThan(40)
        expect(newAlice.ssid('bob')).to.equal(bob.ssid('alice')).and.not.equal(undefined)
        expect(offers(bob)).to.deep.equal([['from before too']])
      })
    })
  }

  for (const versions of ['3', '34'] as const) {
    it(`W3: a message of the session before, read aside, proves nothing about what was sent in the one that runs, version ${versions}`, () => {
      const { network, alice, bob } = encryptedPair({ alice: { versions }, bob: { versions } })
      for (const round of [1, 2, 3]) {
        alice.send('bob', `round ${round}`)
        network.run()
        bob.send('alice', `round ${round}`)
        network.run()
      }
      bob.send('alice', 'late')
      const [late] = network.queue.splice(0)
      alice.start('bob')
      network.run()
      alice.send('bob', 'not read yet')
      network.queue.splice(0)
      alice.receive('bob', late?.line ?? '')
      expect(alice.texts.at(-1)).to.equal('late')
      expect(kept(alice, 'bob')).to.include('not read yet')
    })
  }

  it('decision 29: an error never changes an encrypted session, and one that complains of something else offers nothing', () => {
    const { alice } = encryptedPair({ alice: { versions: '34' }, bob: { versions: '34' } })
    alice.send('bob', 'one')
    const before = alice.core.exportState().conversations[0]?.sessions
    alice.receive('bob', '?OTR Error: ERROR_3: Malformed message')
    alice.receive('bob', '?OTR Error: ERROR_2: Not in private state message')
    expect(alice.core.exportState().conversations[0]?.sessions).to.equal(before)
    expect(alice.all('lost')).to.deep.equal([])
    expect(kept(alice, 'bob')).to.deep.equal(['one'])
  })
})
