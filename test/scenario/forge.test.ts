/** The forging toolkit, judged by the second implementation of version 4: a forged conversation verifies as one that was held. */
import { expect } from 'chai'
import { ed448KeyPair, generateEd448KeyPair, type Ed448KeyPair, type RandomSource } from '../../src/crypto/index.js'
import {
  examineTranscript, falsePrekeyEnsemble, forgeDake, forgeNonInteractiveAuth, forgeTranscript, impersonate, isAuthenticatedBy, modifyDataMessage,
  readAndForge, readTranscript, formatTranscript, reMac, showMacKey, type DakeForgery, type ForgedText, type Role, type TranscriptLine,
} from '../../src/forge/index.js'
import { chainStep } from '../../src/crypto/kdf.js'
import { copySecret } from '../../src/crypto/secret.js'
import { armorMessage, encodeEnsemble, armor, encodeMessage, type DataMessageV4 } from '../../src/wire/index.js'
import { receiveMessage } from '../../src/v4/index.js'
import { hex } from '../support/v4-second/bytes.js'
import { checkKeys, checkSignatures, mixedSecret, type Accounts } from '../support/v4-second/dake.js'
import { parse, parseEnsemble, type AuthI, type AuthR, type Data, type Identity, type NonInteractiveAuth } from '../support/v4-second/messages.js'
import { agree, checkAuth, checkEnsemble, checkSigma, transcript } from '../support/v4-second/non-interactive.js'
import { parsePlaintext, readConversation, Secrets, type Chain } from '../support/v4-second/ratchet.js'
import { seededRandom } from '../support/seeded.js'
import { published, withPrekeys } from '../support/v4-offline.js'
import { addressOf, NOW, settle, strangers, V4Party, v4Account } from '../support/v4-parties.js'

const keptForging = { alice: generateEd448KeyPair(seededRandom('F of alice')), bob: generateEd448KeyPair(seededRandom('F of bob')) }
const accounts = {
  alice: v4Account('alice', { forgingKey: keptForging.alice.publicKey }), bob: v4Account('bob', { forgingKey: keptForging.bob.publicKey }),
}
const side = (name: Role): DakeForgery['bob'] => ({ address: addressOf(name), clientProfile: accounts[name].clientProfile })
const addresses: Accounts = { alice: addressOf('alice'), bob: addressOf('bob') }

/** Who may sign, and which keys then made the two signatures. */
const signers: readonly { readonly who: string, readonly signer?: Ed448KeyPair, readonly by: readonly [string, string] }[] = [
  { who: 'nobody with a secret', by: ['one-time key', 'one-time key'] },
  { who: "whoever has Alice's long-term key", signer: accounts.alice.identity, by: ['long-term key', 'one-time key'] },
  { who: "whoever has Bob's long-term key", signer: accounts.bob.identity, by: ['one-time key', 'long-term key'] },
  { who: "whoever has Alice's forging key", signer: keptForging.alice, by: ['one-time key', 'forging key'] },
  { who: "whoever has Bob's forging key", signer: keptForging.bob, by: ['forging key', 'one-time key'] },
]

/** A random source, and everything that it gave. */
function recorded(seed: string): { readonly random: RandomSource, readonly secrets: Secrets } {
  const source = seededRandom(seed)
  const secrets = new Secrets()
  return { secrets, random: (length) => {
    const bytes = source(length)
    secrets.add(bytes.slice())
    return bytes
  } }
}

const texts: readonly ForgedText[] = [
  ['alice', 'did you get it?'], ['alice', 'äöü \u{1f600}'], ['bob', 'yes'], ['alice', ''], ['bob', 'four'], ['bob', 'five'], ['alice', 'six'],
].map(([from = '', text = '']) => ({ from: from as Role, text }))

interface Read {
  readonly chains: readonly Chain[]
  readonly said: Readonly<Record<Role, readonly string[]>>
}

/** Reads the data messages of a transcript by the second implementation. */
function read(lines: readonly TranscriptLine[], K: Uint8Array, first: Parameters<typeof readConversation>[1], secrets: Secrets, braceKey?: Uint8Array): Read {
  const sent = (name: Role): Data[] => lines.filter(({ from }) => from === addresses[name]).map(({ message }) => parse(message)).filter((message): message is Data => message.type === 0x03)
  const chains = readConversation(K, first, { alice: sent('alice'), bob: sent('bob') }, secrets, braceKey)
  expect(chains.flatMap(({ messages }) => messages.map(({ mac }) => mac))).to.not.include(false)
  const said = (name: Role): string[] => chains.filter(({ by }) => by === name).flatMap(({ messages }) => messages.map(({ plaintext }) => parsePlaintext(plaintext).text))
  return { chains, said: { alice: said('alice'), bob: said('bob') } }
}

