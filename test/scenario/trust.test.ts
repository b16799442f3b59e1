import { expect } from 'chai'
import { Client, formatFingerprints, parseFingerprints, readFingerprints, secretWeakness } from '../../src/index.js'
import { canonicalName } from '../../src/transport/canonical-name.js'
import { encryptedPair, Network, testAccount, type Party } from '../support/network.js'

const trust = (party: Party, peer: string): (readonly [number, string, string])[] =>
  party.core.conversation(peer).keys.map(({ version, trust: level, how }) => [version, level, how] as const)
const history = (party: Party, peer: string): string[] =>
  party.core.conversation(peer).trustHistory.map(({ at, from, to, how }) => `${at - 1_700_000_000}: ${from} to ${to}, ${how}`)

describe('trust in keys', () => {
  it('is unknown before it was shown, seen then, verified by hand, and taken back; all of it is remembered', () => {
    const network = new Network()
    const alice = network.add('alice')
    const bob = network.add('bob')
    const { fingerprint = '' } = encryptedPair({ bob: { key: 2 } }).alice.core.conversation('bob').status.sessions[0] ?? {}
    alice.take(alice.core.conversation('bob').trust('unknown', { fingerprint, version: 3 }))
    expect(trust(alice, 'bob')).to.deep.equal([[3, 'unknown', 'manually']])
    expect(alice.core.conversation('bob').keys[0]).to.not.have.property('lastSeen')
    network.now += 1
    alice.start('bob')
    network.run()
    expect(alice.all('state').at(-1)).to.include({ trust: 'seen', key: 'known' })
    network.now += 1
    alice.take(alice.core.conversation('bob').trust('verified'))
    network.now += 1
    alice.take(alice.core.conversation('bob').trust('unknown'))
    expect(trust(alice, 'bob')).to.deep.equal([[3, 'seen', 'manually']])
    // Saying the same again is no change.
    alice.take(alice.core.conversation('bob').trust('seen'))
    expect(history(alice, 'bob')).to.deep.equal([
      '1: unknown to seen, shown', '2: seen to verified, manually', '3: verified to seen, manually',
    ])
    expect(bob.core.conversation('alice').trustHistory.map(({ to }) => to)).to.deep.equal(['seen'])
  })

  it('is changed for a key that comes after others, until the person accepts or verifies it; without that word it is changed again', () => {
    const { network, alice, bob } = encryptedPair()
    bob.end('alice')
    network.run()
    network.parties.splice(network.parties.indexOf(bob), 1)
    const other = network.add('bob', { key: 9, tag: bob.core.instanceTag })
    other.start('alice')
    network.run()
    expect(alice.all('state').at(-1)).to.include({ trust: 'changed', key: 'changed' })
    expect(alice.notices).to.include('key-changed')
    expect(trust(alice, 'bob').map(([, level]) => level)).to.deep.equal(['seen', 'changed'])
    alice.take(alice.core.conversation('bob').trust('seen'))
    expect(trust(alice, 'bob').map(([, level]) => level)).to.deep.equal(['seen', 'seen'])
    alice.take(alice.core.conversation('bob').trust('unknown'))
    expect(trust(alice, 'bob').map(([, level]) => level)).to.deep.equal(['seen', 'changed'])
    alice.take(alice.core.conversation('bob').verify('a secret of ours'))
    network.run()
    other.take(other.core.conversation('alice').answer('a secret of ours'))
    network.run()
    expect(trust(alice, 'bob')).to.deep.equal([[3, 'seen', 'shown'], [3, 'verified', 'smp']])
    expect(history(alice, 'bob').at(-1)).to.equal('0: changed to verified, smp')
  })

  it('W33, A2: no trust passes from the verified version 3 key to the version 4 key whose profile names it; the claim is reported', () => {
    const network = new Network()
    const alice = network.add('alice', { versions: '34' })
    const bob = network.add('bob', { versions: '34' })
    alice.core.setPolicy({ allowV4: false })
    alice.start('bob')
    network.run()
    alice.take(alice.core.conversation('bob').trust('verified'))
    alice.end('bob')
    network.run()
    alice.core.setPolicy({ allowV4: true })
    alice.send('bob', 'only for you')
    bob.start('alice')
    network.run()
    expect(alice.notices).to.include.members(['vouched', 'key-changed'])
    expect(trust(alice, 'bob')).to.deep.equal([[3, 'verified', 'manually'], [4, 'changed', 'shown']])
    expect(bob.texts, 'a claim is no proof').to.deep.equal([])
    const { fingerprint = '' } = alice.core.conversation('bob').status.sessions.find(({ version }) => version === 4) ?? {}
    alice.take(alice.core.conversation('bob').trust('verified', { fingerprint, version: 4 }))
    network.run()
    expect(bob.texts).to.deep.equal(['only for you'])
  })

  it('A4: a profile that names another version 3 key than the one seen is reported', () => {
    const network = new Network()
    const alice = network.add('alice', { versions: '34' })
    const bob = network.add('bob', { versions: '3', key: 2, tag: 0x2222 })
    alice.start('bob')
    network.run()
    bob.end('alice')
    network.run()
    network.parties.splice(network.parties.indexOf(bob), 1)
    network.add('bob', { versions: '34', key: 9, tag: 0x2222 }).start('alice')
    network.run()
    expect(alice.notices).to.include.members(['other-v3-key', 'key-changed'])
    expect(alice.notices).to.not.include('vouched')
    expect(trust(alice, 'bob')).to.deep.equal([[3, 'seen', 'shown'], [4, 'changed', 'shown']])
  })

  it('keeps its history within bounds, and what people said in it longest', () => {
    const { alice } = encryptedPair()
    alice.take(alice.core.conversation('bob').trust('verified'))
    for (let i = 0; i < 300; i++) {
      alice.core.conversation('bob').trust(i % 2 === 0 ? 'verified' : 'seen', { fingerprint: 'ab'.repeat(20), version: 3 })
    }
    expect(alice.core.conversation('bob').trustHistory).to.have.length(128)
    expect(alice.core.conversation('bob').trustHistory.some(({ how }) => how === 'shown')).to.equal(false)
  })
})

