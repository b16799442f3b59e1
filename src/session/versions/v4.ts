import { ed448Fingerprint } from '../../crypto/index.js'
import { OtrError } from '../../errors.js'
import type { Step } from '../../protocol/index.js'
import { defaultRatchetLimits } from '../../ratchet/index.js'
import {
  abandonDakeV4, adoptIdentity, dropEarlyV4, dropStoredV4, dropV4, earlyBytesV4, endV4, establishV4, expireV4, extraKeyV4, handshakeCostV4, newV4Session, nextTimerV4, receiveV4, sendV4, smpAbortV4,
  smpAnswerV4, smpStartV4, startOfflineV4, startV4, tickV4, v4Status, type V4Account, type V4Message, type V4Options, type V4Session, type V4Step,
} from '../../v4/index.js'
import { tallyOf, type SmpTally } from '../../smp/index.js'
import type { OtrMessage } from '../../wire/index.js'
import type { HandshakeRole, AdapterContext, VersionAdapter, SessionState, SessionStep } from './adapter.js'
import type { Policy } from '../policy.js'

/** Version 4 behind the interface of the conversation. */
export const v4Adapter: VersionAdapter = {
  version: 4,
  available: (account) => account.v4 !== undefined,
  create: (theirTag, learned) => ({ version: 4, session: newV4Session({ theirTag, learned }) }),
  claimedKey: (message) => message.kind === 'v4-non-interactive-auth'
    ? ed448Fingerprint(message.clientProfile.publicKey, message.clientProfile.forgingKey) : undefined,
  cost: (state, message) => isV4(message) ? handshakeCostV4(state === undefined ? undefined : sessionOf(state), message) : 0,
  // An Auth-R answers one Identity message and fits no other: nothing can be mistaken for a fresh answer.
  repeats: () => false,
  start: (state, context) => wrap(state, startV4(sessionOf(state), accountOf(context), context.env)),
  startOffline: (state, ensemble, context) =>
    wrap(state, startOfflineV4(sessionOf(state), ensemble, accountOf(context), context.env, optionsOf(context))),
  adopt: (opening, existing, theirTag) =>
    ({ version: 4, session: adoptIdentity(sessionOf(opening), existing === undefined ? undefined : sessionOf(existing), theirTag) }),
  receive(state, message, context) {
    if (!isV4(message)) throw new OtrError('OTR_INTERNAL', 'a message of another version')
    return wrap(state, receiveV4(sessionOf(state), message, accountOf(context), context.env, optionsOf(context, () => keptTally(state, context))))
  },
  renew(older, fresh, { env }) {
    const made = sessionOf(fresh)
    if (made.state !== 'encrypted') return fresh
    return { version: 4, session: establishV4(sessionOf(older), made, env.now).state }
  },
  send: (state, text, tlvs, context) => wrap(state, sendV4(sessionOf(state), text, tlvs, accountOf(context), context.env)),
  placeOf: (_, message) => message.kind === 'v4-data' ? { chain: message.ratchetId, first: message.messageId === 0 } : undefined,
  // Whoever begins a chain has read of the one before. What was read in a session put aside says nothing of the one that runs.
  chainRead: (before, after, message) =>
    message.kind === 'v4-data' && message.ratchetId > 0 && receivedIn(before, after) ? message.ratchetId - 1 : undefined,
  end: (state, context) => wrap(state, endV4(sessionOf(state), accountOf(context), context.env)),
  drop: (state) => wrap(state, dropV4(sessionOf(state))),
  expire: (state, context) => wrap(state, expireV4(sessionOf(state), accountOf(context), context.env)),
  abandon: (state) => wrap(state, abandonDakeV4(sessionOf(state))),
  smpStart: (state, secret, question, context) =>
    wrap(state, smpStartV4(sessionOf(state), secret, question, accountOf(context), context.env, optionsOf(context))),
  smpAnswer: (state, secret, context) =>
    wrap(state, smpAnswerV4(sessionOf(state), secret, accountOf(context), context.env, optionsOf(context))),
  smpAbort: (state, context) => wrap(state, smpAbortV4(sessionOf(state), accountOf(context), context.env)),
  extraKey(state, use, data, context) {
    const step = extraKeyV4(sessionOf(state), use, data, accountOf(context), context.env)
    return { ...wrap(state, step), key: step.key }
  },
  tick: (state, context) => wrap(state, tickV4(sessionOf(state), accountOf(context), context.env, optionsOf(context))),
  nextTimer: (state, policy) => nextTimerV4(sessionOf(state), timingOf(policy)),
  /** From the last ECDH key of ours that was new: silence of the other side alone says nothing ("Session Expiration"). */
  livesFrom(state) {
    const session = sessionOf(state)
    return session.state === 'encrypted' ? session.ratchet.expiryFrom : undefined
  },
  smpTally(state) {
    const session = sessionOf(state)
    return session.state === 'encrypted' ? tallyOf(session.smp) : undefined
  },
  established(state) {
    const session = sessionOf(state)
    if (session.state === 'plaintext') return {}
    const { ssid, them: { fingerprint, claims } } = session.state === 'encrypted' ? session : session.ended
    return claims === undefined ? { ssid, fingerprint } : { ssid, fingerprint, claims }
  },
  earlyBytes: (state) => earlyBytesV4(sessionOf(state)),
  dropEarly: (state) => ({ version: 4, session: dropEarlyV4(sessionOf(state)) }),
  dropStored: (state, count) => ({ version: 4, session: dropStoredV4(sessionOf(state), count) }),
  learned: (state) => sessionOf(state).learned,
  role: (state) => roles[sessionOf(state).dake.kind],
  stored(state) {
    const session = sessionOf(state)
    return session.state === 'encrypted' ? session.ratchet.skipped.length : 0
  },
  status(current) {
    const { state, messageState, them, ssid, ssidBold, initiator, offline, smp, dake, ratchet } = v4Status(sessionOf(current))
    const role = roles[dake]
    if (ssid === undefined || ssidBold === undefined || them === undefined || initiator === undefined || ratchet === undefined) {
      return { state, messageState, role, smp: 'none' }
    }
    const shown = {
      state,
      messageState,
      role,
      smp: smp === undefined || smp === 'expect1' ? 'none' as const : smp === 'asked' ? 'asked' as const : 'running' as const,
      ssid,
      ssidBold,
      fingerprint: them.fingerprint,
      initiator,
      offline: offline === true,
      ratchet,
    }
    return them.claims === undefined ? shown : { ...shown, claims: them.claims }
  },
}

