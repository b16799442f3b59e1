import { systemRandom, type RandomSource } from '../../crypto/index.js'
import { OtrError } from '../../errors.js'
import { isInstanceTag, utf8Encode, withPlainBytes, type ClientProfile, type Ensemble } from '../../wire/index.js'
import type { Account } from '../account/account.js'
import { OwnAccount } from '../account/own-account.js'
import { emptyVault, ensemblesOf, identityForPrekeys, publicationOf, wipePrekeys, type PrekeyIdentity, type PrekeyVault, type Publication, type Published } from '../account/prekeys.js'
import { checkAddress, checkFunction, checkString, checkTime } from '../arguments.js'
import { DerivationBudget } from '../budget/derivation-budget.js'
import { HandshakeBudget } from '../budget/handshake-budget.js'
import { hasVersion2 } from '../conversation/apply-step.js'
import { abandonSmp, isVerifying } from '../conversation/commands/smp.js'
import { hasSession } from '../conversation/instances.js'
import { noteUnmatched, receiveFromElsewhere, type UnmatchedMessage } from '../conversation/receive/data-message.js'
import type { Delivery } from '../conversation/delivery.js'
import { receiveLine } from '../conversation/receive/line.js'
import { movedTo } from '../conversation/rename.js'
import type { Conversation } from '../conversation/state.js'
import { nextTimer, runTimers } from '../conversation/timers.js'
import { Transaction, type ReceivedFrom } from '../conversation/transaction.js'
import { internalNotice, type ClientEvent } from '../event.js'
import { errorCauseOf } from '../error-details.js'
import { applyAccountPolicy, effectivePolicy, type Policy, type PolicyChanges } from '../policy.js'
import type { SessionState } from '../versions/adapter.js'
import { adapters } from '../versions/adapters.js'
import { ConversationHandle, type ConversationAccess } from './conversation-handle.js'
import { ConversationBook } from './conversation-book.js'
import { SentLines } from './sent-lines.js'
import type { ClientCoreOptions } from './client-core-options.js'
import type { CoreChanges, ClientState } from './client-state.js'
import type { CommandResult } from './command-result.js'

/** Which client exported a state, and which states were imported. */
const exportedBy = new WeakMap<ClientState, ClientCore>()
const imported = new WeakSet<ClientState>()

/** What the account's own policy is asked for with. */
const noOverrides: Partial<Policy> = {}

/** Seconds after which a timer that failed is run again. */
const RETRY_AFTER = 10

/**
 * A complete OTR client without input, output, timers or a clock of its own: every call returns the events, in order. It is deterministic for
 * the given clock and random source. A call of the application either happens completely or throws an `OtrError` and changes nothing;
 * `receive` and `tick` never throw, whatever arrives.
 *
 * Give every `send` event's string to the network, in order; call `tick` at the time that `nextTimer` names.
 */
export class ClientCore {
  readonly #own: OwnAccount
  readonly #clock: () => number
  readonly #random: RandomSource
  readonly #authorize: (peer: string) => boolean
  readonly #sharedState: (peer: string) => Uint8Array | undefined
  readonly #book = new ConversationBook((conversation) => nextTimer(conversation, this.#policyFor(conversation.policy)))
  readonly #lines = new SentLines()
  readonly #handshakes = new HandshakeBudget()
  readonly #derivations = new DerivationBudget()
  #policy: Partial<Policy>
  #tookLong = false
  /** A cache of the policies by a correspondent's overrides, while the account's policy stays. Neither is ever changed in place. */
  #policies = new WeakMap<Partial<Policy>, Policy>()

  /** What `takeChanges` returned last. None of it is ever changed in place. */
  #lastTaken: { profile?: ClientProfile | undefined, policy?: Partial<Policy>, prekeys?: PrekeyVault } = {}

  readonly #access: ConversationAccess = {
    transact: (peer, work) => this.#transact(peer, work),
    look: (peer) => {
      const conversation = this.#book.get(peer)
      return { conversation, transaction: this.#begin(conversation) }
    },
    sentIn: (peer, line) => this.#lines.find(peer, line),
  }

  /** Whether another client has taken over the arrays of this one. */
  #isOver = false

