import { isOver, type NoticeCode } from '../../protocol/index.js'
import { forbidsVersion2 } from '../policy.js'
import type { AllowedAdapters } from '../versions/adapter.js'
import { adapters, statusOf } from '../versions/adapters.js'
import { isDowngrade } from '../versions/negotiate.js'
import type { Version } from '../versions/version.js'
import { openOffer, type ContactAnswer, type ContactStatus } from './contact.js'
import { hasSession } from './instances.js'
import type { Transaction } from './transaction.js'

/** For how many seconds after a notice about a first contact no further one is emitted (`spec/first-contact.md`). */
export const SAID_INTERVAL = 60

/** Notes an offer of ours. Automatic further offers neither delay the notice about the first one, nor cause another one too soon. */
export function noteOffer({ draft, now }: Transaction, versions: readonly Version[]): void {
  const { since, answer, saidAt } = draft.contact ?? {}
  draft.contact = { since: answer === undefined && since !== undefined ? since : now, versions, ...(saidAt !== undefined && { saidAt }) }
}

/** Our offer has waited long enough: emits one notice with what is known of the reason. Does nothing else: texts that wait go on waiting. */
export function endOffer(transaction: Transaction): void {
  const { draft } = transaction
  if (draft.contact === undefined) return
  if (hasSession(draft, 'encrypted')) {
    draft.contact = undefined
    noticeWaiting(transaction, 'handshake-timeout', 'the query had no answer')
  } else if (draft.sessions.some(({ state }) => statusOf(state).state === 'handshake')) {
    if (noteAnswer(transaction, 'unfinished')) sayRetry(transaction, 'an answer came, but the key exchange is not complete')
  } else {
    say(transaction, 'none', 'no-answer', `version ${draft.contact.versions.join(' and ')} was offered`)
  }
}

/**
 * Emits the notice that there is no private conversation yet, at most as often as notices about a contact. It does not hold those back: the
 * outcome is reported even right after a retry. If there is an encrypted session, nobody waits, so nothing is emitted.
 */
export function noticeRetry(transaction: Transaction, detail: string, instance?: number): void {
  const { draft, now } = transaction
  if (!hasSession(draft, 'encrypted') && !saidLately(draft.contact?.saidAt, now)) sayRetry(transaction, detail, instance)
}

function sayRetry(transaction: Transaction, detail: string, instance?: number): void {
  const { draft, now } = transaction
  if (saidLately(draft.retrySaidAt, now)) return
  draft.retrySaidAt = now
  transaction.notice('handshake-retry', detail, instance)
}

/** Nobody answered when we began. If they had asked us to, their program may speak another form of version 4, and drop our first message silently. */
export function endAnswer(transaction: Transaction, version: Version): void {
  const detail = 'nobody answered the key exchange'
  // This notice informs programs that no key exchange is under way any more. Another notice informs people.
  if (isSaid(transaction)) transaction.notice('handshake-timeout', detail, undefined, { beginning: true })
  else if (version === 4) say(transaction, 'none', 'handshake-timeout', detail)
  else noticeWaiting(transaction, 'handshake-timeout', detail)
}

/**
 * A message of a version 4 key exchange cannot be read or verified: emits the notice for it. This never begins anything, because anybody can damage a
 * line. An older version begins only by a choice of the person or the application (`spec/first-contact.md`).
 */
export function noteUnreadableAnswer(transaction: Transaction, answer: 'older-draft' | 'incompatible', detail: string | undefined, instance: number): void {
  const { draft } = transaction
  if (hasSession(draft, 'encrypted') && draft.queriedAt === undefined) return
  transaction.beginning = true
  say(transaction, answer, answer, detail, instance)
}

/**
 * Version 2 alone is offered, and nobody chose it: emits a notice that says so, and that it can be chosen. Like everything here it begins nothing,
 * because anybody can send such an offer.
 */
export function noteOfferOf2(transaction: Transaction, detail: string): void {
  if (!hasSession(transaction.draft, 'encrypted') && transaction.mayAnswer()) noteAnswer(transaction, 'version-2')
  noticeWaiting(transaction, 'unsupported', detail, undefined)
}

function say(transaction: Transaction, answer: ContactAnswer, code: NoticeCode, detail: string | undefined, instance?: number): void {
  if (noteAnswer(transaction, answer)) noticeWaiting(transaction, code, detail, instance)
}

/** Notes the outcome of a contact. Returns whether people should be informed. */
function noteAnswer({ draft, now }: Transaction, answer: ContactAnswer): boolean {
  const { contact = { versions: [] } } = draft
  const isNew = !saidLately(contact.saidAt, now)
  // A flood of such lines changes nothing, so nothing is stored either.
  if (!isNew && contact.answer !== undefined) return false
  draft.contact = { ...contact, answer, ...(isNew && { saidAt: now }) }
  return isNew
}

/** Emits a notice that also contains what was offered and how many texts wait. */
export function noticeWaiting(transaction: Transaction, code: NoticeCode, detail: string | undefined, instance?: number): void {
  const { contact, outbox } = transaction.draft
  transaction.notice(code, detail, instance, {
    ...(contact?.since !== undefined && { offered: contact.versions }), ...(outbox.length > 0 && { held: outbox.length }),
  })
}

/** Whether a notice has just reported, or will soon report, that nobody answered. */
function isSaid({ draft: { contact }, now }: Transaction): boolean {
  return openOffer(contact) !== undefined || saidLately(contact?.saidAt, now)
}

function saidLately(saidAt: number | undefined, now: number): boolean {
  return saidAt !== undefined && !isOver(saidAt, SAID_INTERVAL, now)
}

/** Whether it would have an effect to choose version 2, and nothing speaks against it. */
function canChooseVersion2({ draft, policy, context }: Pick<Transaction, 'draft' | 'policy' | 'context'>, allowed: AllowedAdapters): boolean {
  return !policy.allowV2 && policy.allowQueries && !forbidsVersion2(policy) && context.account[adapters[2].keys] !== undefined && !isDowngrade(2, allowed, draft)
}

/** What `status` shows of it. */
export function contactStatus(transaction: Pick<Transaction, 'draft' | 'policy' | 'context' | 'allowedAdapters'>): ContactStatus | undefined {
  const { draft, policy } = transaction
  const { contact } = draft
  if (contact === undefined) return undefined
  const { since, versions, answer } = contact
  const allowed = transaction.allowedAdapters()
  // If they have used version 4 before, an answer that cannot be read was more likely damaged on the way than made by an old program.
  const mayDiffer = answer === 'older-draft' || answer === 'incompatible' || (answer === 'none' && since === undefined)
  const mayChoose = mayDiffer && policy.allowQueries && !(versions.length === 1 && versions[0] === 3)
    && allowed.some(({ version }) => version === 3) && !isDowngrade(3, allowed, draft)
  const mayHave2 = (answer === 'version-2' || (answer === 'none' && since !== undefined)) && canChooseVersion2(transaction, allowed)
  return { ...(since !== undefined && { since }), versions, ...(answer !== undefined && { answer }), choices: [...(mayChoose ? [3 as const] : []), ...(mayHave2 ? [2 as const] : [])] }
}
