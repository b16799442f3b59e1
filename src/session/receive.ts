import { isOver } from '../protocol/index.js'
import { unreachable } from '../errors.js'
import {
  addFragment, classify, defaultWireLimits, errorMessage, forgetFragmentsV3, IGNORE_UNREADABLE, instanceTagProblem, isInstanceTag, otrError, wordsAround,
  type Classified, type Fragment, type MessageHeader, type OtrMessage, type WireLimits,
} from '../wire/index.js'
import { isDisposable } from './conversation.js'
import { deliveryMark } from './delivery-mark.js'
import { receiveHandshake } from './handshake.js'
import { hasSession } from './instances.js'
import { limits } from './limits.js'
import type { SessionMachine } from './machine.js'
import { isEncrypted, machineFor, versionOf } from './machines.js'
import { negotiate } from './negotiator.js'
import { isHandshaking, mayBegin, sendQuery } from './offer.js'
import { open } from './open.js'
import { receiveOffline } from './offline.js'
import type { Policy } from './policy.js'
import { receiveData, type Unplaced } from './receive-data.js'
import { offerNow, suspectLoss } from './sent.js'
import type { Turn } from './turn.js'

/** What the transport knows of a line beside its sender and its text. */
export interface Delivery {
  /** The transport's id of the message. A line whose id was seen before from this correspondent is dropped, also after a restart. */
  readonly id?: string
  /** A copy from a history, an archive or another device: text in clear is shown, nothing is answered, no session is touched. */
  readonly archived?: boolean
  /**
   * When it was sent, seconds, where the network had kept it meanwhile. It is told with the text that comes of it. What offers a private
   * conversation, or begins one, is not answered then (`old-offer`): whoever answers tells that they are here now.
   */
  readonly sentAt?: number
}

/** What people read who get an error reply from us. */
const unreadableText = 'I could not read an encrypted message of yours.'

/**
 * Takes in one line of the network, whatever it is. Throws only where the random source or this library fails.
 *
 * @returns a data message for which nothing stands under this address: the caller looks for its session elsewhere, and says
 *   `noteUnplaced` where there is none
 */
export function receiveLine(turn: Turn, line: string, { id, archived = false }: Delivery): Unplaced | undefined {
  const { draft, policy } = turn
  if (id !== undefined) {
    const mark = deliveryMark(id)
    if (draft.deliveries.includes(mark)) {
      turn.notice('duplicate', 'the transport delivered this before')
      return undefined
    }
    const { deliveries, deliveriesOfStrangers } = limits
    draft.deliveries = [...draft.deliveries, mark].slice(isDisposable(draft) ? -deliveriesOfStrangers : -deliveries)
  }
  if (line.length > policy.maxReceiveLength) {
    turn.notice('too-large', `${line.length} characters`)
    return undefined
  }
  const classified = classify(line, wireLimits(policy))
  if (turn.allowedMachines().length === 0) {
    // Nobody can read what is encoded. Everything else is text, also what looks like a query.
    if (isEncoded(classified)) turn.notice('policy', 'an OTR message: no version is allowed')
    else showPlaintext(turn, line)
    return undefined
  }
  if (archived && classified.kind !== 'plaintext') {
    turn.notice('duplicate', 'a copy from a history')
    return undefined
  }
  breakRows(turn, classified)
  tellAround(turn, classified)
  return receiveClassified(turn, classified, line, archived)
}

/** No session anywhere takes this data message: says so, and tells the other side where that is due. */
export function noteUnplaced(turn: Turn, { machine, message }: Unplaced): void {
  if (machine.dataFlags(message)?.ignoreUnreadable === true) return
  turn.notice('unreadable', 'no session with this instance', message.senderTag)
  replyUnreadable(turn, machine.version, message.senderTag)
}

function isEncoded({ kind }: Classified): boolean {
  return kind === 'message' || kind === 'fragment' || kind === 'unsupported'
}

/** What stood around an OTR message came in clear. Markup of a gateway is nothing to anybody; of what may be words people are told. */
function tellAround(turn: Turn, classified: Classified): void {
  const words = 'around' in classified ? wordsAround(classified.around) : ''
  if (words !== '') turn.notice('text-around', words.slice(0, limits.errorText))
}

/** Policies are never changed in place. */
const limitsOf = new WeakMap<Policy, WireLimits>()

function wireLimits(policy: Policy): WireLimits {
  let found = limitsOf.get(policy)
  if (found === undefined) {
    found = { ...defaultWireLimits, maxMessageLength: policy.maxReceiveLength, fragmentTimeout: policy.fragmentTimeout }
    limitsOf.set(policy, found)
  }
  return found
}

/** Version 3: a line that is no fragment breaks off the fragments before it. What is not well formed breaks nothing. */
function breakRows(turn: Turn, classified: Classified): void {
  const { fragments } = turn.draft
  if (classified.kind === 'message') turn.draft.fragments = forgetFragmentsV3(fragments, classified.message.senderTag)
  if (classified.kind === 'plaintext' || classified.kind === 'query' || classified.kind === 'error') {
    turn.draft.fragments = forgetFragmentsV3(fragments)
  }
}

