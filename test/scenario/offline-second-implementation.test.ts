import { expect } from 'chai'
import { seededRandom } from '../support/seeded.js'
import type { Network, Party } from '../support/network.js'
import { handOut, strangers } from '../support/offline-parties.js'
import { encodeEnsemble } from '../../src/wire/index.js'
import type { RandomSource } from '../../src/index.js'
import { hex } from '../support/v4-second/bytes.js'
import { fingerprint } from '../support/v4-second/dake.js'
import { parse, parseEnsemble, type Data, type Ensemble, type Message, type NonInteractiveAuth } from '../support/v4-second/messages.js'
import { agree, checkAuth, checkEnsemble, checkSigma, transcript, type Agreed } from '../support/v4-second/non-interactive.js'
import { parsePlaintext, readConversation, Secrets, type Chain } from '../support/v4-second/ratchet.js'

const ROTATIONS = 14

type Name = 'alice' | 'bob'
const other = { alice: 'bob', bob: 'alice' } as const

/** Whatever a source gives is learned by the second implementation. */
function overheard(seed: string, secrets: Secrets): RandomSource {
  const source = seededRandom(seed)
  return (length) => {
    const bytes = source(length)
    secrets.add(bytes.slice())
    return bytes
  }
}

describe('a second implementation of version 4 recomputes offline conversations', function () {
  this.timeout(60_000)

  const secrets = new Secrets()
  const accounts = { alice: 'alice', bob: 'bob' }
  const written: Record<Name, string[]> = { alice: [], bob: [] }
  let network: Network
  let parties: Record<Name, Party>
  let ensemble: Ensemble
  let auth: NonInteractiveAuth
  let t: Uint8Array
  let agreed: Agreed
  let chains: Chain[]

  const parsed = <T extends Message['type']>(name: Name, type: T): Extract<Message, { type: T }>[] =>
    network.lines(name, other[name]).map(parse).filter((message): message is Extract<Message, { type: T }> => message.type === type)

  function say(name: Name, text: string): void {
    written[name].push(text)
    parties[name].send(other[name], text)
  }

  before(() => {
    const { network: net, alice, bob } = strangers({
      seed: 7, alice: { random: overheard('alice offline', secrets) }, bob: { random: overheard('bob offline', secrets) },
    })
    network = net
    parties = { alice, bob }
    // The long-term keys were drawn before.
    for (const party of [alice, bob]) secrets.add(party.core.identityForPrekeys().identity.symmetricKey)
    const published = handOut(bob.core.ensemble(3))
    ensemble = parseEnsemble(encodeEnsemble(published[1]!))
    written.alice.push('are you there?')
    alice.take(alice.core.conversation('bob').sendOffline(published.slice(1, 2), 'are you there?'))
    say('alice', 'then later')
    say('alice', 'the last one before you read \u00e4\u{1f600}')
    network.run()
    for (let i = 0; i < ROTATIONS; i++) {
      const name = i % 2 === 0 ? 'bob' : 'alice'
      say(name, `first of ${i}`)
      if (i % 3 === 0) say(name, `second of ${i}`)
      // Out of order, and one is lost.
      if (i % 4 === 3) network.queue.reverse()
      if (i === 9) network.queue.pop()
      network.run()
    }
    auth = parsed('alice', 0x0d)[0]!
    t = transcript(ensemble, auth, accounts)
    agreed = agree('bob', ensemble, auth, t, secrets)
    chains = readConversation(
      agreed.K, { alice: { ecdh: auth.firstEcdh, dh: auth.firstDh }, bob: { ecdh: ensemble.prekey.Y, dh: ensemble.prekey.B } },
      { alice: parsed('alice', 0x03), bob: parsed('bob', 0x03) }, secrets, agreed.braceKey,
    )
  })

  it('the ensemble: one tag, both signatures, the keys on the curve and in the group', () => {
    checkEnsemble(ensemble, network.now)
    expect(() => { checkEnsemble(ensemble, network.now + 604_800) }).to.throw('expired')
    expect(ensemble.prekey.instanceTag).to.equal(parties.bob.core.instanceTag)
    const bad = ensemble.prekeyProfile.signed.map((byte, i) => i === 20 ? byte ^ 1 : byte)
    expect(() => { checkEnsemble({ ...ensemble, prekeyProfile: { ...ensemble.prekeyProfile, signed: bad } }, network.now) }).to.throw('prekey profile signature')
  })

  it('the Non-Interactive-Auth message: keys, tags, the prekey that it names, phi, t, sigma', () => {
    checkAuth(auth, network.now)
    expect([auth.senderTag, auth.receiverTag, auth.prekey]).to.deep.equal([parties.alice.core.instanceTag, parties.bob.core.instanceTag, ensemble.prekey.id])
    expect(checkSigma(ensemble, auth, t)).to.equal(true)
    expect(checkSigma(ensemble, auth, transcript(ensemble, auth, { alice: 'alice', bob: 'mallory' }))).to.equal(false)
    expect(checkSigma(ensemble, auth, transcript(ensemble, { ...auth, receiverTag: auth.receiverTag + 1 }, accounts))).to.equal(false)
  })

  it('K, the brace key and the Auth MAC, the same from both sides', () => {
    expect(agree('alice', ensemble, auth, t, secrets)).to.deep.equal(agreed)
    expect(hex(agreed.authMac)).to.equal(hex(auth.authMac))
  })

  it('the session id and the fingerprints that both sides report', () => {
    for (const name of ['alice', 'bob'] as const) {
      expect(parties[name].ssid(other[name])).to.equal(hex(agreed.ssid))
    }
    const [state] = parties.bob.all('state')
    expect(state?.fingerprint).to.equal(hex(fingerprint(auth.profile)))
    expect(parties.alice.all('state')[0]?.fingerprint).to.equal(hex(fingerprint(ensemble.profile)))
  })

  it(`every chain of ${ROTATIONS} ratchets and more: the sender 0, the publisher 1, and so on; DH keys where the id is a multiple of 3`, () => {
    expect(chains.length).to.be.greaterThan(ROTATIONS)
    expect(chains.map(({ ratchetId }) => ratchetId)).to.deep.equal(chains.map((_, n) => n))
    expect(chains.map(({ by }) => by)).to.deep.equal(chains.map((_, n) => n % 2 === 0 ? 'alice' : 'bob'))
    expect(chains.reduce((sum, { messages }) => sum + messages.length, 0)).to.equal(parsed('alice', 0x03).length + parsed('bob', 0x03).length)
    for (const { ratchetId, messages } of chains) {
      for (const { message } of messages) expect(message.dh !== undefined).to.equal(ratchetId % 3 === 0)
    }
  })

  it('finds every MAC right, and reads every text', () => {
    for (const name of ['alice', 'bob'] as const) {
      const messages = chains.filter(({ by }) => by === name).flatMap((chain) => chain.messages)
      for (const { mac } of messages) expect(mac).to.equal(true)
      expect(messages.map(({ plaintext }) => parsePlaintext(plaintext).text).filter((text) => text !== '')).to.deep.equal(written[name])
    }
  })

  it('the brace key is kept after the DAKE: with a new one, or none, no second chain fits', () => {
    const first = { alice: { ecdh: auth.firstEcdh, dh: auth.firstDh }, bob: { ecdh: ensemble.prekey.Y, dh: ensemble.prekey.B } }
    const sent: Record<Name, Data[]> = { alice: parsed('alice', 0x03), bob: parsed('bob', 0x03) }
    const wrong = readConversation(agreed.K, first, sent, secrets, new Uint8Array(32))
    expect(wrong[0]!.messages.every(({ mac }) => mac)).to.equal(true)
    expect(wrong[1]!.messages.some(({ mac }) => mac)).to.equal(false)
    // With the new DH exchange of chain 3 the root key is different again.
    expect(wrong[3]!.messages.some(({ mac }) => mac)).to.equal(false)
  })

  it('the MAC keys that were revealed: each once, with the first message of a chain, only of messages that were read', () => {
    for (const name of ['alice', 'bob'] as const) {
      const theirs = new Set(chains.filter(({ by }) => by === other[name]).flatMap(({ messages }) => messages.map(({ mkMac }) => hex(mkMac))))
      const revealed = chains.filter(({ by }) => by === name).flatMap(({ ratchetId, messages }) => messages.flatMap(({ message }, j) => {
        const keys = hex(message.revealed).match(/.{128}/g) ?? []
        if (keys.length > 0) expect([ratchetId > 0, j]).to.deep.equal([true, 0])
        return keys
      }))
      expect(new Set(revealed).size).to.equal(revealed.length)
      expect(revealed.length).to.be.greaterThan(5)
      for (const key of revealed) expect(theirs.has(key)).to.equal(true)
    }
  })
})
