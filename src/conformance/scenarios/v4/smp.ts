import { hashToScalar } from '../../../crypto/index.js'
import type { SmpMessage } from '../../../smp/index.js'
import type { SmpSecretForm } from '../../../v4/index.js'
import { concatBytes } from '../../../wire/index.js'
import { expectEqual, expectThat } from '../../expectation.js'
import { badPoints } from '../../hand/bad-values.js'
import type { Party } from '../../party.js'
import type { Scenario } from '../../scenario.js'
import type { Stage } from '../../stage.js'
import { byHand, byTwo, rounds, stillStands, type Scene } from './scene.js'

const group = 'v4-smp'
const needs = ['smp'] as const
const why = 'People believe what SMP says: a wrong success hides an attacker, a wrong failure accuses a friend'

async function start(stage: Stage, by: Party, secret: string, question?: string): Promise<void> {
  await stage.ask(by, 'smp-start', { to: stage.other(by).address, secret, ...question !== undefined && { question } })
  await stage.settle()
}

async function answer(stage: Stage, by: Party, secret: string): Promise<void> {
  await stage.ask(by, 'smp-answer', { to: stage.other(by).address, secret })
  await stage.settle()
}

/** Both report the outcome, and no other event since the question. */
function expectOutcome(stage: Stage, asked: Party, outcome: 'succeeded' | 'failed'): void {
  expectEqual(asked.smpEvents(), ['asked', outcome], `what ${asked.name} reports`)
  expectEqual(stage.other(asked).smpEvents(), [outcome], `what ${stage.other(asked).name} reports`)
}

const forget = (stage: Stage): void => {
  stage.peer.forget()
  stage.partner.forget()
}

const two = (['peer', 'partner'] as const).flatMap((who): Scenario[] => {
  const asks = `the ${who} asks`
  return [
    byTwo(group, {
      id: `v4-smp-right-${who}`, title: `${asks}, and the answer is right`, section: 'SMP Overview', why, needs, sent: 'smp-start and smp-answer with one secret', expected: '"succeeded" on both sides',
    }, async (stage) => {
      await stage.establish()
      await start(stage, stage[who], 'the same')
      await answer(stage, stage.other(stage[who]), 'the same')
      expectOutcome(stage, stage.other(stage[who]), 'succeeded')
      await stage.talk()
    }),
    byTwo(group, {
      id: `v4-smp-wrong-${who}`, title: `${asks}, and the answer is wrong`, section: 'SMP Overview', why, needs, sent: 'smp-start and smp-answer with two secrets', expected: '"failed" on both sides; the session stays',
    }, async (stage) => {
      await stage.establish()
      await start(stage, stage[who], 'the one')
      await answer(stage, stage.other(stage[who]), 'the other')
      expectOutcome(stage, stage.other(stage[who]), 'failed')
      await stage.talk()
    }),
    byTwo(group, {
      id: `v4-smp-question-${who}`, title: `${asks} a question`, section: 'SMP Message 1', why: 'A question helps people to give the same answer', needs, sent: 'smp-start with a question that is not only ASCII', expected: 'the same question in the event "asked"; then "succeeded"',
    }, async (stage) => {
      const question = 'Wo war die Brücke? 🌉 "<b>"'
      await stage.establish()
      await start(stage, stage[who], 'über dem Fluß', question)
      const asked = stage.other(stage[who])
      expectEqual(asked.of('smp').find(({ event }) => event === 'asked')?.question, question, `the question that ${asked.name} reports`)
      await answer(stage, asked, 'über dem Fluß')
      expectOutcome(stage, asked, 'succeeded')
    }),
    byTwo(group, {
      id: `v4-smp-twice-${who}`, title: `${asks} again after a failure`, section: 'The SMP State Machine', why, needs, sent: 'SMP with two secrets, then with one', expected: '"failed", then "succeeded"',
    }, async (stage) => {
      const by = stage[who]
      await stage.establish()
      await start(stage, by, 'one')
      await answer(stage, stage.other(by), 'another')
      forget(stage)
      await stage.talk()
      await start(stage, by, 'one')
      await answer(stage, stage.other(by), 'one')
      expectOutcome(stage, stage.other(by), 'succeeded')
    }),
    byTwo(group, {
      id: `v4-smp-abort-${who}`, title: `the ${who} aborts what the other began`, section: 'User requests to abort SMP', why: 'A person who does not want to answer must be able to decline', needs, sent: 'smp-start of the other; smp-abort; then SMP again', expected: '"aborted" where it was begun; the second one succeeds',
    }, async (stage) => {
      const by = stage[who]
      const other = stage.other(by)
      await stage.establish()
      await start(stage, other, 'x')
      await stage.ask(by, 'smp-abort', { to: other.address })
      await stage.settle()
      expectEqual(other.smpEvents(), ['aborted'], `what ${other.name} reports`)
      forget(stage)
      await start(stage, other, 'x')
      await answer(stage, by, 'x')
      expectOutcome(stage, by, 'succeeded')
    }),
    byTwo(group, {
      id: `v4-smp-texts-${who}`, title: `${asks}, and both talk before the answer`, section: 'The SMP State Machine', why: 'People talk while they think about an answer', needs, sent: 'smp-start; three rounds of talk; smp-answer', expected: '"succeeded" on both sides',
    }, async (stage) => {
      await stage.establish()
      await start(stage, stage[who], 'x')
      await stage.talk(3)
      await answer(stage, stage.other(stage[who]), 'x')
      expectOutcome(stage, stage.other(stage[who]), 'succeeded')
    }),
  ]
})

