import { ed448Fingerprint } from '../../crypto/index.js'
import { OtrError } from '../../errors.js'
import type { Step } from '../../protocol/index.js'
import { defaultRatchetLimits } from '../../ratchet/index.js'
import * as v4 from '../../v4/index.js'
import type { V4Account, V4Context, V4Message, V4Session, V4Step } from '../../v4/index.js'
import { changedTally } from './changed-tally.js'
import type { OtrMessage } from '../../wire/index.js'
import type { HandshakeRole, AdapterContext, ReadChain, VersionAdapter, SessionState, SessionStep } from './adapter.js'
import type { Policy } from '../policy.js'

/** The adapter of version 4. */
export const v4Adapter: VersionAdapter = {
  version: 4,
  keys: 'v4',
  create: (theirTag, learned) => ({ version: 4, session: v4.createSession({ theirTag, learned }) }),
  claimedKey: (message) => message.kind === 'v4-non-interactive-auth'
    ? ed448Fingerprint(message.clientProfile.publicKey, message.clientProfile.forgingKey) : undefined,
  cost: (state, message) => isV4(message) ? v4.handshakeCost(state === undefined ? undefined : sessionOf(state), message) : 0,
  // An Auth-R message answers one Identity message and fits no other, so no repetition can be mistaken for a new answer.
  repeats: () => false,
  start: (state, context) => wrap(state, v4.startHandshake(sessionOf(state), contextOf(context))),
  startOffline: (state, ensemble, context) => wrap(state, v4.startOfflineSession(sessionOf(state), ensemble, contextOf(context))),
  adopt: (opening, existing, theirTag) =>
    ({ version: 4, session: v4.adoptHandshake(sessionOf(opening), existing === undefined ? undefined : sessionOf(existing), theirTag) }),
  receive(state, message, context) {
    if (!isV4(message)) throw new OtrError('OTR_INTERNAL', 'a message of another version')
    return wrap(state, v4.receiveMessage(sessionOf(state), message, contextOf(context)), message)
  },
  renew(older, newer, { env }) {
    const made = sessionOf(newer)
    if (made.state !== 'encrypted') return newer
    return { version: 4, session: v4.establishSession(sessionOf(older), made, env).state }
  },
  send: (state, text, tlvs, context) => wrap(state, v4.sendMessage(sessionOf(state), { text, tlvs }, contextOf(context))),
  placeOf: (_, message) => message.kind === 'v4-data' ? { chain: message.ratchetId, first: message.messageId === 0 } : undefined,
  end: (state, context) => wrap(state, v4.endSession(sessionOf(state), contextOf(context))),
  drop: (state) => wrap(state, v4.dropSession(sessionOf(state))),
  expire: (state, context) => wrap(state, v4.expireSession(sessionOf(state), contextOf(context))),
  abandon: (state) => wrap(state, v4.abandonHandshake(sessionOf(state))),
  smpStart: (state, secret, question, context) => wrap(state, v4.startSmp(sessionOf(state), { secret, question }, contextOf(context))),
  smpAnswer: (state, secret, context) => wrap(state, v4.answerSmp(sessionOf(state), secret, contextOf(context))),
  smpAbort: (state, context) => wrap(state, v4.abortSmp(sessionOf(state), contextOf(context))),
  extraKey(state, use, data, context) {
    const step = v4.sendExtraKey(sessionOf(state), { use, data }, contextOf(context))
    return { ...wrap(state, step), key: step.key }
  },
  tick: (state, context) => wrap(state, v4.runTimers(sessionOf(state), contextOf(context))),
  nextTimer: (state, policy) => v4.nextTimer(sessionOf(state), settingsOf(policy)),
  /**
   * Counts from our last new ECDH key: silence of the other side alone does not count.
   *
   * @see [OTRv4, "Session Expiration"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#session-expiration)
   */
  livesFrom(state) {
    const session = sessionOf(state)
    return session.state === 'encrypted' ? session.ratchet.expiryFrom : undefined
  },
  established(state) {
    const session = sessionOf(state)
    if (session.state === 'plaintext') return {}
    const { ssid, them: { fingerprint, claims } } = session.state === 'encrypted' ? session : session.ended
    return claims === undefined ? { ssid, fingerprint } : { ssid, fingerprint, claims }
  },
  usage(state) {
    const session = sessionOf(state)
    return {
      skippedKeys: session.state === 'encrypted' ? session.ratchet.skipped.length : 0,
      earlyBytes: session.dake.kind === 'none' ? 0 : v4.earlyMessageBytes(session),
    }
  },
  dropEarly: (state) => ({ version: 4, session: v4.dropEarlyMessages(sessionOf(state)) }),
  dropSkippedKeys: (state, count) => ({ version: 4, session: v4.dropSkippedKeys(sessionOf(state), count) }),
  role: (state) => roles[sessionOf(state).dake.kind],
  status(current) {
    const { state, messageState, them, ssid, ssidBold, initiator, offline, smp, dake, ratchet } = v4.describeSession(sessionOf(current))
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

/**
 * What of ours the sender had read. The other side begins a chain only after it has read something of ours before it. What was read in a side
 * session says nothing about the current one.
 */
function readBy(message: V4Message, from: V4Session, to: V4Session): ReadChain | undefined {
  if (message.kind !== 'v4-data' || message.ratchetId === 0 || from.state !== 'encrypted') return undefined
  const isOfThis = to.state !== 'encrypted' || from.ratchet.receiving !== to.ratchet.receiving || from.ratchet.skipped !== to.ratchet.skipped
  return isOfThis ? { ssid: from.ssid, chain: message.ratchetId - 1 } : undefined
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

function isV4(message: OtrMessage): message is V4Message {
  return message.kind.startsWith('v4-')
}

function accountOf({ account }: AdapterContext): V4Account {
  if (account.v4 === undefined) throw new OtrError('OTR_INTERNAL', 'this account has no version 4 key')
  const { address, instanceTag, v4: { identity, clientProfile } } = account
  return { address, instanceTag, identity, clientProfile }
}

type Settings = Required<Pick<V4Context, 'heartbeatAfter' | 'dialect' | 'limits'>>

/** A cache: policies are never changed in place. */
const settings = new WeakMap<Policy, Settings>()

/** The settings of the version that follow from a policy, made once for each policy. */
function settingsOf(policy: Policy): Settings {
  let found = settings.get(policy)
  if (found === undefined) {
    const { heartbeatAfter, dialect, maxSkip } = policy
    settings.set(policy, found = { heartbeatAfter, dialect, limits: { ...defaultRatchetLimits, maxSkip } })
  }
  return found
}

/** Written out, because for every message the spread operator costs more than the encryption. */
function contextOf(given: AdapterContext): V4Context {
  const { env: { random, now }, peer, policy, phiExtra, prekeys, derivations, isVerified, smpTally } = given
  const { heartbeatAfter, dialect, limits } = settingsOf(policy)
  const context: { -readonly [Field in keyof V4Context]: V4Context[Field] } = {
    random, now, account: accountOf(given), theirAddress: peer, prekeys, heartbeatAfter, dialect, limits,
    smpTally: smpTally && ((fingerprint) => smpTally(4, fingerprint)),
  }
  if (derivations !== undefined) context.derivations = derivations
  if (phiExtra !== undefined) context.phiExtra = phiExtra
  if (policy.requireAuthenticated) context.accepts = (fingerprint) => isVerified?.(4, fingerprint) === true
  return context
}

type Wrapped = SessionStep & Step<SessionState, V4Message>

/** Wraps the step of a session. A state that was not replaced stays the same object. `received`: the message that caused the step. */
function wrap(before: SessionState, { state: to, outgoing, events, usedPrekey, beside, kept, refused }: V4Step, received?: V4Message): Wrapped {
  const from = sessionOf(before)
  const step: { -readonly [Field in keyof Wrapped]: Wrapped[Field] } = {
    state: to === from ? before : { version: 4, session: to }, outgoing, events,
    handshake: to.dake.kind === 'none' ? 'none' : to.dake.kind === from.dake.kind ? 'stays' : 'moved', learned: to.learned,
  }
  const read = received && readBy(received, from, to)
  const [smpBefore, smp] = [smpOf(from), smpOf(to)]
  // A step without SMP keeps the very object.
  const smpTally = smp === undefined || smp === smpBefore ? undefined : changedTally(smpBefore, smp)
  if (read !== undefined) step.read = read
  if (beside !== undefined) step.beside = { version: 4, session: beside }
  if (beside !== undefined || isNewSession(from, to)) step.established = true
  if (smpTally !== undefined) step.smpTally = smpTally
  if (usedPrekey !== undefined) step.usedPrekey = usedPrekey
  if (kept !== undefined) step.kept = kept
  if (refused !== undefined) step.refused = refused
  return step
}

function smpOf(session: V4Session): Extract<V4Session, { readonly state: 'encrypted' }>['smp'] | undefined {
  return session.state === 'encrypted' ? session.smp : undefined
}

/** Compares the array of the session id: a session keeps the same array from its beginning to its end. It may end in the step that began it. */
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
