import { equalBytes } from '../../crypto/index.js'
import { OtrError } from '../../errors.js'
import type { Step } from '../../protocol/index.js'
import {
  abandonAkeV3, adoptCommit, dropV3, endV3, expireV3, establishV3, extraKeyV3, handshakeCostV3, newV3Session, nextTimerV3, receiveV3, sendV3, smpAbortV3, smpAnswerV3, smpStartV3, startV3, tickV3, v3Status,
  type V3Account, type V3Message, type V3Options, type V3Session, type V3Step,
} from '../../v3/index.js'
import { tallyOf, type SmpTally } from '../../smp/index.js'
import type { OtrMessage } from '../../wire/index.js'
import type { HandshakeRole, AdapterContext, VersionAdapter, SessionState, SessionStep } from './adapter.js'
import type { Policy } from '../policy.js'

/** Version 3 behind the interface of the conversation. */
export const v3Adapter: VersionAdapter = {
  version: 3,
  available: (account) => account.v3 !== undefined,
  create: (theirTag) => ({ version: 3, session: newV3Session({ theirTag }) }),
  repeats(state, message) {
    const { ake } = sessionOf(state)
    const ours = ake.kind === 'awaiting-reveal-signature' ? ake.own : ake
    return message.kind === 'v3-dh-key' && ours?.kind === 'awaiting-signature' && equalBytes(ours.theirs, message.gy)
  },
  cost: (state, message) => isV3(message) ? handshakeCostV3(state === undefined ? undefined : sessionOf(state), message) : 0,
  start: (state, context) => wrap(state, startV3(sessionOf(state), accountOf(context), context.env)),
  adopt(opening, existing, theirTag) {
    const adopted = adoptCommit(sessionOf(opening), theirTag)
    return { version: 3, session: existing === undefined ? adopted : { ...sessionOf(existing), ake: adopted.ake } }
  },
  receive(state, message, context) {
    if (!isV3(message)) throw new OtrError('OTR_INTERNAL', 'a message of another version')
    return wrap(state, receiveV3(sessionOf(state), message, accountOf(context), context.env, {
      heartbeatAfter: context.policy.heartbeatAfter, smpTally: () => keptTally(state, context),
    }))
  },
  renew(older, fresh, { env }) {
    const made = sessionOf(fresh)
    if (made.state !== 'encrypted') return fresh
    return { version: 3, session: establishV3(sessionOf(older), made, env.now).state }
  },
  send: (state, text, tlvs, context) => wrap(state, sendV3(sessionOf(state), text, tlvs, accountOf(context), context.env)),
  placeOf(before, message) {
    const session = sessionOf(before)
    if (message.kind !== 'v3-data' || session.state !== 'encrypted') return undefined
    const { senderKeyId: chain } = message
    return { chain, first: !session.keys.used.some(({ ourKeyId, sent }) => ourKeyId === chain && sent > 0) }
  },
  // A message encrypted with key n of ours announced key n + 1; and the first key was announced by the key exchange. What was read in a
  // session that was renewed says nothing of the one that runs.
  chainRead: (before, after, message) =>
    message.kind === 'v3-data' && message.recipientKeyId > 1 && receivedIn(before, after) ? message.recipientKeyId - 1 : undefined,
  end: (state, context) => wrap(state, endV3(sessionOf(state), accountOf(context), context.env)),
  drop: (state) => wrap(state, dropV3(sessionOf(state))),
  expire: (state, context) => wrap(state, expireV3(sessionOf(state), accountOf(context), context.env)),
  abandon: (state) => wrap(state, abandonAkeV3(sessionOf(state))),
  smpStart: (state, secret, question, context) =>
    wrap(state, smpStartV3(sessionOf(state), secret, question, accountOf(context), context.env)),
  smpAnswer: (state, secret, context) => wrap(state, smpAnswerV3(sessionOf(state), secret, accountOf(context), context.env)),
  smpAbort: (state, context) => wrap(state, smpAbortV3(sessionOf(state), accountOf(context), context.env)),
  extraKey(state, use, data, context) {
    const step = extraKeyV3(sessionOf(state), use, data, accountOf(context), context.env)
    return { ...wrap(state, step), key: step.key }
  },
  tick: (state, context) => wrap(state, tickV3(sessionOf(state), accountOf(context), context.env, optionsOf(context.policy))),
  smpTally(state) {
    const session = sessionOf(state)
    return session.state === 'encrypted' ? tallyOf(session.smp) : undefined
  },
  established(state) {
    const session = sessionOf(state)
    return session.state === 'encrypted' ? { ssid: session.ssid, fingerprint: session.theirFingerprint } : {}
  },
  nextTimer: (state, policy) => nextTimerV3(sessionOf(state), optionsOf(policy)),
  role: (state) => roles[sessionOf(state).ake.kind],
  status(current) {
    const session = sessionOf(current)
    const { theirFingerprint, ssid, ssidBold, initiator, smp, state, messageState } = v3Status(session)
    const role = roles[session.ake.kind]
    if (ssid === undefined || ssidBold === undefined || theirFingerprint === undefined || initiator === undefined) {
      return { state, messageState, role, smp: 'none' }
    }
    return {
      state,
      messageState,
      role,
      smp: smp === undefined || smp === 'expect1' ? 'none' : smp === 'asked' ? 'asked' : 'running',
      ssid,
      ssidBold,
      fingerprint: theirFingerprint,
      initiator,
    }
  },
}

