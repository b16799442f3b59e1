import { equalBytes } from '../../crypto/index.js'
import { OtrError } from '../../errors.js'
import type { Step } from '../../protocol/index.js'
import * as v3 from '../../v3/index.js'
import type { V3Context, V3Message, V3Session, V3Step, V3Version } from '../../v3/index.js'
import { changedTally } from './changed-tally.js'
import type { OtrMessage } from '../../wire/index.js'
import type { HandshakeRole, AdapterContext, ReadChain, VersionAdapter, SessionState, SessionStep } from './adapter.js'

/** The adapter of version 3, or of version 2. */
const adapter = (version: V3Version): VersionAdapter => ({
  version,
  keys: 'v3',
  create: (theirTag) => ({ version, session: v3.createSession({ theirTag }) }),
  repeats(state, message) {
    const { ake } = sessionOf(state)
    const ours = ake.kind === 'awaiting-reveal-signature' ? ake.own : ake
    return 'gy' in message && ours?.kind === 'awaiting-signature' && equalBytes(ours.theirs, message.gy)
  },
  cost: (state, message) => isV3(message) ? v3.handshakeCost(state === undefined ? undefined : sessionOf(state), message) : 0,
  start: (state, context) => wrap(state, v3.startHandshake(sessionOf(state), contextOf(version, context))),
  adopt: (opening, existing, theirTag) =>
    ({ version, session: v3.adoptHandshake(sessionOf(opening), existing === undefined ? undefined : sessionOf(existing), theirTag) }),
  receive(state, message, context) {
    if (!isV3(message)) throw new OtrError('OTR_INTERNAL', 'a message of another version')
    return wrap(state, v3.receiveMessage(sessionOf(state), message, contextOf(version, context)), message)
  },
  renew(older, newer, { env }) {
    const made = sessionOf(newer)
    if (made.state !== 'encrypted') return newer
    return { version, session: v3.establishSession(sessionOf(older), made, env).state }
  },
  send: (state, text, tlvs, context) => wrap(state, v3.sendMessage(sessionOf(state), { text, tlvs }, contextOf(version, context))),
  placeOf(before, message) {
    const session = sessionOf(before)
    if (!isData(message) || session.state !== 'encrypted') return undefined
    const { senderKeyId: chain } = message
    return { chain, first: !session.keys.used.some(({ ourKeyId, sent }) => ourKeyId === chain && sent > 0) }
  },
  end: (state, context) => wrap(state, v3.endSession(sessionOf(state), contextOf(version, context))),
  drop: (state) => wrap(state, v3.dropSession(sessionOf(state))),
  expire: (state, context) => wrap(state, v3.expireSession(sessionOf(state), contextOf(version, context))),
  abandon: (state) => wrap(state, v3.abandonHandshake(sessionOf(state))),
  smpStart: (state, secret, question, context) => wrap(state, v3.startSmp(sessionOf(state), { secret, question }, contextOf(version, context))),
  smpAnswer: (state, secret, context) => wrap(state, v3.answerSmp(sessionOf(state), secret, contextOf(version, context))),
  smpAbort: (state, context) => wrap(state, v3.abortSmp(sessionOf(state), contextOf(version, context))),
  extraKey(state, use, data, context) {
    const step = v3.sendExtraKey(sessionOf(state), { use, data }, contextOf(version, context))
    return { ...wrap(state, step), key: step.key }
  },
  tick: (state, context) => wrap(state, v3.runTimers(sessionOf(state), contextOf(version, context))),
  established(state) {
    const session = sessionOf(state)
    return session.state === 'encrypted' ? { ssid: session.ssid, fingerprint: session.theirFingerprint } : {}
  },
  nextTimer: (state, policy) => v3.nextTimer(sessionOf(state), policy),
  role: (state) => roles[sessionOf(state).ake.kind],
  status(current) {
    const session = sessionOf(current)
    const { theirFingerprint, ssid, ssidBold, initiator, smp, state, messageState } = v3.describeSession(session)
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
})

export const v3Adapter = adapter(3)

/** The same sessions over the messages of version 2. */
export const v2Adapter = adapter(2)

function isData(message: OtrMessage): message is Extract<V3Message, { readonly kind: 'v2-data' | 'v3-data' }> {
  return message.kind === 'v3-data' || message.kind === 'v2-data'
}

/**
 * What of ours the sender had read. Our message encrypted with key n announced key n + 1, and the key exchange announced the first key. What was
 * read in a session that was renewed says nothing about the current one.
 */
function readBy(message: V3Message, from: V3Session, to: V3Session): ReadChain | undefined {
  if (!isData(message) || message.recipientKeyId <= 1 || from.state !== 'encrypted') return undefined
  const isOfThis = to.state !== 'encrypted' || from.keys.used !== to.keys.used
  return isOfThis ? { ssid: from.ssid, chain: message.recipientKeyId - 1 } : undefined
}

const roles: Readonly<Record<V3Session['ake']['kind'], HandshakeRole>> = {
  'none': 'none',
  'awaiting-dh-key': 'committed',
  'awaiting-signature': 'revealed',
  'awaiting-reveal-signature': 'answering',
}

function sessionOf(state: SessionState): V3Session {
  if (state.version === 4) throw new OtrError('OTR_INTERNAL', 'a session of another version')
  return state.session
}

function isV3(message: OtrMessage): message is V3Message {
  return !message.kind.startsWith('v4-')
}

function contextOf(version: V3Version, { account, env: { random, now }, policy: { heartbeatAfter }, smpTally }: AdapterContext): V3Context {
  if (account.v3 === undefined) throw new OtrError('OTR_INTERNAL', 'this account has no key of version 3')
  return {
    version, random, now, account: { dsa: account.v3.dsa, instanceTag: account.instanceTag }, heartbeatAfter,
    smpTally: smpTally && ((fingerprint) => smpTally(3, fingerprint)),
  }
}

type Wrapped = SessionStep & Step<SessionState, V3Message>

/** Wraps the step of a session. A state that was not replaced stays the same object. `received`: the message that caused the step. */
function wrap(before: SessionState, { state: to, outgoing, events, beside, refused }: V3Step, received?: V3Message): Wrapped {
  const from = sessionOf(before)
  const version = before.version === 2 ? 2 : 3
  const step: { -readonly [Field in keyof Wrapped]: Wrapped[Field] } = {
    state: to === from ? before : { version, session: to }, outgoing, events,
    handshake: to.ake.kind === 'none' ? 'none' : to.ake.kind === from.ake.kind ? 'stays' : 'moved',
  }
  const read = received && readBy(received, from, to)
  const [smpBefore, smp] = [smpOf(from), smpOf(to)]
  // A step without SMP keeps the very object.
  const smpTally = smp === undefined || smp === smpBefore ? undefined : changedTally(smpBefore, smp)
  if (read !== undefined) step.read = read
  if (beside !== undefined) step.beside = { version, session: beside }
  if (beside !== undefined || isNewSession(from, to)) step.established = true
  if (smpTally !== undefined) step.smpTally = smpTally
  if (refused !== undefined) step.refused = refused
  return step
}

function smpOf(session: V3Session): Extract<V3Session, { readonly state: 'encrypted' }>['smp'] | undefined {
  return session.state === 'encrypted' ? session.smp : undefined
}

/** Compares the array of the session id: a session keeps the same array from its beginning to its end. */
function isNewSession(before: V3Session, after: V3Session): boolean {
  return after.state === 'encrypted' && (before.state !== 'encrypted' || before.ssid !== after.ssid)
}