function receiveClassified(turn: Turn, classified: Classified, line: string, archived: boolean): Unplaced | undefined {
  switch (classified.kind) {
    case 'plaintext': receivePlaintext(turn, classified.text, classified.versions, archived); break
    case 'query': receiveQuery(turn, classified.versions, line); break
    case 'error': receiveError(turn, classified.text, classified.code); break
    case 'fragment': return receiveFragment(turn, classified.fragment)
    case 'message': return receiveMessage(turn, classified.message)
    case 'malformed':
    case 'too-large':
    case 'unsupported': refuse(turn, classified); break
    default: unreachable(classified)
  }
  return undefined
}

function refuse(turn: Turn, classified: Extract<Classified, { kind: 'malformed' | 'too-large' | 'unsupported' }>): void {
  switch (classified.kind) {
    case 'malformed':
      turn.notice('malformed', classified.error.message, classified.header?.senderTag)
      tellLost(turn, classified.header)
      break
    case 'too-large': turn.notice('too-large', `${classified.length} characters`); break
    case 'unsupported': turn.notice('unsupported', `version ${classified.version}, type ${classified.type}`, classified.header?.senderTag)
  }
}

/** A private message for us whose end was cut off on the way: its sender is told, unless it is one that nobody misses. */
function tellLost(turn: Turn, header: MessageHeader | undefined): void {
  if (header?.senderTag === undefined || header.flags === undefined || (header.flags & IGNORE_UNREADABLE) !== 0) return
  const { instanceTag } = turn.context.account
  if (header.receiverTag !== instanceTag || header.senderTag === instanceTag || !isInstanceTag(header.senderTag)) return
  const machine = turn.allowedMachines().find(({ version }) => version === header.version)
  if (machine !== undefined) replyUnreadable(turn, machine.version, header.senderTag)
}

function receivePlaintext(turn: Turn, text: string, offered: readonly number[] | undefined, archived: boolean): void {
  if (offered === undefined && !archived && turn.sentAt === undefined) turn.draft.heardPlaintext = true
  showPlaintext(turn, text)
  if (offered === undefined || archived || turn.sentAt !== undefined || !turn.policy.whitespaceStartsAke || !turn.policy.allowQueries) return
  // A correspondent tags text until our answer reaches him: one key exchange is enough.
  if (isHandshaking(turn)) return
  answerOffer(turn, offered)
}

/** Text in clear is always shown, and marked where the conversation is, was or must be private. */
function showPlaintext(turn: Turn, text: string): void {
  const { draft, policy } = turn
  const warn = draft.latched || policy.requireEncryption || policy.requireVerified || hasSession(draft, 'encrypted-or-finished')
  turn.emit({ type: 'message', from: draft.peer, text, contentType: 'text', encrypted: false, ...(warn && { unencrypted: true }) })
  if (warn) turn.notice('unencrypted', 'this message came in clear')
}

function receiveQuery(turn: Turn, offered: readonly number[], line: string): void {
  if (!turn.policy.allowQueries) {
    turn.notice('policy', 'queries are not answered: conversations begin with an Identity message')
    return
  }
  if (!offered.includes(3) && !offered.includes(4)) {
    // Somebody wrote of OTR, or speaks versions that nobody should: the words are for people.
    showPlaintext(turn, line)
    turn.notice('unsupported', 'the query offers no version from 3 on')
    return
  }
  if (turn.sentAt !== undefined) turn.notice('old-offer', 'a query that the network had kept')
  else answerOffer(turn, offered)
}

function answerOffer(turn: Turn, offered: readonly number[]): void {
  const { machine, downgrade } = negotiate(offered, turn.allowedMachines(), turn.draft, turn.policy)
  if (downgrade) turn.notice('downgrade', 'the offer leaves out a version that this correspondent has used')
  if (machine === undefined) {
    if (!downgrade) turn.notice('policy', 'no offered version is allowed')
  } else if (!turn.mayAnswer()) {
    turn.notice('policy', 'strangers get no answer')
  } else if (!mayBegin(turn)) {
    turn.notice('policy', 'no key of this correspondent is verified')
  } else {
    open(turn, machine)
  }
}

function receiveError(turn: Turn, text: string, code: number | undefined): void {
  const { draft, policy } = turn
  turn.notice('error-message', text.slice(0, limits.errorText))
  if (hasSession(draft, 'encrypted')) turn.notice('peer-could-not-read', 'the other side says so, unauthenticated')
  const calls = suspectLoss(turn, code)
  // It complains of what was said before, and is not answered now.
  if (turn.sentAt !== undefined) {
    offerNow(turn)
    return
  }
  if (!calls) return
  // Anybody can say so: where nothing private was begun, nothing begins, and no text of the person's has to wait.
  if (!draft.latched) return
  if (!policy.errorStartsAke || !turn.mayAnswer() || !mayBegin(turn)) {
    offerNow(turn)
    return
  }
  if (draft.errorStartAt !== undefined && !isOver(draft.errorStartAt, policy.errorStartInterval, turn.now)) return
  draft.errorStartAt = turn.now
  sendQuery(turn)
}

