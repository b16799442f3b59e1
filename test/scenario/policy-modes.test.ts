import { expect } from 'chai'
import { modes, type Mode, type PolicyChanges } from '../../src/index.js'
import { limits } from '../../src/session/budget/limits.js'
import { armor, unarmor, whitespaceTag } from '../../src/wire/index.js'
import { encryptedPair, Network, refusal, type Party } from '../support/network.js'
import { toyArithmetic, withArithmetic } from '../support/toy-arithmetic.js'

const toy = (test: () => void) => () => { withArithmetic(toyArithmetic, test) }

const identity = /^\?OTR:AAQ1/

/** Two of whom one may have another policy. */
function two(policy: PolicyChanges, versions: '4' | '34' = '34'): { readonly network: Network, readonly alice: Party, readonly bob: Party } {
  const network = new Network()
  return { network, alice: network.add('alice', { versions, policy }), bob: network.add('bob', { versions }) }
}

describe('modes of version 4', () => {
  for (const mode of ['standalone', 'interactive-only'] as const satisfies readonly Mode[]) {
    it(`${mode}: a conversation begins with an Identity message, whichever side asks and however`, toy(() => {
      const { network, alice, bob } = two(modes[mode], '4')
      alice.start('bob')
      expect(network.log.map(({ line }) => identity.test(line))).to.deep.equal([true])
      network.run()
      expect(alice.ssid('bob')).to.be.a('string').and.equal(bob.ssid('alice'))
    }))

    it(`${mode}: text is never sent in clear: it waits, and an Identity message goes out for it`, toy(() => {
      const { network, alice, bob } = two(modes[mode], '4')
      alice.send('bob', 'private')
      expect(network.log.map(({ line }) => identity.test(line))).to.deep.equal([true])
      network.run()
      expect(bob.texts).to.deep.equal(['private'])
      alice.end('bob')
      network.run()
      alice.send('bob', 'again')
      expect(network.log.every(({ line }) => line.startsWith('?OTR:AAQ'))).to.equal(true)
    }))

    it(`${mode}: queries and tags start nothing, and text in clear is shown as what it is`, toy(() => {
      const { network, alice } = two(modes[mode], '34')
      alice.receive('bob', '?OTRv34? Let us talk privately.')
      alice.receive('bob', `in clear${whitespaceTag([4, 3])}`)
      expect(network.log).to.deep.equal([])
      expect(alice.texts).to.deep.equal(['in clear'])
      expect(alice.notices).to.deep.equal(['policy', 'unencrypted'])
    }))

    it(`${mode}: a fragment of version 3 is refused, and none is kept`, () => {
      const alice = new Network().add('alice', { versions: '34', policy: modes[mode] })
      alice.receive('bob', '?OTR|00000100|00000000,1,2,?OTR:AAMC,')
      alice.receive('bob', '?OTR|00000100|00000000,2,2,AAAA.,')
      expect(alice.notices).to.deep.equal(['policy', 'policy'])
    })

    it(`${mode}: version 3 is not spoken, in whichever direction`, () => {
      const network = new Network()
      const alice = network.add('alice', { versions: '34', policy: modes[mode] })
      const bob = network.add('bob', { versions: '3' })
      bob.receive('alice', '?OTRv3?')
      network.run()
      expect(network.lines('alice', 'bob')).to.deep.equal([])
      expect(alice.notices).to.deep.equal(['policy'])
    })
  }

  it('compatible: both versions, by queries', toy(() => {
    const { network, alice, bob } = two(modes.compatible)
    alice.start('bob')
    expect(network.log[0]?.line).to.match(/^\?OTRv43\?|^\?OTRv34\?/)
    network.run()
    expect(alice.core.conversation('bob').status.sessions[0]?.version).to.equal(4)
    expect(alice.ssid('bob')).to.equal(bob.ssid('alice'))
  }))

  it('one correspondent may have another mode than the rest', toy(() => {
    const { network, alice, bob } = two({})
    alice.core.conversation('bob').setPolicy(modes.standalone)
    alice.start('bob')
    alice.start('carol')
    expect(network.log.map(({ line }) => identity.test(line))).to.deep.equal([true, false])
    network.run()
    expect(alice.isEncrypted('bob')).to.equal(bob.isEncrypted('alice')).and.equal(true)
  }))
})

