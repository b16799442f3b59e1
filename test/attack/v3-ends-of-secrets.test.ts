/** Lives of secrets in versions 2 and 3 that end with a step: refused, given up, revealed. Each is looked for at that moment. */
import { expect } from 'chai'
import { abandonHandshake, abortSmp, answerSmp, dropSession, endSession, sendMessage, startHandshake, startSmp } from '../../src/v3/index.js'
import { encryptedPair, inBothVersions, Party, settle, alice, bob } from '../scenario/v3-parties.js'
import { dh1536SharedSecret } from '../../src/crypto/index.js'
import { authenticationKeys, deriveAkeKeys } from '../../src/v3/ake-keys.js'
import type { MessageNamed } from '../../src/v3/generation.js'
import { hexEncode } from '../../src/wire/index.js'
import { isWiped, overwrittenIn } from '../support/secrets.js'

/** The fields of a session in which secrets are. */
const names = new Set(['privateKey', 'revealedKey', 'c', 'm1', 'm2', 'macKey', 'secret', 'a2', 'a3', 'b3', 'g2', 'g3', 'pQuotient', 'qQuotient'])

function secretsIn(value: unknown, into: Uint8Array[] = []): Uint8Array[] {
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return into
  for (const [name, part] of Object.entries(value) as [string, unknown][]) {
    if (names.has(name) && part instanceof Uint8Array && part.length > 0) into.push(part)
    else secretsIn(part, into)
  }
  return into
}

const ends: Readonly<Record<string, (party: Party) => void>> = {
  'when it is given up': (party) => { party.do(() => abandonHandshake(party.session)) },
  'with the session': (party) => { party.do(() => endSession(party.session, party.context)) },
  'when the client is closed': (party) => { party.do(() => dropSession(party.session)) },
}

/** A key exchange after so many of its messages, and the side that has secrets of it. */
function exchange(messages: number): { readonly party: Party, readonly other: Party } {
  const [a, b] = [new Party(alice, 'a', bob.instanceTag), new Party(bob, 'b', alice.instanceTag)]
  a.do(() => startHandshake(a.session, a.context))
  for (let n = 1; n < messages; n++) {
    const [from, to] = n % 2 === 1 ? [a, b] : [b, a]
    to.receive(from.take()[0]!)
  }
  return messages % 2 === 1 ? { party: a, other: b } : { party: b, other: a }
}

