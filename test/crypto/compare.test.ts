import { expect } from 'chai'
import fc from 'fast-check'
import { readdirSync, readFileSync } from 'node:fs'
import { compareBytes, equalBytes, isZero } from '../../src/crypto/index.js'
import { compareIntegers } from '../../src/crypto/integer.js'

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length })

/** Two byte strings of one length, often alike but for a byte. */
const alike = fc.nat(64).chain((length) => fc.tuple(bytes(length), fc.nat(), fc.nat(255), bytes(length), fc.boolean())).map(
  ([one, at, byte, other, differs]) => {
    const near = one.slice()
    if (near.length > 0) near[at % near.length] = byte
    return [one, differs ? other : near] as const
  },
)

describe('comparisons of secrets', () => {
  it('order byte strings of one length as numbers', () => {
    fc.assert(fc.property(alike, ([one, other]) => {
      const order = Math.sign(compareBytes(one, other))
      expect(order).to.equal(Math.sign(compareIntegers(one, other)))
      expect(Math.sign(compareBytes(other, one))).to.equal(order === 0 ? 0 : -order)
      expect(order === 0).to.equal(equalBytes(one, other))
    }), { numRuns: 2000 })
    let wrong = 0
    for (let a = 0; a < 256; a++) {
      for (let b = 0; b < 256; b++) if (Math.sign(compareBytes(Uint8Array.of(a, 9), Uint8Array.of(b, 9))) !== Math.sign(a - b)) wrong++
    }
    expect(wrong).to.equal(0)
  })

  it('distinguish zeros from everything else', () => {
    for (let length = 0; length < 70; length++) {
      const zeros = new Uint8Array(length)
      expect(isZero(zeros)).to.equal(true)
      for (let at = 0; at < length; at++) expect(isZero(zeros.map((_, i) => i === at ? 1 << (at % 8) : 0))).to.equal(false)
    }
  })

  /** Comparisons that leave early, each with why it may: what is compared is public. */
  const early: readonly { readonly file: string, readonly line: string, readonly why: string }[] = [
    { file: 'crypto/platform-aead.ts', line: 'a.every((byte, i) => byte === b[i])', why: 'known answers of a cipher' },
    { file: 'store/bytes.ts', line: 'prefix.every((byte, at) => bytes[at] === byte)', why: 'the first bytes of a file' },
    { file: 'v3/smp-values.ts', line: 'a.findIndex((byte, i) => byte !== b[i])', why: 'a response of a proof, and the order of the group' },
    { file: 'v3/libotr/s-expression.ts', line: 'this.#bytes.findIndex((byte, at) => at >= this.#at', why: 'what follows a list in a file' },
    { file: 'v3/libotr/s-expression.ts', line: 'bytes.some((byte) => (byte < 0x20', why: 'the form of a name in a file' },
  ]

  it('everywhere: whatever looks at bytes one by one until it knows is on the list of what is public', () => {
    const root = new URL('../../src/', import.meta.url)
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
    expect(files.length).to.be.greaterThan(300)
    const found: string[] = []
    for (const file of files) {
      for (const line of readFileSync(new URL(file, root), 'utf8').split('\n')) {
        if (!/\.(every|some|findIndex|find|findLastIndex)\(\((byte|b|octet)\b/.test(line)) continue
        if (!early.some((one) => one.file === file && line.includes(one.line))) found.push(`${file}: ${line.trim()}`)
      }
    }
    expect(found).to.deep.equal([])
    for (const { file, line } of early) expect(readFileSync(new URL(file, root), 'utf8'), file).to.include(line)
  })
})
