import { isOver, type NoticeCode } from '../../protocol/index.js'
import type { VersionAdapter } from '../versions/adapter.js'
import { adapters, statusOf } from '../versions/adapters.js'
import { isDowngrade } from '../versions/negotiate.js'
import type { Version } from '../versions/version.js'
import { openOffer, type ContactAnswer, type ContactStatus } from './contact.js'
import { hasSession } from './instances.js'
import type { Transaction } from './transaction.js'

/** How long nothing more is said of a first contact after something was said, seconds (`spec/first-contact.md`). */
export const SAID_INTERVAL = 60

/** Notes an offer of ours. Offers that follow by themselves neither put off what is said of the first one, nor repeat it too soon. */
export function noteOffer({ draft, now }: Transaction, versions: readonly Version[]): void {
  const { since, answer, saidAt } = draft.contact ?? {}
  draft.contact = { since: answer === undefined && since !== undefined ? since : now, versions, ...(saidAt !== undefined && { saidAt }) }
}

/** Our offer has waited long enough: says once what is known of the reason. Nothing else is done: what waits goes on waiting. */
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
 * Says that a private conversation is not there yet. It is under the same limit as what is said of a contact, but holds none of that back: the
 * outcome is said even right after a retry. With an encrypted session, nobody waits for one.
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

/** Nobody went on when we began. If they had asked, it may be a program of another form of version 4, which drops our first message in silence. */
export function endAnswer(transaction: Transaction, version: Version): void {
  const detail = 'nobody answered the key exchange'
  // This notice informs programs that nothing is under way any more. Another one has the sentence for people.
  if (isSaid(transaction)) transaction.notice('handshake-timeout', detail, undefined, { beginning: true })
  else if (version === 4) say(transaction, 'none', 'handshake-timeout', detail)
  else noticeWaiting(transaction, 'handshake-timeout', detail)
}

/**
 * A message of a version 4 key exchange cannot be read or verified: says so by name. It never begins anything, because anybody can spoil a
 * line: an older version begins only by a choice of the person or the application (`spec/first-contact.md`).
 */
export function noteUnreadableAnswer(transaction: Transaction, answer: 'older-draft' | 'incompatible', detail: string | undefined, instance: number): void {
  const { draft } = transaction
  if (hasSession(draft, 'encrypted') && draft.queriedAt === undefined) return
  transaction.beginning = true
  say(transaction, answer, answer, detail, instance)
}

/**
 * Version 2 alone is offered, and nobody chose it: says so, and that it can be chosen. Like everything here it begins nothing, because anybody can
 * send it.
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

/** Whether a notice says soon, or has just said, that nobody answered. */
function isSaid({ draft: { contact }, now }: Transaction): boolean {
  return openOffer(contact) !== undefined || saidLately(contact?.saidAt, now)
}

function saidLately(saidAt: number | undefined, now: number): boolean {
  return saidAt !== undefined && !isOver(saidAt, SAID_INTERVAL, now)
}

/** Whether it would have an effect to choose version 2, and nothing speaks against it. */
function canChooseVersion2({ draft, policy, context }: Pick<Transaction, 'draft' | 'policy' | 'context'>, allowed: readonly VersionAdapter[]): boolean {
  const { allowV2, allowQueries, requireEncryption, requireVerified, requireInteractive } = policy
  const isExcluded = requireEncryption || requireVerified || requireInteractive || !allowQueries
  return !allowV2 && !isExcluded && context.account[adapters[2].keys] !== undefined && !isDowngrade(2, allowed, draft)
}

/** What `status` shows of it. */
export function contactStatus(transaction: Pick<Transaction, 'draft' | 'policy' | 'context' | 'allowedAdapters'>): ContactStatus | undefined {
  const { draft, policy } = transaction
  const { contact } = draft
  if (contact === undefined) return undefined
  const { since, versions, answer } = contact
  const allowed = transaction.allowedAdapters()
  // Of somebody who has used version 4, an answer that cannot be read is more likely spoilt than old.
  const mayDiffer = answer === 'older-draft' || answer === 'incompatible' || (answer === 'none' && since === undefined)
  const mayChoose = mayDiffer && policy.allowQueries && !(versions.length === 1 && versions[0] === 3)
    && allowed.some(({ version }) => version === 3) && !isDowngrade(3, allowed, draft)
  const mayHave2 = (answer === 'version-2' || (answer === 'none' && since !== undefined)) && canChooseVersion2(transaction, allowed)
  return { ...(since !== undefined && { since }), versions, ...(answer !== undefined && { answer }), choices: [...(mayChoose ? [3 as const] : []), ...(mayHave2 ? [2 as const] : [])] }
}