/** Whether the session that runs received what came. */
function receivedIn(before: SessionState, after: SessionState): boolean {
  const [from, to] = [sessionOf(before), sessionOf(after)]
  if (from.state !== 'encrypted') return false
  return to.state !== 'encrypted' || from.keys.used !== to.keys.used
}

const roles: Readonly<Record<V3Session['ake']['kind'], HandshakeRole>> = {
  'none': 'none',
  'awaiting-dh-key': 'committed',
  'awaiting-signature': 'revealed',
  'awaiting-reveal-signature': 'answering',
}

function sessionOf(state: SessionState): V3Session {
  if (state.version !== 3) throw new OtrError('OTR_INTERNAL', 'a session of another version')
  return state.session
}

function keptTally(state: SessionState, { smpTally }: AdapterContext): SmpTally | undefined {
  const session = sessionOf(state)
  return session.state === 'encrypted' ? smpTally?.(3, session.theirFingerprint) : undefined
}

function isV3(message: OtrMessage): message is V3Message {
  return message.kind.startsWith('v3-')
}

function accountOf({ account }: AdapterContext): V3Account {
  if (account.v3 === undefined) throw new OtrError('OTR_INTERNAL', 'this account has no version 3 key')
  return { dsa: account.v3.dsa, instanceTag: account.instanceTag }
}

function optionsOf(policy: Policy): V3Options {
  return { heartbeatAfter: policy.heartbeatAfter }
}

/** Keeps the identity of a state that was not replaced. */
function wrap(before: SessionState, step: V3Step): SessionStep & Step<SessionState, V3Message> {
  const state: SessionState = step.state === before.session ? before : { version: 3, session: step.state }
  const { outgoing, events, beside, refused } = step
  const established = beside !== undefined || isNewSession(sessionOf(before), step.state)
  if (!established && refused === undefined) return { state, outgoing, events }
  return {
    state, outgoing, events,
    ...(established && { established }), ...(refused !== undefined && { refused }), ...(beside !== undefined && { beside: { version: 3, session: beside } }),
  }
}

/** A session keeps its id, the very array, from its beginning to its end. */
function isNewSession(before: V3Session, after: V3Session): boolean {
  return after.state === 'encrypted' && (before.state !== 'encrypted' || before.ssid !== after.ssid)
}
