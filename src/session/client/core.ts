import { systemRandom, wipe, type RandomSource } from '../../crypto/index.js'
import { OtrError } from '../../errors.js'
import { SteadyTime } from '../../protocol/index.js'
import { CLIENT_PROFILE_LIFETIME } from '../../v4/index.js'
import { isInstanceTag, utf8Encode, withPlainBytes, type ClientProfile, type Ensemble } from '../../wire/index.js'
import { checkAddress, checkFunction, checkString, checkTime } from '../arguments.js'
import type { Conversation, ConversationStatus } from '../conversation/state.js'
import { CorrespondentsCore } from './core-correspondents.js'
import { ConversationBook } from './conversations.js'
import { internalNotice, type ClientEvent } from '../event.js'
import { deriveExtraKey } from '../conversation/derive-extra-key.js'
import { causeOf, failureOf } from '../failure.js'
import { start } from '../conversation/commands/start.js'
import { end, expire, continueInPlaintext } from '../conversation/commands/end.js'
import { smpStart, smpAnswer, smpAbort, isVerifying, abandonSmp } from '../conversation/commands/smp.js'
import { extraKey } from '../conversation/commands/extra-key.js'
import { statusOfConversation } from '../conversation/commands/status.js'
import type { SessionOption } from '../conversation/commands/named-session.js'
import { hasSession } from '../conversation/instances.js'
import type { Account } from '../account/account.js'
import { profileMade, profileRenewal, renewProfile } from '../account/own-profile.js'
import {
  emptyVault, ensemblesOf, expirePrekeys, identityForPrekeys, prekeyTimer, publicationOf, publish, renewPrekeyProfile,
  type PrekeyIdentity, type PrekeyVault, type Publication,
} from '../account/prekeys.js'
import { sendOffline } from '../conversation/send/offline.js'
import { applyPolicy, effectivePolicy, type Policy, type PolicyChanges } from '../policy.js'
import { movedTo } from '../conversation/rename.js'
import { noteUnplaced, receiveLine, type Delivery } from '../conversation/receive/line.js'
import { receiveFromElsewhere, type Unplaced } from '../conversation/receive/data-message.js'
import { sendText, type SendOutcome } from '../conversation/send/text.js'
import type { SendOptions } from '../conversation/send/decide.js'
import { nextTimer, runTimers } from '../conversation/timers.js'
import { Transaction } from '../conversation/transaction.js'
import { offerUndelivered } from '../conversation/unacknowledged.js'
import { SentLines } from './sent-lines.js'
import { DerivationBudget } from '../budget/derivation-budget.js'
import { HandshakeBudget } from '../budget/handshake-budget.js'

/** All that a client has to keep beside its account's keys: plain data, with secrets in it. */
export interface ClientState {
  /** What the application set over the defaults. */
  readonly policy: Partial<Policy>
  /** Everything that is known of correspondents. */
  readonly conversations: readonly Conversation[]
  /** The private side of what was published for offline messages; absent where nothing was. */
  readonly prekeys?: PrekeyVault
}

/** What changed in a client since it was last asked: plain data, with secrets in it, sharing byte arrays with the running client. */
export interface CoreChanges {
  /** The account has a new Client Profile. */
  readonly profile: boolean
  /** Absent: unchanged. */
  readonly policy?: Partial<Policy>
  /** Absent: unchanged. */
  readonly prekeys?: PrekeyVault
  /** Those that are new or changed. */
  readonly conversations: readonly Conversation[]
  /** Addresses of those that are forgotten. */
  readonly forgotten: readonly string[]
}

