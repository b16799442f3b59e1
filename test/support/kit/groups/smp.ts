import { createHash, getDiffieHellman } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { bigEndian, concat, data, littleEndian, mod, mpi, power, toBigEndian, toLittleEndian, uint } from '../../v4-second/bytes.js'
import { add, encode, equal, G, multiply, q as q448, subtract, type Point } from '../../v4-second/ed448.js'
import { kdf } from '../../v4-second/kdf.js'
import { smpSecret } from '../../v4-second/smp.js'
import { flag, flipped, Group, hex, text } from '../define.js'

/** What SMP needs of a group, written as powers in both versions. */
interface SmpGroup<E> {
  readonly order: bigint
  readonly base: E
  readonly power: (base: E, exponent: bigint) => E
  readonly times: (a: E, b: E) => E
  readonly over: (a: E, b: E) => E
  readonly same: (a: E, b: E) => boolean
  /** An element, and a number, as they stand in a message. */
  readonly element: (e: E) => Uint8Array
  readonly number: (n: bigint) => Uint8Array
  readonly hash: (place: number, ...elements: readonly E[]) => bigint
  readonly message: (parts: readonly Uint8Array[]) => Uint8Array
}

const ed448: SmpGroup<Point> = {
  order: q448, base: G, power: (base, exponent) => multiply(mod(exponent, q448), base), times: add, over: subtract, same: equal, element: encode, number: (n) => toLittleEndian(n, 57),
  hash: (place, ...elements) => mod(littleEndian(kdf(place, 57, ...elements.map(encode))), q448), message: (parts) => concat(...parts),
}

const p1536 = bigEndian(getDiffieHellman('modp5').getPrime())
const q1536 = (p1536 - 1n) / 2n
const modp: SmpGroup<bigint> = {
  order: q1536, base: 2n, power: (base, exponent) => power(base, exponent, p1536), times: (a, b) => mod(a * b, p1536), over: (a, b) => mod(a * power(b, p1536 - 2n, p1536), p1536), same: (a, b) => a === b,
  element: (e) => mpi(e), number: (n) => mpi(n),
  hash: (place, ...elements) => bigEndian(new Uint8Array(createHash('sha256').update(concat(Uint8Array.of(place), ...elements.map(mpi))).digest())),
  message: (parts) => concat(uint(parts.length, 4), ...parts),
}

/** The numbers that both sides draw, in the order in which they draw them. */
const drawn = ['a2', 'a3', 'r2a', 'r3a', 'b2', 'b3', 'r2b', 'r3b', 'r4b', 'r5b', 'r6b', 'r4a', 'r5a', 'r6a', 'r7a', 'r7b'] as const
type Drawn = Readonly<Record<typeof drawn[number], bigint>>

interface Run<E> {
  /** The parts of the four messages. */
  readonly parts: readonly [Uint8Array[], Uint8Array[], Uint8Array[], Uint8Array[]]
  readonly g2a: E
  readonly g3a: E
  readonly g2: E
  readonly g3: E
  readonly g3b: E
  readonly pb: E
  readonly qb: E
  readonly pRatio: E
  readonly qRatio: E
  readonly rab: E
  readonly equal: boolean
}

function run<E>(group: SmpGroup<E>, x: bigint, y: bigint, n: Drawn): Run<E> {
  const { order, base, power: raise, times, over, same, element, number, hash } = group
  const respond = (r: bigint, secret: bigint, c: bigint): Uint8Array => number(mod(r - secret * c, order))
  const knowledge = (place: number, secret: bigint, r: bigint): Uint8Array[] => {
    const c = hash(place, raise(base, r))
    return [element(raise(base, secret)), number(c), respond(r, secret, c)]
  }
  const [g2a, g3a, g2b, g3b] = [n.a2, n.a3, n.b2, n.b3].map((one) => raise(base, one)) as [E, E, E, E]
  const one = [...knowledge(1, n.a2, n.r2a), ...knowledge(2, n.a3, n.r3a)]
  const [g2, g3] = [raise(g2a, n.b2), raise(g3a, n.b3)]
  const coordinates = (place: number, secret: bigint, r4: bigint, r5: bigint, r6: bigint): { readonly P: E, readonly Q: E, readonly parts: Uint8Array[] } => {
    const [P, Q] = [raise(g3, r4), times(raise(base, r4), raise(g2, secret))]
    const c = hash(place, raise(g3, r5), times(raise(base, r5), raise(g2, r6)))
    return { P, Q, parts: [element(P), element(Q), number(c), respond(r5, r4, c), respond(r6, secret, c)] }
  }
  const b = coordinates(5, y, n.r4b, n.r5b, n.r6b)
  const two = [...knowledge(3, n.b2, n.r2b), ...knowledge(4, n.b3, n.r3b), ...b.parts]
  const a = coordinates(6, x, n.r4a, n.r5a, n.r6a)
  const [pRatio, qRatio] = [over(a.P, b.P), over(a.Q, b.Q)]
  const final = (place: number, secret: bigint, r7: bigint): Uint8Array[] => {
    const c = hash(place, raise(base, r7), raise(qRatio, r7))
    return [element(raise(qRatio, secret)), number(c), respond(r7, secret, c)]
  }
  const three = [...a.parts, ...final(7, n.a3, n.r7a)]
  const four = final(8, n.b3, n.r7b)
  const rab = raise(raise(qRatio, n.a3), n.b3)
  if (!same(raise(g2b, n.a2), g2)) throw new Error('g2')
  return { parts: [one, two, three, four], g2a, g3a, g2, g3, g3b, pb: b.P, qb: b.Q, pRatio, qRatio, rab, equal: same(rab, pRatio) }
}