describe('policies of version 4', () => {
  it('identityStartsDake: without it an Identity message that nobody asked for is not answered, one that answers a query is', toy(() => {
    const { network, alice, bob } = two({ identityStartsDake: false })
    bob.take(bob.core.conversation('alice').start('identity'))
    network.run()
    expect(network.lines('alice', 'bob')).to.deep.equal([])
    expect(alice.notices).to.deep.equal(['policy'])
    expect(alice.core.conversation('bob').status.sessions).to.deep.equal([])
    bob.end('alice')
    alice.start('bob')
    network.run()
    expect(alice.ssid('bob')).to.be.a('string').and.equal(bob.ssid('alice'))
    // An existing session may be renewed.
    const before = alice.ssid('bob')
    bob.take(bob.core.conversation('alice').start('identity'))
    network.run()
    expect(alice.ssid('bob')).to.equal(bob.ssid('alice')).and.not.equal(before)
  }))

  it('requireAuthenticated: nothing begins with a key that nobody has verified', toy(() => {
    const { network, alice, bob } = two({ requireAuthenticated: true })
    expect(refusal(() => alice.core.conversation('bob').start())).to.equal('OTR_NOT_VERIFIED')
    alice.receive('bob', '?OTRv4?')
    alice.send('bob', 'waits')
    bob.take(bob.core.conversation('alice').start('identity'))
    network.run()
    expect(network.lines('alice', 'bob')).to.deep.equal([])
    expect(alice.notices).to.deep.equal(['policy', 'held', 'policy'])
    expect(bob.isEncrypted('alice')).to.equal(false)
  }))

  it('requireAuthenticated: with the verified key it begins, and an answer with another key is refused', toy(() => {
    const { network, alice, bob } = two({ requireAuthenticated: true })
    const fingerprint = ((): string => {
      const other = new Network()
      const carol = other.add('carol', { versions: '34' })
      other.add('bob', { versions: '34', key: 2, tag: bob.core.instanceTag })
      carol.start('bob')
      other.run()
      return carol.core.conversation('bob').keys[0]?.fingerprint ?? ''
    })()
    alice.take(alice.core.conversation('bob').trust('verified', { version: 4, fingerprint: fingerprint.slice(0, -1) + (fingerprint.endsWith('0') ? '1' : '0') }))
    alice.start('bob')
    network.run()
    expect(alice.isEncrypted('bob'), 'another key is verified').to.equal(false)
    expect(alice.notices).to.include('policy')
    alice.take(alice.core.conversation('bob').trust('verified', { version: 4, fingerprint }))
    alice.send('bob', 'only to him')
    alice.start('bob')
    network.run()
    expect(alice.ssid('bob')).to.be.a('string').and.equal(bob.ssid('alice'))
    expect(bob.texts).to.deep.equal(['only to him'])
    alice.end('bob')
    network.run()
    bob.take(bob.core.conversation('alice').start('identity'))
    network.run()
    expect(alice.ssid('bob'), 'he may begin as well').to.be.a('string').and.equal(bob.ssid('alice'))
  }))
})

describe('Q1: a version 3 key exchange where version 4 was spoken', () => {
  /** Both have spoken version 4; then somebody cuts the offers. */
  function cut(policy: PolicyChanges): { readonly network: Network, readonly alice: Party, readonly bob: Party } {
    const { network, alice } = encryptedPair({ alice: { versions: '34', policy }, bob: { versions: '34' } })
    alice.take(alice.core.conversation('bob').trust('verified'))
    alice.end('bob')
    network.run()
    // Bob's program has lost its memory, and believes what it reads.
    network.parties.splice(1, 1)
    const bob = network.add('bob', { versions: '34', key: 2, tag: 0x2001 })
    network.fate = (packet) => [{ ...packet, line: packet.line.replace(/^\?OTRv\d+\?/, '?OTRv3?') }]
    alice.events.length = 0
    alice.start('bob')
    network.run()
    return { network, alice, bob }
  }

  it('Q1: is reported as a downgrade, also when the other side begins it; trust is that of the version 3 key', () => {
    const { alice, bob } = cut({})
    expect(alice.notices).to.deep.equal(['downgrade', 'key-changed'])
    expect(alice.core.conversation('bob').status.sessions[0]).to.include({ version: 3, state: 'encrypted' })
    expect(alice.core.conversation('bob').status.sessions[0]?.trust).to.equal('changed')
    expect(alice.core.conversation('bob').status.sessions[0]?.ssid).to.equal(bob.core.conversation('alice').status.sessions[0]?.ssid)
    expect(alice.core.conversation('bob').status.sending).to.equal('held')
  })

  it('Q1: and it is refused where the policy says so', () => {
    const { network, alice, bob } = cut({ allowDowngrade: false })
    expect(alice.notices).to.deep.equal(['downgrade'])
    expect(alice.isEncrypted('bob')).to.equal(false)
    expect(bob.isEncrypted('alice')).to.equal(false)
    expect(network.lines('alice', 'bob').filter((line) => line.startsWith('?OTR:AAM')), 'in version 3').to.deep.equal([])
  })
})

