import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { withArithmetic } from '../support/toy-arithmetic.js'
import { modelArithmetic } from './arithmetic.js'
import { explore } from './explore.js'
import { faults } from './faults.js'
import { pack, unpack } from './pack.js'
import { Play } from './play.js'
import { scenarios } from './scenarios.js'
import { Seen } from './seen.js'
import { Constants, Digester, START, Tokens } from './tokens.js'

const bytes = (...numbers: readonly number[]): Uint8Array => Uint8Array.from({ length: 20 }, (_, at) => numbers[at % numbers.length]! + at)

describe('the parts of the model check', () => {
  const tokens = new Tokens(new Constants())
  const digest = (value: unknown, now = START): string => new Digester().digest([tokens.of(value)], now).join()

  it('states come back as they were packed, with arrays of their own', () => {
    const state = { a: [1, -1, 2 ** 40, 0.5], b: undefined, c: null, d: bytes(3), e: { f: true, g: false }, h: 'text' }
    const back = unpack(pack(state)) as typeof state
    expect(back).to.deep.equal(state)
    expect(back.d).not.to.equal(state.d)
    back.d.fill(0)
    expect(unpack(pack(state))).to.deep.equal(state)
  })

  it('other names for the same are the same, in bytes and in hex; the same for two is not', () => {
    const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex')
    expect(digest({ x: bytes(1), y: [bytes(2), hex(bytes(1))] })).to.equal(digest({ x: bytes(7), y: [bytes(5), hex(bytes(7))] }))
    expect(digest({ x: bytes(1), y: bytes(2) })).not.to.equal(digest({ x: bytes(1), y: bytes(1) }))
    expect(digest({ x: bytes(1) })).not.to.equal(digest({ x: new Uint8Array(20) }))
    expect(digest(['TEXT-1', 'TEXT-2', 'TEXT-1'])).to.equal(digest(['TEXT-5', 'TEXT-1', 'TEXT-5']))
    expect(digest(['TEXT-1', 'TEXT-2'])).not.to.equal(digest(['TEXT-1', 'TEXT-1']))
  })

  it('long-term keys that differ have different digests', () => {
    const constants = new Constants()
    constants.add(bytes(1), 'bob')
    constants.add(bytes(2), 'mallory')
    const known = new Tokens(constants)
    const [bob, mallory, other] = [bytes(1), bytes(2), bytes(3)].map((key) => new Digester().digest([known.of({ key })], START).join())
    expect(new Set([bob, mallory, other]).size).to.equal(3)
  })

  it('times are compared by their distance from now', () => {
    expect(digest({ since: START + 5 }, START + 7)).to.equal(digest({ since: START + 8 }, START + 10))
    expect(digest({ since: START + 5 }, START + 7)).not.to.equal(digest({ since: START + 5 }, START + 8))
    expect(digest({ count: 5 }, START)).to.equal(digest({ count: 5 }, START + 8))
  })

  it('what was seen is known, however much it is, and the way to it', () => {
    const seen = new Seen()
    expect(seen.add([0, 0], 0, '')).to.deep.equal({ number: 0, isNew: true })
    for (let at = 1; at <= 100_000; at++) expect(seen.add([at >> 4, Math.imul(at, 0x9e3779b1)], at - 1 - (at - 1) % 10, `move ${at % 10}`).isNew).to.equal(true)
    for (let at = 1; at <= 100_000; at += 999) expect(seen.add([at >> 4, Math.imul(at, 0x9e3779b1)], 0, 'again')).to.deep.equal({ number: at, isNew: false })
    expect(seen.size).to.equal(100_001)
    expect(seen.pathTo(23)).to.deep.equal(['move 0', 'move 0', 'move 3'])
  })

  it('with other random numbers the same ways lead to the same states', () => {
    const scenario = scenarios.find(({ name }) => name === 'a session stands')!
    withArithmetic(modelArithmetic(), () => {
      const { samples } = explore(new Play(scenario, 'one'), { states: 600, sampleEvery: 20 })
      const end = (seed: string, path: readonly string[]): readonly number[] => {
        const play = new Play(scenario, seed)
        const stepper = play.copies()
        let { world } = play.begin(stepper)
        for (const name of path) ({ world } = play.makeNamed(world, name, stepper))
        return play.digest(world)
      }
      expect(samples.length).to.be.greaterThan(10)
      for (const path of samples) expect(end('other', path), path.join()).to.deep.equal(end('one', path))
    })
  })

  it('the faults change what stands in the sources, each at one place', () => {
    const root = fileURLToPath(new URL('../../', import.meta.url))
    for (const { about, edits } of faults) {
      for (const { file, find } of edits) expect(readFileSync(root + file, 'utf8').split(find), `${about}: ${find}`).to.have.length(2)
    }
  })
})
