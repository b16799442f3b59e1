import { isOver } from '../../../protocol/index.js'
import { unreachable } from '../../../errors.js'
import {
  addFragment, classify, defaultWireLimits, errorMessage, forgetFragmentsV3, IGNORE_UNREADABLE, ignoresUnreadable, instanceTagProblem, isInstanceTag, messageRole, otrError, roleOfFragment, roleOfMessage, versionOfMessage, wordsAround,
  type Classified, type Fragment, type MessageHeader, type OtrMessage, type WireLimits,
} from '../../../wire/index.js'
import { isDisposable } from '../state.js'
import { deliveryMark } from './delivery-mark.js'
import { noteUnreadableAnswer } from '../first-contact.js'
import { receiveHandshake } from './handshake.js'
import { hasSession } from '../instances.js'
import { limits } from '../../budget/limits.js'
import type { VersionAdapter } from '../../versions/adapter.js'
import { isEncrypted } from '../../versions/adapters.js'
import { isDowngrade, negotiate } from '../../versions/negotiate.js'
import type { Version } from '../../versions/version.js'
import { suspectByPlaintext } from '../lost-session.js'
import { isHandshaking, mayBegin, sendQueryOnce } from '../query.js'
import { openHandshake } from '../open-handshake.js'
import { receiveOffline } from './offline.js'
import type { Policy } from '../../policy.js'
import { receiveData, type UnmatchedMessage } from './data-message.js'
import { offerNow, suspectLoss } from '../unacknowledged.js'
import { noteOtherInstance, noteUnreadable } from '../commands/tell-unreadable.js'
import { sessionsUnder } from '../session-entries.js'
import type { Transaction } from '../transaction.js'

/** The text of our error reply, for the person at the other side. */
const unreadableText = 'I could not read an encrypted message of yours.'

/**
 * Receives one line of the network, whatever it is. Throws only if the random source or this library fails.
 *
 * @returns a data message without a session under this address: the caller looks for its session under other addresses, and calls
 *   `noteUnmatched` if there is none
 */
export function receiveLine(transaction: Transaction, line: string): UnmatchedMessage | undefined {
  const { draft, policy, delivery: { id, archived = false } } = transaction
  if (id !== undefined) {
    const mark = deliveryMark(id)
    if (draft.deliveries.includes(mark)) {
      transaction.notice('duplicate', 'the transport delivered this before')
      return undefined
    }
    const { deliveries, deliveriesOfStrangers } = limits
    draft.deliveries = [...draft.deliveries, mark].slice(isDisposable(draft) ? -deliveriesOfStrangers : -deliveries)
  }
  if (line.length > policy.maxReceiveLength) {
    transaction.notice('too-large', `${line.length} characters`)
    return undefined
  }
  const classified = classify(line, wireLimits(policy))
  const allowed = transaction.allowedAdapters()
  if (allowed.length === 0) {
    // Encoded messages cannot be read. Everything else is text, even if it looks like a query.
    if (isEncoded(classified)) transaction.notice('policy', 'an OTR message: no version is allowed')
    else showPlaintext(transaction, line)
    return undefined
  }
  if (archived && classified.kind !== 'plaintext') {
    transaction.notice('duplicate', 'a copy from a history')
    return undefined
  }
  forgetInterruptedFragments(transaction, classified)
  noticeTextAround(transaction, classified)
  return receiveClassified(transaction, classified, line, allowed)
}

/** No session can read this data message: emits a notice and replies with an error, unless the message asks for none. */
export function noteUnmatched(transaction: Transaction, { adapter, message }: UnmatchedMessage): void {
  if (ignoresUnreadable(message)) return
  transaction.notice('unreadable', 'no session with this instance', message.senderTag)
  noteUnreadable(transaction, adapter.version)
  replyUnreadable(transaction, adapter.version, message.senderTag)
}

function isEncoded({ kind }: Classified): boolean {
  return kind === 'message' || kind === 'fragment' || kind === 'unsupported'
}

/** The text around an OTR message came in clear. Markup of a gateway is ignored; anything that may be words is shown in a notice. */
function noticeTextAround(transaction: Transaction, classified: Classified): void {
  const words = 'around' in classified ? wordsAround(classified.around) : ''
  if (words !== '') transaction.notice('text-around', words.slice(0, limits.errorText))
}

/** The adapters of the versions that may be spoken, newest first. */
type Allowed = readonly VersionAdapter[]

