/** A program: looks for the attacks whose names contain its argument, and prints the results as JSON. */
import { withArithmetic } from '../support/toy-arithmetic.js'
import { modelArithmetic } from './arithmetic.js'
import { attacks, findAttack } from './attacks.js'

const parts = process.argv.slice(2)
const found = withArithmetic(modelArithmetic(), () => attacks.filter(({ scenario }) => parts.some((part) => scenario.name.includes(part))).map((attack) => {
  const { name } = attack.scenario
  return { name, found: findAttack(attack)?.violations ?? [] }
}))
console.log(JSON.stringify(found))
