import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { withArithmetic } from '../support/toy-arithmetic.js'
import { modelArithmetic } from './arithmetic.js'
import { attacks, findAttack } from './attacks.js'
import type { Report } from './check.js'
import { faults, type Edit } from './faults.js'
import { scenarios } from './scenarios.js'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../', import.meta.url))
const STATES = 100_000

/** Runs a program of this folder in a separate process. */
async function program(file: string, args: readonly string[], edits: readonly Edit[] = []): Promise<string> {
  const imports = ['--import', 'tsx', ...(edits.length > 0 ? ['--import', './test/model/with-faults.mjs'] : [])]
  const running = run(process.execPath, [...imports, `test/model/${file}`, ...args], {
    cwd: root, maxBuffer: 1 << 26, env: { ...process.env, FAULTS: JSON.stringify(edits) },
  })
  return (await running.catch(answerOf)).stdout
}

/** The check exits with 1 if a rule was broken, and says which. */
function answerOf(error: unknown): { readonly stdout: string } {
  if (error instanceof Error && 'code' in error && error.code === 1 && 'stdout' in error && typeof error.stdout === 'string' && error.stdout.startsWith('{')) {
    return { stdout: error.stdout }
  }
  throw error
}

describe('all orders of what may happen to a client, over the real one', function () {
  this.timeout(900_000)
  let reports: readonly Report[]

  before(async () => {
    const { scenarios: all } = JSON.parse(await program('main.ts', ['--json', '--states', String(STATES), '--walks', '60'])) as { scenarios: readonly Report[] }
    reports = all
  })

  for (const { name, about } of scenarios) {
    it(`${name}: ${about}: no rule is broken`, () => {
      const report = reports.find(({ scenario }) => scenario === name)
      expect(report?.problems.map(({ what, story }) => `${what}\n${story.join('\n')}`)).to.deep.equal([])
      expect(report?.depth).to.be.greaterThan(1)
    })
  }

  it('these were so many states as were asked for, of each way that was taken for a sample the real arithmetic said the same', () => {
    expect(reports.reduce((sum, { states }) => sum + states, 0)).to.be.at.least(STATES)
    for (const { scenario, compared } of reports) expect(compared, scenario).to.be.greaterThan(0)
    expect(reports.reduce((sum, { meetings }) => sum + meetings, 0)).to.be.greaterThan(3)
  })

  it('texts were sent and read in each, so that something was checked', () => {
    for (const { scenario, read } of reports) expect(read, scenario).to.be.greaterThan(20)
  })
})

describe('faults of earlier versions', function () {
  this.timeout(300_000)

  for (const attack of attacks) {
    it(`${attack.scenario.name}: is not to be found`, () => {
      expect(withArithmetic(modelArithmetic(), () => findAttack(attack))).to.equal(undefined)
    })
  }

  it('each of them is opened by some fault', () => {
    for (const { scenario: { name } } of attacks) expect(faults.filter(({ opens }) => opens.some((part) => name.includes(part))).length, name).to.be.greaterThan(0)
  })

  for (const { id, about, edits, opens } of faults) {
    it(`${id} is found when it is put back: ${about}`, async () => {
      const found = JSON.parse(await program('find-attacks.ts', opens, edits)) as { name: string, found: { rule: string }[] }[]
      for (const part of opens) {
        const wanted = attacks.find(({ scenario: { name } }) => name.includes(part))
        const shown = found.find(({ name }) => name === wanted?.scenario.name)
        expect(shown?.found.map(({ rule }) => rule), part).to.deep.equal([wanted?.rule])
      }
    })
  }

  it('a fault whose text is not found in the source is an error', async () => {
    const edits = [{ file: 'src/session/budget/limits.ts', find: 'this stands nowhere', replace: '' }]
    const failure = await program('find-attacks.ts', ['A9: '], edits).catch((error: unknown) => error)
    expect(String(failure)).to.include('what a fault is to replace stands there 0 times')
  })
})
