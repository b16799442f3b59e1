/** `npm run bench:deniability [-- RUNS]`: all games with so many runs of each kind, 5,000 if not said otherwise. Ends with 1 if the judge is wrong. */
import { games, runsOf } from './games.js'
import { judge } from './judge.js'

const runs = Number(process.argv[2] ?? 5000)
let wrong = 0
process.stdout.write(`${runs} runs of each kind. A difference of a class of half the runs is told from ${(100 * 4.9 / Math.sqrt(runs)).toFixed(1)} % on, of a quantity from D = ${(2.9 * Math.sqrt(2 / runs)).toFixed(3)} on.\n`)
for (const { name, real, simulated, controls } of games) {
  const happened = runsOf(real, runs)
  for (const [kinds, caught] of [[simulated, false], [controls, true]] as const) {
    for (const [how, make] of Object.entries(kinds)) {
      const { findings, features } = judge(happened, runsOf(make, runs))
      if ((findings.length > 0) !== caught) wrong++
      const [first] = findings
      process.stdout.write(`${name}; ${how}: ${first === undefined ? 'cannot be told' : `told by ${findings.length} of ${features} features, first by ${first.feature} (p = ${first.p.toExponential(1)})`}\n`)
    }
  }
}
process.exitCode = wrong > 0 ? 1 : 0