/** A cache: policies are never changed in place. */
const limitsOf = new WeakMap<Policy, WireLimits>()

function wireLimits(policy: Policy): WireLimits {
  let found = limitsOf.get(policy)
  if (found === undefined) {
    found = { ...defaultWireLimits, maxMessageLength: policy.maxReceiveLength, fragmentTimeout: policy.fragmentTimeout }
    limitsOf.set(policy, found)
  }
  return found
}

/** In version 3, a line that is not a fragment interrupts the fragments before it. A malformed line does not. */
function forgetInterruptedFragments(transaction: Transaction, classified: Classified): void {
  const { fragments } = transaction.draft
  if (classified.kind === 'message') transaction.draft.fragments = forgetFragmentsV3(fragments, classified.message.senderTag)
  if (classified.kind === 'plaintext' || classified.kind === 'query' || classified.kind === 'error') {
    transaction.draft.fragments = forgetFragmentsV3(fragments)
  }
}

function receiveClassified(transaction: Transaction, classified: Classified, line: string, allowed: Allowed): UnmatchedMessage | undefined {
  switch (classified.kind) {
    case 'plaintext': receivePlaintext(transaction, classified.text, classified.versions, allowed); break
    case 'query': receiveQuery(transaction, classified.versions, line, allowed); break
    case 'error': receiveError(transaction, classified.text, classified.code); break
    case 'fragment': return receiveFragment(transaction, classified.fragment, allowed)
    case 'message': return receiveMessage(transaction, classified.message, allowed)
    case 'malformed':
    case 'too-large':
    case 'unsupported': refuse(transaction, classified, allowed); break
    default: unreachable(classified)
  }
  return undefined
}

function refuse(transaction: Transaction, classified: Extract<Classified, { kind: 'malformed' | 'too-large' | 'unsupported' }>, allowed: Allowed): void {
  switch (classified.kind) {
    case 'malformed':
      // To whom does not speak version 2 it is all the same whether it is well formed.
      if (classified.header?.version === 2 && !allowed.some(({ version }) => version === 2)) {
        transaction.notice('unsupported', 'version 2 is not allowed')
        break
      }
      noteMalformedAnswer(transaction, classified, allowed)
      transaction.notice('malformed', classified.error.message, classified.header?.senderTag)
      replyToTruncated(transaction, classified.header, allowed)
      break
    case 'too-large': transaction.notice('too-large', `${classified.length} characters`); break
    case 'unsupported': transaction.notice('unsupported', `version ${classified.version}, type ${classified.type}`, classified.header?.senderTag)
  }
}

/** A message of a version 4 key exchange that may be for us, and cannot be decoded. */
function noteMalformedAnswer(transaction: Transaction, { header, error }: Extract<Classified, { kind: 'malformed' }>, allowed: Allowed): void {
  if (header?.senderTag === undefined || header.version !== 4) return
  const { senderTag, receiverTag } = header
  const { instanceTag } = transaction.context.account
  const role = messageRole(header)
  if (role === undefined || role === 'data' || senderTag === instanceTag || !isInstanceTag(senderTag) || (receiverTag !== 0 && receiverTag !== instanceTag)) return
  // Of a stranger who gets no answer nothing is kept.
  if (!allowed.some(({ version }) => version === 4) || !transaction.mayAnswer()) return
  if (error.olderDraft) noteUnreadableAnswer(transaction, 'older-draft', `an older draft of version 4: ${error.message}`, senderTag)
  else noteUnreadableAnswer(transaction, 'incompatible', error.message, senderTag)
}

/** Replies with an error to a data message for us that was cut off on the way, unless its flags ask for none. */
function replyToTruncated(transaction: Transaction, header: MessageHeader | undefined, allowed: Allowed): void {
  if (header?.flags === undefined || (header.flags & IGNORE_UNREADABLE) !== 0) return
  const { senderTag = 0, receiverTag, version } = header
  const { instanceTag } = transaction.context.account
  if (version !== 2 && (receiverTag !== instanceTag || senderTag === instanceTag || !isInstanceTag(senderTag))) return
  const adapter = allowed.find((one) => one.version === version)
  if (adapter !== undefined) replyUnreadable(transaction, adapter.version, senderTag)
}

