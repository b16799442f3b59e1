import { unreachable } from '../../../errors.js'
import {
  addFragment, classify, defaultWireLimits, forgetFragmentsV3, ignoresUnreadable, instanceTagProblem, roleOfFragment, roleOfMessage, versionOfMessage,
  wordsAround, type Classified, type Fragment, type OtrMessage, type WireLimits,
} from '../../../wire/index.js'
import { limits } from '../../budget/limits.js'
import type { Policy } from '../../policy.js'
import type { AllowedAdapters, VersionAdapter } from '../../versions/adapter.js'
import type { Version } from '../../versions/version.js'
import { noteOtherInstance } from '../commands/tell-unreadable.js'
import { isDisposable } from '../state.js'
import type { Transaction } from '../transaction.js'
import { receiveData, type UnmatchedMessage } from './data-message.js'
import { deliveryMark } from './delivery-mark.js'
import { receiveHandshake } from './handshake.js'
import { receiveError, receivePlaintext, receiveQuery, refuseOfferOf2, showPlaintext } from './in-clear.js'
import { receiveOffline } from './offline.js'
import { refuse } from './unreadable.js'

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

function isEncoded({ kind }: Classified): boolean {
  return kind === 'message' || kind === 'fragment' || kind === 'unsupported'
}

/** The text around an OTR message came in clear. Markup of a gateway is ignored; anything that may be words is shown in a notice. */
function noticeTextAround(transaction: Transaction, classified: Classified): void {
  const words = 'around' in classified ? wordsAround(classified.around) : ''
  if (words !== '') transaction.notice('text-around', words.slice(0, limits.errorText))
}

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

function receiveClassified(transaction: Transaction, classified: Classified, line: string, allowed: AllowedAdapters): UnmatchedMessage | undefined {
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

function receiveFragment(transaction: Transaction, fragment: Fragment, allowed: AllowedAdapters): UnmatchedMessage | undefined {
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

function receiveMessage(transaction: Transaction, message: OtrMessage, allowed: AllowedAdapters): UnmatchedMessage | undefined {
  const adapter = admit(transaction, message, versionOfMessage(message), allowed)
  if (adapter === undefined) return undefined
  switch (roleOfMessage(message)) {
    case 'data': return receiveData(transaction, adapter, message)
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

/** The adapter for a message or fragment, if its tags, version and sender are acceptable; otherwise `undefined`, with a notice. */
function admit(transaction: Transaction, addressed: OtrMessage | Fragment, version: Version, allowed: AllowedAdapters): VersionAdapter | undefined {
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
      if (version === 2 && opens(addressed)) refuseOfferOf2(transaction, allowed, 'version 2 is not allowed')
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
