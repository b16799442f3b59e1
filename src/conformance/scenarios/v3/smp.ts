import { sha256 } from '../../../crypto/hash.js'
import { toInteger } from '../../../crypto/integer.js'
import { base64Encode, concatBytes, messageHeader, unarmor, Writer } from '../../../wire/index.js'
import { expectEqual, expectOneOf, expectThat, Unmet } from '../../expectation.js'
import { messagesOf } from '../../lines.js'
import type { Party } from '../../party.js'
import type { Scenario } from '../../scenario.js'
import { roles, type Stage } from '../../stage.js'
import { modulus, numberBytes } from './modulus.js'
import { scenariosOf, type Draft, type Spoken } from './spoken.js'

const smp = 'Socialist Millionaires\' Protocol (SMP)'
const secret = 'where we met: Café ☕'

/** One asks; the other must be asked. */
export async function smpAsk(stage: Stage, by: Party, question?: string): Promise<void> {
  const other = stage.other(by)
  by.forget()
  other.forget()
  await stage.ask(by, 'smp-start', { to: other.address, secret, ...question !== undefined && { question } })
  await stage.settle()
  expectEqual(other.smpEvents(), ['asked'], `the SMP events that ${other.name} reports`)
}

export async function smpAnswer(stage: Stage, by: Party, words = secret): Promise<void> {
  await stage.ask(by, 'smp-answer', { to: stage.other(by).address, secret: words })
  await stage.settle()
}

/** How SMP ended there. */
export function smpEnd(party: Party): string | undefined {
  return party.smpEvents().filter((event) => event !== 'asked').at(-1)
}

export async function smpAgree(stage: Stage, by: Party, question?: string): Promise<void> {
  const other = stage.other(by)
  await smpAsk(stage, by, question)
  if (question !== undefined) expectEqual(other.of('smp').find(({ event }) => event === 'asked')?.question, question, 'the question that is shown')
  await smpAnswer(stage, other)
  for (const party of [by, other]) expectEqual(smpEnd(party), 'succeeded', `how SMP ends at ${party.name}`)
}