  /**
   * @throws OtrError `OTR_ARGUMENT` for an instance tag out of range, `OTR_POLICY` for a policy that makes no sense, `OTR_STALE_SESSION` for a
   *   state that a client was made of before: two would use the same keys for different texts
   */
  constructor({ account, clock, random = systemRandom, policy = {}, authorize = () => false, sharedState = () => undefined, state }: ClientCoreOptions) {
    if (state !== undefined && imported.has(state)) throw new OtrError('OTR_STALE_SESSION', 'a client was made of this state before')
    checkAddress((account as Partial<Account> | undefined)?.address, 'the account\'s address')
    checkFunction(clock, 'clock')
    checkTime(clock())
    if (!isInstanceTag(account.instanceTag)) throw new OtrError('OTR_ARGUMENT', 'an instance tag is a number from 0x100 to 0xffffffff')
    this.#clock = () => checkTime(clock())
    this.#random = random
    this.#authorize = authorize
    this.#sharedState = sharedState
    const kept = withPlainBytes(state)
    this.#own = new OwnAccount(withPlainBytes(account), kept?.prekeys ?? emptyVault, random)
    this.#policy = applyAccountPolicy(kept?.policy ?? {}, policy)
    for (const conversation of kept?.conversations ?? []) this.#book.put(conversation)
    if (state === undefined) return
    imported.add(state)
    // Both share the same arrays, and each would overwrite the other's keys.
    const exporter = exportedBy.get(state)
    if (exporter !== undefined) exporter.#isOver = true
  }

  /** Own address. */
  get address(): string {
    return this.#own.account.address
  }

  /** Sets our new address, as after a change of the nick on IRC. Version 4 binds new key exchanges to it; sessions go on. */
  changeAddress(address: string): void {
    checkAddress(address, 'the account\'s address')
    this.#own.changeAddress(address)
  }

  /** Our current Client Profile; absent without version 4. */
  get clientProfile(): ClientProfile | undefined {
    return this.#own.account.v4?.clientProfile
  }

  /** Own instance tag. */
  get instanceTag(): number {
    return this.#own.account.instanceTag
  }

  /** The account's policy. `policy` of a conversation is the one for its correspondent. */
  get policy(): Policy {
    return this.#policyFor(noOverrides)
  }

  /**
   * Changes the account's policy; a correspondent's own overrides stay above it. `undefined` takes a change back.
   * @throws OtrError `OTR_POLICY` for an unknown field or a value out of range; nothing is changed then
   */
  setPolicy(changes: PolicyChanges): ClientEvent[] {
    this.#policy = applyAccountPolicy(this.#policy, changes)
    this.#policies = new WeakMap()
    this.#book.rearm()
    return this.#book.all().filter(hasVersion2).flatMap(({ peer }) => this.conversation(peer).setPolicy({}))
  }