/** What a `ClientCore` is made of. */
export interface ClientCoreOptions {
  /** Who the client is. */
  readonly account: Account
  /** The time in seconds since 1970-01-01 UTC: `() => Date.now() / 1000`. Asked at every call; it should not run backwards. */
  readonly clock: () => number
  /** Default: the platform's generator. */
  readonly random?: RandomSource
  /** Over `defaultPolicy`, and over what an earlier client kept. */
  readonly policy?: PolicyChanges
  /**
   * Asked for correspondents the application never dealt with, where `answerStrangers` is false: whether this one may get answers. Must be
   * quick and synchronous; one that throws says no.
   */
  readonly authorize?: (peer: string) => boolean
  /**
   * What version 4 binds a session with this correspondent to, beside addresses and instance tags (phi'): a room, a game, a shared password.
   * Both sides must supply the same bytes; otherwise the key exchange fails. `undefined`: nothing.
   */
  readonly sharedState?: (peer: string) => Uint8Array | undefined
  /** What `exportState` gave. The core takes it over: do not use it again. */
  readonly state?: ClientState
}

/** Which session an extra symmetric key is of, and how long it shall be. */
export interface ExtraKeyOptions extends InstanceOption {
  /** Bytes, 1 to 8,160: see `deriveExtraKey`. Absent: the raw key, 32 bytes in version 3, 64 in version 4. */
  readonly length?: number
}

/** Who exported a state that can still be imported; and which were. */
const exportedBy = new WeakMap<ClientState, ClientCore>()
const imported = new WeakSet<ClientState>()

/** After how many seconds what was due and could not be done is tried again. */
const RETRY_AFTER = 10

/** Which instance something is about; the selected one where absent. */
export interface InstanceOption {
  /** An instance tag. */
  readonly instance?: number
}

/**
 * A whole OTR client without any input, output, timer or clock of its own: every call returns what happened, in order. Deterministic
 * for the given clock and random source. A call of the application either happens completely or throws an `OtrError` and changes nothing;
 * `receive` and `tick` never throw, whatever comes.
 *
 * Give every `send` event's string to the network, in order; call `tick` at the time that `nextTimer` names.
 */
export class ClientCore extends CorrespondentsCore {
  /** Replaced when its Client Profile is renewed. */
  #account: Account
  readonly #clock: () => number
  readonly #random: RandomSource
  readonly #authorize: (peer: string) => boolean
  readonly #sharedState: (peer: string) => Uint8Array | undefined
  readonly #book = new ConversationBook((conversation) => nextTimer(conversation, this.#policyFor(conversation)))
  readonly #lines = new SentLines()
  #prekeys: PrekeyVault
  readonly #handshakes = new HandshakeBudget()
  readonly #derivations = new DerivationBudget()
  readonly #time: SteadyTime
  #policy: Partial<Policy>
  #tookLong = false
  /** What holds under the overrides of a correspondent, as long as the account's policy stays. Neither is ever changed in place. */
  #policies = new WeakMap<Partial<Policy>, Policy>()

  /** What `takeChanges` told last. None of it is ever changed in place. */
  #told: { profile?: ClientProfile | undefined, policy?: Partial<Policy>, prekeys?: PrekeyVault } = {}

  /** Another client went on from the very arrays of this one. */
  #isOver = false

  /**
   * @throws OtrError `OTR_ARGUMENT` for an instance tag out of range, `OTR_POLICY` for a policy that makes no sense, `OTR_STALE_SESSION` for a
   *   state that a client was made of before: two would use the same keys for different texts
   */
  constructor({ account, clock, random = systemRandom, policy = {}, authorize = () => false, sharedState = () => undefined, state }: ClientCoreOptions) {
    super()
    if (state !== undefined && imported.has(state)) throw new OtrError('OTR_STALE_SESSION', 'a client was made of this state before')
    checkAddress((account as Partial<Account> | undefined)?.address, 'the account\'s address')
    checkFunction(clock, 'clock')
    checkTime(clock())
    if (!isInstanceTag(account.instanceTag)) throw new OtrError('OTR_ARGUMENT', 'an instance tag is a number from 0x100 to 0xffffffff')
    this.#account = withPlainBytes(account)
    this.#time = new SteadyTime(profileMade(account))
    this.#clock = () => checkTime(clock())
    this.#random = random
    this.#authorize = authorize
    this.#sharedState = sharedState
    const kept = withPlainBytes(state)
    this.#prekeys = kept?.prekeys ?? emptyVault
    this.#policy = applyPolicy(kept?.policy ?? {}, policy)
    for (const conversation of kept?.conversations ?? []) this.#book.keep(conversation)
    if (state === undefined) return
    imported.add(state)
    // Both have the same arrays, and each would overwrite the other's keys.
    const exporter = exportedBy.get(state)
    if (exporter !== undefined) exporter.#isOver = true
  }