const others: readonly Scenario[] = [
  byTwo(group, {
    id: 'v4-smp-next-session', title: 'SMP in a second session', section: 'Secret Information', why, needs, sent: 'SMP; end; start; SMP the other way', expected: '"succeeded" each time',
  }, async (stage) => {
    await stage.establish()
    await start(stage, stage.peer, 'x')
    await answer(stage, stage.partner, 'x')
    await stage.end(stage.peer)
    await stage.end(stage.partner)
    forget(stage)
    await stage.establish(stage.peer)
    await start(stage, stage.partner, 'x')
    await answer(stage, stage.peer, 'x')
    expectOutcome(stage, stage.peer, 'succeeded')
  }),
  byTwo(group, {
    id: 'v4-smp-long-secret', title: 'a secret of 5000 characters', section: 'Secret Information', why, needs, sent: 'SMP with a long secret', expected: '"succeeded" on both sides',
  }, async (stage) => {
    const secret = 'a long story 🎈 '.repeat(330)
    await stage.establish()
    await start(stage, stage.peer, secret)
    await answer(stage, stage.partner, secret)
    expectOutcome(stage, stage.partner, 'succeeded')
  }),
]

const forms: readonly SmpSecretForm[] = ['pruned', 'wide']

/** A point of 57 bytes, and its place in the message of each step. */
const pointsOf = { 1: [0, 3], 2: [0, 3, 6, 7], 3: [0, 1, 5], 4: [0] } as const
const valuesOf = { 1: 6, 2: 11, 3: 8, 4: 3 } as const
type Step = keyof typeof valuesOf
const steps: readonly Step[] = [1, 2, 3, 4]

/** Replaces one value of the SMP message of one step. */
const tampered = (step: Step, change: (value: Uint8Array) => Uint8Array) => (message: SmpMessage): SmpMessage =>
  message.step === step ? { ...message, value: change(message.value) } : message

const withValue = (at: number, value: Uint8Array) => (message: Uint8Array): Uint8Array => {
  const copy = message.slice()
  copy.set(value, at * 57)
  return copy
}

const withBit = (at: number) => (message: Uint8Array): Uint8Array => {
  const copy = message.slice()
  copy[at * 57] = (copy[at * 57] ?? 0) ^ 1
  return copy
}

/** Plays SMP of which the hand sends the message of `step` changed: the judged program must not tell of success, and SMP must work afterwards. */
async function playTampered(scene: Scene, step: Step, change: (value: Uint8Array) => Uint8Array): Promise<void> {
  const { hand, stage, peer } = scene
  await hand.establish()
  await rounds(scene, 1)
  hand.forget()
  const alter = tampered(step, change)
  if (step === 1 || step === 3) {
    await hand.smpBegin('x', hand.smpForm, alter)
    if (step === 3) await stage.ask(peer, 'smp-answer', { to: hand.address, secret: 'x' })
    else await peer.attempt('smp-answer', { to: hand.address, secret: 'x' })
    await stage.settle()
    await hand.smpFinish(alter)
  } else {
    await stage.ask(peer, 'smp-start', { to: hand.address, secret: 'x' })
    await stage.settle()
    await hand.smpAnswer('x', hand.smpForm, alter)
  }
  expectThat(!peer.smpEvents().includes('succeeded'), `${peer.name} does not tell of a success`)
  expectThat(!hand.smpSteps().some((one) => one !== 'abort' && one > step), `${peer.name} does not go on with SMP`)
  await stillStands(scene)
}

