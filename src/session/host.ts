import { OtrError } from '../errors.js'
import { hexEncode } from '../wire/index.js'
import { equalBytes } from '../crypto/index.js'
import { checkString } from './arguments.js'
import { isUnanswered, keyTrustOf, publicHex, type Conversation, type ConversationStatus, type SessionEntry, type SessionInfo } from './conversation.js'
import type { Trust, Version } from './event.js'
import { floorOf, type TrustHow } from './trust.js'
import { open } from './open.js'
import { chooseSessions, hasSession, maySend, rankSessions } from './instances.js'
import { isEncrypted, machineOf, statusOf } from './machines.js'
import { isPending, mayBegin, sendQuery } from './offer.js'
import type { SendTo } from './policy.js'
import { checkText, flushOutbox, sendingNow, whyNotTo } from './send.js'
import { forgetSent } from './sent.js'
import type { Turn } from './turn.js'
import { secretWeakness, weaknessText } from './weak-secret.js'

/**
 * Asks for a private conversation, or renews the one that stands; `identity`: in version 4, without asking. From here on no text goes in
 * clear: whoever can stop the answer must not be able to choose that.
 */
export function start(turn: Turn, how: 'query' | 'identity'): void {
  turn.draft.known = true
  turn.draft.latched = true
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
    if (instance === undefined || entry.tag === instance) turn.end(entry)
  }
  forgetSent(turn, instance)
}

/** Ends all encrypted sessions as if their time were over. */
export function expire(turn: Turn): void {
  for (const entry of turn.draft.sessions) if (isEncrypted(entry.state)) turn.expire(entry)
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
  draft.heardPlaintext = false
}

/** Which session something is about; where nothing is named, the one that text goes to. */
export interface SessionOption {
  /** An instance tag. */
  readonly instance?: number | undefined
  /** Hex: where several keys stand under one tag. */
  readonly fingerprint?: string | undefined
}

/** Begins a verification by a shared secret. */
export function smpStart(turn: Turn, secret: string, question: string | undefined, where: SessionOption): void {
  checkString(secret, 'the secret')
  if (question !== undefined) checkText(question)
  // Also with a key that nobody accepted: this is how it comes to be verified, and whoever has not the secret learns nothing.
  const entry = namedSession(turn, where)
  const step = machineOf(entry.state).smpStart(entry.state, secret, question, turn.machineContext)
  turn.step(entry, step, { answersQuestion: false })
  turn.tookLong = true
  const weakness = secretWeakness(secret, question)
  if (weakness !== undefined) turn.notice('weak-secret', weaknessText[weakness], entry.tag)
}

/** Answers the verification that the other side asked for. */
export function smpAnswer(turn: Turn, secret: string, where: SessionOption): void {
  checkString(secret, 'the secret')
  const named = namedSessions(turn, where)
  const asked = named.filter(({ status }) => status.smp === 'asked')
  const entry = (asked.find(({ entry: one }) => maySend(turn.draft, one, false)) ?? asked[0])?.entry ?? namedSession(turn, where)
  // A question can be chosen so that the answer tells something. Nothing goes to a key that nobody accepted.
  if (!maySend(turn.draft, entry, false)) throw whyNotTo(turn)
  turn.step(entry, machineOf(entry.state).smpAnswer(entry.state, secret, turn.machineContext))
  turn.tookLong = true
}

/** Aborts the verification that is under way, or tells the other side to abort where none is. */
export function smpAbort(turn: Turn, where: SessionOption): void {
  const running = namedSessions(turn, where).find(({ status }) => status.smp !== 'none')
  const entry = running?.entry ?? namedSession(turn, where)
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
      turn.fault(error, entry.tag)
    }
  }
}

/** Tells the other side what the extra symmetric key is used for, and returns it. */
export function extraKey(turn: Turn, context: number, data: Uint8Array, instance: number | undefined): Uint8Array {
  if (!Number.isInteger(context) || context < 0 || context > 0xffffffff) throw new OtrError('OTR_ARGUMENT', 'context is not an unsigned 32-bit number')
  const [entry] = chooseSessions(turn.draft, instance ?? oneOf(turn.policy.sendTo), turn.policy)
  if (entry === undefined) throw hasSession(turn.draft, 'encrypted') ? whyNotTo(turn) : new OtrError('OTR_NOT_ENCRYPTED', nothingStands)
  const step = machineOf(entry.state).extraKey(entry.state, context, data, turn.machineContext)
  turn.step(entry, step)
  return step.key
}