const saidBy = (name: Role): string[] => texts.filter(({ from }) => from === name).map(({ text }) => text)

describe('a conversation of version 4 that nobody held', function () {
  this.timeout(60_000)

  it('verifies to the last key and MAC, and says what it was to say', () => {
    const { random, secrets } = recorded('forged')
    const lines = forgeTranscript({ bob: side('bob'), alice: side('alice'), texts, endedBy: 'bob', now: NOW }, random)
    const [identity, authR, authI] = lines.slice(0, 3).map(({ message }) => parse(message)) as [Identity, AuthR, AuthI]
    checkKeys(identity, NOW)
    checkKeys(authR, NOW)
    expect(checkSignatures(identity, authR, authI, addresses)).to.deep.equal([true, true])
    const { K } = mixedSecret(secrets.ecdh(identity.Y, authR.X), secrets.dh(identity.B, authR.A))
    const { said } = read(lines, K, {
      alice: { ecdh: authR.firstEcdh, dh: authR.firstDh }, bob: { ecdh: identity.firstEcdh, dh: identity.firstDh },
    }, secrets)
    expect(said.alice).to.deep.equal(saidBy('alice'))
    expect(said.bob).to.deep.equal([...saidBy('bob'), ''])
    expect(examineTranscript(readTranscript(formatTranscript(lines))).faults).to.deep.equal([])
  })

  for (const { who, signer, by } of signers) {
    it(`is forged by ${who}, and both signatures verify`, () => {
      const { messages, signedBy } = forgeDake({
        bob: side('bob'), alice: side('alice'), now: NOW, ...signer !== undefined && { signer },
      }, seededRandom(`forged by ${who}`))
      expect(signedBy).to.deep.equal(by)
      const [identity, authR, authI] = messages.map((message) => parse(armorMessage(message))) as [Identity, AuthR, AuthI]
      expect(checkSignatures(identity, authR, authI, addresses)).to.deep.equal([true, true])
    })
  }

  it('has one session id on both sides, and sessions that honest ones could go on with', () => {
    const { ssid, alice, bob } = forgeDake({ bob: side('bob'), alice: side('alice'), now: NOW }, seededRandom('session id'))
    expect([hex(alice.ssid), hex(bob.ssid)]).to.deep.equal([hex(ssid), hex(ssid)])
    const parties = { alice: new V4Party('alice', 'bob', {}, accounts.alice), bob: new V4Party('bob', 'alice', {}, accounts.bob) }
    parties.alice.session = alice
    parties.bob.session = bob
    parties.alice.send('go on')
    settle(parties.alice, parties.bob)
    expect(parties.bob.said()).to.deep.include({ type: 'message', text: 'go on' })
  })

  it('reveals the MAC keys that an honest one reveals, each fitting the message that it authenticates', () => {
    const lines = forgeTranscript({ bob: side('bob'), alice: side('alice'), texts, endedBy: 'bob', now: NOW }, seededRandom('reveals'))
    const { published: keys, messages } = examineTranscript(readTranscript(formatTranscript(lines)))
    const readByBob = messages.filter(({ from, message: { kind } }) => from === addresses.alice && kind === 'v4-data').map(({ at }) => at)
    const revealed = keys.flatMap(({ authenticates }) => authenticates)
    expect(keys.every(({ authenticates }) => authenticates.length === 1)).to.equal(true)
    for (const at of readByBob) expect(revealed, `line ${at}`).to.include(at)
  })

  it('cannot be forged of a profile that has expired, and not by a stranger\'s key', () => {
    const forgery = { bob: side('bob'), alice: side('alice'), now: NOW }
    expect(() => forgeDake({ ...forgery, now: NOW + 30 * 86_400 }, seededRandom('late'))).to.throw().with.property('code', 'OTR_PROFILE')
    expect(() => forgeDake({ ...forgery, signer: ed448KeyPair(new Uint8Array(57).fill(3)) }, seededRandom('stranger'))).to.throw().with.property('code', 'OTR_ARGUMENT')
  })
})

