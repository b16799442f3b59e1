import { expect } from 'chai'
import { eddsaSign, type Ed448KeyPair } from '../../src/crypto/index.js'
import { MalformedError } from '../../src/errors.js'
import { receiveMessage, type V4Message } from '../../src/v4/index.js'
import {
  decodeMessage, encodeClientProfileFields, encodeMessage, makeClientProfile, messageFieldNames, type AuthIMessage, type AuthRMessage,
  type ClientProfile, type DataMessageV4, type IdentityMessage,
} from '../../src/wire/index.js'
import { badNumbers, badPoints, ed448Order, fromLittle, little } from '../support/bad-values.js'
import { encryptedPair, settle, strangers, talk, texts, V4Party } from '../support/v4-parties.js'

/** Refused by the decoder, with the field's name, or by the machine, which does not change and says which key it was. */
function expectRefusal(party: V4Party, message: V4Message, field: string, detail: string): void {
  const before = party.session
  const name = messageFieldNames(message.kind).get(field) ?? field
  let arrived: V4Message
  try {
    arrived = decodeMessage(encodeMessage(message)) as V4Message
  } catch (error) {
    expect(error).to.be.instanceOf(MalformedError).with.property('field', name)
    // And were it decoded, as a typed message, it would still be refused.
    arrived = message
  }
  const { state, outgoing, events } = receiveMessage(party.session, arrived, party.context)
  expect(state).to.equal(before)
  expect(outgoing).to.have.length(0)
  expect(events).to.have.length(1)
  expect(events[0]).to.have.property('detail', detail)
}

/** The profile with other keys, signed as it should be. */
function withKeys(profile: ClientProfile, identity: Ed448KeyPair, keys: { readonly publicKey?: Uint8Array, readonly forgingKey?: Uint8Array }): ClientProfile {
  const { instanceTag, publicKey, forgingKey, versions, expiration } = profile
  const contents = { instanceTag, publicKey, forgingKey, versions, expiration, ...keys }
  return makeClientProfile(contents, eddsaSign(identity.symmetricKey, encodeClientProfileFields(contents)))
}