inBothVersions('V7: secrets of version 3 whose life ends with a step', () => {
  it('V7: those of a key exchange go when it is given up, at each of its messages', () => {
    for (const [name, end] of Object.entries(ends)) {
      for (const messages of [1, 2, 3]) {
        const { party } = exchange(messages)
        const secrets = secretsIn(party.session)
        expect(secrets.length, `${messages} ${name}`).to.be.above(0)
        end(party)
        expect(secrets.every(isWiped), `${messages} ${name}`).to.equal(true)
      }
    }
  })

  it('V7: those of a key exchange go when it is complete, but for what the session goes on with', () => {
    const { party, other } = exchange(3)
    const [before, theirs] = [secretsIn(party.session), secretsIn(other.session)]
    settle(party, other)
    const live = new Set([...secretsIn(party.session), ...secretsIn(other.session)])
    expect(live.size).to.be.above(3)
    expect([...before, ...theirs].filter((one) => !live.has(one) && !isWiped(one))).to.deep.equal([])
    expect([...live].some(isWiped)).to.equal(false)
  })

  it('V7: numbers of SMP and the compared value go when it is broken off, at each of its messages and in each way', () => {
    const waysOut: Readonly<Record<string, (party: Party, other: Party) => void>> = {
      'by us': (party) => { party.do(() => abortSmp(party.session, party.context)) },
      'by another begun': (party) => { party.do(() => startSmp(party.session, { secret: 'another' }, party.context)) },
      'by them': (party, other) => { party.receive(other.do(() => abortSmp(other.session, other.context)).outgoing[0]!) },
      'by a wrong message': (party, other) => {
        const tlv = { type: 3, value: Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1, 5) }
        party.receive(other.do(() => sendMessage(other.session, { text: '', tlvs: [tlv] }, other.context)).outgoing[0]!)
      },
      'with the session': (party) => { party.do(() => endSession(party.session, party.context)) },
      'with a new session': (party, other) => {
        party.do(() => startHandshake(party.session, party.context))
        party.take().forEach((message) => { other.receive(message) })
        settle(party, other)
      },
    }
    for (const [name, end] of Object.entries(waysOut)) {
      for (const messages of [1, 2, 3]) {
        const { a, b } = encryptedPair(`smp ${messages}`)
        a.do(() => startSmp(a.session, { secret: 'same' }, a.context))
        if (messages > 1) {
          settle(a, b)
          b.do(() => answerSmp(b.session, 'same', b.context))
        }
        if (messages > 2) for (const message of b.take()) a.receive(message)
        const [party, other] = messages === 2 ? [b, a] : [a, b]
        const smp = party.session.state === 'encrypted' ? secretsIn(party.session.smp) : []
        expect(smp.length, `${messages} ${name}`).to.be.above(0)
        // What was to be said is lost.
        party.take()
        end(party, other)
        expect(smp.every(isWiped), `${messages} ${name}`).to.equal(true)
      }
    }
  })

  it('V7: MAC keys go from a session when they are listed for revealing, and private keys when they are replaced', () => {
    const { a, b } = encryptedPair('revealed')
    const seen = new Set<Uint8Array>()
    let revealed = 0
    for (let n = 0; n < 5; n++) {
      for (const [from, to] of [[a, b], [b, a]] as const) {
        const listed = from.session.state === 'encrypted' ? from.session.keys.oldMacKeys : new Uint8Array()
        const { outgoing: [message] } = from.do(() => sendMessage(from.session, { text: 'x' }, from.context))
        if (message?.kind !== 'v3-data' && message?.kind !== 'v2-data') throw new Error('no data message')
        // From now on everybody may read them.
        expect(message.oldMacKeys).to.equal(listed)
        revealed += listed.length / 20
        from.take()
        to.receive(message)
        const live = new Set([...secretsIn(a.session), ...secretsIn(b.session)])
        for (const one of live) seen.add(one)
        expect([...seen].filter((one) => !live.has(one) && !isWiped(one)).length, `${n}`).to.equal(0)
      }
    }
    expect(revealed).to.be.above(3)
    expect(seen.size).to.be.above(20)
  })

  it('V7: a Reveal Signature message that is refused ends the keys that were derived for it', async () => {
    const { party: a, other: b } = exchange(3)
    if (b.session.ake.kind !== 'awaiting-reveal-signature' || a.session.ake.kind !== 'awaiting-signature') throw new Error('another step')
    const { ours } = b.session.ake
    const { revealSignature, signature } = deriveAkeKeys(dh1536SharedSecret(ours.privateKey, a.session.ake.ours.publicKey))
    const keys = [...authenticationKeys(revealSignature), ...authenticationKeys(signature)].map(hexEncode)
    const message = a.take()[0]! as MessageNamed<'reveal-signature'>
    const overwritten = await overwrittenIn(() => { b.receive({ ...message, mac: message.mac.map((byte, at) => at === 3 ? byte ^ 1 : byte) }) })
    expect(b.said().at(-1)).to.include({ code: 'handshake-failed' })
    expect(overwritten).to.include.members(keys)
    expect(isWiped(ours.privateKey), 'the exchange goes on').to.equal(false)
    b.receive(message)
    expect(b.session.state).to.equal('encrypted')
  })

  it('V7: a refused message leaves every secret as it was, and no other', () => {
    const { a, b } = encryptedPair('refused')
    const { outgoing: [message] } = b.do(() => sendMessage(b.session, { text: 'x' }, b.context))
    if (message?.kind !== 'v3-data' && message?.kind !== 'v2-data') throw new Error('no data message')
    const before = a.session
    const secrets = secretsIn(before).map((one) => Uint8Array.from(one))
    a.receive({ ...message, authenticator: message.authenticator.map((byte, at) => at === 3 ? byte ^ 1 : byte) })
    expect(a.session).to.equal(before)
    expect(secretsIn(a.session)).to.deep.equal(secrets)
  })
})
