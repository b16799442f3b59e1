import { expect } from 'chai'
import { SentLines } from '../../src/session/client/sent-lines.js'
import { encryptedPair, Network, refusal, snapshot, type Party } from '../support/network.js'

/** Reports a line as undelivered. Returns the handle of its text, and how many texts the `lost` events offered. */
function returned(party: Party, peer: string, line: string): { handle: number | undefined, offered: string[], sent: number } {
  const { result: handle, events } = party.core.conversation(peer).undelivered(line)
  party.take(events)
  return {
    handle,
    offered: events.flatMap((event) => event.type === 'lost' ? event.messages.map(({ text }) => text) : []),
    sent: events.filter(({ type }) => type === 'send').length,
  }
}

/** The lines that leave for the one text; the network loses them. */
function lose(network: Network, party: Party, peer: string, text: string): string[] {
  party.send(peer, text)
  return network.queue.splice(0).map(({ line }) => line)
}

describe('a line that the network could not deliver', () => {
  for (const versions of ['3', '34'] as const) {
    it(`version ${versions}: the text that it carried is offered, by its handle, and the others are not`, () => {
      const { network, alice, bob } = encryptedPair({ alice: { versions }, bob: { versions } })
      const [one = ''] = lose(network, alice, 'bob', 'one')
      const [two = ''] = lose(network, alice, 'bob', 'two')
      const { handle, ...rest } = returned(alice, 'bob', two)
      expect(rest).to.deep.equal({ offered: ['two'], sent: 0 })
      expect(alice.core.conversation('bob').lost.map(({ text, handle: number }) => [text, number])).to.deep.equal([['two', handle]])
      expect(alice.all('lost').at(-1)).to.include({ peer: 'bob', renewed: false })
      // Told again.
      expect(returned(alice, 'bob', two)).to.deep.equal({ handle, offered: [], sent: 0 })
      alice.take(alice.core.conversation('bob').resend(handle ?? 0))
      network.run()
      expect(bob.texts).to.deep.equal(['two'])
      expect(returned(alice, 'bob', two).handle, 'it was decided on').to.equal(undefined)
      expect(returned(alice, 'bob', one).offered).to.deep.equal(['one'])
    })

    it(`version ${versions}: each fragment of a message reports the same message, and it is offered once`, () => {
      const policy = { maxMessageLength: 200 }
      const { network, alice } = encryptedPair({ alice: { versions, policy }, bob: { versions } })
      const lines = lose(network, alice, 'bob', 'a long text '.repeat(40))
      expect(lines.length).to.be.at.least(3)
      const told = [...lines].reverse().map((line) => returned(alice, 'bob', line))
      expect(new Set(told.map(({ handle }) => handle)).size).to.equal(1)
      expect(told[0]?.handle).not.to.equal(undefined)
      expect(told.flatMap(({ offered }) => offered)).to.have.length(1)
    })

    it(`version ${versions}: what carried no text, or none that is kept, or none to them, offers nothing and changes nothing`, () => {
      const { network, alice, bob } = encryptedPair({ alice: { versions }, bob: { versions } })
      const [line = ''] = lose(network, alice, 'bob', 'to bob')
      const before = snapshot(alice)
      const lines = [...network.lines('alice', 'bob').filter((one) => one !== line), 'hello', '', '?OTRv34?']
      expect(lines.length).to.be.at.least(5)
      for (const one of lines) expect(returned(alice, 'bob', one), one.slice(0, 30)).to.deep.equal({ handle: undefined, offered: [], sent: 0 })
      for (const peer of ['carol', 'alice']) expect(returned(alice, peer, line).handle).to.equal(undefined)
      expect(returned(bob, 'alice', line).handle).to.equal(undefined)
      expect(snapshot(alice)).to.equal(before)
      // It was read after all.
      bob.receive('alice', line)
      for (let turn = 0; turn < 3; turn++) {
        bob.send('alice', 'read')
        network.run()
        alice.send('bob', 'good')
        network.run()
      }
      expect(bob.texts[0]).to.equal('to bob')
      expect(returned(alice, 'bob', line)).to.deep.equal({ handle: undefined, offered: [], sent: 0 })
    })
  }

  it('is found under a correspondent\'s new name', () => {
    const { network, alice } = encryptedPair()
    const [line = ''] = lose(network, alice, 'bob', 'moved')
    alice.take(alice.core.rename('bob', 'bobby'))
    expect(returned(alice, 'bob', line).handle).to.equal(undefined)
    expect(returned(alice, 'bobby', line).offered).to.deep.equal(['moved'])
  })

  it('remembers the newest 4,096 lines over all correspondents, and finds none of another one', () => {
    const sent = new SentLines()
    const line = (at: number): string => `?OTR:${String(at).padStart(60, 'A')}.`
    for (let at = 0; at <= 4096; at++) sent.note(at % 2 === 0 ? 'bob' : 'carol', [{ line: line(at), sent: at }])
    expect([sent.find('bob', line(0)), sent.find('carol', line(1)), sent.find('bob', line(4096))]).to.deep.equal([undefined, 1, 4096])
    for (let at = 1; at <= 4096; at++) expect(sent.find(at % 2 === 0 ? 'bob' : 'carol', line(at))).to.equal(at)
    expect(sent.find('carol', line(4096))).to.equal(undefined)
    expect(sent.find('bob', line(4097))).to.equal(undefined)
    sent.rename('bob', 'bobby')
    expect([sent.find('bobby', line(4096)), sent.find('bob', line(4096))]).to.deep.equal([4096, undefined])
  })

  it('offers nothing where nothing is kept of what was sent', () => {
    const { network, alice } = encryptedPair({ alice: { policy: { keepSent: 0 } } })
    const [line = ''] = lose(network, alice, 'bob', 'not kept')
    expect(returned(alice, 'bob', line)).to.deep.equal({ handle: undefined, offered: [], sent: 0 })
  })

  it('refuses anything but a string as the line', () => {
    const { alice } = encryptedPair()
    expect(refusal(() => alice.core.conversation('bob').undelivered(undefined as unknown as string))).to.equal('OTR_ARGUMENT')
    expect(refusal(() => alice.core.conversation('').undelivered('x'))).to.equal('OTR_ARGUMENT')
  })
})
