import { expect } from 'chai'
import { copySecret, type Secret } from '../../src/crypto/secret.js'
import { isZero } from '../../src/crypto/compare.js'
import { generateDh1536 } from '../../src/crypto/dh1536.js'
import type { V3ReadingKeys } from '../../src/v3/key-management.js'
import type { V3Encrypted } from '../../src/v3/session.js'
import { asideOf, sideMacKeys, SIDE_SESSION_SECONDS, unexpiredSide, wipeSide } from '../../src/v3/side-session.js'
import { seededRandom } from '../support/seeded.js'

const random = seededRandom('side sessions')
const bytes = (length: number): Secret => copySecret(random(length))

function keysOf(): V3ReadingKeys {
  return {
    ourKeyId: 2, ours: generateDh1536(random), oursPrevious: generateDh1536(random), theirKeyId: 1, theirs: random(192), theirsPrevious: undefined,
    used: [
      { ourKeyId: 1, theirKeyId: 1, sent: 3, received: { counter: random(8), macKey: bytes(20) } },
      { ourKeyId: 2, theirKeyId: 1, sent: 1, received: undefined },
      { ourKeyId: 2, theirKeyId: 2, sent: 0, received: { counter: random(8), macKey: bytes(20) } },
    ],
  }
}

/** What is secret in them. */
const secretsOf = ({ ours, oursPrevious, used }: V3ReadingKeys): Uint8Array[] =>
  [ours.privateKey, oursPrevious.privateKey, ...used.flatMap(({ received }) => received === undefined ? [] : [received.macKey])]

/** Only what `asideOf` reads. */
const sessionWith = (keys: V3ReadingKeys): V3Encrypted => ({ theirFingerprint: random(20), keys }) as V3Encrypted

describe('side sessions of version 3', () => {
  it('have copies of each key, MAC keys included: either is wiped without the other', () => {
    const keys = keysOf()
    const side = asideOf(sessionWith(keys), 0)
    const before = secretsOf(keys).map((one) => copySecret(one))
    expect(secretsOf(side.keys)).to.deep.equal(before)
    wipeSide([side])
    expect(secretsOf(side.keys).every(isZero), 'what was put aside').to.equal(true)
    expect(secretsOf(keys), 'the session that runs').to.deep.equal(before)
  })

  it('wipes and reveals those that are left out, and no others', () => {
    const [old, young] = [asideOf(sessionWith(keysOf()), 0), asideOf(sessionWith(keysOf()), 10)]
    const kept = unexpiredSide([old, young], SIDE_SESSION_SECONDS)
    expect(kept).to.deep.equal([young])
    const macKeys = secretsOf(old.keys).slice(2).map((one) => copySecret(one))
    expect(sideMacKeys([old, young], kept)).to.deep.equal(macKeys)
    wipeSide([old, young], kept)
    expect(secretsOf(old.keys).every(isZero)).to.equal(true)
    expect(secretsOf(young.keys).some(isZero)).to.equal(false)
  })
})
