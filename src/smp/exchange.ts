import { wipe } from '../crypto/compare.js'
import { OtrError, unreachable } from '../errors.js'
import type { Env, NoticeEvent, SmpEvent } from '../protocol/index.js'
import type { SmpArithmetic, SmpValues } from './arithmetic.js'
import { checkSmpQuestion, limitSmpQuestion } from './question.js'
import { SMP_ATTEMPT_SECONDS, SMP_ATTEMPTS, tallyOf, type SmpState, type SmpTally } from './state.js'
import { copySecret, type Secret } from '../crypto/secret.js'

/** One message of SMP, as either version's TLVs carry it. `value` is the TLV's value without the question. */
export type SmpMessage =
  | { readonly step: 1, readonly value: Uint8Array, readonly question: string | undefined }
  | { readonly step: 2 | 3 | 4, readonly value: Uint8Array }
  | { readonly step: 'abort' }

/**
 * The result of a transition. When `state` is a new object, the caller wipes the old one with `wipeSmp` as soon as nothing can fail any more.
 * Each message of `outgoing` needs a data message of its own: some clients do not read the TLVs of one data message in their order.
 */
export interface SmpStep<V extends SmpValues> {
  readonly state: SmpState<V>
  readonly outgoing: readonly SmpMessage[]
  readonly events: readonly (SmpEvent | NoticeEvent)[]
  /** An exchange came to its end, and what came of it. */
  readonly ended?: 'succeeded' | 'failed'
}

/** What a transition is given beside the state and its input. */
export interface SmpContext<V extends SmpValues> extends Env {
  /** The arithmetic of the session's version. */
  readonly arithmetic: SmpArithmetic<V>
  /** Whether our side repeats its SMP message 1 when both users began at once. The side with the lower instance tag does, one time. */
  readonly asksAgain: boolean
}

const abort: SmpMessage = { step: 'abort' }

/** EXPECT1 with the same tally. */
function idle<V extends SmpValues>(state: SmpState<V>, tally: SmpTally = state): SmpState<V> {
  return { state: 'expect1', ...tallyOf(tally) }
}

/** Wipes the secrets of a state that was replaced. */
export function wipeSmp(state: SmpState<SmpValues>): void {
  if (state.state === 'expect1') return
  for (const value of Object.values(state.values) as unknown[]) if (value instanceof Uint8Array) wipe(value)
}

/**
 * Our user begins SMP. An exchange under way is aborted first.
 *
 * @throws OtrError `OTR_SMP_QUESTION` for a question that cannot be sent
 * @see [OTRv4, "User requests to begin SMP"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#user-requests-to-begin-smp)
 */
export function startExchange<V extends SmpValues>(
  state: SmpState<V>, { secret, question }: { readonly secret: Secret, readonly question?: string | undefined },
  { arithmetic, random }: Pick<SmpContext<V>, 'arithmetic' | 'random'>,
): SmpStep<V> {
  if (question !== undefined) checkSmpQuestion(question)
  const { message, values } = arithmetic.offer(secret, random)
  const restarted = state.state !== 'expect1'
  return {
    state: { state: 'expect2', values, question, again: false, ...tallyOf(state) },
    outgoing: [...(restarted ? [abort] : []), { step: 1, value: message, question }],
    events: restarted ? [{ type: 'smp', event: 'aborted' }] : [],
  }
}

/**
 * Our user answers what the other side asked.
 * @throws OtrError `OTR_SMP_NOT_ASKED` when nothing waits for an answer
 */
export function answerExchange<V extends SmpValues>(
  state: SmpState<V>, secret: Secret, { arithmetic, random }: Pick<SmpContext<V>, 'arithmetic' | 'random'>,
): SmpStep<V> {
  if (state.state !== 'asked') throw new OtrError('OTR_SMP_NOT_ASKED', 'no question waits for an answer')
  const { message, values } = arithmetic.answer(state.values, secret, random)
  return { state: { state: 'expect3', values, ...tallyOf(state) }, outgoing: [{ step: 2, value: message }], events: [] }
}

/** Our user aborts SMP. The other side is always informed; there is an event only if an exchange was under way. */
export function abortExchange<V extends SmpValues>(state: SmpState<V>): SmpStep<V> {
  const running = state.state !== 'expect1'
  return { state: running ? idle(state) : state, outgoing: [abort], events: running ? [{ type: 'smp', event: 'aborted' }] : [] }
}

/** The events for an exchange that ends because its session ends. The caller wipes the state. */
export function dropSmp(state: SmpState<SmpValues>): readonly SmpEvent[] {
  return state.state === 'expect1' ? [] : [{ type: 'smp', event: 'aborted' }]
}