  /** The conversation with a correspondent: a handle with every command, synchronous. */
  conversation(peer: string): ConversationHandle {
    checkAddress(peer)
    return new ConversationHandle(peer, this.#access)
  }

  /**
   * Takes in one line from the network, whatever it is; never throws. What is wrong with it becomes a notice, and leaves the session
   * as it was.
   */
  receive(from: string, line: string, delivery: Delivery = {}): ClientEvent[] {
    checkAddress(from, 'the sender\'s address')
    checkString(line, 'the line')
    const before = this.#book.get(from)
    const transaction = this.#begin(before, this.#clock(), delivery)
    let elsewhere: ClientEvent[] = []
    try {
      const unmatched = receiveLine(transaction, line)
      if (unmatched !== undefined) elsewhere = this.#receiveElsewhere(unmatched, from, delivery) ?? (noteUnmatched(transaction, unmatched), [])
    } catch (error) {
      if (!transaction.irreversible) return [internalNotice(error, from)]
      transaction.fault(error)
    }
    return [...this.#commit(before, transaction), ...elsewhere]
  }

  /** Reads a data message that has no session under its address in the conversation that has one. `undefined` if there is none. */
  #receiveElsewhere(unmatched: UnmatchedMessage, from: string, delivery: Delivery): ClientEvent[] | undefined {
    for (const before of this.#book.withInstance(unmatched.message.senderTag, unmatched.adapter.version, from)) {
      const transaction = this.#begin(before, this.#clock(), { ...delivery, via: from })
      if (receiveFromElsewhere(transaction, unmatched, from)) return this.#commit(before, transaction)
    }
    return undefined
  }

  /** Ends every private conversation, before a client goes away. Deliver the `send` events before you close the connection. */
  close(): ClientEvent[] {
    return this.#book.all().filter((conversation) => hasSession(conversation, 'encrypted')).flatMap(({ peer }) => this.conversation(peer).end())
  }

  /**
   * Overwrites every secret but the account's long-term keys, and informs nobody. Call it for a client that is closed, or whose state can no longer be
   * saved: another client continues from what was saved.
   */
  forgetSecrets(): void {
    // Another client has taken over the arrays.
    if (this.#isOver) return
    for (const conversation of this.#book.all()) {
      const forget = (state: SessionState): SessionState => {
        const adapter = adapters[state.version]
        return (adapter.status(state).messageState === 'finished' ? adapter.abandon(state) : adapter.drop(state)).state
      }
      for (const { state } of conversation.openings) forget(state)
      this.#book.put({ ...conversation, openings: [], sessions: conversation.sessions.map((entry) => ({ ...entry, state: forget(entry.state) })) })
    }
    wipePrekeys(this.#own.prekeys)
    this.#own.prekeys = emptyVault
  }

  /** The addresses of all correspondents about whom something is remembered. */
  peers(): string[] {
    return this.#book.all().map(({ peer }) => peer)
  }

  /**
   * Moves a correspondent to a new address, as after a change of the nick on IRC: the sessions, and a copy of the keys, trust, latch and policy, go
   * on under the new address. The old one keeps what protects it: somebody who takes it next is a stranger there, with another key, and text to
   * them does not go in clear.
   * @throws OtrError `OTR_ARGUMENT` if another correspondent is known under the new address: there is a session or waiting text, or a key that
   *   does not belong to this correspondent
   */
  rename(peer: string, to: string): ClientEvent[] {
    checkAddress(peer)
    checkAddress(to, 'the new address')
    if (!this.#book.has(peer) || peer === to) return []
    const { moved, guard } = movedTo(this.#book.get(peer), this.#book.get(to), this.#book.roomForStrangers)
    this.#book.forget(peer)
    this.#book.put(moved)
    this.#lines.rename(peer, to)
    if (guard !== undefined) this.#book.put(guard)
    return []
  }

  /**
   * Makes `count` prekey messages, each with the profiles that it needs: with one of these ensembles, somebody can write to this client once
   * while it is away. The private halves are part of the state from now on: save it before you hand the ensembles out.
   * @throws OtrError `OTR_ARGUMENT` for a count that is no whole number from 0 to 255, `OTR_PREKEYS_FULL`, `OTR_RANDOM_FAILED`;
   *   `OTR_POLICY` without version 4, or where the policy refuses offline messages
   */
  ensemble(count = 1): readonly Ensemble[] {
    return ensemblesOf(this.#publish(count))
  }

  /** As `ensemble`, in the form in which it is published on a prekey server, with the secrets for the proofs. Throws as `ensemble`. */
  publication(count: number): Publication {
    return publicationOf(this.#publish(count))
  }

  /** How many prekey messages are unused, whether they are on a server or were handed out in another way. */
  prekeysLeft(): number {
    return this.#own.prekeys.messages.length
  }

  /** The identity for the key exchange with a prekey server. @throws OtrError `OTR_POLICY` for an account without version 4 */
  identityForPrekeys(): PrekeyIdentity {
    return identityForPrekeys(this.#own.account)
  }

  #publish(count: number): Published {
    if (this.policy.requireInteractive || !this.policy.allowV4) throw new OtrError('OTR_POLICY', 'the policy does not allow offline messages')
    return this.#own.publish(count, this.#clock())
  }

  /** When `tick` is due, in seconds of the clock; `undefined` for never. */
  nextTimer(): number | undefined {
    const earliest = Math.min(this.#own.nextTimer(this.#clock()), this.#book.nextTimer() ?? Infinity)
    return earliest === Infinity ? undefined : earliest
  }

  /** Runs every timer that is due: fragment time-outs, retries, heartbeats, expiry, renewal of our profiles. Never throws. */
  tick(now = this.#clock()): ClientEvent[] {
    checkTime(now)
    const renewed = this.#own.tick(now)
    const events = this.#book.due(now).flatMap((peer) => {
      const before = this.#book.get(peer)
      const transaction = this.#begin(before, now)
      runTimers(transaction)
      const told = this.#commit(before, transaction)
      // Otherwise an application that waits for `nextTimer` would call again at once, for ever.
      if (transaction.failed) this.#book.postpone(peer, now + RETRY_AFTER)
      return told
    })
    return [...renewed, ...events]
  }

  /**
   * Returns the complete state. Serialise it before the next call: it shares byte arrays with the running client, which overwrites them.
   * It contains session keys, so encrypt it. The account's long-term keys are not in it.
   */
  exportState(): ClientState {
    const prekeys = this.#own.prekeys === emptyVault ? {} : { prekeys: this.#own.prekeys }
    const state = { policy: this.#policy, conversations: this.#book.all(), ...prekeys }
    exportedBy.set(state, this)
    return state
  }

  /**
   * Starts to track changes, for an application that saves the state after every call, and resumes what an earlier client left. It aborts verifications
   * that were under way, so that their secrets are wiped, and both sides learn that. It runs timers that have become due. With
   * `everything`, all that exists counts as changed. Call it once, before anything else.
   */
  resume(everything = false): ClientEvent[] {
    if (!everything) this.#lastTaken = { profile: this.clientProfile, prekeys: this.#own.prekeys }
    this.#book.track(everything)
    const aborted = this.#book.all().filter(isVerifying).flatMap((before) => {
      const transaction = this.#begin(before)
      abandonSmp(transaction)
      return this.#commit(before, transaction)
    })
    return [...aborted, ...this.tick()]
  }

  /**
   * Returns what changed since `resume` or the last call. Serialise it before the next call of any method: its arrays are those of the running
   * client, which overwrites them.
   */
  takeChanges(): CoreChanges {
    const last = this.#lastTaken
    const now = { profile: this.clientProfile, policy: this.#policy, prekeys: this.#own.prekeys }
    this.#lastTaken = now
    return {
      profile: now.profile !== last.profile,
      ...(now.policy !== last.policy && { policy: now.policy }),
      ...(now.prekeys !== last.prekeys && { prekeys: now.prekeys }),
      ...this.#book.takeChanges(),
    }
  }

  /** @internal Whether a call since the last `takeLongWork` did the arithmetic of a key exchange or of a verification, which takes milliseconds. */
  takeLongWork(): boolean {
    const took = this.#tookLong
    this.#tookLong = false
    return took
  }

  #begin(conversation: Conversation, now = this.#clock(), delivery: ReceivedFrom = {}): Transaction {
    if (this.#isOver) throw new OtrError('OTR_STALE_SESSION', 'another client has taken over the state of this one')
    return new Transaction(conversation, {
      env: { random: this.#random, now },
      account: this.#own.account,
      phiExtra: this.#phiFor(conversation.peer),
      policy: this.#policyFor(conversation.policy),
      delivery,
      authorize: (peer) => this.#asksApplication(peer),
      isOwnDevice: (tag) => this.#book.get(this.address).devices.some((device) => device.tag === tag),
      isKnownElsewhere: (tag, version) => this.#book.withInstance(tag, version, conversation.peer).length > 0,
      derivations: {
        take: (cost) => this.#derivations.take(conversation.peer, now, delivery.via !== undefined, cost),
        giveBack: (cost) => { this.#derivations.giveBack(conversation.peer, cost) },
      },
      takeHandshakes: (count, stranger) => this.#handshakes.take(count, now, stranger),
      roomForStrangers: () => this.#book.roomForStrangers,
      prekeys: this.#own.prekeys,
    })
  }

  #phiFor(peer: string): Uint8Array | undefined {
    try {
      return this.#sharedState(peer)
    } catch {
      // Not `undefined`: then the session would be bound to less than the application meant. No honest application supplies these bytes.
      return utf8Encode('\0the host failed to give the shared state')
    }
  }

  #asksApplication(peer: string): boolean {
    try {
      return this.#authorize(peer)
    } catch {
      return false
    }
  }

  #transact<Result>(peer: string, work: (transaction: Transaction) => Result): CommandResult<Result> {
    const before = this.#book.get(peer)
    const transaction = this.#begin(before)
    let outcome: { readonly result: Result } | { readonly error: OtrError }
    try {
      outcome = { result: work(transaction) }
    } catch (fault) {
      const error = fault instanceof OtrError ? fault : new OtrError('OTR_INTERNAL', `a fault of this library or of its platform:\n${errorCauseOf(fault) ?? 'no error'}`)
      if (!transaction.irreversible) throw error
      transaction.fault(fault)
      outcome = { error }
    }
    return { events: this.#commit(before, transaction), ...outcome }
  }

  #commit(before: Conversation, transaction: Transaction): ClientEvent[] {
    const after = transaction.finish()
    this.#tookLong ||= transaction.tookLong
    this.#own.prekeys = transaction.prekeys
    if (transaction.carried.length > 0) this.#lines.note(before.peer, transaction.carried)
    if (after === before) return transaction.events
    const notices = this.#book.keep(after)
    return notices.length === 0 ? transaction.events : [...transaction.events, ...notices]
  }

  #policyFor(overrides: Partial<Policy>): Policy {
    let found = this.#policies.get(overrides)
    if (found === undefined) this.#policies.set(overrides, found = effectivePolicy(this.#policy, overrides))
    return found
  }
}
