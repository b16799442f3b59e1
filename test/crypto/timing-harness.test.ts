import { expect } from 'chai'
import { welch, worstT } from '../../bench/welch.js'
import { seededRandom } from './wasm-equality.js'

/** Numbers that are roughly normal: the mean of 12 that are uniform in [0, 1) is 6, their variance 1. */
function normal(random: (length: number) => Uint8Array, count: number, mean: number): number[] {
  return Array.from({ length: count }, () => random(12).reduce((sum, byte) => sum + (byte + 0.5) / 256, mean - 6))
}

describe('the statistics of the timing measurement', () => {
  it('give Welch\'s t', () => {
    // Worked by hand: means 3 and 6, variances 2.5 and 10, five each: -3 / sqrt(0.5 + 2).
    expect(welch([1, 2, 3, 4, 5], [2, 4, 6, 8, 10])).to.be.closeTo(-3 / Math.sqrt(2.5), 1e-12)
    expect(welch([2, 4, 6, 8, 10], [1, 2, 3, 4, 5])).to.be.closeTo(3 / Math.sqrt(2.5), 1e-12)
  })

  it('say nothing of too few samples, or of samples that are all equal', () => {
    expect(welch([1], [1, 2, 3])).to.equal(0)
    expect(welch([], [])).to.equal(0)
    expect(welch([2, 2, 2], [2, 2])).to.equal(0)
  })

  it('stay below the threshold where the classes are alike', () => {
    const random = seededRandom(1)
    for (let i = 0; i < 20; i++) expect(Math.abs(worstT(normal(random, 1000, 100), normal(random, 1000, 100)))).to.be.below(4.5)
  })

  it('find a small difference, under disturbances that hide it from the mean', () => {
    const random = seededRandom(2)
    const disturbed = (times: number[]): number[] => times.map((time) => (random(1)[0]! < 40 ? time + 5000 * random(1)[0]! : time))
    const [a, b] = [disturbed(normal(random, 3000, 100)), disturbed(normal(random, 3000, 100.3))]
    expect(Math.abs(welch(a, b))).to.be.below(4.5)
    expect(worstT(a, b)).to.be.below(-4.5)
    expect(worstT(b, a)).to.be.above(4.5)
  })

  it('cut both classes at one limit: a class does not seem faster because it is larger', () => {
    const random = seededRandom(3)
    expect(Math.abs(worstT(normal(random, 400, 100), normal(random, 4000, 100)))).to.be.below(4.5)
  })
})
