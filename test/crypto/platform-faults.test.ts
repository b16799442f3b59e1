/**
 * What the platform offers beside the language makes the library faster, and nothing else: whatever of it is missing, throws at any of its
 * calls, or gives something wrong before it was proven, every line on the wire and every sealed byte stays the same. Randomness alone is
 * different: without it nothing is sent.
 */
import { expect } from 'chai'
import { bundleWholeStory, inChangedPlatform, type PlatformResult } from '../support/changed-platform.js'

/** A node:crypto that counts the calls of what the library uses. `fails[name]` says at which call of that name it throws. */
const countedCrypto = `
  const real = process.getBuiltinModule('node:crypto')
  let calls = {}
  let thrown = 0
  const counted = (name, work) => function (...args) {
    calls[name] = (calls[name] ?? 0) + 1
    const { at = Infinity, after = false } = plan[run]?.[name] ?? {}
    if (after ? calls[name] >= at : calls[name] === at) {
      thrown++
      throw new Error('the platform fails in ' + name)
    }
    return work.apply(this, args)
  }
  const cipher = (way, inner) => Object.fromEntries(['setAAD', 'update', 'final', 'getAuthTag', 'setAuthTag']
    .map((name) => [name, counted(way + name, (...args) => inner[name](...args))]))
  const groups = new WeakMap()
  const fake = {
    scrypt: counted('scrypt', real.scrypt),
    createCipheriv: counted('createCipheriv', (...args) => cipher('seal ', real.createCipheriv(...args))),
    createDecipheriv: counted('createDecipheriv', (...args) => cipher('open ', real.createDecipheriv(...args))),
    getDiffieHellman: counted('getDiffieHellman', (name) => {
      const inner = real.getDiffieHellman(name)
      const group = { computeSecret: counted('computeSecret', (other) => inner.computeSecret(other)) }
      groups.set(group, inner)
      return group
    }),
    DiffieHellman: { prototype: {
      setPrivateKey: counted('setPrivateKey', function (key) { real.DiffieHellman.prototype.setPrivateKey.call(groups.get(this), key) }),
    } },
  }
  let plan = PLAN
  let run = 0
  Object.defineProperty(process, 'getBuiltinModule', { value: counted('getBuiltinModule', () => fake), configurable: true })
  // A clock by which the platform's Diffie-Hellman is always the faster one.
  let reads = 0
  let time = 0
  Object.defineProperty(globalThis, 'performance', { value: { now: () => (time += [0, 10, 1][reads++ % 3]) }, configurable: true })
  before = (n) => {
    calls = {}
    thrown = 0
    reads = 0
    run = n
  }
  after = () => ({ calls, thrown })
`

/** What of the platform is independent of the rest: these fail side by side in one run. */
const features = [
  ['seal setAAD', 'seal update', 'seal final', 'seal getAuthTag', 'createCipheriv', 'createDecipheriv', 'open setAAD', 'open setAuthTag', 'open update', 'open final'],
  ['setPrivateKey', 'computeSecret', 'getDiffieHellman'],
  ['scrypt'],
  ['getBuiltinModule'],
]

type Plan = Readonly<Record<string, { readonly at: number, readonly after?: boolean }>>

/** Modules that trap from a call on, counted over all their functions. */
const trapping = `
  const { Instance } = WebAssembly
  let calls = 0
  let trapsAt = Infinity
  WebAssembly.Instance = class {
    constructor(module, imports) {
      this.exports = Object.fromEntries(Object.entries(new Instance(module, imports).exports).map(([name, value]) => [name,
        typeof value !== 'function' ? value : (...args) => {
          if (++calls >= trapsAt) throw new WebAssembly.RuntimeError('unreachable')
          return value(...args)
        }]))
    }
  }
  const plan = PLAN
  before = (n) => {
    calls = 0
    trapsAt = plan[n]
  }
  after = () => calls
`

/** Changes of the platform under which everything goes on, slower. */
const missing: readonly (readonly [what: string, change: string, fault: RegExp])[] = [
  ['there is no process', "Reflect.deleteProperty(globalThis, 'process')", /^none$/],
  ['reading process throws', "Object.defineProperty(globalThis, 'process', { get() { throw new Error('no process for you') } })", /^none$/],
  ['getBuiltinModule throws', "process.getBuiltinModule = () => { throw new Error('forbidden') }", /^none$/],
  ['getBuiltinModule knows no module', 'process.getBuiltinModule = () => undefined', /^none$/],
  ['node:crypto is empty', 'process.getBuiltinModule = () => ({})', /^none$/],
  ['node:crypto is a string', "process.getBuiltinModule = () => 'crypto'", /^none$/],
  ['reading anything of node:crypto throws', "process.getBuiltinModule = () => new Proxy({}, { get() { throw new Error('no') } })", /^none$/],
  ['there is no clock', "Reflect.deleteProperty(globalThis, 'performance')", /^none$/],
  ['the clock throws', "globalThis.performance = { now() { throw new Error('no time') } }", /^none$/],
  ['the clock stands', 'globalThis.performance = { now: () => 0 }', /^none$/],
  ['there is no WebAssembly', "Reflect.deleteProperty(globalThis, 'WebAssembly')", /has no WebAssembly/],
  ['reading WebAssembly throws', "Object.defineProperty(globalThis, 'WebAssembly', { get() { throw new Error('no wasm') } })", /cannot be used here.*no wasm/],
  ['WebAssembly is empty', 'globalThis.WebAssembly = {}', /cannot be used here/],
  ['WebAssembly.validate throws', "WebAssembly.validate = () => { throw new Error('no') }", /cannot be used here/],
  ['WebAssembly.Module throws', "WebAssembly.Module = function () { throw new Error('refused to compile') }", /refused to compile/],
  ['WebAssembly.Instance throws', "WebAssembly.Instance = function () { throw new Error('no memory') }", /no memory/],
  ['there are no messages to oneself', "Reflect.deleteProperty(globalThis, 'MessageChannel')", /^none$/],
  ['messages to oneself throw', "globalThis.MessageChannel = function () { throw new Error('no') }", /^none$/],
  ['there is no Buffer', "Reflect.deleteProperty(globalThis, 'Buffer')", /^none$/],
]