const invalid = steps.flatMap((step) => [
  ...Array.from({ length: valuesOf[step] }, (_, at) => byHand(group, {
    id: `v4-smp-message-${step}-value-${at + 1}`, title: `an SMP message ${step} whose value ${at + 1} is another one is refused`, section: `SMP Message ${step}`, why, needs,
    sent: `SMP whose message ${step} has one changed bit in its value ${at + 1}`, expected: 'no success; SMP does not go on; the session stays',
  }, (scene) => playTampered(scene, step, withBit(at)))),
  ...pointsOf[step].flatMap((at) => badPoints().filter(({ id }) => id === 'identity' || id === 'order-2').map(({ id, what, value }) => byHand(group, {
    id: `v4-smp-message-${step}-point-${at + 1}-${id}`, title: `an SMP message ${step} whose point ${at + 1} is ${what} is refused`, section: `SMP Message ${step}`, why: 'With such points SMP succeeds without the secret', needs,
    sent: `SMP whose message ${step} has ${what} in place ${at + 1}`, expected: 'no success; SMP does not go on; the session stays',
  }, (scene) => playTampered(scene, step, withValue(at, value))))),
  byHand(group, {
    id: `v4-smp-message-${step}-short`, title: `an SMP message ${step} that is cut off is refused`, section: `SMP Message ${step}`, why, needs,
    sent: `SMP whose message ${step} lacks its last byte`, expected: 'no success; SMP does not go on; the session stays',
  }, (scene) => playTampered(scene, step, (value) => value.slice(0, -1))),
])

/** An SMP message 1 whose points are the identity: with d = 0 and c of G * 0, the proofs hold. */
function ofIdentities(): Uint8Array {
  const identity = new Uint8Array(57)
  identity[0] = 1
  const zero = new Uint8Array(57)
  return concatBytes(...[1, 2].flatMap((place) => [identity, hashToScalar(place, [identity]), zero]))
}

const forged: readonly Scenario[] = [
  byHand(group, {
    id: 'v4-smp-all-identity', title: 'an SMP message 1 of identities and zeros is refused', section: 'SMP Message 1', why: 'With such points SMP succeeds without the secret', needs,
    sent: 'an SMP message 1 whose points are the identity, with proofs that hold for them', expected: 'no success; the session stays',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await hand.establish()
    await rounds(scene, 1)
    hand.forget()
    await hand.smpBegin('x', 'pruned', tampered(1, () => ofIdentities()))
    await peer.attempt('smp-answer', { to: hand.address, secret: 'x' })
    await stage.settle()
    expectThat(!peer.smpEvents().includes('succeeded'), `${peer.name} does not tell of a success`)
    expectThat(!hand.smpSteps().includes(2), `${peer.name} does not answer with SMP message 2`)
    await stillStands(scene)
  }),
  ...([2, 3, 4] as const).map((step) => byHand(group, {
    id: `v4-smp-unasked-${step}`, title: `an SMP message ${step} that nobody waits for is refused`, section: 'The SMP State Machine', why, needs,
    sent: `an SMP message ${step} of zeros in a new session; then SMP as it should be`, expected: 'no success of the first; "asked" for the second',
  }, async (scene) => {
    const { hand, peer, stage } = scene
    await hand.establish()
    await rounds(scene, 1)
    await hand.say('', [{ type: step + 1, value: new Uint8Array(valuesOf[step] * 57) }])
    expectThat(!peer.smpEvents().includes('succeeded'), `${peer.name} does not tell of a success`)
    peer.forget()
    hand.forget()
    await hand.smpBegin('x', hand.smpForm)
    await stage.settle()
    expectThat(peer.smpEvents().includes('asked'), `${peer.name} reports that it was asked`)
  })),
]

const right: readonly Scenario[] = [
  byHand(group, {
    id: 'v4-smp-secret-form', title: 'the secret of SMP has the form of the specification', section: 'Secret Information', level: 'should', needs,
    why: 'If two programs form it in two ways, the right answer fails: friends look like strangers', sent: 'SMP of another program, with the secret in the form of the specification', expected: '"succeeded"',
  }, async (scene) => {
    const { hand, peer, stage } = scene
    await hand.establish()
    await rounds(scene, 1)
    hand.forget()
    await hand.smpBegin('x', 'pruned')
    await stage.ask(peer, 'smp-answer', { to: hand.address, secret: 'x' })
    await stage.settle()
    expectEqual(await hand.smpFinish(), 'succeeded', 'the outcome')
  }),
  byHand(group, {
    id: 'v4-smp-hand', title: 'SMP with proofs that are right in all succeeds', section: 'SMP Overview', why, needs, sent: 'SMP of another program, in the form that the specification or one implementation in use gives the secret', expected: '"succeeded"',
  }, async (scene) => {
    const { hand, peer, stage } = scene
    await hand.establish()
    await rounds(scene, 1)
    const outcomes: string[] = []
    for (const form of forms) {
      hand.forget()
      peer.forget()
      await hand.smpBegin('x', form)
      await stage.ask(peer, 'smp-answer', { to: hand.address, secret: 'x' })
      await stage.settle()
      outcomes.push(await hand.smpFinish())
      if (outcomes.includes('succeeded')) break
    }
    expectEqual(outcomes.at(-1), 'succeeded', 'the outcome')
    expectEqual(peer.smpEvents(), ['asked', 'succeeded'], `what ${peer.name} reports`)
  }),
]

/** The Socialist Millionaires' Protocol. */
export const smpScenarios: readonly Scenario[] = [...two, ...others, ...right, ...forged, ...invalid]