function receiveFragment(turn: Turn, fragment: Fragment): Unplaced | undefined {
  const machine = admit(turn, fragment, fragment.version)
  if (machine === undefined) return undefined
  const { state, complete, discarded, dropped } = addFragment(turn.draft.fragments, fragment, turn.now, wireLimits(turn.policy))
  turn.keepFragments(state)
  if (dropped > 0) turn.notice('fragment-discarded', `${dropped} incomplete messages were given up`)
  if (discarded !== undefined) turn.notice('fragment-discarded', discarded, fragment.senderTag)
  if (complete === undefined) return undefined
  const classified = classify(complete, wireLimits(turn.policy))
  switch (classified.kind) {
    case 'message': {
      const { message } = classified
      const stranger = message.senderTag !== fragment.senderTag || versionOf(message) !== fragment.version ||
        (fragment.receiverTag === 0 && !machine.opens(message))
      if (!stranger) return receiveMessage(turn, message)
      turn.notice('fragment-discarded', 'the message inside is not the one on the label', fragment.senderTag)
      break
    }
    case 'malformed':
    case 'too-large':
    case 'unsupported': refuse(turn, classified); break
    case 'plaintext':
    case 'query':
    case 'error':
    case 'fragment': turn.notice('fragment-discarded', 'what came together is no encoded message', fragment.senderTag); break
    default: unreachable(classified)
  }
  return undefined
}

function receiveMessage(turn: Turn, message: OtrMessage): Unplaced | undefined {
  const machine = admit(turn, message, versionOf(message))
  if (machine === undefined) return undefined
  const data = machine.dataFlags(message)
  if (data === undefined) {
    if (machine.isOffline(message)) receiveOffline(turn, machine, message)
    else if (turn.sentAt !== undefined && machine.opens(message)) turn.notice('old-offer', 'the first message of a key exchange, which the network had kept', message.senderTag)
    else receiveHandshake(turn, machine, message)
    return undefined
  }
  if (turn.entriesOf(message.senderTag, machine.version).length === 0) return { machine, message }
  const mark = turn.events.length
  if (receiveData(turn, machine, message) || data.ignoreUnreadable) return undefined
  if (turn.events.slice(mark).some((event) => event.type === 'notice' && event.code === 'unreadable')) replyUnreadable(turn, machine.version, message.senderTag)
  return undefined
}

/** Whether a message or fragment is one for us to look at: its tags, its version, its sender. Says why not. */
function admit(turn: Turn, addressed: OtrMessage | Fragment, version: 3 | 4): SessionMachine | undefined {
  const { senderTag, receiverTag } = addressed
  const { instanceTag } = turn.context.account
  const problem = instanceTagProblem(addressed)
  if (problem !== undefined) {
    turn.notice('bad-instance-tag', `${problem}'s tag`)
  } else if (senderTag === instanceTag) {
    turn.notice('unexpected', 'a message of our own came back', senderTag)
  } else if (receiverTag !== 0 && receiverTag !== instanceTag) {
    turn.notice('other-instance', 'for another client of this account', senderTag)
  } else if (machineFor(version) === undefined) {
    turn.notice('unsupported', `version ${version}`, senderTag)
  } else if (!turn.mayAnswer() && !mayHaveMoved(turn, addressed)) {
    turn.notice('policy', 'strangers get no answer', senderTag)
  } else {
    const machine = turn.allowedMachines().find((one) => one.version === version)
    if (machine === undefined) turn.notice('policy', `version ${version} is not allowed`, senderTag)
    return machine
  }
  return undefined
}

/** Whether something that comes from a stranger may be of a correspondent who has another address now: it gets no answer unless it is. */
function mayHaveMoved(turn: Turn, addressed: OtrMessage | Fragment): boolean {
  const version = 'kind' in addressed ? versionOf(addressed) : addressed.version
  if ('kind' in addressed && machineFor(version)?.dataFlags(addressed) === undefined) return false
  return turn.context.isKnownElsewhere(addressed.senderTag, version)
}

/** What version 4 says, by its code: whether there is a session that should have read the message, or none. */
function unreadableReply(turn: Turn, version: 3 | 4, senderTag: number): string {
  if (version === 3) return unreadableText
  const encrypted = turn.entriesOf(senderTag, 4).some(({ state }) => isEncrypted(state))
  return encrypted ? otrError.unreadable : otrError.notInPrivateState
}

/** One error reply in an interval, whatever arrives: two clients must not answer each other's complaints for ever. */
function replyUnreadable(turn: Turn, version: 3 | 4, senderTag: number): void {
  const { draft, policy } = turn
  if (!turn.mayAnswer()) return
  if (draft.errorReplyAt !== undefined && !isOver(draft.errorReplyAt, policy.errorReplyInterval, turn.now)) return
  draft.errorReplyAt = turn.now
  turn.sendText(errorMessage(unreadableReply(turn, version, senderTag)))
}