describe('a platform that fails', function () {
  this.timeout(600_000)
  let right: PlatformResult

  before(async () => {
    await bundleWholeStory()
    const [first] = await inChangedPlatform({ change: '', runs: 1 })
    const [second] = await inChangedPlatform({ change: '', runs: 1, keys: first!.keys })
    right = second!
    expect(right.failed).to.equal(undefined)
    expect(right.said.length).to.be.greaterThan(50)
  })

  const unchanged = (result: PlatformResult, what: string): void => {
    if (result.failed !== undefined) throw new Error(`${what}: ${result.failed}`)
    expect(result.said, what).to.deep.equal(right.said)
  }

  for (const [what, change, fault] of missing) {
    it(`${what}: slower, and nothing else`, async () => {
      const [result] = await inChangedPlatform({ change, runs: 1, keys: right.keys })
      unchanged(result!, what)
      expect(result!.fault).to.match(fault)
    })
  }

  const planned = (plans: readonly Plan[]): Promise<readonly PlatformResult[]> =>
    inChangedPlatform({ change: countedCrypto.replace('PLAN', JSON.stringify(plans)), runs: plans.length, keys: right.keys })

  it('node:crypto throws at a call, or from it on, of each of its functions: slower, and nothing else', async () => {
    const [whole] = await planned([{}])
    unchanged(whole!, 'nothing fails')
    const { calls } = whole!.after as { readonly calls: Readonly<Record<string, number>> }
    expect(Object.keys(calls).sort()).to.deep.equal(features.flat().sort())
    const plans: Plan[] = []
    for (const names of features) {
      const moments = names.flatMap((name) => [{ name, at: 1 }, { name, at: Math.ceil(calls[name]! / 2), after: true }])
      moments.forEach(({ name, ...when }, n) => { plans[n] = { ...plans[n], [name]: when } })
    }
    const results = await planned(plans)
    results.forEach((result, n) => {
      unchanged(result, JSON.stringify(plans[n]))
      expect((result.after as { readonly thrown: number }).thrown, JSON.stringify(plans[n])).to.be.greaterThan(0)
    })
  })

  it('WebAssembly traps while it starts, while keys are exchanged, and while they talk: slower, and nothing else', async () => {
    const [whole] = await inChangedPlatform({ change: trapping.replace('PLAN', '[Infinity]'), runs: 1, keys: right.keys })
    const calls = whole!.after as number
    unchanged(whole!, 'nothing fails')
    const moments = [1, 3, 20, Math.floor(calls / 4), Math.floor(calls / 2), calls - 1]
    const results = await inChangedPlatform({ change: trapping.replace('PLAN', JSON.stringify(moments)), runs: moments.length, keys: right.keys })
    results.forEach((result, n) => {
      unchanged(result, `call ${moments[n]} of ${calls}`)
      // Races of a few milliseconds decide which arithmetic does what, so a run may end before the last of these calls.
      const came = result.after as number >= moments[n]!
      if (n < moments.length - 1) expect(came, `call ${moments[n]} of ${calls}`).to.equal(true)
      if (came) expect(result.fault, `call ${moments[n]} of ${calls}`).to.match(/unreachable/)
    })
  })

  for (const [what, change] of [
    ['is missing', "Reflect.deleteProperty(globalThis, 'crypto')"],
    ['throws', "Object.defineProperty(globalThis, 'crypto', { value: { getRandomValues() { throw new Error('no entropy') } } })"],
    ['gives zeros', "Object.defineProperty(globalThis, 'crypto', { value: { getRandomValues: (bytes) => bytes } })"],
  ] as const) {
    it(`randomness ${what}: nothing is sent, and no client is made`, async () => {
      const [result] = await inChangedPlatform({ change, runs: 1, random: 'platform' })
      expect(result!.failed).to.match(/^OTR_RANDOM_FAILED /)
      expect(result!.said).to.deep.equal([])
    })
  }
})
