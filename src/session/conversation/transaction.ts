import type { Env, NoticeCode } from '../../protocol/index.js'
import type { DerivationMeter } from '../../v4/index.js'
import type { FragmentAssembler, OtrMessage } from '../../wire/index.js'
import { draftOf, newConversation, publicHex, type Conversation, type Draft } from './state.js'
import { internalNotice, type ClientEvent, type Version } from '../event.js'
import type { Account } from '../account/account.js'
import type { AdapterContext, VersionAdapter } from '../versions/adapter.js'
import { adapters } from '../versions/adapters.js'
import type { Policy } from '../policy.js'
import { usePrekey, type PrekeyVault } from '../account/prekeys.js'
import { findKey } from '../known/key-book.js'
import { linesOf } from './framing.js'

/** What a transaction is given beside the conversation. */
export interface TransactionContext {
  readonly env: Env
  readonly account: Account
  readonly policy: Policy
  /** Whether the application lets this stranger have an answer; asked only where the policy forbids answers to strangers. */
  readonly authorize: (peer: string) => boolean
  /** Whether one more correspondent whom the application never dealt with may be remembered for good. */
  readonly roomForStrangers: boolean
  /** Whether an instance has an encrypted session in the conversation of another address: its owner may write from this one now. */
  readonly isKnownElsewhere: (tag: number, version: Version) => boolean
  /** Whether the client has arithmetic to spare; see `HandshakeBudget`. */
  readonly takeHandshakes: (count: number, stranger: boolean) => boolean
  /** What may be derived for data messages that may be forged; `elsewhere`: that came from another address. */
  readonly derivations: (elsewhere: boolean) => DerivationMeter
  /** phi', where the application gives one. */
  readonly phiExtra: Uint8Array | undefined
  /** What the account published for offline messages. */
  readonly prekeys: PrekeyVault
}

/** A line of ours and the kept text that it carries, or a part of it: the number of a `SentMessage`. */
export interface CarriedLine {
  readonly line: string
  readonly sent: number
}

const conversationFields = Object.keys(newConversation('')) as readonly (keyof Conversation)[]

/**
 * One call of the application or one line of the network, on its way through a conversation: collects the events and the new state. Nothing
 * is visible outside until `finish`. As long as no session has moved, dropping the transaction undoes everything; after that the old
 * sessions' secrets are gone, and the transaction must be finished whatever happens (`moved`).
 */
export class Transaction {
  readonly events: ClientEvent[] = []
  readonly draft: Draft
  /** When the line was sent that is being received, where the network says so. */
  sentAt: number | undefined
  readonly context: TransactionContext
  /** Something that was due could not be done: it is to be tried again, but not at once. */
  failed = false
  /** The lines in which kept texts leave. */
  readonly carried: CarriedLine[] = []
  #carrying: number | undefined
  /** The address that the line being received came from, where it is not the correspondent's own. */
  via: string | undefined
  readonly #before: Conversation
  #prekeys: PrekeyVault
  #irreversible = false
  /** Whether the arithmetic of a key exchange or of a verification was done: milliseconds of it. */
  tookLong = false

  constructor(conversation: Conversation, context: TransactionContext) {
    this.#before = conversation
    this.draft = draftOf(conversation)
    this.context = context
    this.#prekeys = context.prekeys
  }

  get policy(): Policy {
    return this.context.policy
  }

  get now(): number {
    return this.context.env.now
  }

  get adapterContext(): AdapterContext {
    const { env, account, policy, phiExtra } = this.context
    const { draft } = this
    return {
      env, account, policy, phiExtra, peer: draft.peer, prekeys: this.#prekeys,
      derivations: this.context.derivations(this.via !== undefined),
      smpTally: (version, fingerprint) => findKey(draft, version, publicHex(fingerprint))?.smpTally,
      isVerified: (version, fingerprint) => findKey(draft, version, publicHex(fingerprint))?.trust === 'verified',
    }
  }

  /** What the account published for offline messages, without what this transaction used up. */
  get prekeys(): PrekeyVault {
    return this.#prekeys
  }

  /** A prekey message of ours was used: nobody can use it again, whatever else comes of this transaction. */
  usePrekey(identifier: number): void {
    this.#prekeys = usePrekey(this.#prekeys, identifier)
    this.markIrreversible()
  }

  /** Whether a session has moved on: from here on the transaction cannot be dropped. */
  get irreversible(): boolean {
    return this.#irreversible
  }

  /** Says that something happened which cannot be taken back. */
  markIrreversible(): void {
    this.#irreversible = true
  }

  /** The conversation after the transaction: the very object that went in when nothing changed, else the draft. The transaction is over then. */
  finish(): Conversation {
    const before = this.#before
    // What changes with every message: most transactions need not look further.
    if (this.draft.sessions !== before.sessions) return this.draft
    for (const field of conversationFields) if (this.draft[field] !== before[field]) return this.draft
    return before
  }

  emit(event: ClientEvent): void {
    if (event.type !== 'message') {
      this.events.push(event)
      return
    }
    const { sentAt, via } = this
    this.events.push({ ...event, ...(sentAt !== undefined && { sentAt }), ...(via !== undefined && { via }) })
  }

  notice(code: NoticeCode, detail?: string, instance?: number): void {
    this.emit({
      type: 'notice',
      peer: this.draft.peer,
      code,
      ...(instance !== undefined && { instance }),
      ...(detail !== undefined && { detail }),
    })
  }

  /** This library, or its platform, failed on something: a fault, and loud. What it was about did not happen. */
  fault(error: unknown, instance?: number): void {
    const notice = internalNotice(error, this.draft.peer)
    this.emit(instance === undefined ? notice : { ...notice, instance })
  }

  /** Takes over reassembled fragments. They pass from hand to hand: a transaction that touched them cannot be dropped. */
  keepFragments(fragments: FragmentAssembler): void {
    if (fragments === this.draft.fragments) return
    this.draft.fragments = fragments
    this.markIrreversible()
  }

  /** A string for the network, as it stands. */
  sendText(message: string): void {
    this.emit({ type: 'send', to: this.draft.peer, message })
  }

  /** An encoded message, in fragments where the network's limit asks for it. */
  sendMessage(message: OtrMessage): void {
    for (const line of linesOf(message, this.policy, this.context.env.random)) {
      this.sendText(line)
      if (this.#carrying !== undefined) this.carried.push({ line, sent: this.#carrying })
    }
  }

  /** All that is sent in `work` carries this kept text. */
  carrying(sent: number | undefined, work: () => void): void {
    this.#carrying = sent
    try {
      work()
    } finally {
      this.#carrying = undefined
    }
  }

  /** The versions that the policy and the account allow, the newest first. */
  allowedAdapters(): VersionAdapter[] {
    const { policy, account } = this.context
    return adapters.filter((adapter) => (adapter.version === 3 ? policy.allowV3 : policy.allowV4) && adapter.available(account))
  }

  /** Whether this correspondent may get an automatic answer. */
  mayAnswer(): boolean {
    const { draft, context } = this
    if (draft.known || draft.keys.length > 0) return true
    return this.policy.answerStrangers ? context.roomForStrangers : context.authorize(draft.peer)
  }
}