describe('a conversation with somebody who was away, that nobody held', function () {
  this.timeout(60_000)
  const { ensembles: [real], vault } = published(accounts.bob)
  const falsely = falsePrekeyEnsemble({ clientProfile: accounts.bob.clientProfile, prekeyProfile: real!.prekeyProfile, now: NOW }, seededRandom('false ensemble'))

  for (const { who, signer, ensemble } of [
    { who: "Alice's long-term key, to an ensemble that Bob published", signer: accounts.alice.identity, ensemble: real! },
    { who: "Bob's forging key, to an ensemble that he published", signer: keptForging.bob, ensemble: real! },
    { who: 'Y, which Bob has, to an ensemble that he published', signer: vault.messages[0]!.y, ensemble: real! },
    { who: 'Y of a false ensemble, which anybody can make', signer: falsely.prekeyMessage.y, ensemble: falsely.ensemble },
  ]) {
    it(`is forged by whoever has ${who}`, () => {
      const { message } = forgeNonInteractiveAuth({ bob: { address: addressOf('bob'), ensemble }, alice: side('alice'), signer, now: NOW }, seededRandom(`offline, ${who}`))
      const parsed = parseEnsemble(encodeEnsemble(ensemble))
      const auth = parse(armorMessage(message)) as NonInteractiveAuth
      expect(checkSigma(parsed, auth, transcript(parsed, auth, addresses))).to.equal(true)
    })
  }

  it('verifies to the last key and MAC, and says what it was to say', () => {
    const { random, secrets } = recorded('offline')
    // The second implementation looks for private keys by what was drawn, of the false ensemble too.
    const made = falsePrekeyEnsemble({ clientProfile: accounts.bob.clientProfile, prekeyProfile: real!.prekeyProfile, now: NOW }, random)
    const lines = forgeTranscript({
      bob: side('bob'), alice: side('alice'), ensemble: made.ensemble, signer: made.prekeyMessage.y, texts: texts.slice(0, 5), now: NOW,
    }, random)
    const parsed = parseEnsemble(encodeEnsemble(made.ensemble))
    const auth = parse(lines[0]!.message) as NonInteractiveAuth
    checkEnsemble(parsed, NOW)
    checkAuth(auth, NOW)
    const { K, braceKey, authMac } = agree('alice', parsed, auth, transcript(parsed, auth, addresses), secrets)
    expect(hex(auth.authMac)).to.equal(hex(authMac))
    const { said } = read(lines, K, {
      alice: { ecdh: auth.firstEcdh, dh: auth.firstDh }, bob: { ecdh: parsed.prekey.Y, dh: parsed.prekey.B },
    }, secrets, braceKey)
    expect(said.alice).to.deep.equal(saidBy('alice').slice(0, 3))
    expect(said.bob).to.deep.equal(saidBy('bob').slice(0, 2))
  })

  it('is accepted by Bob himself, whose prekeys it answers, though Alice never wrote it', () => {
    const { bob, ensembles: [ensemble] } = withPrekeys('accepts a forgery', 1, { bob: { account: { forgingKey: keptForging.bob.publicKey } } })
    const { message } = forgeNonInteractiveAuth({
      bob: { address: addressOf('bob'), ensemble: ensemble! }, alice: side('alice'), signer: keptForging.bob, now: NOW,
    }, seededRandom('to bob'))
    bob.receive(message)
    expect(bob.encrypted.offline).to.equal(true)
    expect(hex(bob.encrypted.them.publicKey)).to.equal(hex(accounts.alice.identity.publicKey))
  })

  it('a false Prekey Profile needs the long-term key, and verifies', () => {
    const made = falsePrekeyEnsemble({
      clientProfile: accounts.bob.clientProfile, prekeyProfile: { identity: accounts.bob.identity, expiration: NOW + 86_400 }, now: NOW,
    }, seededRandom('false profile'))
    checkEnsemble(parseEnsemble(encodeEnsemble(made.ensemble)), NOW)
    expect(made.sharedPrekey).to.not.equal(undefined)
    expect(() => falsePrekeyEnsemble({
      clientProfile: accounts.bob.clientProfile, prekeyProfile: { identity: accounts.alice.identity, expiration: NOW + 86_400 }, now: NOW,
    }, seededRandom('not hers'))).to.throw().with.property('code', 'OTR_ARGUMENT')
  })

  it('cannot be forged without a key of the ring', () => {
    const forgery = { bob: { address: addressOf('bob'), ensemble: real! }, alice: side('alice'), now: NOW }
    expect(() => forgeNonInteractiveAuth({ ...forgery, signer: accounts.bob.identity }, seededRandom('H_b'))).to.throw().with.property('code', 'OTR_ARGUMENT')
    expect(() => forgeNonInteractiveAuth({ ...forgery, signer: falsely.prekeyMessage.y }, seededRandom('another Y'))).to.throw().with.property('code', 'OTR_ARGUMENT')
  })
})