/** Whether the ratchet of the session that runs received what came. */
function receivedIn(before: SessionState, after: SessionState): boolean {
  const [from, to] = [sessionOf(before), sessionOf(after)]
  if (from.state !== 'encrypted') return false
  return to.state !== 'encrypted' || from.ratchet.receiving !== to.ratchet.receiving || from.ratchet.skipped !== to.ratchet.skipped
}

const roles: Readonly<Record<V4Session['dake']['kind'], HandshakeRole>> = {
  'none': 'none',
  'awaiting-auth-r': 'committed',
  'awaiting-auth-i': 'answering',
}

function sessionOf(state: SessionState): V4Session {
  if (state.version !== 4) throw new OtrError('OTR_INTERNAL', 'a session of another version')
  return state.session
}

function keptTally(state: SessionState, { smpTally }: AdapterContext): SmpTally | undefined {
  const session = sessionOf(state)
  return session.state === 'encrypted' ? smpTally?.(4, session.them.fingerprint) : undefined
}

function isV4(message: OtrMessage): message is V4Message {
  return message.kind === 'v4-identity' || message.kind === 'v4-auth-r' || message.kind === 'v4-auth-i' || message.kind === 'v4-data' ||
    message.kind === 'v4-non-interactive-auth'
}

function accountOf({ account }: AdapterContext): V4Account {
  if (account.v4 === undefined) throw new OtrError('OTR_INTERNAL', 'this account has no version 4 key')
  const { address, instanceTag, v4: { identity, clientProfile } } = account
  return { address, instanceTag, identity, clientProfile }
}

type Timing = Required<Pick<V4Options, 'heartbeatAfter' | 'dialect' | 'limits'>>

/** Policies are never changed in place. */
const timings = new WeakMap<Policy, Timing>()

function timingOf(policy: Policy): Timing {
  let found = timings.get(policy)
  if (found === undefined) {
    const { heartbeatAfter, dialect, maxSkip } = policy
    timings.set(policy, found = { heartbeatAfter, dialect, limits: { ...defaultRatchetLimits, maxSkip } })
  }
  return found
}

/** Written out: with every message, spreading costs more than encrypting. */
function optionsOf({ peer, policy, phiExtra, prekeys, derivations, isVerified }: AdapterContext, smpTally?: V4Options['smpTally']): V4Options {
  const { heartbeatAfter, dialect, limits } = timingOf(policy)
  const options: { -readonly [Option in keyof V4Options]: V4Options[Option] } =
    { theirAddress: peer, prekeys, heartbeatAfter, dialect, limits, smpTally }
  if (derivations !== undefined) options.derivations = derivations
  if (phiExtra !== undefined) options.phiExtra = phiExtra
  if (policy.requireAuthenticated) options.accepts = (fingerprint) => isVerified?.(4, fingerprint) === true
  return options
}

/** Keeps the identity of a state that was not replaced. */
function wrap(before: SessionState, step: V4Step): SessionStep & Step<SessionState, V4Message> {
  const state: SessionState = step.state === before.session ? before : { version: 4, session: step.state }
  const { outgoing, events, usedPrekey, beside, kept, refused } = step
  const established = beside !== undefined || isNewSession(sessionOf(before), step.state)
  if (!established && usedPrekey === undefined && kept === undefined && refused === undefined) return { state, outgoing, events }
  return {
    state, outgoing, events, ...(established && { established }), ...(refused !== undefined && { refused }),
    ...(usedPrekey !== undefined && { usedPrekey }), ...(beside !== undefined && { beside: { version: 4, session: beside } }), ...(kept && { kept }),
  }
}

/** A session keeps its id, the very array, from its beginning to its end; one may have ended with the step that it began with. */
function isNewSession(before: V4Session, after: V4Session): boolean {
  const ssid = ssidOf(after)
  return ssid !== undefined && ssid !== ssidOf(before)
}

function ssidOf(session: V4Session): Uint8Array | undefined {
  switch (session.state) {
    case 'encrypted': return session.ssid
    case 'finished': return session.ended.ssid
    case 'plaintext': return undefined
  }
}
