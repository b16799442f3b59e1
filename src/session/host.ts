import { OtrError } from '../errors.js'
import { hexEncode } from '../wire/index.js'
import { isUnanswered, trustIn, type Conversation, type ConversationStatus, type SessionEntry, type SessionInfo } from './conversation.js'
import type { Trust, Version } from './event.js'
import type { TrustHow } from './trust.js'
import { failureOf } from './failure.js'
import { open } from './open.js'
import { chooseSessions, hasSession, rankSessions } from './instances.js'
import { machineOf, statusOf } from './machines.js'
import { isPending, mayBegin, sendQuery } from './offer.js'
import { flushOutbox } from './send.js'
import { forgetSent } from './sent.js'
import type { Turn } from './turn.js'
import { secretWeakness, weaknessText } from './weak-secret.js'

/** Asks for a private conversation, or renews the one that stands; `identity`: in version 4, without asking. */
export function start(turn: Turn, how: 'query' | 'identity'): void {
  turn.draft.known = true
  if (!mayBegin(turn)) throw new OtrError('OTR_NOT_VERIFIED', 'the policy asks for a verified key before anything begins')
  if (how === 'query') {
    sendQuery(turn)
    return
  }
  const machine = turn.allowedMachines().find(({ version }) => version === 4)
  if (machine === undefined) throw new OtrError('OTR_POLICY', 'the policy does not allow version 4')
  open(turn, machine)
}

/** Ends the sessions of one instance or of all, and every key exchange; then plaintext, but latched. */
export function end(turn: Turn, instance: number | undefined): void {
  const { draft } = turn
  draft.known = true
  draft.queriedAt = undefined
  if (instance === undefined) {
    for (const { state } of draft.openings) machineOf(state).abandon(state)
    if (draft.openings.length > 0) turn.settle()
    draft.openings = []
  }
  for (const entry of draft.sessions) {
    if (instance === undefined || entry.tag === instance) turn.step(entry, machineOf(entry.state).end(entry.state, turn.machineContext))
  }
  forgetSent(turn, instance)
}

/** Ends all encrypted sessions as if their time were over. */
export function expire(turn: Turn): void {
  for (const entry of turn.draft.sessions) {
    if (statusOf(entry.state).messageState === 'encrypted') turn.step(entry, machineOf(entry.state).expire(entry.state, turn.machineContext))
  }
}

/**
 * The one way back to text in clear: leaves sessions that the other side ended and lifts the latch. What waits in the outbox goes on
 * waiting. @throws OtrError `OTR_ENCRYPTED` while a session stands; `OTR_ENCRYPTION_REQUIRED` under such a policy
 */
export function continueInPlaintext(turn: Turn): void {
  const { draft, policy } = turn
  if (policy.requireEncryption || policy.requireVerified) throw new OtrError('OTR_ENCRYPTION_REQUIRED', 'the policy asks for encryption')
  if (hasSession(draft, 'encrypted')) throw new OtrError('OTR_ENCRYPTED', 'a private conversation stands: end it first')
  end(turn, undefined)
  draft.latched = false
  draft.lastVerified = false
  draft.heardPlaintext = false
}

/** Begins a verification by a shared secret. */
export function smpStart(turn: Turn, secret: string, question: string | undefined, instance: number | undefined): void {
  const entry = encryptedSession(turn, instance)
  const step = machineOf(entry.state).smpStart(entry.state, secret, question, turn.machineContext)
  turn.step(entry, step, { answersQuestion: false })
  const weakness = secretWeakness(secret, question)
  if (weakness !== undefined) turn.notice('weak-secret', weaknessText[weakness], entry.tag)
}

/** Answers the verification that the other side asked for. */
export function smpAnswer(turn: Turn, secret: string, instance: number | undefined): void {
  const asked = rankSessions(turn.draft).find(({ entry, status }) => status.smp === 'asked' && (instance === undefined || entry.tag === instance))
  const entry = asked?.entry ?? encryptedSession(turn, instance)
  turn.step(entry, machineOf(entry.state).smpAnswer(entry.state, secret, turn.machineContext))
}

/** Aborts the verification that is under way, or tells the other side to abort where none is. */
export function smpAbort(turn: Turn, instance: number | undefined): void {
  const running = rankSessions(turn.draft).find(({ entry, status }) => status.smp !== 'none' && (instance === undefined || entry.tag === instance))
  const entry = running?.entry ?? encryptedSession(turn, instance)
  turn.step(entry, machineOf(entry.state).smpAbort(entry.state, turn.machineContext))
}

/** Whether a verification is under way with any of the correspondent's instances. */
export function isVerifying({ sessions }: Pick<Conversation, 'sessions'>): boolean {
  return sessions.some(({ state }) => statusOf(state).smp !== 'none')
}

/** Aborts every verification that is under way, as after a restart. One that cannot be aborted says so and leaves the others alone. */
export function abandonSmp(turn: Turn): void {
  for (const entry of turn.draft.sessions) {
    if (statusOf(entry.state).smp === 'none') continue
    try {
      turn.step(entry, machineOf(entry.state).smpAbort(entry.state, turn.machineContext))
    } catch (error) {
      turn.notice('internal', failureOf(error), entry.tag)
    }
  }
}