describe('somebody in another\'s place, with a real other side', () => {
  const bobsForger = keptForging.bob

  it('whoever has Bob\'s forging key answers Bob as Alice, and Bob believes it', () => {
    const forger = new V4Party('alice', 'bob', {}, impersonate({ ...side('alice'), signer: bobsForger }))
    const bob = new V4Party('bob', 'alice', {}, accounts.bob)
    bob.start()
    settle(bob, forger)
    expect(hex(bob.encrypted.them.publicKey)).to.equal(hex(accounts.alice.identity.publicKey))
    forger.send('this is not Alice')
    settle(bob, forger)
    expect(bob.said()).to.deep.include({ type: 'message', text: 'this is not Alice' })
  })

  it('whoever has Alice\'s forging key begins with Alice as Bob, and Alice believes it', () => {
    const forger = new V4Party('bob', 'alice', {}, impersonate({ ...side('bob'), signer: keptForging.alice }))
    const alice = new V4Party('alice', 'bob', {}, accounts.alice)
    forger.start()
    settle(alice, forger)
    expect(hex(alice.encrypted.them.publicKey)).to.equal(hex(accounts.bob.identity.publicKey))
  })

  it('a stranger\'s key signs nothing: no message leaves', () => {
    const stranger = generateEd448KeyPair(seededRandom('stranger'))
    const forger = new V4Party('alice', 'bob', {}, impersonate({ ...side('alice'), signer: stranger }))
    const bob = new V4Party('bob', 'alice', {}, accounts.bob)
    bob.start()
    expect(() => forger.receive(bob.takeOne('v4-identity'))).to.throw().with.property('code', 'OTR_INTERNAL')
  })
})

describe('one data message of version 4', () => {
  const { alice, bob } = strangers('one message')
  bob.start()
  settle(alice, bob)

  /** A message of Alice's to Bob, and the chain key with which it was made. */
  function fromAlice(text: string): { readonly message: DataMessageV4, readonly chainKey: Uint8Array } {
    const { ratchet } = alice.encrypted
    if (ratchet.turn !== 'theirs') throw new Error('Alice sends in a chain of her own')
    const chainKey = copySecret(ratchet.sending.chainKey)
    alice.send(text)
    const message = alice.takeOne('v4-data')
    return { message, chainKey }
  }

  it('is read and forged with its chain key, or with that of a message before it, and Bob reads what was never written', () => {
    const first = fromAlice('first')
    const { message, chainKey } = fromAlice('meet at six')
    const before = { chainKey: first.chainKey, messageId: first.message.messageId }
    expect(readAndForge(message, { chainKey }).plaintext?.text).to.equal('meet at six')
    expect(readAndForge(message, before).plaintext?.text).to.equal('meet at six')
    expect(readAndForge(message, { chainKey: first.chainKey }).plaintext).to.equal(undefined)
    expect(() => readAndForge(first.message, { chainKey, messageId: message.messageId })).to.throw().with.property('code', 'OTR_ARGUMENT')
    const { forged } = readAndForge(message, { chainKey }, { text: 'never written', tlvs: [{ type: 0, value: new Uint8Array(3) }] })
    const { state, events } = receiveMessage(bob.session, forged!, bob.context)
    expect(events).to.deep.include({ type: 'message', text: 'never written' })
    bob.session = state
  })

  it('is changed where it is guessed, with nothing but its MAC key', () => {
    const { message, chainKey } = fromAlice('meet at six')
    const { mkEnc } = chainStep(chainKey)
    const macKey = showMacKey(mkEnc)
    expect(isAuthenticatedBy(message, macKey)).to.equal(true)
    const changed = modifyDataMessage(message, { macKey, oldText: 'six', newText: 'ten', offset: 8 })
    expect(readAndForge(changed, { messageKey: mkEnc }).plaintext?.text).to.equal('meet at ten')
    expect(() => modifyDataMessage(message, { macKey, oldText: 'six', newText: 'seven', offset: 8 })).to.throw('3 bytes')
    expect(() => modifyDataMessage(message, { macKey, oldText: 'six', newText: 'ten', offset: 10 })).to.throw('nothing of 3 bytes stands at 10')
    expect(bob.receive(changed).events).to.deep.include({ type: 'message', text: 'meet at ten' })
  })

  it('has a new MAC under a given key, whatever else was changed', () => {
    const { message, chainKey } = fromAlice('flags')
    const macKey = showMacKey(chainStep(chainKey).mkEnc)
    const changed = { ...message, flags: 1 }
    expect(isAuthenticatedBy(changed, macKey)).to.equal(false)
    expect(isAuthenticatedBy(reMac(changed, macKey), macKey)).to.equal(true)
    expect(() => reMac(message, macKey.subarray(1))).to.throw().with.property('code', 'OTR_ARGUMENT')
    expect(armor(encodeMessage(reMac(message, macKey)))).to.equal(armorMessage(message))
  })
})
