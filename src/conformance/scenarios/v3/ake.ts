import type { OtrMessage } from '../../../wire/index.js'
import { expectEqual, expectThat } from '../../expectation.js'
import { changed, flipped, messageOf, messagesOf } from '../../lines.js'
import type { Scenario } from '../../scenario.js'
import { roles, type Role, type Stage } from '../../stage.js'
import { modulus, numberBytes } from './modulus.js'
import { scenariosOf, type Draft, type Spoken } from './spoken.js'

const ake = 'Authenticated Key Exchange (AKE)'
const machine = 'The protocol state machine'

const kinds = (stage: Stage): (string | undefined)[] => stage.network.sentSince(0).map((line) => messageOf(line)?.kind)

/** A key exchange in which the network changes one message, and which must come to nothing. */
function tampered<Kind extends OtrMessage['kind']>(
  id: string, starter: Role, kind: Kind, field: string, change: (message: Extract<OtrMessage, { readonly kind: Kind }>) => OtrMessage, why: string,
): Draft {
  return {
    id: `changed-${id}`, level: 'must', section: ake, why,
    title: `does not accept a key exchange in which ${field} was changed on the way`,
    sent: `an honest key exchange that the ${starter} asks for; the network changes ${field}`, expected: 'no session',
    async play(stage) {
      let done = 0
      stage.hook((parcel) => {
        if (parcel.to !== stage.peer.address) return [parcel]
        const message = changed(parcel.message, kind, change)
        if (message !== parcel.message) done++
        return message === undefined ? [] : [{ ...parcel, message }]
      })
      await stage.start(stage[starter])
      await stage.settle()
      expectThat(done > 0, `the partner sent a message of kind ${kind}`)
      await stage.expectNotEncrypted(stage.peer)
      expectEqual(stage.peer.privateTexts(), [], 'private messages')
    },
  }
}

/** A D-H public key that the other side of the exchange must refuse, in the message in which nothing authenticates it. */
function refusedDhKey(spoken: Spoken, id: string, what: string, gy: Uint8Array): Draft {
  return {
    id: `dh-key-${id}`, level: 'must', section: 'D-H Key Message',
    title: `does not go on after a D-H Key Message whose key is ${what}`,
    sent: `the answer to its D-H Commit Message, with ${what} as gy`, expected: 'no Reveal Signature Message, no session',
    why: 'with such a key anybody can compute the secret',
    async play(stage) {
      stage.hook((parcel) => {
        const message = parcel.to === stage.peer.address ? changed(parcel.message, spoken.kinds.dhKey, (sent) => ({ ...sent, gy })) : parcel.message
        return message === undefined ? [] : [{ ...parcel, message }]
      })
      await stage.start(stage.partner)
      await stage.settle()
      // It may begin anew, and is answered with the same key.
      expectThat(messagesOf(stage.network.sentSince(0, stage.peer.address), spoken.kinds.dhCommit).length > 0, `${stage.peer.name} answers a query with a D-H Commit Message`)
      expectEqual(kinds(stage).filter((kind) => kind === spoken.kinds.revealSignature), [], 'Reveal Signature Messages')
      await stage.expectNotEncrypted(stage.peer)
    },
  }
}

