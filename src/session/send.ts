import { OtrError, unreachable, type OtrErrorCode } from '../errors.js'
import { fragmentOverhead, utf8Encode, whitespaceTag, type Tlv } from '../wire/index.js'
import { checkString } from './arguments.js'
import { keyTrustOf, type HeldMessage, type SessionEntry } from './conversation.js'
import type { KeyTrust } from './key-trust.js'
import { isPending, mayBegin, sendQuery } from './offer.js'
import { chooseSessions, hasSession } from './instances.js'
import { limits } from './limits.js'
import { isEncrypted, machineOf } from './machines.js'
import type { SendTo } from './policy.js'
import { noteSent } from './sent.js'
import { floorOf } from './trust.js'
import type { Turn } from './turn.js'

/** What a message may say of itself. */
export interface SendOptions {
  /** Records behind the text, for the other program. They are never sent in clear. */
  readonly tlvs?: readonly Tlv[]
  /** An instance tag, or which instances; the policy's `sendTo` where absent. With this, nothing is ever sent in clear. */
  readonly to?: SendTo | number
}

/** A session that a text was encrypted for: whose key can read it. */
export interface Recipient extends KeyTrust {
  /** The instance tag. */
  readonly instance: number
}

/** What became of a text, said by the code that did it. */
export type SendOutcome =
  /** It left encrypted, for these sessions. */
  | { readonly sent: 'encrypted', readonly to: readonly Recipient[] }
  /** It left in clear: anybody on the way can read it. */
  | { readonly sent: 'plaintext' }
  /** It waits in the outbox under this number, for a private conversation. */
  | { readonly held: number }
  /** Keys had moved on already when something failed: it has left for none or for some of the devices. A code: the cause. */
  | { readonly failed: OtrErrorCode }

/** What a text would come to that was sent now: see `decide`. */
type Decision =
  | { readonly sending: 'encrypted', readonly targets: readonly SessionEntry[] }
  | { readonly sending: 'plaintext' }
  | { readonly sending: 'held', readonly why: OtrError }

/** The one place that decides what becomes of a text: rules 1 and 2 of `spec/trust.md`. Changes nothing. */
function decide(turn: Pick<Turn, 'draft' | 'policy'>, options: SendOptions): Decision {
  const { draft, policy } = turn
  const targets = chooseSessions(draft, options.to ?? policy.sendTo, policy)
  if (targets.length > 0) return { sending: 'encrypted', targets }
  const why = whyNotInClear(turn, options)
  return why === undefined ? { sending: 'plaintext' } : { sending: 'held', why }
}

/** What a text would come to that was sent now, without options. */
export function sendingNow(turn: Pick<Turn, 'draft' | 'policy'>): Decision['sending'] {
  return decide(turn, {}).sending
}

/**
 * Sends text: encrypted where a session stands whose key may be sent to, else in clear where that is allowed, else it waits in the outbox
 * or is refused, as the policy says. Under `requireEncryption` waiting text starts a session.
 */
export function sendText(turn: Turn, text: string, options: SendOptions): SendOutcome {
  checkText(text)
  turn.draft.known = true
  const decision = decide(turn, options)
  switch (decision.sending) {
    case 'encrypted':
      return { sent: 'encrypted', to: encryptTo(turn, decision.targets, text, options.tlvs ?? []) }
    case 'plaintext':
      sendInClear(turn, text)
      return { sent: 'plaintext' }
    case 'held':
      if (turn.policy.outbox === 'reject') throw decision.why
      return { held: hold(turn, { text, tlvs: options.tlvs ?? [], to: options.to }) }
    default:
      return unreachable(decision)
  }
}

/**
 * Refuses what would arrive as another text than it was. @throws OtrError `OTR_ARGUMENT` for what is no string; `OTR_INVALID_TEXT` for U+0000, which ends a text in OTR, and for a
 * surrogate without its partner, which has no form in UTF-8
 */
export function checkText(text: string): void {
  checkString(text, 'text')
  if (text.includes('\0')) throw new OtrError('OTR_INVALID_TEXT', 'text must not contain U+0000')
  if (/\p{Surrogate}/u.test(text)) throw new OtrError('OTR_INVALID_TEXT', 'text must not contain half a surrogate pair')
}

/** Encrypts what waits and may go now, in the order in which it was given. What fails goes on waiting. */
export function flushOutbox(turn: Turn): void {
  const { draft, policy } = turn
  for (const held of draft.outbox) {
    const targets = chooseSessions(draft, held.to ?? policy.sendTo, policy)
    if (targets.length === 0) continue
    try {
      encryptTo(turn, targets, held.text, held.tlvs)
    } catch (error) {
      turn.fault(error)
      return
    }
    draft.outbox = draft.outbox.filter((one) => one !== held)
    turn.emit({ type: 'outbox', peer: draft.peer, event: 'released', held: held.id })
  }
}

/** Takes a message back that waits. @throws OtrError `OTR_NOT_HELD` when none has this number: it may have left already */
export function cancelHeld(turn: Turn, id: number): void {
  const rest = turn.draft.outbox.filter((held) => held.id !== id)
  if (rest.length === turn.draft.outbox.length) throw new OtrError('OTR_NOT_HELD', 'no message with this number waits')
  turn.draft.outbox = rest
  turn.emit({ type: 'outbox', peer: turn.draft.peer, event: 'cancelled', held: id })
}

