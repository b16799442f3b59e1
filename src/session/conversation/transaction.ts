import { OtrError } from '../../errors.js'
import type { Env, HandCopied, NoticeCode } from '../../protocol/index.js'
import type { DerivationMeter } from '../../v4/index.js'
import { publicHex, type FragmentAssembler, type OtrMessage } from '../../wire/index.js'
import { newConversation, type Conversation, type SessionEntry } from './state.js'
import { internalNotice, type ClientEvent, type ClientNoticeEvent, type Version } from '../event.js'
import type { Account } from '../account/account.js'
import type { AdapterContext, AllowedAdapters } from '../versions/adapter.js'
import { adaptersNewestFirst } from '../versions/adapters.js'
import { mayBeVersion2, standsInVersion2 } from '../versions/negotiate.js'
import type { Policy } from '../policy.js'
import { usePrekey, type PrekeyVault } from '../account/prekeys.js'
import { findKey } from '../known/key-book.js'
import type { Delivery } from './delivery.js'
import { linesOf } from './framing.js'

/** What a transaction is given besides the conversation. */
export interface TransactionContext {
  readonly env: Env
  readonly account: Account
  readonly policy: Policy
  /** What is known about the line being received; empty in a call of the application. */
  readonly delivery: ReceivedFrom
  /** Whether the application allows answers to this stranger; called only if the policy forbids answers to strangers. */
  readonly authorize: (peer: string) => boolean
  /** Whether one more stranger may be remembered for good. */
  readonly roomForStrangers: () => boolean
  /** Whether an instance has an encrypted session in the conversation of another address: its owner may now write from this one. */
  readonly isKnownElsewhere: (tag: number, version: Version) => boolean
  /** Whether an instance tag is that of another device of ours. */
  readonly isOwnDevice: (tag: number) => boolean
  /** Takes from the client's allowance for key exchanges: see `HandshakeBudget`. */
  readonly takeHandshakes: (count: number, stranger: boolean) => boolean
  /** Bounds the derivations for data messages that may be forged. */
  readonly derivations: DerivationMeter
  /** phi', if the application supplies one. */
  readonly phiExtra: Uint8Array | undefined
  /** What the account published for offline messages. */
  readonly prekeys: PrekeyVault
}

/** What is known about a line: by the transport, and `via`: the address that it came from, if that is not the correspondent's own. */
export interface ReceivedFrom extends Delivery {
  readonly via?: string
}

/** A conversation whose fields may be replaced while a transaction lasts. */
type Draft = { -readonly [Field in keyof Conversation]: Conversation[Field] }

/** Fields of a session's entry to replace. With `active`, the other side has proved itself, and no doubt is left. */
type EntryChanges = { readonly [Field in keyof SessionEntry]?: SessionEntry[Field] | undefined }

/** A line that we sent, and the kept text that it contains in whole or in part: the id of a `SentMessage`. */
export interface CarriedLine {
  readonly line: string
  readonly sent: number
}

const conversationFields = Object.keys(newConversation('')) as readonly (keyof Conversation)[]

/**
 * One call of the application, or one line of the network, applied to a conversation: collects the events and the new state. Nothing is
 * visible outside before `finish`. While the transaction is not `irreversible`, dropping it undoes everything. Once a session has changed,
 * the secrets of its old state are wiped, and the transaction must be finished whatever happens.
 */
export class Transaction {
  readonly events: ClientEvent[] = []
  readonly draft: Draft
  readonly context: TransactionContext
  /** The policy for this correspondent when the transaction began. */
  readonly policy: Policy
  /** What is known about the line being received. */
  readonly delivery: ReceivedFrom
  /** Seconds. */
  readonly now: number
  /** What the account published for offline messages, without the prekeys that this transaction used up. */
  prekeys: PrekeyVault
  /** Whether something happened that cannot be undone: the transaction can no longer be dropped. */
  irreversible = false
  /** Whether something that was due failed: it must be tried again, but not at once. */
  failed = false
  /** The lines that contain kept texts. */
  readonly carried: CarriedLine[] = []
  #carrying: number | undefined
  readonly #before: Conversation
  /** Whether arithmetic of a key exchange or of a verification was done, which takes milliseconds. */
  tookLong = false
  /** Whether the line being received belongs to a key exchange and a notice about the contact reports that it cannot be read (`noteUnreadableAnswer`). */
  beginning = false

  constructor(conversation: Conversation, context: TransactionContext) {
    this.#before = conversation
    this.draft = draftOf(conversation)
    this.context = context
    this.policy = context.policy
    this.delivery = context.delivery
    this.now = context.env.now
    this.prekeys = context.prekeys
  }

  get adapterContext(): AdapterContext {
    const { env, account, policy, phiExtra, derivations } = this.context
    const { draft, prekeys } = this
    return {
      env, account, policy, phiExtra, peer: draft.peer, prekeys, derivations,
      smpTally: (version, fingerprint) => findKey(draft, version, publicHex(fingerprint))?.smpTally,
      isVerified: (version, fingerprint) => findKey(draft, version, publicHex(fingerprint))?.trust === 'verified',
    }
  }

  /** Removes a prekey message that was used: nobody can use it again, whatever else happens in this transaction. */
  usePrekey(identifier: number): void {
    this.prekeys = usePrekey(this.prekeys, identifier)
    this.irreversible = true
  }

