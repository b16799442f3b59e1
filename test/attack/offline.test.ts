import { expect } from 'chai'
import {
  dh3072SharedSecret, ecdhSharedSecret, eddsaSign, generateDh3072, generateEcdh, generateEd448KeyPair, getArithmetic, hcmac, kdf, ringSign, thirdBraceKey,
  usage, type RandomSource,
} from '../../src/crypto/index.js'
import { OtrError } from '../../src/errors.js'
import { emptyVault, publish, usePrekey } from '../../src/session/account/prekeys.js'
import { limits } from '../../src/session/budget/limits.js'
import { nonInteractiveTranscript } from '../../src/v4/non-interactive-transcript.js'
import {
  CLIENT_PROFILE_LIFETIME, LONGEST_PROFILE_LIFETIME, createClientProfile, createPrekeyProfile, endSession, receiveMessage, startOfflineSession, verifyEnsemble, type V4Account, type V4Message,
  type V4Session,
} from '../../src/v4/index.js'
import {
  armor, decodeMessage, encodeClientProfileFields, encodeMessage, makeClientProfile, unarmor, type Ensemble, type NonInteractiveAuthMessage,
} from '../../src/wire/index.js'
import { badNumbers, badPoints, ed448Order, fromLittle, little } from '../support/bad-values.js'
import { countingArithmetic } from '../support/counting-arithmetic.js'
import { strangers, writeOffline } from '../support/offline-parties.js'
import { isWiped, reachable, secretsIn, watchedRandom, watchingArithmetic, type Seen } from '../support/secrets.js'
import { seededRandom } from '../support/seeded.js'
import { toyArithmetic, withArithmetic } from '../support/toy-arithmetic.js'
import { altered, encryptedPair, notices, NOW, settle, talk, texts, v4Account, type V4Party } from '../support/v4-parties.js'
import { begin, firstMessage, published, Publisher, verified, withPrekeys } from '../support/v4-offline.js'

const toy = (test: () => void) => () => { withArithmetic(toyArithmetic, test) }

/** The party refuses a message: nothing changes, nothing is sent, one notice. */
function refuses(party: V4Party, message: V4Message, detail?: string | RegExp): void {
  const before = party.session
  const copy = structuredClone(before)
  const vault = structuredClone(party.options.prekeys)
  const result = receiveMessage(before, message, party.context)
  expect(result.state).to.equal(before)
  expect(result.state).to.deep.equal(copy)
  expect(party.options.prekeys).to.deep.equal(vault)
  expect(result.usedPrekey).to.equal(undefined)
  expect(result.outgoing).to.have.length(0)
  expect(result.events).to.have.length(1)
  if (detail !== undefined) expect(result.events[0]).to.have.property('detail').that.matches(typeof detail === 'string' ? new RegExp(`${detail}$`) : detail)
}

const faultOf = (ensemble: Ensemble, now = NOW): string | undefined => {
  const result = verifyEnsemble(ensemble, now)
  return 'fault' in result ? result.fault : undefined
}