/** Which key a trust is about; the selected session's where nothing is said. */
export interface TrustOptions {
  /** Hex, as the events show it. Needs `version`. */
  readonly fingerprint?: string
  readonly version?: Version
  /** The key of this instance's session. Where several keys stand under one tag, name the fingerprint. */
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
    const keys = namedSessions(turn, { instance })
    // Who accepts a key means the one that nothing goes to yet, not the better one that stands beside it.
    const named = level === 'seen' ? keys.find(({ entry }) => !maySend(turn.draft, entry, false)) ?? keys[0] : keys[0]
    if (named?.status.fingerprint === undefined) throw new OtrError('OTR_NOT_ENCRYPTED', nothingStands)
    const { fingerprint: current } = named.status
    // The person means the key that they saw. Under one instance tag another one may have come to stand meanwhile.
    const candidates = level === 'seen' ? keys.filter(({ entry }) => !maySend(turn.draft, entry, false)) : instance === undefined ? [] : keys
    if (candidates.some(({ status }) => status.fingerprint !== undefined && !equalBytes(status.fingerprint, current))) {
      throw new OtrError('OTR_ARGUMENT', 'several keys stand there: name the fingerprint that the person saw')
    }
    turn.trust(named.entry.state.version, hexEncode(current), level, how)
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

/** What stands now. */
export function statusOfConversation(turn: Pick<Turn, 'draft' | 'policy'>): ConversationStatus {
  const { draft, policy } = turn
  const [selected] = chooseSessions(draft, oneOf(policy.sendTo), policy)
  const ranked = rankSessions(draft)
  const infos = ranked.map(({ entry, status, trust: level }): SessionInfo => {
    const key = keyTrustOf(draft, entry.state.version, status.fingerprint)
    return {
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
      ...(key !== undefined && { key }),
    }
  })
  const first = ranked.findIndex(({ entry }) => entry === selected)
  const opened = draft.openings.filter(isUnanswered).map(({ state }): SessionInfo => ({
    instance: 0, version: state.version, state: 'handshake', trust: 'unknown', offline: false, initiator: true,
  }))
  const key = infos[first]?.key
  return {
    sessions: [...infos.slice(Math.max(first, 0), first + 1), ...infos.filter((_, at) => at !== first), ...opened],
    selected: selected?.tag,
    ...(key !== undefined && { key }),
    sending: sendingNow(turn),
    latched: draft.latched,
    floor: floorOf(draft),
    pending: isPending(turn),
    held: draft.outbox.length,
  }
}

const nothingStands = 'there is no private conversation'

/** For what can go to one session alone. */
function oneOf(sendTo: SendTo): SendTo {
  return sendTo === 'all' ? 'best' : sendTo
}

/** The encrypted sessions of the instance or with the key that is named, or all; the best first. */
function namedSessions({ draft }: Pick<Turn, 'draft'>, { instance, fingerprint }: SessionOption): ReturnType<typeof rankSessions> {
  const hex = fingerprint?.replaceAll(/\s/g, '').toLowerCase()
  return rankSessions(draft).filter(({ entry, status }) => status.messageState === 'encrypted' &&
    (instance === undefined || entry.tag === instance) &&
    (hex === undefined || (status.fingerprint !== undefined && publicHex(status.fingerprint) === hex)))
}

/** The session that is named; without a name the one that text goes to, else the best that stands. @throws OtrError `OTR_NOT_ENCRYPTED` */
function namedSession(turn: Turn, where: SessionOption): SessionEntry {
  const named = namedSessions(turn, where)
  const found = where.instance === undefined && where.fingerprint === undefined
    ? chooseSessions(turn.draft, oneOf(turn.policy.sendTo), { requireVerified: false })[0] ?? named[0]?.entry
    : (named.find(({ entry }) => maySend(turn.draft, entry, false)) ?? named[0])?.entry
  if (found === undefined) throw new OtrError('OTR_NOT_ENCRYPTED', nothingStands)
  return found
}
