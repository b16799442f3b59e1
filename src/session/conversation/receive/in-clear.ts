import { limits } from '../../budget/limits.js'
import type { AllowedAdapters } from '../../versions/adapter.js'
import { isDowngrade, negotiate } from '../../versions/negotiate.js'
import { noteOfferOf2 } from '../first-contact.js'
import { hasSession } from '../instances.js'
import { suspectByPlaintext } from '../lost-session.js'
import { openHandshake } from '../open-handshake.js'
import { isHandshaking, mayBegin, sendQueryOnce } from '../query.js'
import type { Transaction } from '../transaction.js'
import { offerNow, suspectLoss } from '../unacknowledged.js'

/** Shows a text in clear. A whitespace tag in it, which offers versions, is answered. */
export function receivePlaintext(transaction: Transaction, text: string, offered: readonly number[] | undefined, allowed: AllowedAdapters): void {
  const { draft, policy, delivery: { archived = false, sentAt } } = transaction
  const isLive = !archived && sentAt === undefined
  if (offered === undefined && isLive) draft.heardPlaintext = true
  showPlaintext(transaction, text)
  if (!isLive) return
  // A correspondent tags every text until our answer arrives: one key exchange is enough.
  if (offered !== undefined && policy.whitespaceStartsAke && policy.allowQueries && !isHandshaking(transaction)) answerOffer(transaction, offered, allowed)
  if (!isBlank(text)) suspectByPlaintext(transaction)
}

function isBlank(text: string): boolean {
  return text.trim() === ''
}

/**
 * Text in clear is always shown, with a warning if the conversation is, was or must be private. A blank line gets no warning: bitlbee, irssi and
 * hexchat-otr send one when a conversation ends, and a warning about nothing teaches people to ignore warnings.
 */
export function showPlaintext(transaction: Transaction, text: string, contentType: 'text' | 'query' = 'text'): void {
  const { draft, policy } = transaction
  const isPrivate = draft.latched || policy.requireEncryption || policy.requireVerified || hasSession(draft, 'encrypted-or-finished')
  const warn = isPrivate && !isBlank(text)
  transaction.emit({ type: 'message', from: draft.peer, text, contentType, encrypted: false, ...(warn && { unencrypted: true }) })
  if (warn) transaction.notice('unencrypted', 'this message came in clear')
}

/** Answers a query, if it offers a version that may be spoken. */
export function receiveQuery(transaction: Transaction, offered: readonly number[], line: string, allowed: AllowedAdapters): void {
  if (!transaction.policy.allowQueries) {
    transaction.notice('policy', 'the policy allows no queries: conversations begin with an Identity message')
    return
  }
  if (!offered.includes(3) && !offered.includes(4) && !(offered.includes(2) && allowed.some(({ version }) => version === 2))) {
    // Somebody wrote about OTR, or offers only versions that nobody should use: show the words to the person.
    showPlaintext(transaction, line, 'query')
    const detail = 'the query offers neither version 3 nor version 4'
    if (offered.includes(2)) refuseOfferOf2(transaction, allowed, detail)
    else transaction.notice('unsupported', detail)
    return
  }
  if (transaction.delivery.sentAt !== undefined) transaction.notice('old-offer', 'a query that the network had kept')
  else answerOffer(transaction, offered, allowed)
}

/** Version 2 alone is offered, and nobody chose it. To name it as a choice would be bad advice to somebody who may be under attack. */
export function refuseOfferOf2(transaction: Transaction, allowed: AllowedAdapters, detail: string): void {
  if (isDowngrade(2, allowed, transaction.draft)) transaction.notice('downgrade', lessThanUsed)
  else noteOfferOf2(transaction, detail)
}

const lessThanUsed = 'the offer leaves out a version that this correspondent has used'

function answerOffer(transaction: Transaction, offered: readonly number[], allowed: AllowedAdapters): void {
  const { adapter, downgrade } = negotiate(offered, allowed, transaction.draft, transaction.policy)
  if (downgrade) transaction.notice('downgrade', lessThanUsed)
  if (adapter === undefined) {
    if (downgrade) return
    const alone = !offered.includes(3) && !offered.includes(4)
    if (offered.includes(2) && (alone || isDowngrade(2, allowed, transaction.draft))) refuseOfferOf2(transaction, allowed, 'the whitespace tag offers version 2 alone')
    else transaction.notice('policy', 'no offered version is allowed')
  } else if (!transaction.mayAnswer()) {
    transaction.notice('policy', 'strangers get no answer')
  } else if (!mayBegin(transaction)) {
    transaction.notice('policy', 'no key of this correspondent is verified')
  } else {
    openHandshake(transaction, adapter)
  }
}

/** Reports an error message, which may be forged, and begins again if the policy says so. */
export function receiveError(transaction: Transaction, text: string, code: number | undefined): void {
  const { draft, policy } = transaction
  transaction.notice('error-message', text.slice(0, limits.errorText))
  if (hasSession(draft, 'encrypted')) transaction.notice('peer-could-not-read', 'the other side says so, unauthenticated')
  const calls = suspectLoss(transaction, code)
  // The report is about earlier messages, and is not answered now.
  if (transaction.delivery.sentAt !== undefined) {
    offerNow(transaction)
    return
  }
  if (!calls) return
  // Anybody can send this: if privacy was never asked for, nothing begins, and no text of the person has to wait.
  if (!draft.latched) return
  if (!policy.errorStartsAke || !transaction.mayAnswer() || !mayBegin(transaction)) {
    offerNow(transaction)
    return
  }
  sendQueryOnce(transaction)
}
