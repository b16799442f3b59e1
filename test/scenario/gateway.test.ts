import { expect } from 'chai'
import { encryptedPair, Network, snapshot, type Packet, type Party } from '../support/network.js'

/** What gateways, bouncers and clients put around a line, and which part of it may be somebody's words. */
const gateways: readonly (readonly [name: string, before: string, behind: string, words: string])[] = [
  ['a blank in front', ' ', '', ''],
  ['a line feed in front', '\n', '', ''],
  ['a time in front', '[12:34:56] ', '', ''],
  ['a nick in front', '<bob> ', '', ''],
  ['a mark of quotation in front', '> ', '', ''],
  ['HTML around', '<html><body>', '</body></html>', ''],
  ['a font around', '<font color="#000000">', '</font>', ''],
  ['colours around', '\x0304', '\x03', ''],
  ['a blank behind', '', ' ', ''],
  ['three blanks behind', '', '   ', ''],
  ['a line end behind', '', '\r\n', ''],
  ['HTML behind', '', '<br/>', ''],
  ['a dot behind', '', '.', ''],
  ['words in front', 'hello ', '', 'hello'],
  ['words behind', '', ' bye', 'bye'],
  ['words around', '<b>from Bob</b>: ', ' sent from my phone', 'from Bob : sent from my phone'],
]

const throughGateway = (before: string, behind: string) => (packet: Packet): readonly Packet[] =>
  [/^\?OTR[:|]/.test(packet.line) ? { ...packet, line: before + packet.line + behind } : packet]

/** What a person must not see: a piece of an encoded message. */
const encoded = /\?OTR[:|]|[A-Za-z0-9+/]{40}/

function expectNothingEncoded(...parties: readonly Party[]): void {
  for (const party of parties) {
    for (const text of party.texts) expect(text).to.not.match(encoded)
    for (const { detail = '' } of party.all('notice')) expect(detail).to.not.match(encoded)
  }
}