const numbers = Object.fromEntries(drawn.map((name) => [name, hex('drawn')]))

function makeGroup(name: string, title: string, version: 3 | 4): Group {
  const element = hex(version === 4 ? 'a point' : 'a number of the group', version === 4 ? 57 : undefined)
  const message = hex('the value of the TLV, without a question')
  return new Group(name, title, version === 4
    ? 'Over Ed448. Points and scalars as on the wire; the names are the specification\'s. Where a number is drawn, it is given.'
    : 'Over the group of 1536 bits. Numbers are big-endian; those that are drawn are given as drawn, of 40 or 192 bytes.', {
    secret: {
      about: version === 4 ? 'The secret that is compared: HWC(usage_SMP_secret || 1 || initiator || responder || SSID || DATA(typed), 57), pruned, mod q' : 'The secret that is compared: SHA-256(1 || initiator || responder || SSID || typed)',
      section: version === 4 ? 'OTRv4, SMP Overview; spec/decisions.md' : 'OTRv3, Overview of SMP, Secret information',
      given: { initiator: hex('fingerprint of the one who began SMP'), responder: hex('the other\'s'), ssid: hex('of the session', 8), typed: text('what the user typed') }, expected: { secret: hex('') },
    },
    exchange: {
      about: 'A whole run', section: version === 4 ? 'OTRv4, SMP Overview' : 'OTRv3, The SMP state machine',
      given: { x: hex('the initiator\'s secret'), y: hex('the responder\'s secret'), ...numbers },
      expected: { message1: message, message2: message, message3: message, message4: message, g2: element, g3: element, pb: element, qb: element, pRatio: element, qRatio: element, rab: element, equal: flag('whether the secrets are equal') },
    },
    verify1: { about: 'Message 1', section: 'the same', given: { message }, expected: { g2a: element, g3a: element } },
    verify2: { about: 'Message 2, by the initiator', section: 'the same', given: { message, x: hex(''), a2: hex(''), a3: hex('') }, expected: {} },
    verify3: { about: 'Message 3, by the responder', section: 'the same', given: { message, g3a: element, g2: element, g3: element, b3: hex(''), pb: element, qb: element }, expected: { equal: flag('') } },
    verify4: { about: 'Message 4, by the initiator', section: 'the same', given: { message, g3b: element, a3: hex(''), pRatio: element, qRatio: element }, expected: { equal: flag('') } },
  })
}

const kinds = [
  ['element', 'hash', 'number', 'element', 'hash', 'number'], ['element', 'hash', 'number', 'element', 'hash', 'number', 'element', 'element', 'hash', 'number', 'number'],
  ['element', 'element', 'hash', 'number', 'number', 'element', 'hash', 'number'], ['element', 'hash', 'number'],
] as const