export const akeScenarios = (spoken: Spoken, { dhCommit, dhKey, revealSignature, signature } = spoken.kinds): readonly Scenario[] => scenariosOf(spoken, 'ake', [
  ...roles.map((starter): Draft => ({
    id: `asked-by-${starter}`, level: 'must', section: ake,
    title: starter === 'peer' ? 'completes the key exchange that it asks for' : 'completes the key exchange that the other side asks for',
    sent: `a query of the ${starter}`, expected: 'D-H Commit, D-H Key, Reveal Signature and Signature Message, each once; one session with one SSID',
    why: 'this is how every private conversation begins',
    async play(stage) {
      const { peer, partner } = await stage.establish(stage[starter])
      expectEqual([peer.version, partner.version], [spoken.version, spoken.version], 'the version')
      expectEqual(kinds(stage).slice(1), [dhCommit, dhKey, revealSignature, signature], 'messages after the query')
      await stage.talk()
    },
  })),
  {
    id: 'fingerprint', level: 'must', section: 'Fingerprints',
    title: 'shows the fingerprint of the other side\'s key', sent: 'an honest key exchange',
    expected: 'the fingerprint in its session is the one that the partner has', why: 'people compare it to know who it is',
    async play(stage) {
      const { peer } = await stage.establish()
      expectEqual(peer.fingerprint, stage.fingerprint3.partner, 'the fingerprint')
    },
  },
  {
    id: 'own-fingerprint', level: 'must', section: 'Fingerprints',
    title: 'reports its own fingerprint as others compute it', sent: 'an honest key exchange',
    expected: 'the partner sees the fingerprint that the program reported in the answer to "account"', why: 'a person who reads a wrong one aloud looks like an attacker',
    async play(stage) {
      const { partner } = await stage.establish()
      expectEqual(partner.fingerprint, stage.fingerprint3.peer, 'the fingerprint')
    },
  },
  {
    id: 'ssid-halves', level: 'should', section: ake,
    title: 'marks the half of the SSID that its person reads aloud', sent: 'an honest key exchange',
    expected: 'one side marks the first half and the other the second', why: 'people who compare the SSID by voice have to know who reads what',
    async play(stage) {
      const { peer, partner } = await stage.establish()
      expectEqual([peer.ssidBold, partner.ssidBold].sort(), ['first', 'second'], 'the marked halves')
    },
  },
  {
    id: 'new-secrets', level: 'must', section: ake,
    title: 'uses new D-H keys in each key exchange', sent: 'two key exchanges, with an end between them', expected: 'another SSID, other messages',
    why: 'if old keys were used again, somebody who breaks in later could read what was said before',
    async play(stage) {
      const first = await stage.establish()
      await stage.end(stage.partner)
      await stage.end(stage.peer)
      const second = await stage.establish()
      expectThat(first.peer.ssid !== second.peer.ssid, 'the second session has another SSID')
      const commits = stage.network.sentSince(0, stage.peer.address).filter((line) => messageOf(line)?.kind === dhCommit)
      expectEqual(new Set(commits).size, commits.length, 'different D-H Commit Messages')
    },
  },
  tampered('commit-hash', 'peer', dhCommit, 'the hash of gx', (message) => ({ ...message, hashedGx: flipped(message.hashedGx) }),
    'the hash binds the first message to the key; without it an attacker chooses the key afterwards'),
  tampered('commit-key', 'peer', dhCommit, 'the encrypted gx', (message) => ({ ...message, encryptedGx: flipped(message.encryptedGx, -1) }),
    'another key than the committed one is an attacker\'s key'),
  tampered('dh-key', 'partner', dhKey, 'gy', (message) => ({ ...message, gy: flipped(message.gy, -1) }),
    'the signatures cover both keys; who does not check that talks to the network'),
  tampered('reveal-r', 'peer', revealSignature, 'the revealed key', (message) => ({ ...message, revealedKey: flipped(message.revealedKey) }),
    'it opens the commitment; a wrong one opens another key'),
  tampered('reveal-signature', 'peer', revealSignature, 'the encrypted signature', (message) => ({ ...message, encryptedSignature: flipped(message.encryptedSignature, 20) }),
    'the MAC over it is what keeps an attacker from changing the identity'),
  tampered('reveal-mac', 'peer', revealSignature, 'the MAC of the signature', (message) => ({ ...message, mac: flipped(message.mac) }),
    'a MAC that is not compared protects nothing'),
  tampered('signature', 'partner', signature, 'the encrypted signature', (message) => ({ ...message, encryptedSignature: flipped(message.encryptedSignature, 20) }),
    'the MAC over it is what keeps an attacker from changing the identity'),
  tampered('signature-mac', 'partner', signature, 'the MAC of the signature', (message) => ({ ...message, mac: flipped(message.mac) }),
    'a MAC that is not compared protects nothing'),
  refusedDhKey(spoken, 'zero', '0', new Uint8Array()),
  refusedDhKey(spoken, 'one', '1', Uint8Array.of(1)),
  refusedDhKey(spoken, 'minus-one', 'the modulus less 1', numberBytes(modulus - 1n)),
  refusedDhKey(spoken, 'modulus', 'the modulus', numberBytes(modulus)),
  {
    id: 'unexpected', level: 'must', section: machine,
    title: 'ignores D-H Key, Reveal Signature and Signature Messages that it does not wait for',
    sent: 'the messages of another key exchange, after the session is established', expected: 'nothing is sent, and the session stays', why: 'anybody can repeat old lines',
    async play(stage) {
      await stage.establish(stage.partner)
      const old = stage.network.sentSince(0, stage.partner.address).filter((line) => line.startsWith('?OTR:'))
      const mark = stage.network.log.length
      for (const line of old) await stage.deliver(stage.peer, line)
      expectEqual(stage.network.sentSince(mark, stage.peer.address), [], 'lines that were sent')
      await stage.talk()
    },
  },
  {
    id: 'twice', level: 'must', section: machine,
    title: 'comes to one session when every line arrives twice', sent: 'each line of the partner two times', expected: 'one session; each message is read once',
    why: 'networks repeat lines when a connection was lost',
    async play(stage) {
      await stage.start(stage.partner)
      stage.hook((parcel) => parcel.to === stage.peer.address && parcel.message.startsWith('?OTR:') ? [parcel, parcel] : [parcel])
      await stage.settle()
      await stage.expectEncrypted()
      await stage.talk(3)
    },
  },
  {
    id: 'lost-begin', level: 'must', section: machine,
    title: 'begins anew when the answer to its D-H Commit Message was lost', sent: 'a query whose exchange the network swallows, then another query',
    expected: 'a session', why: 'a lost line must not make two people unable to talk',
    async play(stage) {
      stage.hook(() => [])
      await stage.start(stage.partner)
      await stage.deliver(stage.peer, spoken.query)
      stage.unhook()
      await stage.establish(stage.partner)
      await stage.talk()
    },
  },
  {
    id: 'refresh', level: 'must', section: machine,
    title: 'makes a new session with the same person when asked again', sent: 'a D-H Commit Message while there is a session',
    expected: 'another SSID, the same fingerprint; both go on talking', why: 'a person who restarts their program has to get a session again',
    async play(stage) {
      const first = await stage.establish(stage.peer)
      await stage.talk()
      const second = await stage.establish(stage.peer)
      expectThat(second.peer.ssid !== first.peer.ssid, 'the second session has another SSID')
      expectEqual(second.peer.fingerprint, first.peer.fingerprint, 'the fingerprint')
      await stage.talk(2)
    },
  },
])
