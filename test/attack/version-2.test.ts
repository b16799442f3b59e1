import { expect } from 'chai'
import fc from 'fast-check'
import { armor, unarmor, whitespaceTag } from '../../src/wire/index.js'
import { encryptedPair, Network, refusal, snapshot, type Party, type Versions } from '../support/network.js'
import { toyArithmetic, withArithmetic } from '../support/toy-arithmetic.js'

/** Whether anything that a party ever sent speaks of version 2. */
function spoke2(network: Network, party: Party): boolean {
  return network.log.some(({ from, line }) => from === party.address &&
    (/\?OTR\??v[^?\s]*2/.test(line) || line.startsWith('?OTR:AAI') || line.startsWith('?OTR,') || line.includes(whitespaceTag([2]))))
}

function version(party: Party, peer: string): number | undefined {
  const { sessions, selected } = party.core.conversation(peer).status
  return selected === undefined ? undefined : sessions[0]?.version
}

/** All lines of a conversation in version 2. */
function recorded(limit = 0): string[] {
  const { network, alice, bob } = encryptedPair({ alice: { versions: '2', policy: { maxMessageLength: limit } }, bob: { versions: '2', policy: { maxMessageLength: limit } } })
  alice.send('bob', 'hello')
  network.run()
  bob.send('alice', 'there')
  bob.end('alice')
  network.run()
  return network.log.map(({ line }) => line)
}

