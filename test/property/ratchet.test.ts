import { expect } from 'chai'
import fc from 'fast-check'
import type { RatchetState } from '../../src/ratchet/index.js'
import type { DataMessageV4 } from '../../src/wire/index.js'
import { ratchetPair, type Dake, type RatchetPeer } from '../support/ratchet-pair.js'
import { seededRandom } from '../support/seeded.js'
import { nobleArithmetic } from '../../src/crypto/noble/index.js'
import { toyArithmetic, withArithmetic } from '../support/toy-arithmetic.js'

type Side = 0 | 1
type Action =
  | { do: 'send', side: Side, count: number }
  /** One of the messages on the way to `side`, or one delivered before. */
  | { do: 'deliver' | 'drop' | 'replay', side: Side, which: number }
  | { do: 'forge', side: Side, which: number, field: 'ciphertext' | 'authenticator' | 'ecdh' | 'messageId' | 'previousChain' | 'ratchetId', by: number }
  | { do: 'restart', side: Side }

const side = fc.constantFrom<Side>(0, 1)
const which = fc.nat()
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('send' as const), side, count: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('deliver' as const), side, which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drop' as const), side, which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replay' as const), side, which }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('forge' as const), side, which, by: fc.integer({ min: 1, max: 3 }),
      field: fc.constantFrom('ciphertext' as const, 'authenticator' as const, 'ecdh' as const, 'messageId' as const, 'previousChain' as const, 'ratchetId' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), side }) },
)

/** Checks that the state is plain data, which a store can write and read again. */
const plain = (state: RatchetState): boolean => {
  const check = (value: unknown): boolean =>
    typeof value === 'number' || typeof value === 'string' || value instanceof Uint8Array
    || (Array.isArray(value) ? value.every(check)
      : typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(check))
  return check(state)
}

function run(dake: Dake, actions: readonly Action[]): { rotations: number } {
  const { alice, bob } = ratchetPair(dake, seededRandom(`${dake}${actions.length}`))
  const peers: [RatchetPeer, RatchetPeer] = [alice, bob]
  /** Messages on the way to each side, and those that it has read. */
  const underWay: [message: DataMessageV4, text: string][][] = [[], []]
  const read: DataMessageV4[][] = [[], []]
  const revealed: string[][] = [[], []]
  let written = 0

  const send = (from: Side): void => {
    const text = `message ${written++}`
    const message = peers[from].send(text)
    underWay[1 - from]!.push([message, text])
    revealed[from]!.push(...Buffer.from(message.revealedMacKeys).toString('hex').match(/.{128}/g) ?? [])
  }
  const deliver = (to: Side, n: number): void => {
    const [entry] = underWay[to]!.splice(n, 1)
    const [message, text] = entry!
    expect(peers[to].receive(message)).deep.equal({ text })
    read[to]!.push(message)
  }

  for (const step of actions) {
    const peer = peers[step.side]
    const incoming = underWay[step.side]!
    const old = read[step.side]!
    switch (step.do) {
      case 'send':
        for (let i = 0; i < step.count; i++) send(step.side)
        break
      case 'deliver':
        if (incoming.length > 0) deliver(step.side, step.which % incoming.length)
        break
      case 'drop':
        if (incoming.length > 0) incoming.splice(step.which % incoming.length, 1)
        break
      case 'replay':
        if (old.length > 0) expect(peer.receive(old[step.which % old.length]!)).deep.equal({ refused: 'duplicate' })
        break
      case 'forge': {
        if (incoming.length === 0) break
        const [genuine] = incoming[step.which % incoming.length]!
        const value = genuine[step.field]
        const forged = typeof value === 'number' ? value + step.by : value.map((byte, i) => i === 0 ? byte ^ step.by : byte)
        const before = peer.state
        const copy = structuredClone(before)
        expect(peer.receive({ ...genuine, [step.field]: forged })).property('refused')
        expect(peer.state).equal(before)
        expect(peer.state).deep.equal(copy)
        break
      }
      case 'restart':
        expect(plain(peer.state)).equal(true)
        peer.state = structuredClone(peer.state)
        break
    }
  }

  // Whatever is still on the way arrives, last first; and they can go on talking.
  for (const to of [0, 1] as const) while (underWay[to]!.length > 0) deliver(to, underWay[to]!.length - 1)
  for (let i = 0; i < 3; i++) {
    for (const from of [0, 1] as const) {
      send(from)
      deliver((1 - from) as Side, 0)
    }
  }
  for (const at of [0, 1] as const) {
    const peer = peers[at]
    const other = peers[1 - at]!
    expect(new Set(revealed[at]).size).equal(revealed[at]!.length)
    for (const key of revealed[at]!) {
      expect(peer.verifiedMacKeys.includes(key)).equal(true)
      expect(other.sentMacKeys.includes(key)).equal(true)
    }
  }
  return { rotations: alice.state.ratchetId }
}

describe('property: double ratchet', () => {
  for (const dake of ['interactive', 'non-interactive'] as const) {
    it(`${dake}: every genuine message is read once, in any order; no forgery is; they never lose each other`, function () {
      this.timeout(60_000)
      let most = 0
      withArithmetic(toyArithmetic, () => {
        fc.assert(fc.property(fc.array(action, { minLength: 1, maxLength: 80, size: 'max' }), (actions) => {
          most = Math.max(most, run(dake, actions).rotations)
        }), { numRuns: Number(process.env['OTR4_RUNS'] ?? 150), seed: 4 })
      })
      expect(most).above(9)
    })
  }

  it('on the curve as in the toy group', function () {
    this.timeout(60_000)
    withArithmetic(nobleArithmetic, () => {
      fc.assert(fc.property(fc.array(action, { minLength: 20, maxLength: 40, size: 'max' }), (actions) => {
        run('interactive', actions)
      }), { numRuns: 5, seed: 4 })
    })
  })
})