export const smpScenarios = (spoken: Spoken): readonly Scenario[] => scenariosOf(spoken, 'smp', [
  ...roles.flatMap((role): Draft[] => {
    const who = role === 'peer' ? 'it' : 'the other side'
    return [
      {
        id: `same-by-${role}`, level: 'must', section: smp, title: `succeeds with the same secret when ${who} asks`,
        sent: `SMP begun by the ${role}, the same secret`, expected: 'both learn that it succeeded', why: 'this is how two people find out that nobody is between them',
        async play(stage) {
          await stage.establish()
          await stage.talk()
          await smpAgree(stage, stage[role])
          await stage.talk()
        },
      },
      {
        id: `question-by-${role}`, level: 'must', section: smp, title: `carries a question when ${who} asks`,
        sent: `SMP begun by the ${role} with a question`, expected: 'the question is shown, byte for byte, and is not on the wire in clear; both learn that it succeeded', why: 'without it the other person does not know which secret is meant',
        async play(stage) {
          const question = 'Where did we meet? <in 2019 & after> ☕'
          await stage.establish()
          await smpAgree(stage, stage[role], question)
          expectThat(!stage.network.sentSince(0).join('\n').includes('Where did'), 'the question is not on the wire in clear')
        },
      },
      {
        id: `other-secret-by-${role}`, level: 'must', section: smp, title: `fails with different secrets when ${who} asks, and succeeds at the next attempt`,
        sent: `SMP begun by the ${role}, another secret; then again, the same`, expected: 'nobody learns that the first succeeded; the second succeeds', why: 'a wrong secret is what an attacker has',
        async play(stage) {
          await stage.establish()
          const by = stage[role]
          await smpAsk(stage, by)
          await smpAnswer(stage, stage.other(by), 'somewhere else')
          for (const party of [by, stage.other(by)]) expectOneOf(smpEnd(party), ['failed', 'aborted'], `how SMP ends at ${party.name}`)
          await stage.talk()
          await smpAgree(stage, by)
        },
      },
      {
        id: `abort-by-${role}`, level: 'must', section: smp, title: `ends when ${role === 'peer' ? 'it' : 'the other side'} gives up, and begins anew`,
        sent: `SMP begun and aborted by the ${role}; then again`, expected: 'the other side learns that it was aborted; the second attempt succeeds', why: 'people hit the wrong button',
        async play(stage) {
          await stage.establish()
          const by = stage[role]
          const other = stage.other(by)
          await smpAsk(stage, by)
          await stage.ask(by, 'smp-abort', { to: other.address })
          await stage.settle()
          expectOneOf(smpEnd(other), ['aborted', 'failed'], `how SMP ends at ${other.name}`)
          await stage.talk()
          await smpAgree(stage, by)
        },
      },
      {
        id: `decline-by-${role}`, level: 'must', section: smp, title: `ends when ${role === 'peer' ? 'it is asked and declines' : 'the other side declines'}`,
        sent: `SMP that the ${role} is asked for and declines; then again`, expected: 'the side that asked learns it; the second attempt succeeds', why: 'nobody must wait for an answer that will not come',
        async play(stage) {
          await stage.establish()
          const by = stage[role]
          const other = stage.other(by)
          await smpAsk(stage, other, 'will you?')
          await stage.ask(by, 'smp-abort', { to: other.address })
          await stage.settle()
          expectOneOf(smpEnd(other), ['aborted', 'failed'], `how SMP ends at ${other.name}`)
          await stage.talk()
          await smpAgree(stage, other)
        },
      },
    ]
  }),
  {
    id: 'again', level: 'must', section: smp, title: 'can be done several times in one session, from both sides',
    sent: 'SMP four times', expected: 'each succeeds', why: 'people try it again',
    async play(stage) {
      await stage.establish()
      for (const by of [stage.peer, stage.partner, stage.partner, stage.peer]) await smpAgree(stage, by)
    },
  },
  {
    id: 'other-session', level: 'must', section: smp, title: 'compares the session: who sits between two sessions fails',
    sent: 'a session, an end, a new session, and SMP there', expected: 'it succeeds in the new session; the secret of the protocol differs with the SSID', why: 'the session is part of what is compared',
    async play(stage) {
      await stage.establish()
      await smpAgree(stage, stage.partner)
      await stage.end(stage.partner)
      await stage.end(stage.peer)
      await stage.establish()
      await smpAgree(stage, stage.peer)
    },
  },
  {
    id: 'unasked', level: 'must', section: smp, title: 'is not impressed by SMP messages that nobody asked for',
    sent: 'second, third and fourth messages of SMP outside a run', expected: 'it reports no success, and the session stays', why: 'a program that accepts the last message alone as a success believes anybody',
    async play(stage) {
      await stage.establish()
      await stage.talk()
      stage.peer.forget()
      for (const [type, count] of [[3, 11], [4, 8], [5, 3]] as const) await sendTlv(stage, type, mpis(Array.from({ length: count }, () => 4n)))
      expectThat(!stage.peer.smpEvents().some((event) => event === 'succeeded' || event === 'asked'), 'it reports neither a question nor a success')
      await stage.talk()
    },
  },
  {
    id: 'malformed', level: 'must', section: smp, title: 'asks nobody because of an SMP message that is malformed',
    sent: 'first messages of SMP: empty, with a count of 0, of 7, and with too few numbers', expected: 'no question is shown, and the session stays', why: 'it comes from the network',
    async play(stage) {
      const honest = smpFirst(4n)
      const cut = [new Uint8Array(), mpis([]), mpis(Array.from({ length: 7 }, () => 4n)), honest.subarray(0, honest.length - 5), concatBytes(Uint8Array.of(0, 0, 0, 6), new Uint8Array(3))]
      await expectQuestions(stage, cut, [])
      await stage.talk()
    },
  },
  ...([['zero', 0n], ['one', 1n], ['minus-one', -1n], ['modulus', null]] as const).map(([id, element]): Draft => ({
    // The document of version 2 asks for no such check.
    id: `element-${id}`, level: spoken.version === 2 ? 'should' : 'must', section: smp,
    title: `refuses a first message whose g2a is ${id === 'modulus' ? 'the modulus' : id === 'minus-one' ? 'the modulus less 1' : id}, with a proof that holds`,
    sent: 'a first message of SMP with that number', expected: 'no question is shown', why: 'with such a number every secret is right',
    async play(stage) {
      await expectQuestions(stage, [smpFirst(element === null ? modulus : element === -1n ? modulus - 1n : element)], [])
      await stage.talk()
    },
  })),
  {
    id: 'proof', level: 'must', section: smp, title: 'refuses a first message whose proof does not hold',
    sent: 'a first message of SMP with good numbers and a wrong proof', expected: 'no question is shown', why: 'without the proof the numbers can be made so that they say what an attacker wants',
    async play(stage) {
      await expectQuestions(stage, [mpis([4n, 5n, 6n, 16n, 7n, 8n])], [])
      await stage.talk()
    },
  },
  {
    id: 'honest-craft', level: 'must', section: smp, title: 'shows a question for a first message that was made by hand and holds',
    sent: 'a first message of SMP with good numbers and a proof that holds', expected: 'a question is shown', why: 'it shows that the refusals of this group are for their reason',
    async play(stage) {
      await expectQuestions(stage, [smpFirst(undefined)], ['asked'])
    },
  },
  {
    id: 'ignore-unreadable', level: 'should', section: 'Data Message', title: 'marks its SMP messages so that nobody is warned when they cannot be read',
    sent: 'SMP that the program begins', expected: 'its messages have the flag IGNORE_UNREADABLE', why: 'a complaint about a message that nobody wrote frightens people',
    async play(stage) {
      await stage.establish()
      await stage.talk()
      const mark = stage.network.log.length
      await smpAsk(stage, stage.peer)
      const [message] = messagesOf(stage.network.sentSince(mark, stage.peer.address), spoken.kinds.data)
      expectThat(message !== undefined, 'the program sends a data message')
      expectEqual(message.flags & 1, 1, 'the flag IGNORE_UNREADABLE')
      expectThat(messageHeader(unarmor(stage.network.sentSince(mark, stage.peer.address)[0] ?? '')).version === spoken.version, `it is of version ${spoken.version}`)
    },
  },
], ['smp'])