  /** Own address. */
  get address(): string {
    return this.#account.address
  }

  /** We are known by another address now, as after a change of the nick on IRC. Version 4 binds new key exchanges to it; sessions go on. */
  changeAddress(address: string): void {
    checkAddress(address, 'the account\'s address')
    this.#account = { ...this.#account, address }
  }

  /** The own Client Profile, as it stands now; absent without version 4. */
  get clientProfile(): ClientProfile | undefined {
    return this.#account.v4?.clientProfile
  }

  /** Own instance tag. */
  get instanceTag(): number {
    return this.#account.instanceTag
  }

  /** The policy that holds for a correspondent, or the account's. */
  policy(peer?: string): Policy {
    return effectivePolicy(this.#policy, peer === undefined ? {} : this.#book.get(peer).policy)
  }

  /**
   * Changes the account's policy, or the overrides of one correspondent.
   * @throws OtrError `OTR_POLICY` for an unknown field or a value out of range; nothing is changed then
   */
  setPolicy(changes: PolicyChanges, peer?: string): ClientEvent[] {
    if (peer !== undefined) {
      return this.transact(peer, (transaction) => {
        transaction.draft.policy = applyPolicy(transaction.draft.policy, changes)
      })
    }
    this.#policy = applyPolicy(this.#policy, changes)
    this.#policies = new WeakMap()
    this.#book.rearm()
    return []
  }

  /**
   * Takes in one line from the network, whatever it is; never throws. What is wrong with it becomes a notice, and leaves the session
   * as it was.
   */
  receive(from: string, line: string, delivery: Delivery = {}): ClientEvent[] {
    checkAddress(from, 'the sender\'s address')
    checkString(line, 'the line')
    const before = this.#book.get(from)
    const transaction = this.#begin(before)
    let elsewhere: ClientEvent[] = []
    try {
      transaction.sentAt = delivery.sentAt
      const unplaced = receiveLine(transaction, line, delivery)
      if (unplaced !== undefined) elsewhere = this.#receiveElsewhere(unplaced, from, delivery) ?? (noteUnplaced(transaction, unplaced), [])
    } catch (error) {
      if (!transaction.moved) return [internalNotice(error, from)]
      transaction.fault(error)
    }
    return [...this.#commit(before, transaction), ...elsewhere]
  }

  /** A data message without a session under the address it came from: read where it belongs. `undefined`: nowhere. */
  #receiveElsewhere(unplaced: Unplaced, from: string, { sentAt }: Delivery): ClientEvent[] | undefined {
    for (const before of this.#book.withInstance(unplaced.message.senderTag, unplaced.adapter.version, from)) {
      const transaction = this.#begin(before)
      transaction.sentAt = sentAt
      if (receiveFromElsewhere(transaction, unplaced, from)) return this.#commit(before, transaction)
    }
    return undefined
  }

  /**
   * Asks the correspondent to talk privately; with a private conversation standing, renews it. `query` (the default) lets both sides
   * pick the newest version that both allow; `identity` begins version 4 at once, for a correspondent who is known to speak it.
   * @throws OtrError `OTR_POLICY` when the policy allows no version, or with `identity` not version 4
   */
  start(peer: string, how: 'query' | 'identity' = 'query'): ClientEvent[] {
    return this.transact(peer, (transaction) => { start(transaction, how) })
  }

  /**
   * Sends text. What becomes of it depends on the conversation and the policy: it is encrypted; or it goes in clear, which it never
   * does once the conversation was private; or it waits in the outbox (an `outbox` event and a `held` notice).
   *
   * The outcome is said by the code that encrypted, or did not.
   *
   * @throws OtrError with `outbox: 'reject'` instead of waiting: `OTR_ENCRYPTION_REQUIRED`, `OTR_CONVERSATION_ENDED`,
   *   `OTR_HANDSHAKE_RUNNING`, `OTR_NOT_VERIFIED`, `OTR_NOT_ACCEPTED` (a key that nobody accepted), `OTR_NOT_ENCRYPTED`. Always:
   *   `OTR_NO_INSTANCE`, `OTR_INVALID_TEXT` (U+0000 or half a surrogate pair in it), `OTR_TOO_LARGE`, `OTR_OUTBOX_FULL`,
   *   `OTR_RANDOM_FAILED`
   */
  send(peer: string, text: string, options: SendOptions = {}): { readonly outcome: SendOutcome, readonly events: ClientEvent[] } {
    let outcome: SendOutcome = { failed: 'OTR_INTERNAL' }
    const events = this.transact(peer, (transaction) => {
      try {
        outcome = sendText(transaction, text, options)
      } catch (error) {
        outcome = { failed: failureOf(error) }
        throw error
      }
    })
    return { outcome, events }
  }

  /**
   * Sends text to a correspondent who is away, by what they published: `ensembles` as a prekey server gave them, which is not believed. Each
   * is verified; those of keys that a person verified come first, and where some are known others are left out. Of one instance the newest
   * is taken; to which of several instances the message goes says `options.to` or the policy's `sendTo`. With an instance with which an
   * offline session stands already that session is used; an interactive one is ended before.
   *
   * The sender of an offline message can deny less well that they took part: ask the person once.
   *
   * @throws OtrError `OTR_NO_ENSEMBLE` when none is valid; `OTR_NOT_VERIFIED` when none is of a verified key and that is asked for, by
   *   the policy or because a verified key is known; `OTR_NO_INSTANCE`; `OTR_POLICY` where offline messages are not allowed;
   *   `OTR_INVALID_TEXT`, `OTR_TOO_LARGE`, `OTR_RANDOM_FAILED`. Nothing has changed then
   */
  sendOffline(peer: string, ensembles: readonly Ensemble[], text: string, options: SendOptions = {}): ClientEvent[] {
    return this.transact(peer, (transaction) => { sendOffline(transaction, ensembles, text, options) })
  }

  /**
   * The network says that this line, which a `send` event gave it, did not arrive. A text that it carried and that nobody proved to have read
   * is offered for sending again (a `lost` event); its handle is given. Unauthenticated: nothing is sent, and no session is touched.
   */
  undelivered(peer: string, line: string): { readonly handle: number | undefined, readonly events: ClientEvent[] } {
    checkAddress(peer)
    checkString(line, 'the line')
    let handle: number | undefined = this.#lines.find(peer, line)
    const id = handle
    const events = id === undefined ? [] : this.transact(peer, (transaction) => { if (!offerUndelivered(transaction, id)) handle = undefined })
    return { handle, events }
  }

  /**
   * Ends the private conversation, with all instances or with one, and tells them. It always ends: where the other side cannot be told, a
   * notice says so. Text does not go in clear after that: see `continueInPlaintext`.
   */
  end(peer: string, { instance }: InstanceOption = {}): ClientEvent[] {
    return this.transact(peer, (transaction) => { end(transaction, instance) })
  }

  /** Ends all encrypted sessions with a correspondent as if their time were over: they are `finished` then. */
  expire(peer: string): ClientEvent[] {
    return this.transact(peer, expire)
  }

  /** Ends every private conversation: for a client that goes away. Deliver the `send` events before closing the connection. */
  close(): ClientEvent[] {
    return this.#book.all().filter((conversation) => hasSession(conversation, 'encrypted')).flatMap(({ peer }) => this.end(peer))
  }

  /**
   * The one call after which text may go in clear again in a conversation that was private. What waits in the outbox goes on waiting:
   * cancel it and send it again if that is what the person wants.
   * @throws OtrError `OTR_ENCRYPTED` while a session stands; `OTR_ENCRYPTION_REQUIRED` under such a policy
   */
  continueInPlaintext(peer: string): ClientEvent[] {
    return this.transact(peer, continueInPlaintext)
  }

  /**
   * Begins a verification by a secret that both persons know; a string is normalised to NFC. Success marks the key as verified. A secret that
   * others may guess is used, with a `weak-secret` notice: ask `secretWeakness` before, where the person can still be asked again.
   * @throws OtrError `OTR_NOT_ENCRYPTED`, `OTR_SMP_QUESTION`
   */
  smpStart(peer: string, secret: string, { question, ...where }: SessionOption & { readonly question?: string | undefined } = {}): ClientEvent[] {
    return this.transact(peer, (transaction) => { smpStart(transaction, secret, question, where) })
  }

  /**
   * Answers the verification of which an `asked` event told. When it came with a question, success does not mark the key as verified:
   * whoever asks can choose a question to which they know the answer. A key that nobody accepted gets no answer.
   * @throws OtrError `OTR_NOT_ENCRYPTED`, `OTR_SMP_NOT_ASKED`, `OTR_NOT_ACCEPTED`: accept the key first, or begin a verification yourself
   */
  smpAnswer(peer: string, secret: string, where: SessionOption = {}): ClientEvent[] {
    return this.transact(peer, (transaction) => { smpAnswer(transaction, secret, where) })
  }

  /** Aborts the verification under way and tells the other side. @throws OtrError `OTR_NOT_ENCRYPTED` */
  smpAbort(peer: string, where: SessionOption = {}): ClientEvent[] {
    return this.transact(peer, (transaction) => { smpAbort(transaction, where) })
  }

  /**
   * Tells the correspondent that the extra symmetric key will be used for `context` (an unsigned 32-bit number) and `data`, and
   * returns the key: 32 bytes in version 3, 64 in version 4, or with `length` so many bytes as `deriveExtraKey` makes of it. The other
   * side gets the raw key in an `extra-key` event, and derives likewise. The caller wipes it when done.
   * @throws OtrError `OTR_NOT_ENCRYPTED`, `OTR_NOT_VERIFIED` and `OTR_NOT_ACCEPTED` as `send`; `OTR_ARGUMENT`
   */
  extraKey(
    peer: string, context: number, data: Uint8Array = new Uint8Array(), { instance, length }: ExtraKeyOptions = {},
  ): { readonly key: Uint8Array, readonly events: ClientEvent[] } {
    // Before a key is used up for it.
    if (length !== undefined) wipe(deriveExtraKey(new Uint8Array(32), context, length))
    let raw: Uint8Array = new Uint8Array()
    const events = this.transact(peer, (transaction) => { raw = extraKey(transaction, context, data, instance) })
    if (length === undefined || raw.length === 0) return { key: raw, events }
    const key = deriveExtraKey(raw, context, length)
    wipe(raw)
    return { key, events }
  }

  /** What stands with a correspondent. */
  status(peer: string): ConversationStatus {
    return statusOfConversation(this.look(peer).transaction)
  }

  /** The correspondents that something is remembered of. */
  peers(): string[] {
    return this.#book.all().map(({ peer }) => peer)
  }

  /**
   * The correspondent goes by another name now, as people do on IRC: the sessions, and a copy of the keys, trust, latch and policy, go on under
   * the new name. The old name keeps what protects it: whoever takes it next is a stranger there, with another key, and text to it does not
   * go in clear.
   * @throws OtrError `OTR_ARGUMENT` when another person is known under the new name: there is a session or waiting text, or a key that is
   *   none of this correspondent's
   */
  rename(peer: string, to: string): ClientEvent[] {
    checkAddress(peer)
    checkAddress(to, 'the new address')
    if (!this.#book.has(peer) || peer === to) return []
    const { moved, guard } = movedTo(this.#book.get(peer), this.#book.get(to), this.#book.roomForStrangers)
    this.#book.forget(peer)
    this.#book.keep(moved)
    this.#lines.rename(peer, to)
    if (guard !== undefined) this.#book.keep(guard)
    return []
  }

  /**
   * Makes `count` prekey messages, each with the profiles that it needs: whoever gets one of these ensembles can write to this client
   * once while it is away. Their private halves are state from now on: keep it before you hand them out.
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

  /** How many prekey messages wait to be used by somebody, on a server or handed out otherwise. */
  prekeysLeft(): number {
    return this.#prekeys.messages.length
  }

  /** Who does the key exchange with a prekey server. @throws OtrError `OTR_POLICY` for an account without version 4 */
  identityForPrekeys(): PrekeyIdentity {
    return identityForPrekeys(this.#account)
  }

  #publish(count: number): ReturnType<typeof publish> {
    if (this.policy().requireInteractive || !this.policy().allowV4) throw new OtrError('OTR_POLICY', 'the policy refuses offline messages')
    // Made by a clock that is far behind, prekeys would be wiped as soon as it is right; far ahead, they would be kept for years.
    const now = this.#time.plausible(this.#clock(), CLIENT_PROFILE_LIFETIME)
    const published = publish(this.#prekeys, this.#account, count, now, this.#random)
    this.#prekeys = published.vault
    return published
  }

  /** When `tick` has something to do, in seconds of the clock; `undefined` for never. */
  nextTimer(): number | undefined {
    const now = this.#clock()
    const sure = this.#time.sure(now)
    const own = Math.min(profileRenewal(this.#account, sure) ?? Infinity, prekeyTimer(this.#prekeys, sure) ?? Infinity)
    const earliest = Math.min(this.#time.nextLook(own, now), this.#book.nextTimer() ?? Infinity)
    return earliest === Infinity ? undefined : earliest
  }

  /** Runs every timer that is due: fragment time-outs, retries, heartbeats, expiry, renewal of our profiles. Never throws. */
  tick(now = this.#clock()): ClientEvent[] {
    checkTime(now)
    const sure = this.#time.look(now)
    const failed = [...this.#renewProfile(now, sure), ...this.#renewPrekeys(now, sure)]
    const events = this.#book.due(now).flatMap((peer) => {
      const before = this.#book.get(peer)
      const transaction = this.#begin(before, now)
      runTimers(transaction)
      const told = this.#commit(before, transaction)
      // Else an application that waits for `nextTimer` would come back at once, for ever.
      if (transaction.failed) this.#book.postpone(peer, now + RETRY_AFTER)
      return told
    })
    return [...failed, ...events]
  }

  #renewProfile(now: number, sure: number): ClientEvent[] {
    try {
      this.#account = renewProfile(this.#account, now, sure, this.#random)
      return []
    } catch (error) {
      return [internalNotice(error)]
    }
  }

  #renewPrekeys(now: number, sure: number): ClientEvent[] {
    const { profiles } = this.#prekeys
    try {
      // The newest profile stays until its successor is made: without one nobody would be told to publish.
      const renewed = renewPrekeyProfile(this.#prekeys, this.#account, now, sure, this.#random)
      this.#prekeys = expirePrekeys(renewed, sure)
      if (profiles.at(-1) === renewed.profiles.at(-1)) return []
      return [{ type: 'notice', code: 'publish-prekeys', detail: 'the Prekey Profile was renewed' }]
    } catch (error) {
      return [internalNotice(error)]
    }
  }

  /**
   * The whole state, to be serialised before the next call: it shares its byte arrays with the running client, which overwrites them.
   * It holds session keys; seal it. The account's long-term keys are not in it.
   */
  exportState(): ClientState {
    const prekeys = this.#prekeys === emptyVault ? {} : { prekeys: this.#prekeys }
    const state = { policy: this.#policy, conversations: this.#book.all(), ...prekeys }
    exportedBy.set(state, this)
    return state
  }

  /**
   * Begins to note what changes, for an application that keeps the state after every call, and goes on with what an earlier client left: the
   * verifications that were under way are aborted, and both sides are told (their secrets are not worth a longer life); timers that came
   * due meanwhile run. With `everything` all that is there counts as changed. To be called once, before anything else.
   */
  resume(everything = false): ClientEvent[] {
    if (!everything) this.#told = { profile: this.clientProfile, prekeys: this.#prekeys }
    this.#book.track(everything)
    const aborted = this.#book.all().filter(isVerifying).flatMap((before) => {
      const transaction = this.#begin(before)
      abandonSmp(transaction)
      return this.#commit(before, transaction)
    })
    return [...aborted, ...this.tick()]
  }

  /**
   * What changed since `resume` or the last call. To be serialised before the next call of any method, for the arrays in it are the
   * running client's, which overwrites them.
   */
  takeChanges(): CoreChanges {
    const told = this.#told
    const now = { profile: this.clientProfile, policy: this.#policy, prekeys: this.#prekeys }
    this.#told = now
    return {
      profile: now.profile !== told.profile,
      ...(now.policy !== told.policy && { policy: now.policy }),
      ...(now.prekeys !== told.prekeys && { prekeys: now.prekeys }),
      ...this.#book.takeChanges(),
    }
  }

  /** @internal Whether a call since the last question did the arithmetic of a key exchange or of a verification: some milliseconds of it. */
  takeLongWork(): boolean {
    const took = this.#tookLong
    this.#tookLong = false
    return took
  }

  #begin(conversation: Conversation, now = this.#clock()): Transaction {
    if (this.#isOver) throw new OtrError('OTR_STALE_SESSION', 'another client has taken over the state of this one')
    return new Transaction(conversation, {
      env: { random: this.#random, now },
      account: this.#account,
      phiExtra: this.#phiFor(conversation.peer),
      policy: this.#policyFor(conversation),
      authorize: (peer) => this.#asksApplication(peer),
      isKnownElsewhere: (tag, version) => this.#book.withInstance(tag, version, conversation.peer).length > 0,
      derivations: (elsewhere) => this.#derivations.meter(conversation.peer, now, elsewhere),
      takeHandshakes: (count, stranger) => this.#handshakes.take(count, now, stranger),
      roomForStrangers: this.#book.roomForStrangers,
      prekeys: this.#prekeys,
    })
  }

  #phiFor(peer: string): Uint8Array | undefined {
    try {
      return this.#sharedState(peer)
    } catch {
      // Not "nothing": a session must not stand with less bound to it than the application meant. No honest application gives these bytes.
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

  /** The conversation with a correspondent, and a transaction on it. @internal */
  protected look(peer: string): { readonly conversation: Conversation, readonly transaction: Transaction } {
    checkAddress(peer)
    const conversation = this.#book.get(peer)
    return { conversation, transaction: this.#begin(conversation) }
  }

  /** Does something in a transaction on a conversation, and keeps what comes of it. @internal */
  protected transact(peer: string, work: (transaction: Transaction) => void): ClientEvent[] {
    checkAddress(peer)
    const before = this.#book.get(peer)
    const transaction = this.#begin(before)
    try {
      work(transaction)
    } catch (error) {
      if (!transaction.moved) throw error instanceof OtrError ? error : new OtrError('OTR_INTERNAL', `a fault of this library or of its platform:\n${causeOf(error) ?? 'no error'}`)
      transaction.fault(error)
    }
    return this.#commit(before, transaction)
  }

  #commit(before: Conversation, transaction: Transaction): ClientEvent[] {
    const after = transaction.finish()
    this.#tookLong ||= transaction.tookLong
    this.#prekeys = transaction.prekeys
    this.#lines.note(before.peer, transaction.carried)
    if (after === before) return transaction.events
    this.#book.keep(after)
    const crowdedOut = this.#book.boundFragments().map((peer): ClientEvent =>
      ({ type: 'notice', peer, code: 'fragment-discarded', detail: 'too many over all correspondents' }))
    const forgotten = this.#book.boundStored().map((peer): ClientEvent =>
      ({ type: 'notice', peer, code: 'limit', detail: 'too many messages are missing, over all correspondents: the oldest are given up' }))
    const tooEarly = this.#book.boundEarly().map((peer): ClientEvent =>
      ({ type: 'notice', peer, code: 'limit', detail: 'too many messages came before their key exchange was completed, over all correspondents: they are given up' }))
    return [...transaction.events, ...crowdedOut, ...forgotten, ...tooEarly]
  }

  #policyFor({ policy }: Conversation): Policy {
    let found = this.#policies.get(policy)
    if (found === undefined) this.#policies.set(policy, found = effectivePolicy(this.#policy, policy))
    return found
  }
}
