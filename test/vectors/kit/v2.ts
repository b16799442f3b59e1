import { copySecret, asSecret } from '../../../src/crypto/secret.js'
import { getArithmetic } from '../../../src/crypto/provider.js'
import { sessionKeys } from '../../../src/v3/session-keys.js'
import { smpArithmetic } from '../../../src/v3/smp-arithmetic.js'
import { verifyKnowledge, verifyPower } from '../../../src/v3/smp-proofs.js'
import { decodeMpis } from '../../../src/v3/smp-values.js'
import { minimalBigEndian } from '../../../src/wire/index.js'
import { messageOf } from './dake.js'
import type { Checks } from './given.js'
import { conversationIn, exchangeIn, pairOf, readData } from './v3.js'

export const v2: Checks = {
  exchange: exchangeIn(2),
  readData(given) {
    const { receivingKey, receivingMacKey } = sessionKeys(pairOf(given.bytes('secret')), given.bytes('public'))
    const keys = { receivingKey: copySecret(receivingKey), receivingMacKey: copySecret(receivingMacKey) }
    const read = readData(messageOf(given.bytes('message'), 'v2-data'), keys.receivingKey, keys.receivingMacKey)
    return read && { ...keys, ...read }
  },
  conversation: conversationIn(2),
  smpProofs(given) {
    const group = getArithmetic().modp1536
    const asked = smpArithmetic.ask(given.bytes('message1'))
    const second = decodeMpis(given.bytes('message2'), ['element', 'hash', 'exponent', 'element', 'hash', 'exponent', 'element', 'element', 'hash', 'exponent', 'exponent'])
    const third = decodeMpis(given.bytes('message3'), ['element', 'element', 'hash', 'exponent', 'exponent', 'element', 'hash', 'exponent'])
    const fourth = decodeMpis(given.bytes('message4'), ['element', 'hash', 'exponent'])
    if (asked === undefined || second === undefined || third === undefined || fourth === undefined) return undefined
    const [g2b, c3, d3, g3b, c4, d4, , qb] = second
    const qRatio = asSecret(group.multiply(third[1], group.invert(qb)))
    const verified = verifyKnowledge(3, g2b, { c: c3, d: d3 }) && verifyKnowledge(4, g3b, { c: c4, d: d4 })
      && verifyPower(7, asked.g3a, qRatio, third[5], { c: third[6], d7: third[7] }) && verifyPower(8, g3b, qRatio, fourth[0], { c: fourth[1], d7: fourth[2] })
    if (!verified) return undefined
    return { g2a: minimalBigEndian(asked.g2a), g3a: minimalBigEndian(asked.g3a), g2b: minimalBigEndian(g2b), g3b: minimalBigEndian(g3b), qRatio: minimalBigEndian(qRatio), verified }
  },
}
