import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { classify, parseWhitespaceTag, whitespaceTag } from '../../src/wire/index.js'
import { Client, generateEd448Keys, type ClientNoticeEvent, type ContactStatus } from '../../src/index.js'
import { encryptedPair, Network, refusal, testAccount, type Party } from '../support/network.js'
import { seededRandom } from '../support/seeded.js'
import { toyArithmetic, withArithmetic } from '../support/toy-arithmetic.js'
import { rejection } from '../support/transport-events.js'

/** Lines that the C library of version 4 made, which speaks an older draft. */
const older = JSON.parse(readFileSync(new URL('../vectors/data/v4-libotr-ng.json', import.meta.url), 'utf8')) as {
  readonly query: string, readonly identity: string, readonly identityInFragments: readonly string[], readonly authR: string, readonly authI: string, readonly nonInteractiveAuth: string
}
const toy = (test: () => void) => () => { withArithmetic(toyArithmetic, test) }

const aboutContact = ['no-answer', 'older-draft', 'incompatible', 'handshake-timeout', 'handshake-retry']
/** What people read of it. */
const said = (party: Party): ClientNoticeEvent[] => party.all('notice').filter(({ code, beginning }) => aboutContact.includes(code) && beginning !== true)
const contact = (party: Party, peer = 'bob'): ContactStatus | undefined => party.core.conversation(peer).status.contact

/** Alice, who speaks both versions, and Bob, whose program speaks version 3 and answers offers of version 4 in the older draft. */
function withOlderDraft(): { network: Network, alice: Party, bob: Party } {
  const network = new Network()
  const alice = network.add('alice', { versions: '34' })
  const bob = network.add('bob', { versions: '3' })
  network.fate = (packet) => {
    const offered = packet.to === 'bob' && packet.line.startsWith('?OTRv34?')
    if (!offered) return [packet]
    alice.receive('bob', older.identity)
    return []
  }
  return { network, alice, bob }
}