function receivePlaintext(transaction: Transaction, text: string, offered: readonly number[] | undefined, allowed: Allowed): void {
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
function showPlaintext(transaction: Transaction, text: string, contentType: 'text' | 'query' = 'text'): void {
  const { draft, policy } = transaction
  const isPrivate = draft.latched || policy.requireEncryption || policy.requireVerified || hasSession(draft, 'encrypted-or-finished')
  const warn = isPrivate && !isBlank(text)
  transaction.emit({ type: 'message', from: draft.peer, text, contentType, encrypted: false, ...(warn && { unencrypted: true }) })
  if (warn) transaction.notice('unencrypted', 'this message came in clear')
}

function receiveQuery(transaction: Transaction, offered: readonly number[], line: string, allowed: Allowed): void {
  if (!transaction.policy.allowQueries) {
    transaction.notice('policy', 'the policy allows no queries: conversations begin with an Identity message')
    return
  }
  if (!offered.includes(3) && !offered.includes(4) && !(offered.includes(2) && allowed.some(({ version }) => version === 2))) {
    // Somebody wrote about OTR, or offers only versions that nobody should use: show the words to the person.
    showPlaintext(transaction, line, 'query')
    transaction.notice('unsupported', 'the query offers neither version 3 nor version 4')
    if (isDowngradeTo2(transaction, offered, allowed)) transaction.notice('downgrade', lessThanUsed)
    return
  }
  if (transaction.delivery.sentAt !== undefined) transaction.notice('old-offer', 'a query that the network had kept')
  else answerOffer(transaction, offered, allowed)
}

/** Whether an offer that leads to nothing names version 2, and the correspondent is known to speak a newer one. */
function isDowngradeTo2({ draft }: Transaction, offered: readonly number[], allowed: Allowed): boolean {
  return offered.includes(2) && isDowngrade(2, allowed, draft)
}

const lessThanUsed = 'the offer leaves out a version that this correspondent has used'

function answerOffer(transaction: Transaction, offered: readonly number[], allowed: Allowed): void {
  const { adapter, downgrade: lower } = negotiate(offered, allowed, transaction.draft, transaction.policy)
  const downgrade = lower || (adapter === undefined && isDowngradeTo2(transaction, offered, allowed))
  if (downgrade) transaction.notice('downgrade', lessThanUsed)
  if (adapter === undefined) {
    if (!downgrade) transaction.notice('policy', 'no offered version is allowed')
  } else if (!transaction.mayAnswer()) {
    transaction.notice('policy', 'strangers get no answer')
  } else if (!mayBegin(transaction)) {
    transaction.notice('policy', 'no key of this correspondent is verified')
  } else {
    openHandshake(transaction, adapter)
  }
}

function receiveError(transaction: Transaction, text: string, code: number | undefined): void {
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

function receiveFragment(transaction: Transaction, fragment: Fragment, allowed: Allowed): UnmatchedMessage | undefined {
  const adapter = admit(transaction, fragment, fragment.version, allowed)
  if (adapter === undefined) return undefined
  const { state, complete, discarded, dropped } = addFragment(transaction.draft.fragments, fragment, transaction.now, wireLimits(transaction.policy))
  transaction.keepFragments(state)
  if (dropped > 0) transaction.notice('fragment-discarded', `${dropped} incomplete messages were dropped`)
  if (discarded !== undefined) transaction.notice('fragment-discarded', discarded, fragment.senderTag)
  if (complete === undefined) return undefined
  const classified = classify(complete, wireLimits(transaction.policy))
  switch (classified.kind) {
    case 'message': {
      const { message } = classified
      const stranger = message.senderTag !== fragment.senderTag || versionOfMessage(message) !== fragment.version ||
        (fragment.version !== 2 && fragment.receiverTag === 0 && roleOfMessage(message) !== 'opens')
      if (!stranger) return receiveMessage(transaction, message, allowed)
      transaction.notice('fragment-discarded', 'the header of the message differs from those of its fragments', fragment.senderTag)
      break
    }
    case 'malformed':
    case 'too-large':
    case 'unsupported': refuse(transaction, classified, allowed); break
    case 'plaintext':
    case 'query':
    case 'error':
    case 'fragment': transaction.notice('fragment-discarded', 'the fragments together are no encoded message', fragment.senderTag); break
    default: unreachable(classified)
  }
  return undefined
}

function receiveMessage(transaction: Transaction, message: OtrMessage, allowed: Allowed): UnmatchedMessage | undefined {
  const adapter = admit(transaction, message, versionOfMessage(message), allowed)
  if (adapter === undefined) return undefined
  switch (roleOfMessage(message)) {
    case 'data': return receiveDataMessage(transaction, adapter, message)
    case 'offline': receiveOffline(transaction, adapter, message); break
    case 'opens':
      if (transaction.delivery.sentAt === undefined) receiveHandshake(transaction, adapter, message)
      else transaction.notice('old-offer', 'the first message of a key exchange, which the network had kept', message.senderTag)
      break
    case 'answers':
    case 'completes': receiveHandshake(transaction, adapter, message)
  }
  return undefined
}

function receiveDataMessage(transaction: Transaction, adapter: VersionAdapter, message: OtrMessage): UnmatchedMessage | undefined {
  const outcome = receiveData(transaction, adapter, message)
  if (outcome === 'unreadable' && !ignoresUnreadable(message)) replyUnreadable(transaction, adapter.version, message.senderTag)
  return outcome === 'unmatched' ? { adapter, message } : undefined
}

/** The adapter for a message or fragment, if its tags, version and sender are acceptable; otherwise `undefined`, with a notice. */
function admit(transaction: Transaction, addressed: OtrMessage | Fragment, version: Version, allowed: Allowed): VersionAdapter | undefined {
  const { senderTag, receiverTag } = addressed
  const { instanceTag } = transaction.context.account
  const problem = instanceTagProblem(addressed)
  if (problem !== undefined) {
    transaction.notice('bad-instance-tag', `${problem}'s tag`)
  } else if (version !== 2 && senderTag === instanceTag) {
    transaction.notice('unexpected', 'a message of our own came back', senderTag)
  } else if (receiverTag !== 0 && receiverTag !== instanceTag) {
    noteOtherInstance(transaction, addressed, version, isText(addressed))
  } else if (!transaction.mayAnswer() && !mayHaveMoved(transaction, addressed)) {
    transaction.notice('policy', 'strangers get no answer', senderTag)
  } else {
    const adapter = allowed.find((one) => one.version === version)
    if (adapter === undefined) {
      // A key exchange in version 2 is an offer of 2 alone, like a query for it.
      if (version === 2 && opens(addressed) && isDowngrade(2, allowed, transaction.draft)) transaction.notice('downgrade', lessThanUsed, senderTag)
      else transaction.notice(version === 2 ? 'unsupported' : 'policy', `version ${version} is not allowed`, senderTag)
    }
    return adapter
  }
  return undefined
}

/** Whether it begins a key exchange, or is the first fragment of what does. */
function opens(addressed: OtrMessage | Fragment): boolean {
  return ('kind' in addressed ? roleOfMessage(addressed) : roleOfFragment(addressed)) === 'opens'
}

/** Whether it is a private text, or its first fragment. */
function isText(addressed: OtrMessage | Fragment): boolean {
  return 'kind' in addressed ? roleOfMessage(addressed) === 'data' && !ignoresUnreadable(addressed) : roleOfFragment(addressed) === 'data'
}

/** Whether a stranger's message may come from a correspondent who has another address now. Unless it does, it gets no answer. */
function mayHaveMoved(transaction: Transaction, addressed: OtrMessage | Fragment): boolean {
  const version = 'kind' in addressed ? versionOfMessage(addressed) : addressed.version
  if ('kind' in addressed && roleOfMessage(addressed) !== 'data') return false
  return transaction.context.isKnownElsewhere(addressed.senderTag, version)
}

/** The text of an error reply. In version 4 its code says whether there is a session that should have read the message, or none. */
function unreadableReply(transaction: Transaction, version: Version, senderTag: number): string {
  if (version !== 4) return unreadableText
  const encrypted = sessionsUnder(transaction, senderTag, 4).some(({ state }) => isEncrypted(state))
  return encrypted ? otrError.unreadable : otrError.notInPrivateState
}

/** Replies with an error, at most once in `errorReplyInterval`: two clients must not answer each other's errors for ever. */
function replyUnreadable(transaction: Transaction, version: Version, senderTag: number): void {
  const { draft, policy } = transaction
  if (!transaction.mayAnswer()) return
  if (draft.errorReplyAt !== undefined && !isOver(draft.errorReplyAt, policy.errorReplyInterval, transaction.now)) return
  draft.errorReplyAt = transaction.now
  transaction.sendText(errorMessage(unreadableReply(transaction, version, senderTag)))
}