describe('behind a gateway that puts text around lines', () => {
  for (const versions of ['3', '34'] as const) {
    for (const maxMessageLength of [0, 300]) {
      const shape = `version ${versions === '3' ? 3 : 4}, ${maxMessageLength === 0 ? 'whole messages' : 'in fragments'}`
      for (const [name, before, behind, words] of gateways) {
        it(`${shape}: ${name}: a private conversation begins, and nothing but its texts is shown as private`, () => {
          const network = new Network()
          network.fate = throughGateway(before, behind)
          const [alice, bob] = ['alice', 'bob'].map((who) => network.add(who, { versions, policy: { maxMessageLength } }))
          alice!.start('bob')
          network.run()
          expect(alice!.ssid('bob')).to.equal(bob!.ssid('alice')).and.not.equal(undefined)
          for (const text of ['one', 'two, with a comma.']) {
            alice!.send('bob', text)
            network.run()
            bob!.send('alice', text)
            network.run()
          }
          for (const party of [alice!, bob!]) {
            expect(party.all('message').map(({ text, encrypted }) => [text, encrypted])).to.deep.equal([['one', true], ['two, with a comma.', true]])
            const told = party.all('notice').filter(({ code }) => code === 'text-around').map(({ detail }) => detail)
            expect(new Set(told)).to.deep.equal(new Set(words === '' ? [] : [words]))
            expect(party.notices.filter((code) => code !== 'text-around')).to.deep.equal([])
          }
          expectNothingEncoded(alice!, bob!)
        })
      }
    }

    it(`version ${versions === '3' ? 3 : 4}: a line that was cut is shown to nobody, and its sender hears of it once in a while`, () => {
      const { network, alice, bob } = encryptedPair({ alice: { versions }, bob: { versions } })
      network.fate = (packet) => [{ ...packet, line: packet.line.startsWith('?OTR:') ? `[12:34:56] ${packet.line.slice(0, 300)}` : packet.line }]
      alice.send('bob', 'a text that is long enough to be cut: '.repeat(10))
      network.deliver()
      expect(bob.notices.at(-1)).to.equal('malformed')
      alice.send('bob', 'and another text that is long enough to be cut: '.repeat(10))
      network.deliver()
      const errors = network.log.filter(({ from, line }) => from === 'bob' && line.startsWith('?OTR Error:'))
      expect(errors).to.have.length(1)
      network.run()
      expect(alice.notices).to.include('peer-could-not-read')
      expect(bob.texts).to.deep.equal([])
      expectNothingEncoded(alice, bob)
    })

    it(`version ${versions === '3' ? 3 : 4}: what cannot be read between other words is shown to nobody`, () => {
      const { network, alice, bob } = encryptedPair({ alice: { versions }, bob: { versions } })
      alice.send('bob', 'hi')
      const line = network.queue.pop()?.line ?? ''
      const stranger = line.replace(/^(\?OTR:AA..).*$/s, `$1${'QUJD'.repeat(40)}.`)
      for (const broken of [line.slice(0, -1), `${line.slice(0, 60)} ${line.slice(60)}`, line.replace('.', '*.'), stranger]) {
        bob.receive('alice', `see what I got: ${broken} and so on`)
      }
      expect(bob.texts).to.deep.equal([])
      expectNothingEncoded(bob)
      // The session has not moved, and the message itself is still read.
      bob.receive('alice', line)
      expect(bob.texts).to.deep.equal(['hi'])
    })
  }

  it('a message found between words moves a session by its MAC alone: one changed bit, and nothing changes', () => {
    const { network, alice, bob } = encryptedPair()
    alice.send('bob', 'hi')
    const line = network.queue.pop()?.line ?? ''
    const before = snapshot(bob)
    const at = line.length - 60
    bob.core.receive('alice', `hello ${line.slice(0, at)}${line[at] === 'A' ? 'B' : 'A'}${line.slice(at + 1)} bye`)
    // What it says and when it complained is all that is different.
    expect(JSON.stringify(JSON.parse(snapshot(bob)), dropComplaint)).to.equal(JSON.stringify(JSON.parse(before), dropComplaint))
    bob.receive('alice', `hello ${line} bye`)
    expect(bob.all('message').map(({ text, encrypted }) => [text, encrypted])).to.deep.equal([['hi', true]])
  })

  it('a copy from a history is not answered for a time in front of it', () => {
    const network = new Network()
    const alice = network.add('alice')
    const bob = network.add('bob')
    alice.start('bob')
    network.fate = (packet) => packet.line.startsWith('?OTR:') ? [] : [packet]
    network.run()
    const commit = network.log.at(-1)?.line ?? ''
    const mark = network.log.length
    bob.take(bob.core.receive('alice', `[12:34:56] ${commit}`, { archived: true }))
    expect(network.log).to.have.length(mark)
    expect(bob.notices).to.include('duplicate')
  })

  it('people who write of OTR are shown what they wrote', () => {
    const { alice, bob } = encryptedPair()
    expect(alice.texts).to.deep.equal([])
    const texts = [
      'a line begins with ?OTR: and then base64', 'with ?OTR:AAMD it is a data message', 'fragments are ?OTR|1|2,n,m,piece, I think', 'is ?OTR,1,2 old?', '?OTR',
      'my key: AAAAB3NzaC1yc2EAAAADAQABAAABAQC7',
    ]
    for (const text of texts) bob.receive('alice', text)
    expect(bob.texts).to.deep.equal(texts)
    expect(bob.all('message').every(({ encrypted, unencrypted }) => !encrypted && unencrypted === true)).to.equal(true)
  })

  it('with OTR forbidden nobody is shown an encoded message, and every text as it is', () => {
    const network = new Network()
    const bob = network.add('bob', { policy: { allowV3: false, allowV4: false } })
    const { network: other, alice } = encryptedPair()
    alice.send('bob', 'secret')
    const line = other.queue.pop()?.line ?? ''
    for (const text of [line, ` ${line}`, '?OTR|12345678|0,1,2,AAMD,', '?OTR is a protocol', '?OTRv3?', '?OTR: so it begins']) bob.receive('alice', text)
    expect(bob.texts).to.deep.equal(['?OTR is a protocol', '?OTRv3?', '?OTR: so it begins'])
    expect(bob.notices).to.deep.equal(['policy', 'policy', 'policy'])
  })
})

function dropComplaint(key: string, value: unknown): unknown {
  return key === 'errorReplyAt' || key === 'events' || key === 'journal' ? undefined : value
}