describe('attack: messages to somebody who is away', () => {
  describe('O1: a prekey message is used once', () => {
    it('O1: its private halves are overwritten and its identifier is marked with the session that it made; a second message is refused', () => {
      const { alice, bob, auth, ensemble } = firstMessage('O1')
      const [own] = bob.options.prekeys!.messages
      // Another client that was given the same prekeys.
      const carol = new Publisher('carol', 'bob', { seed: 'O1' })
      begin(carol, ensemble)
      bob.receive(auth)
      expect(bob.session.state).to.equal('encrypted')
      expect([own!.y.privateKey, own!.b.privateKey].every(isWiped)).to.equal(true)
      expect(bob.options.prekeys!.messages).to.have.length(0)
      expect(bob.options.prekeys!.used).to.deep.equal([auth.prekeyIdentifier])
      refuses(bob, auth, 'its prekey message was used before')
      const other = new Publisher('bob', 'carol', { seed: 'other' })
      other.options = { ...other.options, prekeys: structuredClone(bob.options.prekeys!) }
      refuses(other, carol.takeOne('v4-non-interactive-auth'), 'its prekey message was used before')
      talk(alice, bob)
    })

    it('O1: identifiers never repeat, while a prekey waits and after it was used', toy(() => {
      const { address, instanceTag, identity, clientProfile } = v4Account('bob')
      const account = { address, instanceTag, v4: { identity, forgingKey: clientProfile.forgingKey, clientProfile } }
      // A source that gives each identifier three times.
      let drawn = 0
      const good = seededRandom('O1')
      const repeating: RandomSource = (length) => length === 4 ? Uint8Array.of(0, 0, 0, Math.floor(drawn++ / 3)) : good(length)
      const first = publish(emptyVault, account, 3, NOW, repeating)
      expect(first.messages.map(({ message }) => message.identifier)).to.deep.equal([0, 1, 2])
      drawn = 0
      const second = publish(usePrekey(first.vault, 1), account, 2, NOW, repeating)
      expect(second.messages.map(({ message }) => message.identifier)).to.deep.equal([3, 4])
      const stuck: RandomSource = (length) => length === 4 ? Uint8Array.of(0, 0, 0, 1) : good(length)
      expect(() => publish(second.vault, account, 1, NOW, stuck)).to.throw(OtrError).with.property('code', 'OTR_RANDOM_FAILED')
    }))
  })

  describe('O2, P1, P2, P6: an ensemble that does not fit together is refused', () => {
    const bob = v4Account('bob')
    const { ensembles: [good] } = published(bob)
    const mallory = v4Account('mallory', { tag: bob.instanceTag })
    const { ensembles: [hers] } = published(mallory)
    const elsewhere = v4Account('bob', { tag: 0x4242 })
    const { ensembles: [other] } = published(elsewhere)

    it('a good one is taken, until the second in which a profile ends', () => {
      expect(faultOf(good!)).to.equal(undefined)
      expect(faultOf(good!, NOW + CLIENT_PROFILE_LIFETIME - 1)).to.equal(undefined)
      expect(faultOf(good!, NOW + CLIENT_PROFILE_LIFETIME)).to.equal('client profile: expired')
    })

    it('O2: one with the profiles of two identities is refused', () => {
      expect(faultOf({ ...good!, prekeyProfile: hers!.prekeyProfile })).to.equal('prekey profile: signature')
      expect(faultOf({ ...good!, clientProfile: hers!.clientProfile })).to.equal('prekey profile: signature')
    })

    it('O2: one with parts of two instances is refused', () => {
      for (const part of ['clientProfile', 'prekeyProfile', 'prekeyMessage'] as const) {
        expect(faultOf({ ...good!, [part]: other![part] }), part).to.equal('instance tags differ')
      }
    })

    it('O2: an instance tag that nobody may have', () => {
      const low = v4Account('bob', { tag: 0xff })
      expect(faultOf(published(low).ensembles[0]!)).to.equal('instance tag')
    })

    it('O2, P2, A2: versions without 4, with 1 or 2 or what nobody knows, and 3 without its key and signature', () => {
      for (const versions of ['3', '', '14', '24', '34', '45', '44', '4\0']) {
        const { instanceTag, publicKey, forgingKey, expiration } = good!.clientProfile
        const contents = { instanceTag, publicKey, forgingKey, versions, expiration }
        const clientProfile = makeClientProfile(contents, eddsaSign(bob.identity.symmetricKey, encodeClientProfileFields(contents)))
        expect(faultOf({ ...good!, clientProfile }), versions).to.match(/^client profile: (versions|transitional signature)$/)
      }
    })

    it('P1: a Client Profile with a wrong, an empty and another key\'s signature', () => {
      const { clientProfile } = good!
      const changed = clientProfile.signature.map((byte, i) => i === 60 ? byte ^ 1 : byte)
      for (const signature of [changed, new Uint8Array(114), hers!.clientProfile.signature]) {
        expect(faultOf({ ...good!, clientProfile: { ...clientProfile, signature } })).to.equal('client profile: signature')
      }
    })

    it('P6: a Prekey Profile that is signed by another key, altered in any byte, expired, or of another instance', () => {
      const { prekeyProfile } = good!
      const make = (changes: object): Ensemble => ({
        ...good!, prekeyProfile: createPrekeyProfile({ instanceTag: bob.instanceTag, identity: bob.identity, sharedPrekey: prekeyProfile.sharedPrekey, expiration: NOW + 9, ...changes }),
      })
      expect(faultOf(make({}))).to.equal(undefined)
      expect(faultOf(make({ identity: mallory.identity }))).to.equal('prekey profile: signature')
      expect(faultOf(make({ expiration: NOW }))).to.equal('prekey profile: expired')
      expect(faultOf(make({ expiration: 0 }))).to.equal('prekey profile: expired')
      expect(faultOf(make({ expiration: -1 }))).to.equal('prekey profile: expired')
      expect(faultOf(make({ expiration: NOW + LONGEST_PROFILE_LIFETIME }))).to.equal(undefined)
      expect(faultOf(make({ expiration: NOW + LONGEST_PROFILE_LIFETIME + 1 }))).to.equal('prekey profile: lifetime')
      expect(faultOf(make({ expiration: Number.MAX_SAFE_INTEGER }))).to.equal('prekey profile: lifetime')
      expect(faultOf(make({ instanceTag: 0x4242 }))).to.equal('instance tags differ')
      for (const field of ['sharedPrekey', 'signature'] as const) {
        for (let at = 0; at < prekeyProfile[field].length; at += 7) {
          const bytes = prekeyProfile[field].map((byte, i) => i === at ? byte ^ 1 : byte)
          expect(faultOf({ ...good!, prekeyProfile: { ...prekeyProfile, [field]: bytes } }), `${field} ${at}`).to.equal('prekey profile: signature')
        }
      }
      expect(faultOf({ ...good!, prekeyProfile: { ...prekeyProfile, expiration: prekeyProfile.expiration + 1 } })).to.equal('prekey profile: signature')
    })

    it('P6: everything that is published has the instance tag of the account', () => {
      const { ensembles } = published(bob, 5)
      for (const { clientProfile, prekeyProfile, prekeyMessage } of ensembles) {
        expect([clientProfile.instanceTag, prekeyProfile.instanceTag, prekeyMessage.instanceTag]).to.deep.equal([bob.instanceTag, bob.instanceTag, bob.instanceTag])
      }
    })

    for (const [what, point] of badPoints) {
      it(`${what.includes('plus') ? 'K2' : 'K1'}: ${what} as Y, as the shared prekey, as long-term and forging key`, () => {
        expect(faultOf({ ...good!, prekeyMessage: { ...good!.prekeyMessage, y: point } })).to.equal('prekey message: ECDH key')
        const prekeyProfile = createPrekeyProfile({ instanceTag: bob.instanceTag, identity: bob.identity, sharedPrekey: point, expiration: NOW + 9 })
        expect(faultOf({ ...good!, prekeyProfile })).to.equal('prekey profile: shared prekey')
        const { instanceTag, publicKey, forgingKey, versions, expiration } = good!.clientProfile
        for (const [changed, fault] of [[{ publicKey: point }, 'signature'], [{ forgingKey: point }, 'forging key']] as const) {
          const contents = { instanceTag, publicKey, forgingKey, versions, expiration, ...changed }
          const clientProfile = makeClientProfile(contents, eddsaSign(bob.identity.symmetricKey, encodeClientProfileFields(contents)))
          expect(faultOf({ ...good!, clientProfile })).to.equal(`client profile: ${fault}`)
        }
      })
    }

    for (const [what, value] of badNumbers) {
      it(`K3: one with ${what} as B is refused`, () => {
        expect(faultOf({ ...good!, prekeyMessage: { ...good!.prekeyMessage, b: value } })).to.equal('prekey message: DH key')
      })
    }
  })

  describe('the Non-Interactive-Auth message', () => {
    for (const [what, point] of badPoints) {
      it(`${what.includes('plus') ? 'K2' : 'K1'}: ${what} as X and as the first ECDH key`, () => {
        const { bob, auth } = firstMessage()
        refuses(bob, { ...auth, x: point }, 'Non-Interactive-Auth message: ECDH key')
        refuses(bob, { ...auth, firstEcdh: point }, 'Non-Interactive-Auth message: first ECDH key')
      })
    }

    for (const [what, value] of badNumbers) {
      it(`K3: ${what} as A and as the first DH key`, () => {
        const { bob, auth } = firstMessage()
        refuses(bob, { ...auth, a: value }, 'Non-Interactive-Auth message: DH key')
        refuses(bob, { ...auth, firstDh: value }, 'Non-Interactive-Auth message: first DH key')
      })
    }

    it('K5: scalars of sigma above q are reduced: the same signature, nothing else', () => {
      for (let place = 0; place < 6; place++) {
        const raise = (sigma: Uint8Array, by: bigint): Uint8Array => {
          const copy = sigma.slice()
          copy.set(little(fromLittle(sigma.subarray(57 * place, 57 * place + 57)) + by), 57 * place)
          return copy
        }
        const { alice, bob, auth } = firstMessage('K5')
        refuses(bob, { ...auth, sigma: raise(auth.sigma, ed448Order + 1n) }, 'ring signature')
        bob.receive({ ...auth, sigma: raise(auth.sigma, ed448Order) })
        talk(alice, bob)
      }
    })

    it('P2, P3: an expired profile, a profile without version 4, another tag than the sender\'s, is refused', () => {
      const late = firstMessage('P2')
      late.bob.now += CLIENT_PROFILE_LIFETIME
      refuses(late.bob, late.auth, 'client profile: expired')
      const { bob, auth } = firstMessage('P3')
      refuses(bob, { ...auth, senderTag: 0x5555 }, 'client profile: instance tag')
      const { instanceTag, publicKey, forgingKey, expiration } = auth.clientProfile
      const contents = { instanceTag, publicKey, forgingKey, versions: '3', expiration }
      const signer = v4Account('alice').identity
      const clientProfile = makeClientProfile(contents, eddsaSign(signer.symmetricKey, encodeClientProfileFields(contents)))
      refuses(bob, { ...auth, clientProfile }, 'client profile: versions')
    })

    it('R1, V1: any changed bit of sigma, of the Auth MAC and of every key is refused, and an existing session goes on', function () {
      this.timeout(120_000)
      for (const standing of [false, true]) {
        const { alice, bob, ensembles: [ensemble] } = withPrekeys('R1')
        if (standing) {
          bob.start()
          settle(alice, bob)
          talk(alice, bob)
        }
        const session = structuredClone(alice.session)
        begin(alice, ensemble!)
        const auth = alice.take().find((message): message is NonInteractiveAuthMessage => message.kind === 'v4-non-interactive-auth')!
        for (const field of ['sigma', 'authMac'] as const) {
          for (let at = 0; at < auth[field].length; at += standing ? 31 : 3) refuses(bob, altered(auth, field, at, 1 << at % 8), field === 'sigma' ? 'ring signature' : 'Auth MAC')
        }
        for (const field of ['x', 'a', 'firstEcdh', 'firstDh'] as const) {
          for (let at = 0; at < auth[field].length; at += 19) refuses(bob, altered(auth, field, at))
        }
        if (standing) {
          alice.session = session
          talk(alice, bob)
        }
      }
    })

    it('V1: every byte of the encoded message, changed: malformed, or refused with nothing changed', function () {
      this.timeout(120_000)
      const { bob, auth } = firstMessage('V1 bytes')
      const encoded = encodeMessage(auth)
      for (let at = 3; at < encoded.length; at += 5) {
        let message: V4Message
        try {
          message = decodeMessage(encoded.map((byte, i) => i === at ? byte ^ 0x01 : byte)) as V4Message
        } catch {
          continue
        }
        refuses(bob, message)
      }
      bob.receive(auth)
      expect(bob.session.state).to.equal('encrypted')
    })

    it('V3: a message to another publisher, from another account, to another address, with our own profile', () => {
      const { bob, auth } = firstMessage('V3')
      const carol = new Publisher('carol', 'alice', { seed: 'V3' })
      const { vault } = published(carol.account, 3)
      carol.options = { ...carol.options, prekeys: vault }
      refuses(carol, auth)
      refuses(carol, { ...auth, receiverTag: carol.account.instanceTag }, 'an unknown prekey message')
      refuses(carol, { ...auth, receiverTag: carol.account.instanceTag, prekeyIdentifier: vault.messages[0]!.message.identifier }, 'Auth MAC')
      // The network says that it came from somebody else.
      const { bob: deceived, auth: genuine } = firstMessage('V3')
      deceived.options = { ...deceived.options, theirAddress: 'mallory@example.org' }
      refuses(deceived, genuine, 'Auth MAC')
      const renamed = firstMessage('V3')
      renamed.bob.account = { ...renamed.bob.account, address: 'robert@example.org' }
      refuses(renamed.bob, renamed.auth, 'Auth MAC')
      refuses(bob, { ...auth, senderTag: bob.account.instanceTag, clientProfile: bob.account.clientProfile }, 'came back')
      refuses(bob, { ...auth, receiverTag: 0 })
    })

    it('V4: stripping a version from the profile, or adding to the shared state, changes t', () => {
      const { bob, auth } = firstMessage('V4')
      bob.options = { ...bob.options, phiExtra: Uint8Array.of(1) }
      refuses(bob, auth, 'Auth MAC')
      const { alice, bob: plain, ensembles: [ensemble] } = withPrekeys('V4')
      begin(alice, ensemble!)
      // The profile counts as it was published, not the publisher's current one.
      plain.account = { ...plain.account, clientProfile: createClientProfile({
        instanceTag: plain.account.instanceTag, identity: plain.account.identity, forgingKey: ensemble!.clientProfile.forgingKey, versions: '4', expiration: NOW + 5,
      }, seededRandom('V4')) }
      plain.receive(alice.takeOne('v4-non-interactive-auth'))
      talk(alice, plain)
    })

    it('a session with another key neither becomes a side session for it, nor is it added to that session', () => {
      const { alice, bob } = encryptedPair('other key')
      const thief = new Publisher('alice', 'bob', { seed: 'thief', account: { tag: alice.account.instanceTag, identity: generateEd448KeyPair(seededRandom('thief')) } })
      const { ensembles: [ensemble], vault } = published(bob.account)
      bob.options = { ...bob.options, prekeys: vault }
      begin(thief, ensemble!)
      refuses(bob, thief.takeOne('v4-non-interactive-auth'), 'another key than that of the session that stands')
      talk(alice, bob)
    })

    it('R5: the secret of Y alone suffices to make a message that is accepted as from Alice: nobody can show later that she took part', () => {
      const { bob, ensembles: [ensemble] } = withPrekeys('R5')
      const aliceProfile = v4Account('alice').clientProfile
      const [own] = bob.options.prekeys!.messages
      const random = seededRandom('R5 forger')
      const [x, a, firstEcdh, firstDh] = [generateEcdh(random), generateDh3072(random), generateEcdh(random), generateDh3072(random)]
      const auth = {
        senderTag: aliceProfile.instanceTag, receiverTag: bob.account.instanceTag, clientProfile: aliceProfile, x: x.publicKey, a: a.publicKey,
        prekeyIdentifier: own!.message.identifier, firstEcdh: firstEcdh.publicKey, firstDh: firstDh.publicKey,
      }
      const t = nonInteractiveTranscript({
        bobProfile: ensemble!.clientProfile, sharedPrekey: ensemble!.prekeyProfile.sharedPrekey, prekey: ensemble!.prekeyMessage, auth,
        bobAccount: bob.account.address, aliceAccount: 'alice@example.org',
      })
      const sigma = ringSign({ ring: [ensemble!.clientProfile.forgingKey, aliceProfile.publicKey, own!.y.publicKey], secret: own!.y.privateKey, message: t, form: 'bare', random })
      const { prekeyProfile, prekeyMessage, clientProfile } = ensemble!
      const tmpK = kdf(usage.tmpKey, [
        ecdhSharedSecret(x.privateKey, prekeyMessage.y), ecdhSharedSecret(x.privateKey, prekeyProfile.sharedPrekey),
        ecdhSharedSecret(x.privateKey, clientProfile.publicKey), thirdBraceKey(dh3072SharedSecret(a.privateKey, prekeyMessage.b)),
      ], 64)
      const authMac = hcmac(usage.authMac, [kdf(usage.authMacKey, [tmpK], 64), t], 64)
      bob.receive({ kind: 'v4-non-interactive-auth', ...auth, sigma, authMac })
      expect(bob.session.state).to.equal('encrypted')
    })

    it('without prekeys nothing is accepted', () => {
      const { bob, auth } = firstMessage('none')
      bob.options = { theirAddress: bob.options.theirAddress }
      refuses(bob, auth, 'an unknown prekey message')
    })
  })

  describe('K9: a random source that fails', () => {
    it('K9: beginning an offline session, in any state: nothing changes and nothing is sent; and it works when tried again', toy(() => {
      for (const standing of [false, true]) {
        for (let nth = 0; ; nth++) {
          expect(nth).to.be.lessThan(100)
          const { alice, bob, ensembles: [ensemble] } = withPrekeys('K9')
          if (standing) {
            bob.start()
            settle(alice, bob)
            talk(alice, bob)
          }
          const before = alice.session
          const copy = structuredClone(before)
          let calls = 0
          const good = alice.random
          // (One that repeats itself would be refused as well.)
          const source = seededRandom(`K9 ${nth}`)
          alice.random = (length) => calls++ === nth ? new Uint8Array(length - 1) : source(length)
          try {
            const result = startOfflineSession(before, verified(ensemble!), alice.context)
            expect(calls).to.be.lessThan(nth + 1).and.greaterThan(4)
            expect(result.outgoing).to.have.length(standing ? 2 : 1)
            break
          } catch (error) {
            expect(error).to.be.instanceOf(OtrError).with.property('code', 'OTR_RANDOM_FAILED')
          }
          alice.random = good
          expect(alice.session).to.equal(before)
          expect(alice.session).to.deep.equal(copy)
          begin(alice, ensemble!)
          settle(alice, bob)
          talk(alice, bob)
        }
      }
    }))

    it('K9: making prekeys, and receiving, which draws nothing', toy(() => {
      const account = v4Account('bob')
      const { vault } = published(account, 2)
      const copy = structuredClone(vault)
      for (let nth = 0; nth < 9; nth++) {
        let calls = 0
        expect(() => { publishWith(account, (length) => calls++ === nth ? new Uint8Array(0) : seededRandom(`K9 ${nth}`)(length)) }).to.throw(OtrError).with.property('code', 'OTR_RANDOM_FAILED')
      }
      expect(vault).to.deep.equal(copy)
      const { bob, auth } = firstMessage('K9 receiving')
      bob.random = () => { throw new Error('no entropy') }
      bob.receive(auth)
      expect(bob.session.state).to.equal('encrypted')
    }))
  })

  describe('V7: secrets whose time is over', () => {
    function wiped(party: V4Party, step: () => void): Seen[] {
      const before = secretsIn(party.session)
      const seen: Seen[] = []
      const random = party.random
      party.random = watchedRandom(random, seen)
      withArithmetic(watchingArithmetic(getArithmetic(), seen), step)
      party.random = random
      const longLived = new Set([...reachable(party.session), ...reachable(party.account), ...reachable(party.options)])
      expect([...before, ...seen].filter(({ bytes }) => !longLived.has(bytes) && !isWiped(bytes)).map(({ what }) => what)).to.deep.equal([])
      return seen
    }
    const count = (seen: readonly Seen[], what: string): number => seen.filter((one) => one.what === what).length

    it('V7: on both sides every ephemeral secret is overwritten with the step that used it, also the prekeys; with an older session, next to one, and at the end', () => {
      const { alice, bob, ensembles } = withPrekeys('V7', 3)
      const sent = wiped(alice, () => { begin(alice, ensembles[0]!) })
      expect([count(sent, 'ECDH'), count(sent, 'k_dh'), count(sent, 'KDF 0x1'), count(sent, 'KDF 0xc'), count(sent, 'KDF 0xd'), count(sent, 'KDF 0x3')]).to.deep.equal([3, 1, 1, 1, 1, 1])
      const received = wiped(bob, () => { bob.receive(alice.takeOne('v4-non-interactive-auth')) })
      expect([count(received, 'ECDH'), count(received, 'k_dh'), count(received, 'KDF 0xc'), count(received, 'KDF 0xd')]).to.deep.equal([3, 1, 1, 1])
      for (let i = 0; i < 4; i++) {
        for (const [from, to] of [[alice, bob], [bob, alice]] as const) {
          wiped(from, () => { from.send('lost') })
          wiped(from, () => { from.send('x') })
          const [late, now] = from.take()
          wiped(to, () => { to.receive(now!) })
          wiped(to, () => { to.receive(late!) })
        }
      }
      // An interactive session, with the offline one aside, in which something comes late.
      alice.send('late')
      const late = alice.take()
      wiped(bob, () => { bob.start() })
      wiped(alice, () => { alice.receive(bob.takeOne('v4-identity')) })
      wiped(bob, () => { bob.receive(alice.takeOne('v4-auth-r')) })
      wiped(alice, () => { alice.receive(bob.takeOne('v4-auth-i')) })
      expect(bob.session.side).to.have.length(1)
      for (const message of late) wiped(bob, () => { expect(texts(bob.receive(message).events)).to.deep.equal(['late']) })
      // The reverse, with the message of the new one before the end of the old one.
      wiped(alice, () => { begin(alice, ensembles[1]!) })
      const [end, auth] = alice.take()
      wiped(bob, () => { bob.receive(auth!) })
      wiped(bob, () => { bob.receive(end!) })
      bob.take()
      talk(alice, bob)
      for (const party of [alice, bob]) {
        const secrets = secretsIn(party.session)
        wiped(party, () => { party.do((p) => endSession(p.session, p.context)) })
        expect(secrets.every(({ bytes }) => isWiped(bytes))).to.equal(true)
      }
    })

    it('V7: a refused message leaves nothing behind', () => {
      const { bob, auth } = firstMessage('V7 refused')
      for (const message of [altered(auth, 'authMac'), altered(auth, 'sigma'), altered(auth, 'x', 56, 0x80)]) {
        const before = bob.session
        wiped(bob, () => { bob.receive(message) })
        expect(bob.session).to.equal(before)
      }
    })

    it('V7: sessions that are only read are bounded in number, and gone after a day', toy(() => {
      const { alice, bob, ensembles } = withPrekeys('V7 side', 8)
      const all: Seen[] = []
      for (const ensemble of ensembles) {
        begin(alice, ensemble)
        all.push(...secretsIn(alice.session))
        for (const message of alice.take()) bob.receive(message)
        bob.take()
        expect(alice.session.side.length).to.be.at.most(3)
        expect(bob.session.side.length).to.be.at.most(3)
      }
      const live = new Set(secretsIn(alice.session).map(({ bytes }) => bytes))
      expect(all.filter(({ bytes }) => !live.has(bytes) && !isWiped(bytes)).map(({ what }) => what)).to.deep.equal([])
    }))
  })

  it('V6: ten thousand messages that name no prekey cost no arithmetic; those that name one and are false cost what key exchanges may', () => {
    const { arithmetic, counter } = countingArithmetic(toyArithmetic)
    withArithmetic(arithmetic, () => {
      const { network, alice, bob } = strangers()
      writeOffline(alice, bob, 'hello')
      const [packet] = network.queue.splice(0)
      const genuine = decodeMessage(unarmor(packet!.line, 100_000)) as NonInteractiveAuthMessage
      const flood = (count: number, change: (n: number) => Partial<NonInteractiveAuthMessage>): number => {
        let worked = 0
        for (let n = 0; n < count; n++) {
          const before = counter.operations
          bob.receive('alice', armor(encodeMessage({ ...genuine, ...change(n) })))
          if (counter.operations > before) worked++
        }
        return worked
      }
      expect(flood(10_000, (n) => ({ prekeyIdentifier: (genuine.prekeyIdentifier + 1 + n) >>> 0 }))).to.equal(0)
      expect(flood(2000, (n) => ({ authMac: genuine.authMac.map((byte, i) => i === 0 ? byte ^ (1 + n % 255) : byte) }))).to.equal(limits.handshakes.burst)
      expect(bob.core.conversation('alice').status.sessions).to.have.length(0)
      expect(bob.core.prekeysLeft()).to.equal(1)
      network.now += 2
      bob.receive('alice', packet!.line)
      expect(bob.isEncrypted('alice')).to.equal(true)
    })
  })

  it('H3: neither events nor errors nor notices show a secret', () => {
    const { alice, bob, ensembles: [ensemble] } = withPrekeys('H3')
    const vault = structuredClone(bob.options.prekeys!)
    begin(alice, ensemble!)
    const told = [...alice.said()]
    for (const message of alice.take()) told.push(...bob.receive(message).events)
    const shown = JSON.stringify(told)
    const secrets = [...secretsIn(alice.session), ...secretsIn(bob.session), ...secretsIn(vault)]
    expect(secrets.length).to.be.greaterThan(8)
    for (const { bytes } of secrets) {
      expect(shown).to.not.include(Buffer.from(bytes).toString('hex'))
      expect(shown).to.not.include(Buffer.from(bytes).toString('base64'))
    }
  })

  it('a stale session that was put aside decrypts nothing for anybody', () => {
    const { alice, bob, ensembles: [ensemble] } = withPrekeys('stale')
    begin(alice, ensemble!)
    alice.send('x')
    const [auth, data] = alice.take()
    bob.receive(auth!)
    const old: V4Session = bob.session
    bob.receive(data!)
    bob.session = old
    expect(notices(bob.receive(data!).events)).to.deep.equal(['unreadable'])
  })
})

function publishWith({ address, instanceTag, identity, clientProfile }: V4Account, random: RandomSource): void {
  const v4 = { identity, forgingKey: clientProfile.forgingKey, clientProfile }
  publish(emptyVault, { address, instanceTag, v4 }, 3, NOW, random)
}