/** Encrypts for each of these sessions, and remembers the text until it is known to be read. @throws OtrError `OTR_TOO_LARGE` */
export function encryptTo(turn: Turn, targets: readonly SessionEntry[], text: string, tlvs: readonly Tlv[]): readonly Recipient[] {
  refuseTooLong(turn, text, tlvs)
  return targets.map((entry): Recipient => {
    const { state, tag } = entry
    const machine = machineOf(state)
    const key = keyTrustOf(turn.draft, state.version, machine.established(state).fingerprint)
    if (key === undefined) throw new OtrError('OTR_INTERNAL', 'an encrypted session without a key')
    const step = machine.send(state, text, tlvs, turn.machineContext)
    const sent = noteSent(turn, entry, step.outgoing[0], text, tlvs)
    const mark = turn.events.length
    turn.step(entry, step)
    if (sent !== undefined) turn.carries(sent, mark)
    return { instance: tag, ...key }
  })
}

/** 65,535 fragments are all a message can have; found out before a key is spent on it. */
export function refuseTooLong(turn: Turn, text: string, tlvs: readonly Tlv[]): void {
  const { maxMessageLength } = turn.policy
  if (maxMessageLength === 0) return
  const room = 65_535 * (maxMessageLength - fragmentOverhead(4)) * 3 / 4 - 2000
  const rest = tlvs.reduce((sum, { value }) => sum + 4 + value.length, 0)
  // A character takes at most three bytes: only a text near the limit has to be counted.
  const most = text.length * 3
  if (rest + (most + rest > room ? utf8Encode(text).length : most) > room) throw new OtrError('OTR_TOO_LARGE', 'the message needs too many fragments')
}

/** Why text must not go in clear now; `undefined` when it may. */
function whyNotInClear(turn: Pick<Turn, 'draft' | 'policy'>, { tlvs = [], to }: SendOptions): OtrError | undefined {
  const { draft, policy } = turn
  if (typeof to === 'number' && !draft.sessions.some(({ tag }) => tag === to)) throw new OtrError('OTR_NO_INSTANCE', 'no such instance is known')
  if (draft.sessions.some(({ tag, state }) => isEncrypted(state) && (typeof to !== 'number' || tag === to))) return whyNotTo(turn)
  if (policy.requireEncryption || policy.requireVerified) return new OtrError('OTR_ENCRYPTION_REQUIRED', 'the policy asks for encryption')
  if (draft.latched) return new OtrError('OTR_CONVERSATION_ENDED', 'the private conversation has ended: start it again, or continue in plaintext')
  if (isPending(turn)) return new OtrError('OTR_HANDSHAKE_RUNNING', 'a private conversation is about to start')
  if (to !== undefined || tlvs.length > 0) return new OtrError('OTR_NOT_ENCRYPTED', 'this can only be sent in a private conversation')
  return undefined
}

/** Why nothing is sent in the sessions that stand: none of their keys may be sent to. */
export function whyNotTo({ draft, policy }: Pick<Turn, 'draft' | 'policy'>): OtrError {
  if (policy.requireVerified) return new OtrError('OTR_NOT_VERIFIED', 'the policy asks for a verified key, and nobody has verified this one')
  return new OtrError(
    'OTR_NOT_ACCEPTED',
    floorOf(draft) === 'verified'
      ? 'the private conversation is with another key than the verified one: verify or accept that key'
      : 'the private conversation is with another key than before: verify or accept that key',
  )
}

type MessageToHold = Omit<HeldMessage, 'id' | 'since'>

/** Lets a message wait for its session, and asks for one where the policy wants that. @throws OtrError `OTR_OUTBOX_FULL` */
export function hold(turn: Turn, message: MessageToHold): number {
  const { draft, policy } = turn
  if (draft.outbox.length >= limits.outbox) throw new OtrError('OTR_OUTBOX_FULL', `${limits.outbox} messages wait already`)
  const held: HeldMessage = { id: draft.nextHeld, since: turn.now, ...message }
  draft.nextHeld += 1
  draft.outbox = [...draft.outbox, held]
  turn.emit({ type: 'outbox', peer: draft.peer, event: 'held', held: held.id })
  turn.notice('held', whyHeld(turn))
  if (policy.requireEncryption && mayBegin(turn) && !isPending(turn) && !hasSession(draft, 'encrypted')) sendQuery(turn)
  return held.id
}

function whyHeld(turn: Turn): string {
  if (hasSession(turn.draft, 'encrypted')) return whyNotTo(turn).message
  if (isPending(turn)) return 'until the private conversation stands'
  if (turn.policy.requireEncryption) return 'a private conversation is being asked for'
  return turn.draft.latched ? 'no private conversation stands: start one, or continue in plaintext' : 'until a private conversation stands'
}

/** Text as it was typed, but for two things: nothing in it may look like OTR, and it may carry an invisible offer. */
function sendInClear(turn: Turn, text: string): void {
  const { draft, policy } = turn
  const versions = turn.allowedMachines().map((machine) => machine.version)
  const safe = versions.length === 0 ? text : text.replaceAll('?OTR', '?\u200bOTR')
  const offer = policy.sendWhitespaceTag && policy.allowQueries && !draft.heardPlaintext && versions.length > 0
  turn.sendText(offer ? safe + whitespaceTag(versions) : safe)
}