describe('two versions side by side', () => {
  it('messages of one version, labelled as the other, do nothing to the sessions of either', () => {
    const network = new Network()
    const alice = network.add('alice', { versions: '34' })
    const bob4 = network.add('bob', { versions: '4' })
    const bob3 = network.add('bob', { versions: '3', tag: bob4.core.instanceTag })
    network.parties.splice(2, 1)
    alice.start('bob')
    network.run()
    network.parties.splice(1, 1, bob3)
    bob3.receive('alice', '?OTRv3?')
    network.run()
    expect(alice.core.conversation('bob').status.sessions.map(({ version, state, instance }) => [version, state, instance])).to.deep.equal([
      [4, 'encrypted', bob4.core.instanceTag], [3, 'encrypted', bob4.core.instanceTag],
    ])
    const lines = [...network.log]
    bob4.send('alice', 'in four')
    bob3.send('alice', 'in three')
    const data = network.queue.splice(0).map(({ line }) => line)
    const sessions = (): unknown => alice.core.exportState().conversations[0]?.sessions
    const before = sessions()
    for (const { line, to } of [...lines, ...data.map((text) => ({ line: text, to: 'alice' }))]) {
      if (!line.startsWith('?OTR:') || to !== 'alice') continue
      const bytes = unarmor(line, 100_000).slice()
      bytes[1] = bytes[1] === 3 ? 4 : 3
      const sent = network.log.length
      alice.receive('bob', armor(bytes))
      expect(network.log.slice(sent).filter((packet) => !packet.line.startsWith('?OTR Error')), line.slice(0, 12)).to.deep.equal([])
    }
    expect(alice.texts).to.deep.equal([])
    expect(alice.core.conversation('bob').status.sessions.map(({ state }) => state)).to.deep.equal(['encrypted', 'encrypted'])
    expect(sessions()).to.equal(before)
    for (const line of data) alice.receive('bob', line)
    expect(alice.texts).to.deep.equal(['in four', 'in three'])
  })
})

describe('D5: keys of skipped messages over all correspondents', function () {
  this.timeout(60_000)
  it('D5: are bounded; who holds most gives way, and a session that holds few keeps them', toy(() => {
    const bound = limits.skippedKeys
    const network = new Network()
    const alice = network.add('alice', { versions: '4' })
    const skip = (party: Party, count: number): string[] => {
      party.start('alice')
      network.run()
      for (let n = 0; n < count; n++) party.send('alice', `${n}`)
      return network.queue.splice(0).map(({ line }) => line)
    }
    const stored = (peer: string): number => alice.core.conversation(peer).status.sessions[0]?.ratchet?.stored ?? 0
    const friend = network.add('friend', { versions: '4' })
    const late = skip(friend, 20)
    alice.receive('friend', late.at(-1) ?? '')
    expect(stored('friend')).to.equal(19)
    // The real bound takes half a minute.
    Object.assign(limits, { skippedKeys: 1500 })
    for (let n = 0; n < 5; n++) {
      const lines = skip(network.add(`mallory ${n}`, { versions: '4' }), 501)
      alice.receive(`mallory ${n}`, lines.at(-1) ?? '')
      network.parties.length = 2
      network.now += 1
    }
    const total = alice.core.peers().reduce((sum, peer) => sum + stored(peer), 0)
    expect(total).to.equal(limits.skippedKeys)
    Object.assign(limits, { skippedKeys: bound })
    expect(alice.notices).to.include('limit')
    expect(stored('friend')).to.equal(19)
    for (const line of late.slice(0, -1)) alice.receive('friend', line)
    expect(alice.texts.filter((text, at, all) => all.indexOf(text) === at)).to.include.members(Array.from({ length: 20 }, (_, n) => `${n}`))
    expect(stored('friend')).to.equal(0)
  }))
})