function fill<E>(group: Group, over: SmpGroup<E>, options: {
  readonly drawOne: (label: string, name: typeof drawn[number]) => Uint8Array
  readonly read: (bytes: Uint8Array) => bigint
  readonly secret: (label: string) => Uint8Array
  /** An element by itself, not as in a message. */
  readonly bare: (e: E) => Uint8Array
  readonly badElements: readonly (readonly [string, Uint8Array])[]
  readonly badNumbers: readonly (readonly [string, Uint8Array])[]
  readonly extra?: { readonly x: Uint8Array, readonly y: Uint8Array, readonly drawn: Readonly<Record<string, Uint8Array>>, readonly messages: readonly Uint8Array[] }
}): void {
  const { drawOne, read, secret, bare } = options
  const play = (about: string, x: Uint8Array, y: Uint8Array, all: Readonly<Record<string, Uint8Array>>, confirmed?: readonly Uint8Array[]): { readonly result: Run<E>, readonly all: Readonly<Record<string, Uint8Array>>, readonly x: Uint8Array } => {
    const result = run(over, read(x), read(y), Object.fromEntries(drawn.map((name) => [name, read(all[name]!)])) as unknown as Drawn)
    const messages = result.parts.map(over.message) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
    confirmed?.forEach((one, at) => { if (Buffer.compare(one, messages[at]!) !== 0) throw new Error(`the recorded message ${at + 1} is another`) })
    const by = confirmed && ['otr4j, recorded']
    const { g2a, g3a, g2, g3, g3b, pb, qb, pRatio, qRatio, rab } = result
    group.valid('exchange', about, { x, y, ...all }, {
      message1: messages[0], message2: messages[1], message3: messages[2], message4: messages[3], g2: bare(g2), g3: bare(g3), pb: bare(pb), qb: bare(qb), pRatio: bare(pRatio), qRatio: bare(qRatio), rab: bare(rab), equal: result.equal,
    }, by)
    group.valid('verify1', about, { message: messages[0] }, { g2a: bare(g2a), g3a: bare(g3a) }, by)
    group.valid('verify2', about, { message: messages[1], x, a2: all['a2'], a3: all['a3'] }, {}, by)
    group.valid('verify3', about, { message: messages[2], g3a: bare(g3a), g2: bare(g2), g3: bare(g3), b3: all['b3'], pb: bare(pb), qb: bare(qb) }, { equal: result.equal }, by)
    group.valid('verify4', about, { message: messages[3], g3b: bare(g3b), a3: all['a3'], pRatio: bare(pRatio), qRatio: bare(qRatio) }, { equal: result.equal }, by)
    return { result, all, x }
  }
  if (options.extra !== undefined) play('the run of otr4j, the secrets are equal', options.extra.x, options.extra.y, options.extra.drawn, options.extra.messages)
  const random = (n: number): Readonly<Record<string, Uint8Array>> => Object.fromEntries(drawn.map((name) => [name, drawOne(`${n} ${name}`, name)]))
  play('the secrets are equal, 1', secret('one'), secret('one'), random(1))
  play('the secrets differ', secret('one'), secret('two'), random(2))
  const { result, all, x } = play('the secrets are equal, 2', secret('three'), secret('three'), random(3))
  const given: readonly object[] = [
    {}, { x, a2: all['a2'], a3: all['a3'] }, { g3a: bare(result.g3a), g2: bare(result.g2), g3: bare(result.g3), b3: all['b3'], pb: bare(result.pb), qb: bare(result.qb) },
    { g3b: bare(result.g3b), a3: all['a3'], pRatio: bare(result.pRatio), qRatio: bare(result.qRatio) },
  ]
  kinds.forEach((places, at) => {
    const parts = result.parts[at]!
    const bad = (about: string, why: string, message: Uint8Array): void => { group.invalid(`verify${at + 1}`, about, why, { message, ...given[at] }) }
    const replaced = (place: number, part: Uint8Array): Uint8Array => over.message(parts.map((one, n) => n === place ? part : one))
    places.forEach((kind, place) => {
      const part = parts[place]!
      if (kind === 'element') for (const [about, wrong] of options.badElements) bad(`value ${place + 1} is ${about}`, 'it may not be used as an element', replaced(place, wrong))
      else bad(`a bit of value ${place + 1}, a ${kind}, is changed`, 'the proof', replaced(place, flipped(part, part.length - 2)))
      if (kind === 'number') for (const [about, wrong] of options.badNumbers) bad(`value ${place + 1} is ${about}`, 'the range of the number', replaced(place, wrong))
    })
    const elements = places.flatMap((kind, place) => kind === 'element' ? [place] : [])
    if (elements.length > 1) bad('the first two elements exchanged', 'the proofs', over.message(parts.map((one, n) => n === elements[0] ? parts[elements[1]!]! : n === elements[1] ? parts[elements[0]!]! : one)))
    bad('the last value is missing', 'the number of values', over.message(parts.slice(0, -1)))
    bad('a value too many', 'the number of values', over.message([...parts, parts.at(-1)!]))
    bad('a byte too many', 'something stands behind it', concat(over.message(parts), Uint8Array.of(0)))
    bad('the last byte is missing', 'it is too short', over.message(parts).slice(0, -1))
  })
  group.invalid('verify1', 'the first values of message 2', 'a proof belongs to its place', { message: over.message(result.parts[1].slice(0, 6)) })
  group.invalid('verify4', 'the last values of message 3', 'a proof belongs to its place', { message: over.message(result.parts[2].slice(5)), ...given[3] })
}