  /** Replaces a session's entry. Returns the new one. */
  updateSession(entry: SessionEntry, changes: EntryChanges): SessionEntry {
    const { sessions } = this.draft
    const at = sessions.indexOf(entry)
    if (at < 0) throw new OtrError('OTR_INTERNAL', 'a session was changed that no longer exists')
    const next = changedEntry(entry, changes)
    this.draft.sessions = sessions.with(at, next)
    return next
  }

  /** Ends the transaction. Returns the conversation after it: the same object that went in if nothing changed, otherwise the draft. */
  finish(): Conversation {
    const before = this.#before
    // Sessions change with every message, so most transactions need no further comparison.
    if (this.draft.sessions !== before.sessions) return this.draft
    for (const field of conversationFields) if (this.draft[field] !== before[field]) return this.draft
    return before
  }

  emit(event: ClientEvent): void {
    if (event.type !== 'message') {
      this.events.push(event)
      return
    }
    const { sentAt, via } = this.delivery
    this.events.push({ ...event, ...(sentAt !== undefined && { sentAt }), ...(via !== undefined && { via }) })
  }

  notice(code: NoticeCode, detail?: string, instance?: number, more?: Pick<ClientNoticeEvent, 'offered' | 'held' | 'probablyLost' | 'beginning'>): void {
    this.emit({
      type: 'notice',
      peer: this.draft.peer,
      code,
      ...(instance !== undefined && { instance }),
      ...(detail !== undefined && { detail }),
      ...(this.beginning && (code === 'malformed' || code === 'handshake-failed') && { beginning: true }),
      ...more,
    })
  }

  /** Emits the notice for a fault of this library or of its platform. What was attempted did not happen. */
  fault(error: unknown, instance?: number): void {
    const notice = internalNotice(error, this.draft.peer)
    this.emit(instance === undefined ? notice : { ...notice, instance })
  }

  /** Replaces the fragments. The assembler changes its data in place, so a transaction that touched them cannot be dropped. */
  keepFragments(fragments: FragmentAssembler): void {
    if (fragments === this.draft.fragments) return
    this.draft.fragments = fragments
    this.irreversible = true
  }

  /** Emits a string for the network, unchanged. `action`: it is a text in clear that says what somebody does. */
  sendText(message: string, action = false): void {
    this.emit(action ? { type: 'send', to: this.draft.peer, message, action } : { type: 'send', to: this.draft.peer, message })
  }

  /** Emits an encoded message, in fragments if the network's limit requires them. */
  sendMessage(message: OtrMessage): void {
    for (const line of linesOf(message, this.policy, this.context.env.random)) {
      this.sendText(line)
      if (this.#carrying !== undefined) this.carried.push({ line, sent: this.#carrying })
    }
  }

  /** Runs `work`; every line that it sends is recorded as containing this kept text. */
  carrying(sent: number | undefined, work: () => void): void {
    this.#carrying = sent
    try {
      work()
    } finally {
      this.#carrying = undefined
    }
  }

  /** The adapters of the versions that the policy and the account allow, newest first. */
  allowedAdapters(): AllowedAdapters {
    const { policy, account } = this.context
    const allowed = { 2: policy.allowV2 && (mayBeVersion2(this.draft) || standsInVersion2(this.draft)), 3: policy.allowV3, 4: policy.allowV4 }
    return adaptersNewestFirst.filter(({ version, keys }) => allowed[version] && account[keys] !== undefined)
  }

  /** Whether this correspondent may get an automatic answer. */
  mayAnswer(): boolean {
    const { draft, context } = this
    if (draft.known || draft.keys.length > 0) return true
    return this.policy.answerStrangers ? context.roomForStrangers() : context.authorize(draft.peer)
  }
}

/** A copy to change. Written out, because for every message the spread operator costs more than the encryption. */
function draftOf(conversation: Conversation): HandCopied<Draft> {
  const {
    peer, policy, known, latched, heardPlaintext, queriedAt, contact, retrySaidAt, unreadable, sessions, openings, outbox, nextHeld, keys,
    trustHistory, devices, chosen, sent, nextSent, learned, fragments, handshakes, errorReplyAt, errorStartAt,
    deliveries,
  } = conversation
  return {
    peer, policy, known, latched, heardPlaintext, queriedAt, contact, retrySaidAt, unreadable, sessions, openings, outbox, nextHeld, keys,
    trustHistory, devices, chosen, sent, nextSent, learned, fragments, handshakes, errorReplyAt, errorStartAt,
    deliveries,
  }
}

/** An entry with some fields replaced. Written out, because for every message the spread operator costs more than the encryption. */
function changedEntry(entry: SessionEntry, changes: EntryChanges): HandCopied<SessionEntry, 'answerBy' | 'lostBy'> {
  const old = changes.active === undefined ? entry : undefined
  const answerBy = changes.answerBy ?? old?.answerBy
  const lostBy = changes.lostBy ?? old?.lostBy
  const next = {
    tag: changes.tag ?? entry.tag,
    state: changes.state ?? entry.state,
    active: changes.active ?? entry.active,
    handshakeAt: changes.handshakeAt ?? entry.handshakeAt,
    handshakeTries: changes.handshakeTries ?? entry.handshakeTries,
    answersQuestion: changes.answersQuestion ?? entry.answersQuestion,
  }
  if (answerBy === undefined && lostBy === undefined) return next
  return { ...next, ...(answerBy !== undefined && { answerBy }), ...(lostBy !== undefined && { lostBy }) }
}
