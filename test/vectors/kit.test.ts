import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import Ajv from 'ajv'
import { toJson, type Case, type Json, type Value } from '../support/kit/define.js'
import { checks } from './kit/checks.js'
import { Given } from './kit/given.js'
import { MalformedError, OtrError } from '../../src/errors.js'

interface File {
  readonly file: string
  readonly operations: { readonly [name: string]: Json }
  readonly cases: readonly Case[]
}

const folder = join(import.meta.dirname, '../../vectors')
const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8')) as unknown
const names = readdirSync(join(folder, 'data')).map((name) => name.replace('.json', ''))
const files = names.map((name) => read(`data/${name}.json`) as File)

/** What we make of a case; `undefined`: we refuse it. */
async function ours({ file }: File, { operation, given, expected = {} }: Case): Promise<{ readonly [name: string]: unknown } | undefined> {
  const check = checks[file]?.[operation]
  if (check === undefined) throw new Error(`nothing in test/vectors/kit computes ${file}/${operation}`)
  try {
    return await check(new Given(given), new Given(expected))
  } catch (error) {
    if (error instanceof OtrError || error instanceof MalformedError) return undefined
    throw error
  }
}

describe('the vector kit', () => {
  it('has 2,100 cases in 20 files, with ids of their own, in less than 4 MB', () => {
    const ids = files.flatMap(({ cases }) => cases.map(({ id }) => id))
    expect(new Set(ids).size).to.equal(ids.length)
    expect(ids.length).to.be.at.least(2100)
    expect(files.length).to.be.at.least(20)
    expect(names.reduce((sum, name) => sum + readFileSync(join(folder, `data/${name}.json`)).length, 0)).to.be.below(4_000_000)
  })

  for (const file of files) {
    describe(file.file, () => {
      it('matches its schema, which refuses what is not in it', () => {
        const validate = new Ajv({ allErrors: true }).compile(read(`schemas/${file.file}.schema.json`) as object)
        expect(validate(file), JSON.stringify(validate.errors?.slice(0, 3))).to.equal(true)
        const [first, ...rest] = file.cases
        expect(validate({ ...file, cases: [{ ...first, given: { ...first?.given, unknown: 1 } }, ...rest] })).to.equal(false)
        expect(validate({ ...file, cases: [{ ...first, result: 'perhaps' }, ...rest] })).to.equal(false)
      })

      for (const operation of Object.keys(file.operations)) {
        const all = file.cases.filter((one) => one.operation === operation)
        it(`${operation}: ${all.length} cases, the same by our implementation`, async () => {
          expect(all, 'cases').not.to.be.empty
          for (const one of all) {
            const result = await ours(file, one)
            if (one.result === 'invalid') expect(result, `${one.id} is refused: ${one.about}`).to.equal(undefined)
            else expect(result && toJson(result as Value), `${one.id}: ${one.about}`).to.deep.equal(one.expected)
          }
        })
      }
    })
  }
})
