import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { concatBytes, hexDecode, hexEncode } from '../../src/wire/index.js'
import { smpArithmetic } from '../../src/v4/smp-arithmetic.js'
import type { RandomSource } from '../../src/crypto/index.js'
import { asSecret } from '../../src/crypto/secret.js'

type Values = Record<string, string>

const run = JSON.parse(readFileSync(new URL('data/v4-otr4j-smp.json', import.meta.url), 'utf8')) as {
  offer: Values, answer: Values, prove: Values, conclude: Values, compare: Values,
}

const at = (values: Values, name: string): Uint8Array => hexDecode(values[name] ?? '')
const message = (values: Values, ...names: string[]): string => hexEncode(concatBytes(...names.map((name) => at(values, name))))

/** A source that gives these scalars in turn: 57 bytes of the scalar and 57 zeros are reduced to the scalar itself. */
function scalars(values: Values, ...names: string[]): RandomSource {
  let next = 0
  return (length) => {
    expect(length).to.equal(114)
    return concatBytes(at(values, names[next++] ?? ''), new Uint8Array(57))
  }
}

describe('SMP of version 4, as otr4j ran it', () => {
  const secret = asSecret(at(run.offer, 'secret'))
  const { message: message1, values: offered } = smpArithmetic.offer(secret, scalars(run.offer, 'a2', 'a3', 'r2', 'r3'))
  const asked = smpArithmetic.ask(message1)!
  const { message: message2, values: answered } = smpArithmetic.answer(
    asked, asSecret(at(run.answer, 'secret')), scalars(run.answer, 'b2', 'b3', 'r2', 'r3', 'r4', 'r5', 'r6'))
  const proved = smpArithmetic.prove(offered, message2, scalars(run.prove, 'r4', 'r5', 'r6', 'r7'))!
  const concluded = smpArithmetic.conclude(answered, proved.message, scalars(run.conclude, 'r7'))!

  it('makes the same message 1', () => {
    expect(hexEncode(message1)).to.equal(message(run.offer, 'g2a', 'c2', 'd2', 'g3a', 'c3', 'd3'))
  })

  it('makes the same message 2', () => {
    expect(hexEncode(message2)).to.equal(message(run.answer, 'g2b', 'c2', 'd2', 'g3b', 'c3', 'd3', 'pb', 'qb', 'cp', 'd5', 'd6'))
    expect(hexEncode(answered.g2)).to.equal(run.answer.g2)
    expect(hexEncode(answered.g3)).to.equal(run.answer.g3)
  })

  it('makes the same message 3', () => {
    expect(hexEncode(proved.message)).to.equal(message(run.prove, 'pa', 'qa', 'cp', 'd5', 'd6', 'ra', 'cr', 'd7'))
  })

  it('makes the same message 4, and both find the secrets equal', () => {
    expect(hexEncode(concluded.message)).to.equal(message(run.conclude, 'rb', 'cr', 'd7'))
    expect(concluded.equal).to.equal(true)
    expect(smpArithmetic.compare(proved.values, concluded.message)).to.deep.equal({ equal: true })
  })
})
