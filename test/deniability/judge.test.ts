/** A small run of the judge. `npm run bench:deniability` runs 5,000 of each; docs/deniability.md has the result. */
import { expect } from 'chai'
import { controlRuns, games, runsOf } from './games.js'
import { judge, type Sample } from './judge.js'
import { seededIntegers } from '../support/seeded-integers.js'
import { chiSquared, detectableClass, detectableQuantity, kolmogorovSmirnov, POWER } from './statistics.js'

const RUNS = 24

describe('a judge who has every secret but a witness', function () {
  this.timeout(120_000)

  it('computes as the tables say: chi-squared and Kolmogorov-Smirnov', () => {
    // 50:50 against 30:70 of 100: 8.333 with one degree of freedom.
    const [half, less] = [[50, 50], [30, 70]].map(([zeros = 0, ones = 0]) => [...new Array<number>(zeros).fill(0), ...new Array<number>(ones).fill(1)]) as [number[], number[]]
    expect(chiSquared(half, less)).to.be.closeTo(0.003892, 1e-5)
    expect(chiSquared(half, half)).to.be.closeTo(1, 1e-9)
    const upTo = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at)
    expect(kolmogorovSmirnov(upTo(0, 100), upTo(0, 100))).to.equal(1)
    expect(kolmogorovSmirnov(upTo(0, 100), upTo(100, 200))).to.be.lessThan(1e-30)
    // D = 0.2 of 100 and 100: 0.0366 by the exact tables, 0.031 by the asymptotic formula with the usual correction.
    expect(kolmogorovSmirnov(upTo(0, 100), upTo(20, 120))).to.be.within(0.025, 0.04)
  })

  it('has the power that it states: differences of that size are found as often, and none where there is none', () => {
    const [runs, falseAlarm, trials] = [500, 1e-6, 200]
    const integer = seededIntegers(15)
    const next = (): number => integer(2 ** 32) / 2 ** 32
    const sample = (draw: () => number): number[] => Array.from({ length: runs }, draw)
    const found = (test: typeof chiSquared, other: () => number, plain: () => number): number =>
      Array.from({ length: trials }, () => Number(test(sample(plain), sample(other)) < falseAlarm)).reduce((sum, one) => sum + one) / trials
    const share = (of: number) => (): number => Number(next() < of)
    const difference = detectableClass(runs, falseAlarm)
    expect(found(chiSquared, share(0.5 + difference / 2), share(0.5 - difference / 2))).to.be.at.least(POWER - 0.04)
    expect(found(chiSquared, share(0.5), share(0.5))).to.equal(0)
    // The two distributions are furthest apart in the middle.
    const distance = detectableQuantity(runs, falseAlarm)
    const leaning = (): number => next() < 0.5 + distance ? next() / 2 : 0.5 + next() / 2
    expect(found(kolmogorovSmirnov, leaning, next)).to.be.at.least(POWER - 0.04)
    expect(found(kolmogorovSmirnov, next, next)).to.equal(0)
  })

  for (const { name, real, simulated, controls } of games) {
    describe(name, () => {
      let happened: Sample
      const forged = new Map<string, Sample>()
      before(() => {
        happened = runsOf(real, RUNS)
        for (const [how, make] of Object.entries(simulated)) forged.set(how, runsOf(make, RUNS))
      })

      for (const how of Object.keys(simulated)) {
        it(`${how}: cannot be told from what happened`, () => {
          const { findings, features } = judge(happened, forged.get(how)!)
          expect(features).to.be.greaterThan(10)
          expect(findings).to.deep.equal([])
        })
      }

      for (const [how, control] of Object.entries(controls)) {
        it(`${how}: is caught`, () => {
          expect(judge(happened, controlRuns(control, (of) => forged.get(of)!, RUNS)).findings).to.not.deep.equal([])
        })
      }
    })
  }
})