describe('the first contact', () => {
  describe('with a program that speaks an older draft of version 4', () => {
    it('the decoder knows it by the type of its keys, in each message that has a key', () => {
      for (const line of [older.identity, older.authR, older.nonInteractiveAuth]) {
        const found = classify(line)
        expect(found.kind).to.equal('malformed')
        expect(found.kind === 'malformed' && found.error.olderDraft).to.equal(true)
      }
      const answer = classify(older.authI)
      expect(answer.kind === 'malformed' && answer.error.olderDraft, 'it holds no key').to.equal(false)
    })

    it('it is told by name, nothing begins by itself, and version 3 is there by a choice, with the text that waited', toy(() => {
      const { network, alice, bob } = withOlderDraft()
      alice.start('bob')
      alice.send('bob', 'only for you')
      network.run()
      expect(said(alice).map(({ code, offered, held }) => ({ code, offered, held }))).to.deep.equal([{ code: 'older-draft', offered: [4, 3], held: 1 }])
      expect(alice.all('notice').find(({ code }) => code === 'malformed')).to.include({ beginning: true })
      expect(contact(alice)).to.deep.equal({ since: network.now, versions: [4, 3], answer: 'older-draft', choices: [3] })
      network.advance(300)
      expect(network.log.map(({ line }) => line.slice(0, 8))).to.deep.equal(['?OTRv34?'])
      expect(said(alice), 'and once').to.have.length(1)
      expect(bob.texts).to.deep.equal([])

      alice.take(alice.core.conversation('bob').start({ versions: [3] }))
      network.run()
      expect(alice.core.conversation('bob').status).to.include({ sending: 'encrypted', held: 0 })
      expect(alice.core.conversation('bob').status.sessions[0]?.version).to.equal(3)
      expect(bob.texts).to.deep.equal(['only for you'])
      expect(contact(alice)).to.equal(undefined)
      expect(alice.notices).not.to.include('downgrade')
    }))

    it('programs are told when the query is over, and who waits for privacy is told why there is none', async () => {
      const network = new Network()
      const alice = network.add('alice', { versions: '34' })
      alice.start('bob')
      alice.receive('bob', older.identity)
      network.advance(59)
      expect(alice.core.conversation('bob').status.pending).to.equal(true)
      network.advance(1)
      expect(alice.core.conversation('bob').status.pending).to.equal(false)
      expect(alice.all('notice').at(-1)).to.include({ code: 'handshake-timeout', beginning: true })

      let now = 1_700_000_000
      const dsa = testAccount('alice', 0x1001, 1, '3', now).v3?.dsa
      if (dsa === undefined) throw new Error('no key')
      const client = new Client({ account: 'alice', keys: { dsa, ed448: generateEd448Keys(seededRandom(1)), instanceTag: 0x1001 }, clock: () => now })
      const conversation = client.conversation('bob')
      await conversation.start()
      const waiting = rejection(conversation.encrypted())
      await client.receive('bob', older.identity)
      now += 60
      await client.tick()
      expect(await waiting).to.have.property('message').that.matches(/did not become private: an older draft of version 4/)
    })

    it('the choice is for once: what begins later offers all that is allowed', toy(() => {
      const { network, alice } = withOlderDraft()
      alice.take(alice.core.conversation('bob').start({ versions: [3] }))
      network.run()
      alice.end('bob')
      network.run()
      alice.start('bob')
      expect(network.log.at(-1)?.line).to.match(/^\?OTRv34\?/)
    }))

    it('the same in fragments, to a whitespace tag, and when they begin', () => {
      const lines = [[older.identity], older.identityInFragments]
      for (const answer of lines) {
        const network = new Network()
        const alice = network.add('alice', { versions: '34', policy: { sendWhitespaceTag: true } })
        alice.send('bob', 'hello')
        expect(parseWhitespaceTag(network.log[0]?.line ?? '')?.versions).to.deep.equal([3, 4])
        for (const line of answer) alice.receive('bob', line)
        expect(said(alice).map(({ code }) => code)).to.deep.equal(['older-draft'])
        expect(said(alice)[0], 'no query was sent').not.to.have.property('offered')
        expect(contact(alice)).to.deep.equal({ versions: [], answer: 'older-draft', choices: [3] })
        expect(alice.core.conversation('bob').status, 'who did not ask for privacy goes on').to.include({ latched: false, sending: 'plaintext' })
      }
    })

    it('version 3 is no choice where the policy forbids it, where no query may be sent, and where it was asked for already', () => {
      for (const policy of [{ allowV3: false }, { allowQueries: false }] as const) {
        const alice = new Network().add('alice', { versions: '34', policy })
        alice.receive('bob', older.identity)
        expect(contact(alice)?.choices).to.deep.equal([])
        expect(refusal(() => alice.core.conversation('bob').start({ versions: [3] }))).to.equal('OTR_POLICY')
      }
      const alice = new Network().add('alice', { versions: '34' })
      alice.take(alice.core.conversation('bob').start({ versions: [3] }))
      alice.receive('bob', older.identity)
      expect(contact(alice)).to.include({ answer: 'older-draft' }).and.deep.include({ versions: [3], choices: [] })
    })

    it('nothing is said of version 4 to somebody who does not speak it, and of lines for others', () => {
      const network = new Network()
      const withoutV4 = network.add('alice', { versions: '3' })
      withoutV4.receive('bob', older.identity)
      expect(said(withoutV4)).to.deep.equal([])
      // The answer goes to the instance 0x12340101.
      const other = network.add('carol', { versions: '34' })
      other.receive('bob', older.authR)
      expect(said(other)).to.deep.equal([])
      const own = network.add('dave', { versions: '34', tag: 0x12340101 })
      own.receive('bob', older.identity)
      expect(said(own)).to.deep.equal([])
      own.receive('bob', older.authR)
      expect(said(own).map(({ code }) => code)).to.deep.equal(['older-draft'])
    })
  })

  describe('without an answer', () => {
    it('one notice says so after a minute, with what was offered and how many texts wait, and the status from the beginning', () => {
      const network = new Network()
      const alice = network.add('alice', { versions: '34' })
      alice.start('bob')
      const since = network.now
      alice.send('bob', 'one')
      alice.send('bob', 'two')
      expect(contact(alice)).to.deep.equal({ since, versions: [4, 3], choices: [] })
      network.advance(59)
      expect(said(alice)).to.deep.equal([])
      network.advance(1)
      expect(said(alice).map(({ code, offered, held }) => ({ code, offered, held }))).to.deep.equal([{ code: 'no-answer', offered: [4, 3], held: 2 }])
      expect(contact(alice)).to.deep.equal({ since, versions: [4, 3], answer: 'none', choices: [2] })
      expect(alice.core.conversation('bob').status).to.include({ sending: 'held', latched: true, held: 2, pending: false })
      network.advance(3600, 60)
      expect(said(alice)).to.have.length(1)
      expect(network.log).to.have.length(1)
    })

    it('it is said again when somebody asks again, and no more once there is a conversation', toy(() => {
      const network = new Network()
      const alice = network.add('alice', { versions: '34' })
      alice.start('bob')
      network.advance(60)
      alice.start('bob')
      network.advance(60)
      expect(said(alice).map(({ code }) => code)).to.deep.equal(['no-answer', 'no-answer'])
      const bob = network.add('bob', { versions: '34' })
      alice.start('bob')
      network.run()
      expect(alice.isEncrypted('bob') && bob.isEncrypted('alice')).to.equal(true)
      expect(contact(alice)).to.equal(undefined)
      network.advance(120)
      expect(said(alice)).to.have.length(2)
    }))

    it('also of an Identity message sent directly, once, and after the last retry', () => {
      for (const policy of [{}, { allowQueries: false }] as const) {
        const network = new Network()
        const alice = network.add('alice', { versions: '34', policy })
        alice.take(alice.core.conversation('bob').start(policy.allowQueries === false ? 'query' : 'identity'))
        network.advance(60)
        expect(said(alice).map(({ code, offered }) => ({ code, offered }))).to.deep.equal([
          { code: 'handshake-retry', offered: undefined }, { code: 'no-answer', offered: [4] },
        ])
        expect(alice.core.conversation('bob').status.pending).to.equal(false)
        expect(alice.all('notice').filter(({ beginning }) => beginning === true).map(({ code }) => code), 'programs').to.deep.equal(['handshake-timeout'])
        network.advance(300)
        expect(said(alice)).to.have.length(2)
      }
    })

    it('while an answer of ours to their query is under way it is still pending, and programs are told when that is over too', () => {
      const network = new Network()
      const alice = network.add('alice', { versions: '34' })
      alice.start('bob')
      network.advance(50)
      alice.receive('bob', '?OTRv34?')
      network.advance(10)
      expect(said(alice).map(({ code }) => code)).to.deep.equal(['no-answer'])
      expect(alice.core.conversation('bob').status.pending).to.equal(true)
      network.advance(50)
      expect(alice.core.conversation('bob').status.pending).to.equal(false)
      expect(alice.all('notice').at(-1)).to.include({ code: 'handshake-timeout', beginning: true })
    })

    it('where a text that must be private asked by itself; and never of a whitespace tag, whose text has gone', () => {
      const network = new Network()
      const strict = network.add('alice', { versions: '34', policy: { requireEncryption: true } })
      strict.send('bob', 'waits')
      network.advance(60)
      expect(said(strict).map(({ code, held }) => ({ code, held }))).to.deep.equal([{ code: 'no-answer', held: 1 }])
      const tagging = network.add('carol', { versions: '34', policy: { sendWhitespaceTag: true } })
      tagging.send('bob', 'goes')
      network.advance(600, 10)
      expect(said(tagging)).to.deep.equal([])
      expect(contact(tagging)).to.equal(undefined)
    })

    it('version 2 is a choice after silence and after an offer of 2 alone, and leads to a conversation; not where it would have no effect', () => {
      const network = new Network()
      const alice = network.add('alice', { versions: '34' })
      network.add('bob', { versions: '2' })
      alice.start('bob')
      network.advance(60)
      expect(contact(alice)?.choices).to.deep.equal([2])
      alice.take(alice.core.conversation('bob').setPolicy({ allowV2: true }))
      expect(contact(alice)?.choices).to.deep.equal([])
      alice.start('bob')
      network.run()
      expect(alice.core.conversation('bob').status.sessions).to.deep.include({ ...alice.core.conversation('bob').status.sessions[0]!, version: 2, state: 'encrypted' })
      expect(contact(alice)).to.equal(undefined)
      for (const line of ['?OTRv2?', '?OTR?v2?', `hi${whitespaceTag([2])}`]) {
        const other = new Network().add('alice', { versions: '34' })
        other.receive('carol', line)
        expect(contact(other, 'carol'), line).to.deep.equal({ versions: [], answer: 'version-2', choices: [2] })
        expect(other.notices, line).to.deep.equal(['unsupported'])
        other.receive('carol', line)
        other.receive('carol', '?OTRv1?')
        expect(other.core.conversation('carol').status.latched).to.equal(false)
      }
      for (const policy of [{ requireVerified: true }, { requireEncryption: true }, { requireInteractive: true }, { answerStrangers: false }]) {
        const strict = new Network().add('alice', { versions: '34', policy })
        strict.receive('carol', '?OTRv2?')
        expect(contact(strict, 'carol')?.choices ?? []).to.deep.equal([])
      }
      const only4 = new Network().add('alice', { versions: '4' })
      only4.receive('carol', '?OTRv2?')
      expect(contact(only4, 'carol')?.choices).to.deep.equal([])
    })

    it('whoever goes on in clear, or ends, is told nothing more', () => {
      for (const leave of ['continueInPlaintext', 'end'] as const) {
        const network = new Network()
        const alice = network.add('alice', { versions: '34' })
        alice.start('bob')
        alice.take(alice.core.conversation('bob')[leave]())
        expect(contact(alice)).to.equal(undefined)
        network.advance(300)
        expect(said(alice)).to.deep.equal([])
      }
    })

    it('a private conversation that nobody renews goes on, and its time-out is named as before', toy(() => {
      const { network, alice } = encryptedPair({ alice: { versions: '34' }, bob: { versions: '34' } })
      network.fate = () => []
      alice.start('bob')
      network.advance(60)
      expect(said(alice).map(({ code }) => code)).to.deep.equal(['handshake-timeout'])
      expect(contact(alice)).to.equal(undefined)
      expect(alice.isEncrypted('bob')).to.equal(true)
    }))

    it('who asked, and drops our first message of version 4 in silence, may speak another form of it: version 3 is a choice', () => {
      const network = new Network()
      const alice = network.add('alice', { versions: '34' })
      alice.receive('bob', older.query.replace('v4', 'v43'))
      alice.send('bob', 'waits')
      network.advance(60)
      expect(said(alice).map(({ code, held }) => ({ code, held })).slice(1)).to.deep.equal([{ code: 'handshake-timeout', held: 1 }])
      expect(contact(alice)).to.deep.equal({ versions: [], answer: 'none', choices: [3] })
      network.advance(300)
      expect(said(alice)).to.have.length(2)
      const other = network.add('carol', { versions: '34' })
      other.receive('bob', '?OTRv3?')
      network.advance(60)
      expect(said(other).at(-1)?.code).to.equal('handshake-timeout')
      expect(contact(other)).to.equal(undefined)
    })

    it('an answer of whose key exchange nothing comes is no silence: that is said instead', toy(() => {
      const network = new Network()
      const alice = network.add('alice', { versions: '34' })
      network.add('bob', { versions: '34' })
      alice.start('bob')
      network.deliver()
      network.deliver()
      network.queue.length = 0
      network.fate = () => []
      network.advance(60)
      expect(contact(alice)?.answer).to.equal('unfinished')
      expect(alice.notices).to.include('handshake-retry').and.not.include('no-answer')
      network.advance(60)
      expect(alice.notices.filter((code) => code === 'handshake-timeout')).to.have.length(1)
    }))

    it('a key exchange that is begun again is announced once a minute, however many stall, and whoever restarts', toy(() => {
      const network = new Network()
      const alice = network.add('alice', { versions: '34', policy: { handshakeRetries: 9 } })
      network.fate = () => []
      const retries = (party: Party): number => party.notices.filter((code) => code === 'handshake-retry').length
      alice.receive('bob', '?OTRv4?')
      network.advance(21)
      expect(retries(alice)).to.equal(1)
      alice.receive('bob', '?OTRv3?')
      network.advance(38)
      expect(retries(alice)).to.equal(1)
      const again = network.add('alice', { versions: '34', key: 1, tag: 0x1001, policy: { handshakeRetries: 9 }, state: alice.core.exportState() })
      network.parties.shift()
      network.advance(20)
      expect(retries(again)).to.equal(0)
      network.advance(30)
      expect(retries(again)).to.equal(1)
    }))

    it('nothing is said of a retry in the minute after an answer that cannot be read; a retry holds no answer back', () => {
      const { network, alice } = withOlderDraft()
      alice.start('bob')
      network.deliver()
      const from = alice.notices.length
      network.advance(59)
      expect(said(alice).map(({ code }) => code)).to.deep.equal(['older-draft'])
      expect(alice.notices.slice(from)).to.not.include('handshake-retry')
      const other = network.add('carol', { versions: '34' })
      other.receive('bob', older.query)
      network.advance(21)
      expect(said(other).map(({ code }) => code)).to.deep.equal(['handshake-retry'])
      other.receive('bob', older.identity)
      expect(said(other).map(({ code }) => code)).to.deep.equal(['handshake-retry', 'older-draft'])
    })

    it('the minute goes on over a restart', () => {
      const network = new Network()
      const alice = network.add('alice', { versions: '34' })
      alice.start('bob')
      network.advance(30)
      const before = contact(alice)
      const again = network.add('alice', { versions: '34', key: 1, tag: 0x1001, state: alice.core.exportState() })
      network.parties.shift()
      expect(contact(again)).to.deep.equal(before)
      network.advance(30)
      expect(said(again).map(({ code }) => code)).to.deep.equal(['no-answer'])
    })
  })

  it('refuses versions that are no versions, or that nobody allows', () => {
    const alice = new Network().add('alice', { versions: '3' })
    for (const versions of [[], [4], [3, 4], [3, 3]] as const) {
      expect(refusal(() => alice.core.conversation('bob').start({ versions })), String(versions)).to.equal('OTR_POLICY')
    }
    expect(alice.core.conversation('bob').status.latched, 'nothing has changed').to.equal(false)
  })
})