/** Receives one message of SMP. A message out of turn, or a false proof, aborts the exchange. It never ends the session. */
export function receiveSmpMessage<V extends SmpValues>(state: SmpState<V>, message: SmpMessage, context: SmpContext<V>): SmpStep<V> {
  const { arithmetic, random } = context
  switch (message.step) {
    case 1:
      if (state.state === 'expect2' && context.asksAgain && !state.again) return cross(state)
      return receiveMessage1(state, message, context)
    case 2: {
      if (state.state !== 'expect2') return outOfTurn(state)
      const move = arithmetic.prove(state.values, message.value, random)
      if (move === undefined) return refuse(state)
      return {
        state: { state: 'expect4', values: move.values, ...tallyOf(state) },
        outgoing: [{ step: 3, value: move.message }],
        events: [{ type: 'smp', event: 'in-progress' }],
      }
    }
    case 3: {
      if (state.state !== 'expect3') return outOfTurn(state)
      const end = arithmetic.conclude(state.values, message.value, random)
      if (end === undefined) return refuse(state)
      return { ...conclude(state, end.equal), outgoing: [{ step: 4, value: end.message }] }
    }
    case 4: {
      if (state.state !== 'expect4') return outOfTurn(state)
      const end = arithmetic.compare(state.values, message.value)
      return end === undefined ? refuse(state) : conclude(state, end.equal)
    }
    case 'abort': {
      if (state.state === 'expect1') return { state, outgoing: [], events: [] }
      if (state.state === 'crossed') return askAgain(state, context)
      return { state: idle(state), outgoing: [], events: [{ type: 'smp', event: 'aborted' }] }
    }
    default:
      return unreachable(message)
  }
}

/**
 * Both users began at the same time. Both sides abort, as the specifications say. The other side's abort is still under way and would end
 * whatever we begin before it comes, so we wait for it.
 */
function cross<V extends SmpValues>(state: SmpState<V> & { readonly state: 'expect2' }): SmpStep<V> {
  const secret = copySecret(state.values.secret)
  return { state: { state: 'crossed', values: { secret }, question: state.question, ...tallyOf(state) }, outgoing: [abort], events: [] }
}

/** The other side's abort has come. Now we ask our question again. */
function askAgain<V extends SmpValues>(
  state: SmpState<V> & { readonly state: 'crossed' }, { arithmetic, random }: SmpContext<V>,
): SmpStep<V> {
  const { message, values } = arithmetic.offer(state.values.secret, random)
  const { question } = state
  return { state: { state: 'expect2', values, question, again: true, ...tallyOf(state) }, outgoing: [{ step: 1, value: message, question }], events: [] }
}

function receiveMessage1<V extends SmpValues>(
  state: SmpState<V>, message: SmpMessage & { readonly step: 1 }, context: SmpContext<V>,
): SmpStep<V> {
  const { value, question } = message
  const { arithmetic, now } = context
  if (state.state === 'crossed') {
    // They began again before we did, so we answer theirs.
    const asked = receiveMessage1(idle(state), message, context)
    return { ...asked, events: [{ type: 'smp', event: 'aborted' }, ...asked.events] }
  }
  if (state.state !== 'expect1') {
    // No cheating: it also happens when two users begin at the same time.
    return { state: idle(state), outgoing: [abort], events: [{ type: 'smp', event: 'aborted' }] }
  }
  // If our clock was ahead when this was noted, count from now. Otherwise the allowance would stay empty until that time comes.
  const from = Math.min(state.allowanceAt, now)
  const gained = Math.floor((now - from) / SMP_ATTEMPT_SECONDS)
  const allowance = Math.min(SMP_ATTEMPTS, state.allowance + gained)
  if (allowance < 1) {
    const counted = from === state.allowanceAt ? state : { ...state, allowanceAt: from }
    return { state: counted, outgoing: [abort], events: [{ type: 'notice', code: 'limit', detail: 'too many attempts at SMP in a short time' }] }
  }
  const tally: SmpTally = {
    attempts: state.attempts + 1,
    allowance: allowance - 1,
    allowanceAt: allowance === SMP_ATTEMPTS ? now : from + gained * SMP_ATTEMPT_SECONDS,
  }
  const values = arithmetic.ask(value)
  if (values === undefined) return { state: idle(state, tally), outgoing: [abort], events: [{ type: 'smp', event: 'cheated' }] }
  return {
    state: { state: 'asked', values, ...tally },
    outgoing: [],
    events: [{
      type: 'smp', event: 'asked', attempts: tally.attempts, ...(question === undefined ? {} : { question: limitSmpQuestion(question) }),
    }],
  }
}

/** Ends an exchange with its outcome. Success restores the other side's allowance of attempts. */
function conclude<V extends SmpValues>(state: SmpState<V>, equal: boolean): SmpStep<V> {
  const ended = equal ? 'succeeded' : 'failed'
  return {
    state: idle(state, equal ? { ...tallyOf(state), allowance: SMP_ATTEMPTS } : state),
    outgoing: [],
    events: [{ type: 'smp', event: ended }],
    ended,
  }
}

/** Aborts because a proof was false. */
function refuse<V extends SmpValues>(state: SmpState<V>): SmpStep<V> {
  return { state: idle(state), outgoing: [abort], events: [{ type: 'smp', event: 'cheated' }] }
}

/** A message 2, 3 or 4 in the wrong state. If no exchange is under way it may just be late, from one that we aborted. */
function outOfTurn<V extends SmpValues>(state: SmpState<V>): SmpStep<V> {
  if (state.state !== 'expect1' && state.state !== 'crossed') return refuse(state)
  return { state, outgoing: [abort], events: [{ type: 'notice', code: 'unexpected', detail: 'an SMP message out of turn' }] }
}