describe('libotr\'s programs', () => {
  it('W20: what they trusted is taken over, and given back in their form', async () => {
    const file = [
      `bob\talice\tprpl-jabber\t${'ab'.repeat(20)}\tverified`, `bob\talice/laptop\tprpl-jabber\t${'cd'.repeat(20)}\tsmp`,
      `carol\talice/\tprpl-jabber\t${'ef'.repeat(20)}\t`, `dave\tother\tprpl-jabber\t${'01'.repeat(20)}\tverified`, '',
    ].join('\n')
    const { v3 } = testAccount('alice', 0x1001, 1, '3', 0)
    if (v3 === undefined) throw new Error('no key')
    const client = new Client({ account: 'alice', keys: { dsa: v3.dsa, instanceTag: 0x1001 }, clock: () => 1_700_000_000 })
    await client.importFingerprints(parseFingerprints(file))
    const worth = (peer: string): string[] => client.conversation(peer).keys.map(({ trust: level, how }) => `${level}, ${how}`)
    expect(worth('bob')).to.deep.equal(['verified, import', 'verified, import'])
    expect(worth('carol')).to.deep.equal(['seen, import'])
    expect(worth('dave')).to.deep.equal([])
    await client.conversation('carol').trust('verified', { fingerprint: 'ef'.repeat(20), version: 3 })
    await client.importFingerprints(parseFingerprints(file))
    expect(worth('carol')).to.deep.equal(['verified, manually'])
    expect(formatFingerprints(client.exportFingerprints('prpl-jabber'))).to.equal([
      `bob\talice\tprpl-jabber\t${'ab'.repeat(20)}\tverified`, `bob\talice\tprpl-jabber\t${'cd'.repeat(20)}\tverified`,
      `carol\talice\tprpl-jabber\t${'ef'.repeat(20)}\tverified`, '',
    ].join('\n'))
  })
})

