import { OtrError } from '../errors.js'
import { fragmentOverhead, utf8Encode, whitespaceTag, type Tlv } from '../wire/index.js'
import { failureOf } from './failure.js'
import type { HeldMessage, SessionEntry } from './conversation.js'
import { isPending, mayBegin, sendQuery } from './offer.js'
import { chooseSessions } from './instances.js'
import { limits } from './limits.js'
import { machineOf } from './machines.js'
import type { SendTo } from './policy.js'
import { noteSent } from './sent.js'
import type { Turn } from './turn.js'

/** What a message may say of itself. */
export interface SendOptions {
  /** Records behind the text, for the other program. They are never sent in clear. */
  readonly tlvs?: readonly Tlv[]
  /** An instance tag, or which instances; the policy's `sendTo` where absent. With this, nothing is ever sent in clear. */
  readonly to?: SendTo | number
}

/**
 * Sends text: encrypted where a session stands, else in clear where that is allowed, else it waits in the outbox or is refused, as the
 * policy says. Under `requireEncryption` waiting text starts a session.
 */
export function sendText(turn: Turn, text: string, options: SendOptions): void {
  const { draft, policy } = turn
  if (text.includes('\0')) throw new OtrError('OTR_INVALID_TEXT', 'text must not contain U+0000')
  draft.known = true
  const targets = chooseSessions(draft, options.to ?? policy.sendTo, policy.requireVerified ? 'verified' : 'changed')
  if (targets.length > 0) {
    encryptTo(turn, targets, text, options.tlvs ?? [])
    return
  }
  const refusal = whyNotInClear(turn, options)
  if (refusal === undefined) {
    sendInClear(turn, text)
    return
  }
  if (policy.outbox === 'reject') throw refusal
  hold(turn, addressed(turn, text, options))
}

/** Encrypts what waits and may go now, in the order in which it was given. What fails goes on waiting. */
export function flushOutbox(turn: Turn): void {
  const { draft, policy } = turn
  for (const held of draft.outbox) {
    const least = held.verifiedOnly || policy.requireVerified ? 'verified' : held.knownOnly ? 'seen' : 'changed'
    const targets = chooseSessions(draft, held.to ?? policy.sendTo, least)
    if (targets.length === 0) continue
    try {
      encryptTo(turn, targets, held.text, held.tlvs)
    } catch (error) {
      turn.notice('internal', failureOf(error))
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
export function encryptTo(turn: Turn, targets: readonly SessionEntry[], text: string, tlvs: readonly Tlv[]): void {
  refuseTooLong(turn, text, tlvs)
  for (const entry of targets) {
    const step = machineOf(entry.state).send(entry.state, text, tlvs, turn.machineContext)
    noteSent(turn, entry, step.outgoing[0], text, tlvs)
    turn.step(entry, step)
  }
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
function whyNotInClear(turn: Turn, { tlvs = [], to }: SendOptions): OtrError | undefined {
  const { draft, policy } = turn
  if (typeof to === 'number' && !draft.sessions.some(({ tag }) => tag === to)) throw new OtrError('OTR_NO_INSTANCE', 'no such instance is known')
  if (policy.requireVerified && chooseSessions(draft, 'best', 'changed').length > 0) {
    return new OtrError('OTR_NOT_VERIFIED', 'the policy asks for a verified key, and nobody has verified this one')
  }
  if (policy.requireEncryption || policy.requireVerified) return new OtrError('OTR_ENCRYPTION_REQUIRED', 'the policy asks for encryption')
  if (draft.latched) return new OtrError('OTR_CONVERSATION_ENDED', 'the private conversation has ended: start it again, or continue in plaintext')
  if (isPending(turn)) return new OtrError('OTR_HANDSHAKE_RUNNING', 'a private conversation is about to start')
  if (to !== undefined || tlvs.length > 0) return new OtrError('OTR_NOT_ENCRYPTED', 'this can only be sent in a private conversation')
  return undefined
}

/** A message as it waits: for whom it was meant when it was written. */
function addressed({ draft, policy }: Turn, text: string, { tlvs = [], to }: SendOptions): MessageToHold {
  return {
    text, tlvs, to, verifiedOnly: policy.requireVerified || (draft.latched && draft.lastVerified),
    // What is addressed to one device goes to that one, whatever its key; else to nobody whom the person could not know of.
    knownOnly: typeof to !== 'number' && draft.keys.some(({ trust }) => trust !== 'changed'),
  }
}

type MessageToHold = Omit<HeldMessage, 'id' | 'since'>

/** Lets a message wait for its session, and asks for one where the policy wants that. @throws OtrError `OTR_OUTBOX_FULL` */
export function hold(turn: Turn, message: MessageToHold): void {
  const { draft, policy } = turn
  if (draft.outbox.length >= limits.outbox) throw new OtrError('OTR_OUTBOX_FULL', `${limits.outbox} messages wait already`)
  const held: HeldMessage = { id: draft.nextHeld, since: turn.now, ...message }
  draft.nextHeld += 1
  draft.outbox = [...draft.outbox, held]
  turn.emit({ type: 'outbox', peer: draft.peer, event: 'held', held: held.id })
  turn.notice('held', whyHeld(turn))
  if (policy.requireEncryption && mayBegin(turn) && !isPending(turn) && chooseSessions(draft, 'best', 'changed').length === 0) sendQuery(turn)
}

function whyHeld(turn: Turn): string {
  if (isPending(turn)) return 'until the private conversation stands'
  if (turn.policy.requireEncryption) return 'a private conversation is being asked for'
  return turn.draft.latched ? 'the private conversation has ended' : 'until a private conversation stands'
}

/** Text as it was typed, but for two things: nothing in it may look like OTR, and it may carry an invisible offer. */
function sendInClear(turn: Turn, text: string): void {
  const { draft, policy } = turn
  const versions = turn.allowedMachines().map((machine) => machine.version)
  const safe = versions.length === 0 ? text : text.replaceAll('?OTR', '?\u200bOTR')
  const offer = policy.sendWhitespaceTag && policy.allowQueries && !draft.heardPlaintext && versions.length > 0
  turn.sendText(offer ? safe + whitespaceTag(versions) : safe)
}