/** Tells the other side what the extra symmetric key is used for, and returns it. */
export function extraKey(turn: Turn, context: number, data: Uint8Array, instance: number | undefined): Uint8Array {
  if (!Number.isInteger(context) || context < 0 || context > 0xffffffff) throw new OtrError('OTR_ARGUMENT', 'context is not an unsigned 32-bit number')
  const entry = encryptedSession(turn, instance)
  const step = machineOf(entry.state).extraKey(entry.state, context, data, turn.machineContext)
  turn.step(entry, step)
  return step.key
}

/** Which key a trust is about; the selected session's where nothing is said. */
export interface TrustOptions {
  /** Hex, as the events show it. Needs `version`. */
  readonly fingerprint?: string
  readonly version?: Version
  readonly instance?: number
  /** What makes it so: `manually`, the default, by comparing fingerprints; `import`: another program's word for it. */
  readonly how?: TrustHow
}

/**
 * What a host may say of a key. `seen`: the person knows that there is a new key, and accepts it unverified. `unknown` takes back what
 * was said before.
 */
export type TrustLevel = Exclude<Trust, 'changed'>

/** Notes whether a person has checked a key. What waits for a verified key may go then. */
export function trust(turn: Turn, level: TrustLevel, { fingerprint, version, instance, how = 'manually' }: TrustOptions): void {
  turn.draft.known = true
  if (fingerprint === undefined) {
    const { state } = encryptedSession(turn, instance)
    const current = statusOf(state).fingerprint
    if (current === undefined) throw new OtrError('OTR_INTERNAL', 'an encrypted session without a fingerprint')
    turn.trust(state.version, hexEncode(current), level, how)
  } else {
    const hex = fingerprint.replaceAll(/\s/g, '').toLowerCase()
    const digits = { 3: 40, 4: 112 } as const
    if (version === undefined || !/^[0-9a-f]*$/.test(hex) || hex.length !== digits[version]) {
      throw new OtrError('OTR_ARGUMENT', 'a fingerprint has 40 hex digits in version 3 and 112 in version 4')
    }
    turn.trust(version, hex, level, how)
  }
  flushOutbox(turn)
}

/**
 * The verified version 3 key signed the version 4 key of a session: the person agrees that it counts as verified too.
 * @throws OtrError `OTR_NOT_VOUCHED` when there is no such session
 */
export function acceptVouched(turn: Turn): void {
  const { draft } = turn
  const vouched = rankSessions(draft).filter(({ status, trust: level }) =>
    status.messageState === 'encrypted' && level !== 'verified' && trustIn(draft, 3, status.vouchedBy) === 'verified')
  if (vouched.length === 0) throw new OtrError('OTR_NOT_VOUCHED', 'no verified version 3 key vouches for a key that is not verified')
  for (const { entry, status: { fingerprint } } of vouched) {
    if (fingerprint !== undefined) turn.trust(entry.state.version, hexEncode(fingerprint), 'verified', 'transitional')
  }
  flushOutbox(turn)
}

/** What stands now. */
export function statusOfConversation(turn: Pick<Turn, 'draft' | 'policy'>): ConversationStatus {
  const { draft, policy } = turn
  const wanted = policy.sendTo === 'all' ? 'best' : policy.sendTo
  const selected = chooseSessions(draft, wanted, policy.requireVerified ? 'verified' : 'changed')[0]
  const ranked = rankSessions(draft)
  const infos = ranked.map(({ entry, status, trust: level }): SessionInfo => ({
    instance: entry.tag,
    version: entry.state.version,
    state: status.state,
    trust: level,
    offline: status.offline ?? false,
    initiator: status.initiator ?? false,
    ...(status.ssid !== undefined && { ssid: hexEncode(status.ssid) }),
    ...(status.ssidBold !== undefined && { ssidBold: status.ssidBold }),
    ...(status.fingerprint !== undefined && { fingerprint: hexEncode(status.fingerprint) }),
    ...(status.ratchet !== undefined && { ratchet: status.ratchet }),
  }))
  const first = ranked.findIndex(({ entry }) => entry === selected)
  const opened = draft.openings.filter(isUnanswered).map(({ state }): SessionInfo => ({
    instance: 0, version: state.version, state: 'handshake', trust: 'unknown', offline: false, initiator: true,
  }))
  return {
    sessions: [...infos.slice(Math.max(first, 0), first + 1), ...infos.filter((_, at) => at !== first), ...opened],
    selected: selected?.tag,
    latched: draft.latched,
    pending: isPending(turn),
    held: draft.outbox.length,
  }
}

function encryptedSession(turn: Turn, instance: number | undefined): SessionEntry {
  const { draft, policy } = turn
  const entry = chooseSessions(draft, instance ?? (policy.sendTo === 'all' ? 'best' : policy.sendTo), 'changed')[0]
  if (entry === undefined) throw new OtrError('OTR_NOT_ENCRYPTED', 'there is no private conversation')
  return entry
}