describe('attacks by version 2', () => {
  const queries = ['?OTRv2?', '?OTR?v2?', '?OTR?', '?OTRv12?', '?OTRv2', '?OTRv22?', '?OTRv2x?', `hi${whitespaceTag([2])}`]

  for (const versions of ['3', '34'] as const) {
    it(`Q2/2: not chosen, nothing of version 2 begins anything, is answered or changes the state (${versions})`, () => {
      const network = new Network()
      const alice = network.add('alice', { versions, policy: { sendWhitespaceTag: true } })
      for (const line of [...queries, ...recorded(), ...recorded(60)]) alice.receive('mallory', line)
      expect(alice.all('send')).to.deep.equal([])
      expect(alice.all('state')).to.deep.equal([])
      expect(alice.core.conversation('mallory').status.sessions).to.deep.equal([])
      expect(alice.core.conversation('mallory').status.latched).to.equal(false)
      expect(alice.notices).to.include('unsupported')
      alice.send('mallory', 'hello')
      alice.start('mallory')
      expect(spoke2(network, alice)).to.equal(false)
    })
  }

  it('Q2/2: in any order of what may happen, whoever did not choose version 2 never speaks it', () => {
    const moves = ['start', 'send', 'end', 'verify', 'peer starts', 'peer sends', 'query', 'tag', 'error', 'replay', 'time', 'clear'] as const
    const lines = [...recorded(), ...recorded(60)]
    fc.assert(fc.property(
      fc.constantFrom<Versions>('3', '34'), fc.constantFrom<Versions>('2', '23', '234'),
      fc.array(fc.tuple(fc.constantFrom(...moves), fc.nat(lines.length - 1)), { maxLength: 14 }),
      (ours, theirs, story) => {
        const network = new Network()
        const alice = network.add('alice', { versions: ours, policy: { sendWhitespaceTag: true } })
        const bob = network.add('bob', { versions: theirs, policy: { sendWhitespaceTag: true } })
        const attempt = (work: () => void): void => {
          try {
            work()
          } catch {
            // A refusal is one of the things that may happen.
          }
        }
        for (const [move, at] of story) {
          attempt(() => {
            switch (move) {
              case 'start': alice.start('bob'); break
              case 'send': alice.send('bob', 'x'); break
              case 'end': alice.end('bob'); break
              case 'verify': alice.take(alice.core.conversation('bob').verify('secret')); break
              case 'peer starts': bob.start('alice'); break
              case 'peer sends': bob.send('alice', 'y'); break
              case 'query': alice.receive('bob', '?OTRv2?'); break
              case 'tag': alice.receive('bob', `z${whitespaceTag([2])}`); break
              case 'error': alice.receive('bob', '?OTR Error: x'); break
              case 'replay': alice.receive('bob', lines[at] ?? ''); break
              case 'time': network.advance(70, 10); break
              case 'clear': alice.take(alice.core.conversation('bob').continueInPlaintext()); break
            }
          })
          network.run()
        }
        expect(spoke2(network, alice)).to.equal(false)
        expect(alice.core.conversation('bob').status.sessions.every((one) => one.version !== 2)).to.equal(true)
      },
    ), { numRuns: 60, seed: 24 })
  })

  it('Q1/2: seen with version 3, nobody is spoken to in version 2 without a new choice; the offer is a downgrade', () => {
    const network = new Network()
    const alice = network.add('alice', { versions: '3' })
    const bob = network.add('bob', { versions: '23' })
    alice.take(alice.core.conversation('bob').setPolicy({ allowV2: true }))
    alice.start('bob')
    network.run()
    expect(version(alice, 'bob')).to.equal(3)
    expect(alice.notices).to.include('version-2-over')
    expect(alice.core.conversation('bob').policy.allowV2).to.equal(false)
    alice.end('bob')
    bob.end('alice')
    network.run()
    const before = network.log.length
    alice.receive('bob', '?OTRv2?')
    expect(alice.notices.slice(-2)).to.include('downgrade')
    expect(network.log).to.have.length(before)
    alice.receive('bob', `hi${whitespaceTag([2])}`)
    expect(alice.notices.at(-1), 'by a white-space tag').to.equal('downgrade')
    expect(network.log).to.have.length(before)
    // A new choice counts, on both sides, and the notice says what it is.
    bob.take(bob.core.conversation('alice').setPolicy({ allowV2: true }))
    alice.take(alice.core.conversation('bob').setPolicy({ allowV2: true }))
    alice.receive('bob', '?OTRv2?')
    expect(alice.notices.at(-1)).to.equal('downgrade')
    network.run()
    expect(version(alice, 'bob')).to.equal(2)
    // The same key: what was known of it counts.
    expect(alice.core.conversation('bob').keys).to.have.length(1)
  })

  it('Q1/2: a newer version ends what goes on in version 2, and a choice for everybody is none for who was seen with one', () => {
    const network = new Network()
    const alice = network.add('alice', { versions: '23' })
    const bob = network.add('bob', { versions: '23' })
    bob.start('alice')
    network.fate = (packet) => [{ ...packet, line: packet.line.replace('?OTRv23?', '?OTRv2?') }]
    network.run()
    expect(version(alice, 'bob')).to.equal(2)
    network.fate = (packet) => [packet]
    bob.start('alice')
    network.run()
    expect(version(alice, 'bob')).to.equal(3)
    expect(alice.core.conversation('bob').status.sessions.map((one) => one.version)).to.deep.equal([3])
    alice.end('bob')
    network.run()
    const before = snapshot(alice)
    alice.receive('bob', '?OTRv2?')
    expect(alice.notices.at(-1)).to.equal('downgrade')
    expect(snapshot(alice)).to.equal(before)
  })

  it('Q1/2: a key that nobody accepted does not end the choice: anybody can show one', () => {
    const network = new Network()
    const alice = network.add('alice', { versions: '23' })
    const bob = network.add('bob', { versions: '2' })
    alice.start('bob')
    network.run()
    expect(version(alice, 'bob')).to.equal(2)
    const mallory = new Network(7)
    const impostor = mallory.add('bob', { versions: '3', key: 9, tag: 0x9001 })
    impostor.start('alice')
    for (let rounds = 0; rounds < 6; rounds++) {
      for (const { line } of mallory.queue.splice(0)) alice.receive('bob', line)
      for (const { to, line } of network.queue.splice(0)) if (to === 'bob') impostor.receive('alice', line)
    }
    expect(alice.core.conversation('bob').keys.map(({ trust }) => trust)).to.deep.equal(['seen', 'changed'])
    expect(alice.notices).to.not.include('version-2-over')
    expect(version(alice, 'bob')).to.equal(2)
    alice.send('bob', 'still here')
    network.run()
    expect(bob.texts).to.deep.equal(['still here'])
  })

  for (const field of ['requireEncryption', 'requireVerified', 'requireAuthenticated', 'requireInteractive'] as const) {
    it(`Q13/2: with ${field} version 2 does not exist, chosen or not`, () => {
      const network = new Network()
      const alice = network.add('alice', { versions: '23', policy: { [field]: true } })
      network.add('bob', { versions: '2' })
      alice.take(alice.core.conversation('bob').setPolicy({ allowV2: true }))
      alice.receive('bob', '?OTRv2?')
      alice.send('bob', 'text')
      if (field !== 'requireAuthenticated') alice.start('bob')
      network.run()
      expect(spoke2(network, alice)).to.equal(false)
      expect(version(alice, 'bob')).to.equal(undefined)
    })
  }

  it('an account chooses it with a second word only, and a correspondent without it', () => {
    const network = new Network()
    const alice = network.add('alice')
    expect(refusal(() => alice.core.setPolicy({ allowV2: true }))).to.equal('OTR_POLICY')
    expect(refusal(() => network.add('carol', { policy: { allowV2: true } }))).to.equal('OTR_POLICY')
    expect(refusal(() => alice.core.conversation('bob').setPolicy({ v2WithEverybody: true }))).to.equal('OTR_POLICY')
    alice.core.setPolicy({ allowV2: true, v2WithEverybody: true })
    expect(alice.core.conversation('bob').policy.allowV2).to.equal(true)
  })

  it('Q14/2: taken back, the session ends, the other side is told, and no text goes in clear', () => {
    const network = new Network()
    const alice = network.add('alice', { versions: '3' })
    const bob = network.add('bob', { versions: '2' })
    alice.take(alice.core.conversation('bob').setPolicy({ allowV2: true }))
    alice.start('bob')
    network.run()
    expect(version(alice, 'bob')).to.equal(2)
    alice.take(alice.core.conversation('bob').setPolicy({ allowV2: undefined }))
    network.run()
    expect(bob.core.conversation('alice').status.sessions.map(({ state }) => state)).to.deep.equal(['finished'])
    expect(alice.core.conversation('bob').status.sessions).to.deep.equal([])
    alice.send('bob', 'secret')
    network.run()
    expect(network.log.some(({ line }) => line.includes('secret'))).to.equal(false)
  })

  it('Q1/2: a D-H Commit of version 2 by who was seen with version 3 is a downgrade, whole and in fragments; by others it is not', () => {
    for (const limit of [0, 60]) {
      const [commit, ...more] = recorded(limit).filter((line) => line.startsWith('?OTR:AAIC') || line.startsWith('?OTR,'))
      const { network, alice } = encryptedPair({ alice: { versions: '3' }, bob: { versions: '3' } })
      alice.end('bob')
      network.run()
      const before = network.log.length
      for (const peer of ['bob', 'carol']) {
        alice.receive(peer, commit!)
        expect(alice.notices.at(-1), peer).to.equal(peer === 'bob' ? 'downgrade' : 'unsupported')
      }
      if (limit > 0) {
        alice.receive('bob', more[0]!)
        expect(alice.notices.at(-1), 'the rest of it').to.equal('unsupported')
      }
      expect(network.log).to.have.length(before)
    }
  })

  for (const how of ['for everybody', 'for him'] as const) {
    it(`Q14/2: chosen ${how} and taken back while our D-H Commit waits, it is not sent again`, () => {
      const network = new Network()
      const alice = network.add('alice', { versions: '3' })
      const handle = how === 'for him' ? alice.core.conversation('bob') : alice.core
      handle.setPolicy(how === 'for him' ? { allowV2: true } : { allowV2: true, v2WithEverybody: true })
      alice.receive('bob', '?OTRv2?')
      expect(network.log.filter(({ line }) => line.startsWith('?OTR:AAIC'))).to.have.length(1)
      handle.setPolicy({ allowV2: undefined, ...(how === 'for everybody' && { v2WithEverybody: undefined }) })
      const before = network.log.length
      network.advance(300, 10)
      expect(network.log).to.have.length(before)
    })
  }

  it('Q14/2: nor when the correspondent was seen with a newer version meanwhile', () => {
    const network = new Network()
    const alice = network.add('alice', { versions: '23' })
    network.add('bob', { versions: '3' })
    alice.receive('bob', '?OTRv2?')
    alice.start('bob')
    network.run()
    expect(version(alice, 'bob')).to.equal(3)
    const before = network.log.length
    network.advance(300, 10)
    expect(network.log.slice(before).filter(({ line }) => line.startsWith('?OTR:AAI'))).to.deep.equal([])
  })

  it('Q1/2: allowed for everybody, a key of version 3 that nobody accepted neither ends a session of version 2 nor makes it unreadable', () => {
    const network = new Network()
    const alice = network.add('alice', { versions: '23' })
    const bob = network.add('bob', { versions: '2' })
    alice.start('bob')
    network.run()
    const mallory = new Network(7)
    const impostor = mallory.add('bob', { versions: '3', key: 9, tag: 0x9001 })
    impostor.receive('alice', '?OTRv3?')
    for (let rounds = 0; rounds < 6; rounds++) {
      for (const { line } of mallory.queue.splice(0)) alice.receive('bob', line)
      for (const { to, line } of network.queue.splice(0)) if (to === 'bob') impostor.receive('alice', line)
    }
    expect(alice.core.conversation('bob').keys.map(({ trust }) => trust)).to.deep.equal(['seen', 'changed'])
    bob.send('alice', 'do you read me?')
    alice.send('bob', 'yes')
    network.run()
    expect([...alice.texts, ...bob.texts]).to.deep.equal(['do you read me?', 'yes'])
    // Once it has ended, only a choice for him begins another.
    alice.end('bob')
    network.run()
    const before = network.log.length
    alice.receive('bob', '?OTRv2?')
    expect(alice.notices.at(-1)).to.equal('downgrade')
    expect(network.log).to.have.length(before)
  })

  it('Q14/2: the choice for one correspondent, taken back, ends the session although everybody may have version 2', () => {
    const network = new Network()
    const alice = network.add('alice', { versions: '23' })
    const bob = network.add('bob', { versions: '23' })
    alice.start('bob')
    network.run()
    expect(version(alice, 'bob')).to.equal(3)
    bob.end('alice')
    network.run()
    for (const [one, peer] of [[alice, 'bob'], [bob, 'alice']] as const) one.take(one.core.conversation(peer).setPolicy({ allowV2: true }))
    alice.receive('bob', '?OTRv2?')
    network.run()
    expect(version(alice, 'bob')).to.equal(2)
    alice.take(alice.core.conversation('bob').setPolicy({ allowV2: undefined }))
    expect(alice.core.conversation('bob').status.sessions.filter((one) => one.version === 2)).to.deep.equal([])
  })

  it('C11/2: messages of versions 2 and 3 do not pass for each other', () => {
    const { network, alice, bob } = encryptedPair({ alice: { versions: '23' }, bob: { versions: '23' } })
    const two = recorded()
    for (const line of two) alice.receive('bob', line)
    alice.send('bob', 'hello')
    network.run()
    expect(bob.texts).to.deep.equal(['hello'])
    expect(version(alice, 'bob')).to.equal(3)
  })

  describe('what is not well formed', () => {
    /** A text of bob's in fragments of version 2, which alice has not received. */
    function fragmented(): { network: Network, alice: Party, bob: Party, lines: string[] } {
      const { network, alice, bob } = encryptedPair({ alice: { versions: '23' }, bob: { versions: '2', policy: { maxMessageLength: 120 } } })
      bob.send('alice', 'a text of several pieces')
      return { network, alice, bob, lines: network.queue.splice(0).map(({ line }) => line) }
    }
    const inTheOtherForm = (line: string): string => line.replace(/^\?OTR,/, '?OTR|4001|1001,')

    it('F3/2: fragments of both forms in one message never complete it, in any mixture, and the next text is read', () => {
      const { network, alice, bob, lines } = fragmented()
      expect(lines).to.have.length.greaterThan(2)
      for (let mixture = 1; mixture < 2 ** lines.length; mixture++) {
        for (const [at, line] of lines.entries()) alice.receive('bob', (mixture >> at & 1) === 1 ? inTheOtherForm(line) : line)
      }
      expect(alice.texts).to.deep.equal([])
      for (const line of lines) alice.receive('bob', line)
      expect(alice.texts).to.deep.equal(['a text of several pieces'])
      bob.send('alice', 'and the next')
      network.run()
      expect(alice.texts.at(-1)).to.equal('and the next')
    })

    it('F3/2: a message of one version in fragments of the other is discarded', () => {
      const { network, alice, bob } = encryptedPair({ alice: { versions: '23' }, bob: { versions: '23', policy: { maxMessageLength: 120 } } })
      bob.send('alice', 'in version 3')
      const threes = network.queue.splice(0).map(({ line }) => line.replace(/^\?OTR\|[^,]*,/, '?OTR,'))
      alice.core.conversation('bob').setPolicy({ allowV2: true })
      const before = snapshot(alice)
      for (const line of threes) alice.receive('bob', line)
      expect(alice.texts).to.deep.equal([])
      expect(alice.notices.at(-1)).to.equal('fragment-discarded')
      expect(alice.core.conversation('bob').status.sessions.map((one) => one.version)).to.deep.equal([3])
      expect(snapshot(alice)).to.equal(before)
      const other = fragmented()
      for (const line of other.lines) other.alice.receive('bob', inTheOtherForm(line))
      expect(other.alice.texts).to.deep.equal([])
    })

    it('I1/2: a message of version 2 with tags, and one of version 3 without, change nothing and are no text', () => {
      for (const line of recorded().filter((one) => one.startsWith('?OTR:'))) {
        const { network, alice, bob } = encryptedPair({ alice: { versions: '23' }, bob: { versions: '2' } })
        const bytes = unarmor(line)
        const tags = Uint8Array.of(0, 0, 0x40, 1, 0, 0, 0x10, 1)
        const before = snapshot(alice)
        for (const wrong of [
          Uint8Array.of(...bytes.subarray(0, 3), ...tags, ...bytes.subarray(3)), Uint8Array.of(0, 3, ...bytes.subarray(2)),
          Uint8Array.of(...bytes.subarray(0, 3), ...tags.subarray(4), ...bytes.subarray(3)),
        ]) alice.receive('bob', armor(wrong))
        expect(alice.all('message')).to.deep.equal([])
        // An error reply is remembered, so that there is one in ten seconds.
        expect(snapshot(alice).replace(/"errorReplyAt":\d+,/, '')).to.equal(before)
        network.queue.length = 0
        bob.send('alice', 'goes on')
        network.run()
        expect(alice.texts).to.deep.equal(['goes on'])
      }
    })

    it('Q2/2: a query with any set of digits begins the newest version that is allowed and offered, once, or nothing', () => {
      withArithmetic(toyArithmetic, () => {
        const begins = { 4: '?OTR:AAQ', 3: '?OTR:AAMC', 2: '?OTR:AAIC' } as const
        for (const versions of ['2', '3', '4', '23', '34', '234'] as const) {
          for (let set = 0; set < 2 ** 9; set++) {
            // Of those above 5, which nobody knows, one set in so many.
            if (set >= 64 && set % 37 !== 0) continue
            const digits = [9, 3, 1, 4, 2, 5, 6, 7, 8].filter((digit) => (set >> (digit - 1) & 1) === 1)
            const best = ([4, 3, 2] as const).find((version) => versions.includes(String(version)) && digits.includes(version))
            for (const query of [`?OTRv${digits.join('')}?`, `?OTR?v${digits.join('')}?`, `?OTRv${digits.join('')}${digits.join('')}x?`]) {
              const network = new Network()
              const alice = network.add('alice', { versions })
              alice.receive('bob', query)
              const sent = network.log.map(({ line }) => line)
              expect(sent.length, `${versions} ${query}`).to.equal(best === undefined ? 0 : 1)
              if (best !== undefined) expect(sent[0]?.startsWith(begins[best]), `${versions} ${query}`).to.equal(true)
              expect(alice.core.conversation('bob').status.latched).to.equal(false)
            }
          }
        }
      })
    })
  })
})