describe('attack: values in the messages of version 4', () => {
  const { alice, bob } = strangers('values')
  let identity: IdentityMessage
  let authR: AuthRMessage
  let authI: AuthIMessage
  before(() => {
    bob.start()
    identity = bob.takeOne('v4-identity')
    const answering = new V4Party('alice', 'bob', { seed: 'answering' })
    answering.receive(identity)
    authR = answering.takeOne('v4-auth-r')
    const completing = new V4Party('bob', 'alice')
    completing.session = structuredClone(bob.session)
    completing.receive(authR)
    authI = completing.takeOne('v4-auth-i')
    alice.session = answering.session
    alice.said()
    bob.said()
  })

  const points = [
    ['v4-identity', 'y', 'ECDH key'], ['v4-identity', 'firstEcdh', 'first ECDH key'], ['v4-auth-r', 'x', 'ECDH key'], ['v4-auth-r', 'firstEcdh', 'first ECDH key'],
  ] as const
  const numbers = [
    ['v4-identity', 'b', 'DH key'], ['v4-identity', 'firstDh', 'first DH key'], ['v4-auth-r', 'a', 'DH key'], ['v4-auth-r', 'firstDh', 'first DH key'],
  ] as const
  const names = { 'v4-identity': 'Identity message', 'v4-auth-r': 'Auth-R message' } as const
  /** The receiver of a message, and the genuine message. */
  const genuine = (kind: keyof typeof names): [V4Party, IdentityMessage | AuthRMessage] =>
    kind === 'v4-identity' ? [new V4Party('alice', 'bob'), identity] : [bob, authR]

  for (const [what, point] of badPoints) {
    const id = what.includes('plus') ? 'K2' : 'K1'
    for (const [kind, field, detail] of points) {
      it(`${id}: ${what} as ${field} of ${kind}`, () => {
        const [party, message] = genuine(kind)
        expectRefusal(party, { ...message, [field]: point }, field, `${names[kind]}: ${detail}`)
      })
    }

    for (const kind of ['v4-identity', 'v4-auth-r'] as const) {
      it(`${id}: ${what} as long-term key and as forging key of ${kind}, in a profile that is signed`, () => {
        const [party, message] = genuine(kind)
        const signer = (kind === 'v4-identity' ? bob : alice).account.identity
        const forging = withKeys(message.clientProfile, signer, { forgingKey: point })
        expectRefusal(party, { ...message, clientProfile: forging }, 'Ed448 public forging key', `${names[kind]}: client profile: forging key`)
        const longTerm = withKeys(message.clientProfile, signer, { publicKey: point })
        expectRefusal(party, { ...message, clientProfile: longTerm }, 'Ed448 public key', `${names[kind]}: client profile: signature`)
      })
    }

    it(`${id}: ${what} as the new key of a data message`, () => {
      const pair = encryptedPair('data')
      pair.bob.send('x')
      const message = pair.bob.takeOne('v4-data')
      expectRefusal(pair.alice, { ...message, ecdh: point }, 'ecdh', 'the ratchet refused it: invalid-key')
      expect(texts(pair.alice.receive(message).events)).to.deep.equal(['x'])
    })
  }

  for (const [what, value] of badNumbers) {
    for (const [kind, field, detail] of numbers) {
      it(`K3: ${what} as ${field} of ${kind}`, () => {
        const [party, message] = genuine(kind)
        expectRefusal(party, { ...message, [field]: value }, field, `${names[kind]}: ${detail}`)
      })
    }

    it(`K3: ${what} as the new DH key of a data message`, () => {
      const pair = encryptedPair('data')
      pair.bob.send('x')
      const message = pair.bob.takeOne('v4-data')
      expect(message.ratchetId).to.equal(0)
      const why = value.length === 0 ? 'dh-presence' : 'invalid-key'
      expectRefusal(pair.alice, { ...message, dh: value }, 'dh', `the ratchet refused it: ${why}`)
      expect(texts(pair.alice.receive(message).events)).to.deep.equal(['x'])
    })
  }

  describe('K5: scalars of q and above', () => {
    const raised = (sigma: Uint8Array, place: number, by: bigint): Uint8Array => {
      const copy = sigma.slice()
      copy.set(little(fromLittle(sigma.subarray(57 * place, 57 * place + 57)) + by), 57 * place)
      return copy
    }

    for (let place = 0; place < 6; place++) {
      it(`K5: scalar ${place} of sigma is reduced mod q in Auth-R and Auth-I: the same signature, nothing else`, () => {
        for (const by of [ed448Order, 5n * ed448Order]) {
          const him = new V4Party('bob', 'alice')
          const her = new V4Party('alice', 'bob')
          him.session = structuredClone(bob.session)
          her.session = structuredClone(alice.session)
          him.receive({ ...authR, sigma: raised(authR.sigma, place, by) })
          expect(him.session.state).to.equal('encrypted')
          her.receive({ ...authI, sigma: raised(authI.sigma, place, by) })
          expect(her.encrypted.ssid).to.deep.equal(him.encrypted.ssid)
          talk(her, him)
        }
        expectRefusal(bob, { ...authR, sigma: raised(authR.sigma, place, ed448Order + 1n) }, 'sigma', 'Auth-R message: ring signature')
        expectRefusal(alice, { ...authI, sigma: raised(authI.sigma, place, ed448Order + 1n) }, 'sigma', 'Auth-I message: ring signature')
      })
    }

    it('K5: a sigma of zeros, of ones, and of q in every place is not valid', () => {
      const q = new Uint8Array(342)
      for (let place = 0; place < 6; place++) q.set(little(ed448Order), 57 * place)
      for (const sigma of [new Uint8Array(342), new Uint8Array(342).fill(255), q]) {
        expectRefusal(bob, { ...authR, sigma }, 'sigma', 'Auth-R message: ring signature')
        expectRefusal(alice, { ...authI, sigma }, 'sigma', 'Auth-I message: ring signature')
      }
    })
  })

  after('the DAKE still completes', () => {
    bob.receive(authR)
    settle(alice, bob)
    talk(alice, bob)
  })

  it('keys of a chain that runs are not exchanged in the middle of it', () => {
    const pair = encryptedPair('middle')
    for (const text of ['1', '2']) pair.bob.send(text)
    const [first, second] = pair.bob.take() as [DataMessageV4, DataMessageV4]
    pair.alice.receive(first)
    for (const changes of [{ ecdh: authR.x }, { dh: authR.a }]) {
      expectRefusal(pair.alice, { ...second, ...changes }, 'ecdh', 'the ratchet refused it: unknown-ratchet')
    }
    expect(texts(pair.alice.receive(second).events)).to.deep.equal(['2'])
  })
})