type Recorded = Readonly<Record<'offer' | 'answer' | 'prove' | 'conclude', Readonly<Record<string, string>>>>

export function v4Smp(): Group {
  const group = makeGroup('v4-smp', 'SMP of version 4', 4)
  const { draw } = group
  const { offer, answer, prove, conclude } = JSON.parse(readFileSync(new URL('../../../vectors/data/v4-otr4j-smp.json', import.meta.url), 'utf8')) as Recorded
  const bytes = (digits: string | undefined): Uint8Array => new Uint8Array(Buffer.from(digits ?? '', 'hex'))
  const joined = (of: Readonly<Record<string, string>>, ...names: readonly string[]): Uint8Array => concat(...names.map((name) => bytes(of[name])))
  const scalar = (label: string): Uint8Array => toLittleEndian(mod(littleEndian(draw(label, 114)), q448), 57)
  for (let n = 1; n <= 6; n++) {
    const typed = ['the caf\u00e9', '', 'a', 'secret with blanks ', '\u4e2d\u6587', 'x'.repeat(300)][n - 1]!
    const [initiator, responder, ssid] = [draw(`initiator ${n}`, 56), draw(`responder ${n}`, 56), draw(`ssid ${n}`, 8)]
    group.valid('secret', typed === '' ? 'nothing' : typed.slice(0, 20), { initiator, responder, ssid, typed }, { secret: toLittleEndian(smpSecret(initiator, responder, ssid, new TextEncoder().encode(typed)), 57) })
  }
  fill(group, ed448, {
    drawOne: scalar, read: littleEndian, secret: (label) => scalar(`secret ${label}`), bare: encode,
    badElements: [['the identity', toLittleEndian(1n, 57)], ['of order 4', new Uint8Array(57)], ['another point', encode(multiply(12345n, G))], ['no canonical encoding', new Uint8Array(57).fill(0xff)]], badNumbers: [],
    extra: {
      x: bytes(offer['secret']), y: bytes(answer['secret']),
      drawn: {
        a2: bytes(offer['a2']), a3: bytes(offer['a3']), r2a: bytes(offer['r2']), r3a: bytes(offer['r3']), b2: bytes(answer['b2']), b3: bytes(answer['b3']), r2b: bytes(answer['r2']), r3b: bytes(answer['r3']), r4b: bytes(answer['r4']), r5b: bytes(answer['r5']), r6b: bytes(answer['r6']),
        r4a: bytes(prove['r4']), r5a: bytes(prove['r5']), r6a: bytes(prove['r6']), r7a: bytes(prove['r7']), r7b: bytes(conclude['r7']),
      },
      messages: [joined(offer, 'g2a', 'c2', 'd2', 'g3a', 'c3', 'd3'), joined(answer, 'g2b', 'c2', 'd2', 'g3b', 'c3', 'd3', 'pb', 'qb', 'cp', 'd5', 'd6'), joined(prove, 'pa', 'qa', 'cp', 'd5', 'd6', 'ra', 'cr', 'd7'), joined(conclude, 'rb', 'cr', 'd7')],
    },
  })
  return group
}

export function v3Smp(): Group {
  const group = makeGroup('v3-smp', 'SMP of version 3', 3)
  const { draw } = group
  for (let n = 1; n <= 6; n++) {
    const typed = ['the caf\u00e9', '', 'a', 'secret with blanks ', '\u4e2d\u6587', 'x'.repeat(300)][n - 1]!
    const [initiator, responder, ssid] = [draw(`initiator ${n}`, 20), draw(`responder ${n}`, 20), draw(`ssid ${n}`, 8)]
    const secret = new Uint8Array(createHash('sha256').update(concat(Uint8Array.of(1), initiator, responder, ssid, new TextEncoder().encode(typed))).digest())
    group.valid('secret', typed === '' ? 'nothing' : typed.slice(0, 20), { initiator, responder, ssid, typed }, { secret })
  }
  const short = new Set(['a2', 'a3', 'b2', 'b3', 'r4a', 'r4b'])
  fill(group, modp, {
    drawOne: (label, name) => draw(label, short.has(name) ? 40 : 192), read: bigEndian, secret: (label) => draw(`secret ${label}`, 32), bare: toBigEndian,
    badElements: [['0', data(new Uint8Array(0))], ['1', mpi(1n)], ['p - 1', mpi(p1536 - 1n)], ['p', mpi(p1536)], ['another member', mpi(4n)]], badNumbers: [['0', mpi(0n)], ['q', mpi(q1536)]],
  })
  return group
}