describe('trust of libotr\'s programs, under other spellings', () => {
  const { v3 } = testAccount('alice', 0x1001, 1, '3', 0)
  if (v3 === undefined) throw new Error('no key')
  const client = (address: string): Client => new Client({ account: address, keys: { dsa: v3.dsa, instanceTag: 0x1001 }, clock: () => 1_700_000_000 })
  const [one, two, three] = ['ab', 'cd', 'ef'].map((byte) => byte.repeat(20))
  const file = [
    `bob@example.org/phone\tAlice@Example.org/Home\tprpl-jabber\t${one}\t`, `BOB@example.org\talice@example.org/\tprpl-jabber\t${one}\tverified`,
    `bob@Example.ORG\talice@example.org\tprpl-jabber\t${two}\tsmp`, `no name\talice@example.org\tprpl-jabber\t${three}\tverified`,
    'half a line', `bob@example.org\tcarol@example.org\tprpl-jabber\t${three}\tverified`, '',
  ].join('\n')

  it('is found for the account and for the correspondent; collisions, strangers and invalid names are reported', async () => {
    const alice = client('alice@example.org')
    const { fingerprints, refused } = readFingerprints(file)
    expect(refused.map(({ line }) => line)).to.deep.equal([5])
    const report = await alice.importFingerprints(fingerprints, canonicalName)
    expect(alice.conversation('bob@example.org').keys.map(({ fingerprint, trust }) => [fingerprint, trust]))
      .to.deep.equal([[one, 'verified'], [two, 'verified']])
    expect(report).to.deep.equal({
      taken: 3, others: 1, refused: [{ username: 'no name', line: 4 }],
      collisions: [
        { name: 'alice@example.org', spellings: ['Alice@Example.org/Home', 'alice@example.org/', 'alice@example.org'] },
        { name: 'bob@example.org', spellings: ['bob@example.org/phone', 'BOB@example.org', 'bob@Example.ORG'] },
      ],
    })
    expect(await alice.importFingerprints(fingerprints, canonicalName)).to.deep.equal(report)
    expect(alice.conversation('bob@example.org').keys).to.have.length(2)
  })

  it('is given back under the one spelling, whatever it was kept under; of two trusts the stronger', async () => {
    const alice = client('alice@example.org')
    // Kept by a program that did not prepare names.
    await alice.importFingerprints(readFingerprints(file).fingerprints)
    await alice.conversation('Bob@example.org').trust('seen', { fingerprint: one!, version: 3 })
    expect(formatFingerprints(alice.exportFingerprints('prpl-jabber', canonicalName)).split('\n').sort().slice(1)).to.deep.equal([
      `bob@example.org\talice@example.org\tprpl-jabber\t${one!}\tverified`, `bob@example.org\talice@example.org\tprpl-jabber\t${two!}\tverified`,
      `no name\talice@example.org\tprpl-jabber\t${three!}\tverified`,
    ])
  })

  it('a key that is another person\'s under a like name stays theirs: only what the network takes for one name is one', async () => {
    const alice = client('alice')
    const lines = ['bob', 'Bob', 'b0b'].map((name, i) => `${name}\talice\tIRC\t${[one, two, three][i]!}\tverified`).join('\n')
    await alice.importFingerprints(readFingerprints(lines).fingerprints, canonicalName)
    expect(alice.conversation('bob').keys.map(({ fingerprint }) => fingerprint)).to.deep.equal([one, two])
    expect(alice.conversation('b0b').keys.map(({ fingerprint }) => fingerprint)).to.deep.equal([three])
  })
})

describe('secrets for a verification', () => {
  it('W32: are reported as weak if the question contains them, or if they are easy to guess; no part of them is in the notice', () => {
    for (const [secret, question, weakness] of [
      ['Lake Como', 'Where did we meet (at LAKE COMO)?', 'in-question'],
      ['lake-como', 'lake como?', 'in-question'],
      ['1234', undefined, 'digits'],
      ['20.11.1999', undefined, 'digits'],
      ['\u0661\u0662\u0663\u0664', undefined, 'digits'],
      ['', undefined, 'digits'],
      ['abc', undefined, 'short'],
      ['aaaaaaaaaaaa', undefined, 'short'],
      ['Lake Como', 'Where did we meet?', undefined],
      ['the third of the three doors', undefined, undefined],
    ] as const) {
      expect(secretWeakness(secret, question), secret).to.equal(weakness)
      const { alice } = encryptedPair()
      const events = alice.core.conversation('bob').verify(secret, { question })
      const notices = events.filter((event) => event.type === 'notice')
      expect(notices.map(({ code }) => code), secret).to.deep.equal(weakness === undefined ? [] : ['weak-secret'])
      if (secret !== '') expect(JSON.stringify(notices)).to.not.include(secret)
      expect(events.some(({ type }) => type === 'send'), 'it is used all the same').to.equal(true)
    }
  })
})