/** In a session, the partner sends first messages of SMP that were made by hand; fails unless the judged program shows just these questions. */
async function expectQuestions(stage: Stage, values: readonly Uint8Array[], questions: readonly 'asked'[]): Promise<void> {
  await stage.establish()
  await stage.talk()
  stage.peer.forget()
  for (const value of values) await sendTlv(stage, 2, value)
  expectEqual(stage.peer.smpEvents().filter((event) => event === 'asked'), questions, 'questions')
}

/** A TLV that the partner sends in a private message, of any type. */
export async function sendTlv(stage: Stage, type: number, value: Uint8Array): Promise<void> {
  await stage.send(stage.partner, '', { tlvs: [{ type, value: base64Encode(value) }] })
  await stage.settle()
}

const order = (modulus - 1n) / 2n
const generator = 2n

/** The value of a first SMP message with proofs that hold. `element`: its g2a; undefined for an honest one. The numbers protect nothing. */
function smpFirst(element: bigint | undefined): Uint8Array {
  const exponent = 0x1234567890abcdefn
  const honest = (version: number): [bigint, bigint, bigint] => {
    const value = power(generator, exponent)
    const random = 0xfedcba9876543210n + BigInt(version)
    const c = proofHash(version, power(generator, random))
    return [value, c, (((random - exponent * c) % order) + order) % order]
  }
  /** g^D * element^c is what the proof hashes: for elements of order 1 and 2, and for 0, it is known before c is. */
  const crafted = (value: bigint): [bigint, bigint, bigint] => {
    for (let d = 5n; d < 500n; d++) {
      const known = value % modulus === 0n ? 0n : power(generator, d)
      const c = proofHash(1, known)
      if ((power(generator, d) * power(value, c)) % modulus === known) return [value, c, d]
    }
    throw new Unmet('no proof was found')
  }
  return mpis([...element === undefined || element === 4n ? honest(1) : crafted(element), ...honest(2)])
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = ((base % modulus) + modulus) % modulus
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = result * square % modulus
    square = square * square % modulus
  }
  return result
}

function proofHash(version: number, value: bigint): bigint {
  const writer = new Writer()
  writer.byte(version)
  writer.mpi(numberBytes(value))
  return toInteger(sha256(writer.finish()))
}

/** A count and as many MPIs. */
function mpis(values: readonly bigint[]): Uint8Array {
  const writer = new Writer()
  writer.int(values.length)
  for (const value of values) writer.mpi(numberBytes(value))
  return writer.finish()
}
