import { attempt, heartbeatIsDue } from '../protocol/index.js'
import { wipe } from '../crypto/compare.js'
import { wipeRatchet, wipeReplaced, type RatchetState } from '../ratchet/index.js'
import { recallTally, wipeSmp } from '../smp/index.js'
import { IGNORE_UNREADABLE, type DataMessageV4, type Tlv } from '../wire/index.js'
import type { V4Context } from './context.js'
import { contentOf, dataMessage, decryptData, type Authenticated, type Unread } from './data-message.js'
import { isKeptEarly, keepEarly } from './early-message.js'
import { encryptedEvent } from './establish.js'
import { oneByOne, readTlvs } from './read-tlvs.js'
import { receiveBeside } from './receive-side-session.js'
import { finishedOf, isStale, refuse, step, withMessage, type V4Encrypted, type V4Message, type V4Session, type V4Step } from './session.js'
import { promoted, successor, waitNoLonger } from './side-session.js'
import { smpTlv, type V4SmpState } from './smp.js'
import { learnFromSmp } from './smp-dialect.js'

const noSession: Unread = { kind: 'unreadable', detail: 'there is no encrypted session' }
const replaced: Unread = { kind: 'unreadable', detail: 'the session was replaced by a later one' }

/**
 * Receives a data message. Only an authenticated message changes the session, or one that is kept until the Auth-I message comes.
 *
 * @see [OTRv4, "Receiving a Data Message"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#receiving-a-data-message)
 */
export function receiveData(session: V4Session, message: DataMessageV4, context: V4Context): V4Step {
  if (session.state !== 'encrypted') return receiveElsewhere(session, message, noSession, context)
  if (isStale(session)) return keepOrRefuse(session, message, replaced, context)
  const result = decryptData(session.ratchet, message, context)
  return result.kind === 'authenticated'
    ? accept(session, message, result, context)
    : receiveElsewhere(session, message, result, context)
}

/** A message that the running session could not read. It may belong to a side session, or to a session to come. */
function receiveElsewhere(session: V4Session, message: DataMessageV4, unread: Unread, context: V4Context): V4Step {
  const beside = receiveBeside(session, message, context)
  return beside !== undefined && 'state' in beside ? beside : keepOrRefuse(session, message, beside ?? unread, context)
}

/** Keeps the message for a session to come, ignores it if its sender asked for that, or reports it by a notice. (Chain 0 of a session to come looks old to the running one.) */
function keepOrRefuse(session: V4Session, message: DataMessageV4, { kind, detail }: Unread, { now }: V4Context): V4Step {
  const dake = keepEarly(session.dake, message, now)
  if (dake !== session.dake) return { ...step({ ...session, dake }), kept: true }
  if (isKeptEarly(dake, message)) return refuse(session, 'duplicate', 'a message that is kept already')
  return kind === 'unreadable' && (message.flags & IGNORE_UNREADABLE) !== 0 ? step(session) : refuse(session, kind, detail)
}

/** What was made until now for an authenticated message. */
interface Made {
  ratchet: RatchetState
  smp: V4SmpState
}

/** Takes over an authenticated message, or wipes what was made for it: the session that was given goes on then. */
function accept(session: V4Encrypted, message: DataMessageV4, authenticated: Authenticated, context: V4Context): V4Step {
  const { ratchet, extraKeys } = authenticated
  const made: Made = { ratchet, smp: session.smp }
  try {
    return acceptInto(made, session, message, authenticated, context)
  } catch (error) {
    for (const one of [made.ratchet, ratchet]) wipeReplaced(one, session.ratchet)
    if (made.smp !== session.smp) wipeSmp(made.smp)
    wipe(...extraKeys)
    throw error
  }
}

/** All randomness is drawn before the first secret of the old state is wiped. */
function acceptInto(
  made: Made, session: V4Encrypted, message: DataMessageV4, { ratchet, plaintext, extraKeys }: Authenticated, context: V4Context,
): V4Step {
  const events = contentOf(message, plaintext, session)
  const { lastSent, side } = session
  const heartbeatOwed = session.heartbeatOwed || plaintext.text !== ''
  if (plaintext.tlvs.length === 0 && (plaintext.text === '' || !heartbeatIsDue(session, context))) {
    // Text, and nothing to answer.
    wipeReplaced(session.ratchet, ratchet)
    return step(withMessage(session, { ratchet, smp: session.smp, lastSent, heartbeatOwed, side: side.length === 0 ? side : waitNoLonger(side) }), [], events)
  }
  const read = readTlvs(recallTally(session.smp, context.smpTally?.(session.them.fingerprint)), plaintext.tlvs, {
    random: context.random, now: context.now, extraKey: oneByOne(extraKeys), asksAgain: context.account.instanceTag < session.theirTag,
  })
  made.smp = read.smp
  events.push(...read.events)
  if (read.disconnected) events.push({ type: 'state', state: 'finished' })

  let state = withMessage(session, { ratchet, smp: read.smp, lastSent, heartbeatOwed, side })
  const outgoing: V4Message[] = []
  const send = (tlvs: readonly Tlv[], reveal: 'due' | 'all' = 'due'): void => {
    const sent = dataMessage(state, { text: '', tlvs, reveal }, context)
    // Never the state that we were given: it must stay usable until nothing can fail.
    if (state.ratchet !== ratchet) wipeReplaced(state.ratchet, sent.state.ratchet)
    state = sent.state
    made.ratchet = state.ratchet
    outgoing.push(sent.message)
  }
  if (read.disconnected) {
    // The last chance to reveal MAC keys. The other side cannot read it any more. The session is over even if this message cannot be made.
    attempt(() => { send([], 'all') })
  } else {
    for (const reply of read.replies) send([smpTlv(reply)])
    // A heartbeat does not answer a heartbeat.
    if (plaintext.text !== '' && heartbeatIsDue(state, context)) send([])
    const smp = learnFromSmp(state, read.smpEnded, context.dialect ?? 'auto')
    state = smp.state
    events.push(...smp.events)
  }

  for (const left of read.left) wipeSmp(left)
  if (read.disconnected) {
    wipeSmp(read.smp)
    for (const gone of [session.ratchet, ratchet, state.ratchet]) wipeRatchet(gone)
    const next = successor(session, context.now)
    if (next !== undefined) {
      const running = promoted(session, next, read.smp, context.now)
      return step(running, outgoing, [...events, encryptedEvent(running)])
    }
    return step(finishedOf(session, side), outgoing, events)
  }
  wipeReplaced(ratchet, state.ratchet)
  wipeReplaced(session.ratchet, state.ratchet)
  return step({ ...state, side: waitNoLonger(state.side) }, outgoing, events)
}
