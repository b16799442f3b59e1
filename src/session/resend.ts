import { OtrError } from '../errors.js'
import { utf8Decode } from '../wire/index.js'
import { publicHex, trustIn, type SessionEntry } from './conversation.js'
import { chooseSessions } from './instances.js'
import { statusOf } from './machines.js'
import { encryptTo, hold } from './send.js'
import { forget } from './sent.js'
import type { SentMessage } from './sent-message.js'
import type { Turn } from './turn.js'

/**
 * Sends a lost message again: to the device it had gone to, in whatever session it has now; else to another one with the same key; else
 * where a message without an address would go, if the key there is worth no less; else it waits for such a session.
 * @throws OtrError `OTR_NOT_LOST`: it was read after all, or decided on, or is too old; `OTR_NOT_ENCRYPTED` where nothing may wait
 */
export function resend(turn: Turn, handle: number): void {
  const { draft, policy } = turn
  const lost = lostMessage(turn, handle)
  const { text } = utf8Decode(lost.text)
  const targets = targetsOf(turn, lost)
  if (targets.length > 0) encryptTo(turn, targets, text, lost.tlvs)
  else if (policy.outbox === 'reject') throw new OtrError('OTR_NOT_ENCRYPTED', 'there is no private conversation to send it in')
  else hold(turn, { text, tlvs: lost.tlvs, to: undefined, verifiedOnly: lost.verified || policy.requireVerified, knownOnly: true })
  forget(turn, draft.sent.filter(({ id }) => id === handle))
}

/** Gives a lost message up. @throws OtrError `OTR_NOT_LOST` */
export function discard(turn: Turn, handle: number): void {
  forget(turn, [lostMessage(turn, handle)])
}

function lostMessage({ draft }: Turn, handle: number): SentMessage {
  const lost = draft.sent.find(({ id, offered }) => id === handle && offered)
  if (lost === undefined) throw new OtrError('OTR_NOT_LOST', 'no lost message has this number: it was read after all, decided on, or is too old')
  return lost
}

function targetsOf({ draft, policy }: Turn, { tag, fingerprint, verified }: SentMessage): readonly SessionEntry[] {
  const serves = (entry: SessionEntry | undefined): entry is SessionEntry => {
    if (entry === undefined) return false
    const { fingerprint: key } = statusOf(entry.state)
    const trust = trustIn(draft, entry.state.version, key)
    const same = key !== undefined && publicHex(key) === fingerprint
    return trust === 'verified' || (same && !verified && !policy.requireVerified)
  }
  const [device] = chooseSessions(draft, tag, 'changed')
  if (serves(device)) return [device]
  const twin = draft.sessions.find((entry) => statusOf(entry.state).messageState === 'encrypted' && serves(entry))
  if (twin !== undefined) return [twin]
  return chooseSessions(draft, policy.sendTo === 'all' ? 'best' : policy.sendTo, verified || policy.requireVerified ? 'verified' : 'seen')
}
