import { expect } from 'chai'
import fc from 'fast-check'
import { generateDh1536 } from '../../src/crypto/dh1536.js'
import { minimal, toBytes, toInteger } from '../../src/crypto/integer.js'
import { getArithmetic } from '../../src/crypto/provider.js'
import { endSession, nextTimer, sendMessage, abortSmp, answerSmp, startSmp, startHandshake, runTimers } from '../../src/v3/index.js'
import { sendingKeys } from '../../src/v3/data-message.js'
import { selectKeys } from '../../src/v3/key-management.js'
import { sessionKeys } from '../../src/v3/session-keys.js'
import { hexEncode, type DataMessageV3 } from '../../src/wire/index.js'
import { overTheWire, settle, type Party } from '../scenario/v3-parties.js'
import { seededRandom } from '../support/seeded.js'
import { craftData, encryptedOf, pairWithKeyId } from '../support/v3-crafted.js'

/**
 * A correspondent who authenticates but keeps no other rule: they begin with any number for their key, name any two of the keys in use,
 * and announce as their next key one of a few: new ones, earlier ones, ours, and p minus each.
 */
const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('hostile' as const), theirs: fc.nat(1), ours: fc.nat(1), next: fc.nat(15), negate: fc.boolean(), smp: fc.nat(9) }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'send' as const }) },
  { weight: 1, arbitrary: fc.constantFrom({ kind: 'tick' as const }, { kind: 'smp' as const }, { kind: 'renew' as const }, { kind: 'wait' as const }) },
)

const keyId = fc.constantFrom(1, 2, 0x7fff_ffff, 0x8000_0000, 0xffff_fffd, 0xffff_fffe, 0xffff_ffff)

const negated = (publicKey: Uint8Array): Uint8Array => minimal(toBytes(toInteger(getArithmetic().modp1536.prime) - toInteger(publicKey), 192))

/** Looks at each message of ours: no key and counter twice, no key for both directions, and no MAC key that would still be believed. */
class Observer {
  readonly used = new Set<string>()
  readonly revealed = new Set<string>()

  see(before: Party['session'], messages: readonly DataMessageV3[]): void {
    if (before.state !== 'encrypted') throw new Error('nothing is sent without a session')
    for (const message of messages) {
      const pair = selectKeys(before.keys, message.senderKeyId, message.recipientKeyId)
      const { sendingKey, receivingKey } = pair === undefined ? sendingKeys(before.keys) : sessionKeys(pair.ours, pair.theirs)
      const place = `${hexEncode(sendingKey)} ${hexEncode(message.counter)}`
      expect(this.used.has(place), 'a key and counter for two texts').to.equal(false)
      this.used.add(place)
      expect(hexEncode(sendingKey)).to.not.equal(hexEncode(receivingKey))
      for (let at = 0; at < message.oldMacKeys.length; at += 20) this.revealed.add(hexEncode(message.oldMacKeys.subarray(at, at + 20)))
      expect(overTheWire(message)).to.deep.equal(message)
    }
  }
}

describe('a correspondent in version 3 who keeps no rule', () => {
  it('A6, A7: nothing that they announce makes an operation of ours fail, has us use a key and counter twice, or believe a revealed MAC key', function () {
    this.timeout(120_000)
    let accepted = 0
    fc.assert(fc.property(keyId, fc.constantFrom('begins' as const, 'answers' as const), fc.array(action, { maxLength: 40, size: 'max' }), (first, role, actions) => {
      const { a, b } = pairWithKeyId(first, role)
      b.options = { heartbeatAfter: 60 }
      const observer = new Observer()
      const random = seededRandom('pool')
      const pool = [generateDh1536(random).publicKey, generateDh1536(random).publicKey]
      let counter = 1
      const does = (transition: Parameters<Party['do']>[0]): void => {
        // A copy: the end overwrites the keys.
        const before = structuredClone(b.session)
        b.do(transition)
        observer.see(before, b.take().filter((message): message is DataMessageV3 => message.kind === 'v3-data'))
      }
      for (const one of actions) {
        switch (one.kind) {
          case 'hostile': {
            const { keys } = encryptedOf(b)
            if (one.theirs === 1 && keys.theirsPrevious === undefined) break
            const known = [keys.theirs, keys.theirsPrevious, keys.ours.publicKey, keys.oursPrevious.publicKey, ...keys.gone.map(({ publicKey }) => publicKey)]
            const next = (one.next < 8 ? generateDh1536(random).publicKey : [...known, ...pool][one.next - 8]) ?? pool[0]!
            pool.push(next)
            const message = craftData(b, {
              senderKeyId: keys.theirKeyId - one.theirs, recipientKeyId: keys.ourKeyId - one.ours, nextDh: one.negate ? negated(next) : next,
              counter: counter++, text: 'x', tlvs: one.smp < 8 ? [] : [{ type: one.smp - 6, value: new Uint8Array(0) }],
            })
            const { ours, theirs } = selectKeys(keys, message.recipientKeyId, message.senderKeyId)!
            const macKey = hexEncode(sessionKeys(ours, theirs).receivingMacKey)
            const before = b.session
            const { events } = b.receive(message)
            // What it answers is made with the keys after it.
            observer.see(b.session, b.take() as DataMessageV3[])
            if (!events.some(({ type }) => type === 'message')) break
            accepted++
            expect(observer.revealed.has(macKey), 'a MAC key that everybody knows was believed').to.equal(false)
            expect(b.session).to.not.equal(before)
            break
          }
          case 'send':
            does(() => sendMessage(b.session, { text: 'text' }, b.context))
            break
          case 'wait':
            b.now += 61
            break
          case 'tick': {
            does(() => runTimers(b.session, b.context))
            const due = nextTimer(b.session, b.options)
            expect(due === undefined || due > b.now, 'a tick does what is due').to.equal(true)
            break
          }
          case 'smp': {
            const { state } = encryptedOf(b).smp
            if (state === 'expect1') does(() => startSmp(b.session, { secret: 'x' }, b.context))
            else if (state === 'asked') does(() => answerSmp(b.session, 'x', b.context))
            else does(() => abortSmp(b.session, b.context))
            break
          }
          case 'renew':
            // An honest session does the key exchange for the correspondent; its own counters do not matter.
            b.do(() => startHandshake(b.session, b.context))
            settle(a, b)
            observer.used.clear()
            break
        }
      }
      does(() => endSession(b.session, b.context))
      expect(b.session.state).to.equal('plaintext')
    }), { numRuns: 60 })
    expect(accepted, 'he is heard').to.be.greaterThan(200)
  })
})
