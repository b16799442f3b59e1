import { sendOffline } from '../conversation/send/offline.js'
import { wipe } from '../../crypto/index.js'
import { OtrError } from '../../errors.js'
import type { Ensemble, Tlv } from '../../wire/index.js'
import { checkString } from '../arguments.js'
import { chooseDevice, devicesOf, forgetDevice, nameDevice } from '../conversation/commands/devices.js'
import { continueInPlaintext, end, expire } from '../conversation/commands/end.js'
import { extraKey } from '../conversation/commands/extra-key.js'
import type { SessionOption } from '../conversation/commands/named-session.js'
import { discard, resend } from '../conversation/commands/resend.js'
import { smpAbort, smpAnswer, smpStart } from '../conversation/commands/smp.js'
import { start } from '../conversation/commands/start.js'
import { statusOfConversation } from '../conversation/commands/status.js'
import { trust, type TrustLevel, type TrustOptions } from '../conversation/commands/trust.js'
import { deriveExtraKey } from '../conversation/derive-extra-key.js'
import type { SendOptions } from '../conversation/send/decide.js'
import { cancelHeld } from '../conversation/send/outbox.js'
import { sendText, type SendOutcome } from '../conversation/send/text.js'
import type { LostMessage } from '../conversation/sent-message.js'
import type { Conversation, ConversationStatus, HeldMessage } from '../conversation/state.js'
import type { Transaction } from '../conversation/transaction.js'
import { lostMessages, offerUndelivered } from '../conversation/unacknowledged.js'
import type { ClientEvent } from '../event.js'
import type { DeviceInfo } from '../known/device.js'
import type { KnownKey, TrustChange } from '../known/key-book.js'
import { applyPolicy, type Policy, type PolicyChanges } from '../policy.js'
import type { CommandResult } from './command-result.js'

/** Which instance something is about; the selected one where absent. */
export interface InstanceOption {
  /** An instance tag. */
  readonly instance?: number
}

/** Which session an extra symmetric key is of, and how long it shall be. */
export interface ExtraKeyOptions extends InstanceOption {
  /** Bytes, 1 to 8,160: see `deriveExtraKey`. Absent: the raw key, 32 bytes in version 3, 64 in version 4. */
  readonly length?: number
}

/** What a handle asks of the client that it belongs to. */
export interface ConversationAccess {
  /** Runs a command in a transaction. Throws as long as nothing has moved, and changes nothing then. */
  transact<Result>(peer: string, work: (transaction: Transaction) => Result): CommandResult<Result>
  /** What is known of a correspondent, and a transaction to ask more of; nothing is kept of it. */
  look(peer: string): { readonly conversation: Conversation, readonly transaction: Transaction }
  /** The number of the kept text that left in this line; `undefined`: none. */
  sentIn(peer: string, line: string): number | undefined
}

/**
 * A conversation with one correspondent, all their instances together: every command there is. `ClientCore.conversation` gives it, and
 * each call happens at once and returns what is to be told. `ClientConversation`, which `Client.conversation` gives, has the same
 * commands with promises.
 *
 * A command either happens completely or throws an `OtrError` and changes nothing. Where keys have moved on before something failed, it
 * cannot be undone: then a command returns its events, a notice `internal` among them, and those with a result an `error` in its place.
 */
export class ConversationHandle {
  /** The correspondent's address. */
  readonly peer: string
  readonly #access: ConversationAccess

  /** @internal */
  constructor(peer: string, access: ConversationAccess) {
    this.peer = peer
    this.#access = access
  }

  /**
   * What stands now: the sessions, the key that a text would go to, and `sending`, what would become of a text (`encrypted`, `plaintext` or
   * `held`). Draw indicators from it and never from the last event. A value of its own, without secrets.
   */
  get status(): ConversationStatus {
    return statusOfConversation(this.#look().transaction)
  }

  /**
   * Asks to talk privately; while a private conversation stands, renews its keys. Done when the question has gone out, not when the
   * conversation is private: that says a `state` event `encrypted`. From here on text waits rather than going in clear, until
   * `continueInPlaintext`.
   *
   * @param how - `query`: both sides take the newest version that both allow; `identity`: version 4 at once, for a correspondent who is known to
   *   speak it
   * @throws OtrError `OTR_POLICY` when the policy allows no version, or with `identity` not version 4: change it with `setPolicy`;
   *   `OTR_NOT_VERIFIED` when only verified keys may talk and none is; `OTR_RANDOM_FAILED`
   */
  start(how: 'query' | 'identity' = 'query'): ClientEvent[] {
    return this.#do((transaction) => { start(transaction, how) })
  }

  /**
   * Sends text. It is encrypted where a session stands whose key may be sent to; else it goes in clear, which it never does once the
   * conversation was private or privacy was asked for; else it waits in the outbox.
   *
   * @param text - as the person typed it, without U+0000
   * @param options - `tlvs`: records for the other program; `to`: an instance tag or which instances. With either, nothing goes in clear
   * @returns what became of it: `{ sent: 'encrypted', to }` with the instance, version, fingerprint and trust of every session that it was
   *   encrypted for, `{ sent: 'plaintext' }`, or `{ held }`, its number in `outbox`
   * @throws OtrError `OTR_INVALID_TEXT` (U+0000 or half a surrogate pair), `OTR_TOO_LARGE`, `OTR_TLV_TOO_LONG`, `OTR_NO_INSTANCE`,
   *   `OTR_OUTBOX_FULL`, `OTR_RANDOM_FAILED`: nothing has left; `OTR_NOT_SENT`: keys had moved on, it may have left for some devices, so
   *   ask the person before sending it again. With the policy `outbox: 'reject'`, instead of waiting: `OTR_ENCRYPTION_REQUIRED` or
   *   `OTR_CONVERSATION_ENDED` (call `start`), `OTR_HANDSHAKE_RUNNING` (try later), `OTR_NOT_VERIFIED` or `OTR_NOT_ACCEPTED` (`verify`,
   *   `trust`), `OTR_NOT_ENCRYPTED`
   */
  send(text: string, options: SendOptions = {}): CommandResult<SendOutcome> {
    const told = this.#make((transaction) => sendText(transaction, text, options))
    if (told.error === undefined) return told
    const error = new OtrError('OTR_NOT_SENT', `something failed while the text was sent (${told.error.code}): it may not have left`)
    return { events: told.events, error }
  }

  /** Sends TLVs to the other program, without text: a type of 16 bits and at most 65,535 bytes each. They never go in clear. Returns and throws as `send`. */
  sendTlvs(tlvs: readonly Tlv[], options: Omit<SendOptions, 'tlvs'> = {}): CommandResult<SendOutcome> {
    return this.send('', { ...options, tlvs })
  }

  /**
   * Sends text to a correspondent who is away. Whoever begins so can deny less well that they took part: ask the person once.
   *
   * @param ensembles - as a prekey server gave them: each is verified, those of verified keys come first, and where some are known others are
   *   left out. Of one instance the newest is taken. With an instance with which an offline session stands that session is used; an
   *   interactive one is ended before
   * @param text - as the person typed it, without U+0000
   * @param options - `to`: which of several instances; default the policy's `sendTo`
   * @throws OtrError `OTR_NO_ENSEMBLE` when none is valid: fetch them again; `OTR_NOT_VERIFIED`, `OTR_NOT_ACCEPTED` when none is of
   *   a key that may be sent to: verify it first; `OTR_NO_INSTANCE`, `OTR_TOO_MANY_INSTANCES`; `OTR_POLICY` where offline messages are not
   *   allowed; `OTR_INVALID_TEXT`, `OTR_TOO_LARGE`, `OTR_RANDOM_FAILED`. Nothing has changed then
   */
  sendOffline(ensembles: readonly Ensemble[], text: string, options: SendOptions = {}): ClientEvent[] {
    return this.#do((transaction) => { sendOffline(transaction, ensembles, text, options) })
  }

  /** The messages that wait for a private conversation, in the order in which they were given. Their `id` is what `cancel` takes. */
  get outbox(): readonly HeldMessage[] {
    return this.#look().conversation.outbox
  }

  /** Takes a waiting message back, by its `id` in `outbox`. @throws OtrError `OTR_NOT_HELD` when none waits under it: it may have left already */
  cancel(held: number): ClientEvent[] {
    return this.#do((transaction) => { cancelHeld(transaction, held) })
  }

  /** The messages of which a `lost` event told and that nobody has decided on: call `resend` or `discard` with the `handle` of each. */
  get lost(): readonly LostMessage[] {
    return lostMessages(this.#look().conversation)
  }

  /**
   * Sends a lost message again, to the device it was meant for or to one that is trusted no less; where there is none it waits in the outbox.
   * @throws OtrError `OTR_NOT_LOST` when it was read after all, decided on, or is too old; `OTR_NOT_ENCRYPTED` when it would have to wait
   *   and the policy says `outbox: 'reject'`: call `start` first
   */
  resend(handle: number): ClientEvent[] {
    return this.#do((transaction) => { resend(transaction, handle) })
  }

  /** Gives a lost message up and overwrites it. @throws OtrError `OTR_NOT_LOST` when it was read after all, decided on, or is too old */
  discard(handle: number): ClientEvent[] {
    return this.#do((transaction) => { discard(transaction, handle) })
  }

  /**
   * Say this when the network says that a line which a `send` event gave it did not arrive (our XMPP transport's `undelivered` has the line). The
   * text that it carried is offered for sending again: a `lost` event, unless it was read after all. Nothing is sent by itself, for
   * the network is no witness.
   *
   * @returns the text's handle for `resend` and `discard`; `undefined` where the line carried none that is kept, such as a part of a key exchange
   */
  undelivered(line: string): CommandResult<number | undefined> {
    checkString(line, 'the line')
    const handle = this.#access.sentIn(this.peer, line)
    if (handle === undefined) return { events: [], result: undefined }
    return this.#make((transaction) => offerUndelivered(transaction, handle) ? handle : undefined)
  }

  /**
   * Ends the private conversation with all instances, or with the one whose tag is given, and tells them. It always ends: where the other
   * side cannot be told a notice `internal` says so. Text does not go in clear after that, but waits: see `continueInPlaintext`.
   */
  end({ instance }: InstanceOption = {}): ClientEvent[] {
    return this.#do((transaction) => { end(transaction, instance) })
  }

  /** Ends all encrypted sessions as if their time were over: they are `finished` then. */
  expire(): ClientEvent[] {
    return this.#do(expire)
  }

  /**
   * The one call after which text may go in clear in a conversation that was private. What waits in the outbox goes on waiting: `cancel` it
   * and send it again if that is what the person wants.
   * @throws OtrError `OTR_ENCRYPTED` while a session stands: `end` it first; `OTR_ENCRYPTION_REQUIRED` under a policy that lets nothing go
   *   in clear
   */
  continueInPlaintext(): ClientEvent[] {
    return this.#do(continueInPlaintext)
  }

  /**
   * Begins a verification by a secret that both persons know; it is normalised to NFC. `smp` events tell the outcome; with `succeeded` the
   * key is verified. A secret that others may guess is used, with a notice `weak-secret`: ask `secretWeakness` before.
   *
   * @param secret - what both persons know
   * @param options - `question`: up to 4096 characters that the other person reads; `instance` or `fingerprint`: which session, else the one
   *   that text goes to
   * @throws OtrError `OTR_NOT_ENCRYPTED`: call `start` first; `OTR_SMP_QUESTION`: ask a shorter one; `OTR_RANDOM_FAILED`
   */
  verify(secret: string, { question, ...where }: SessionOption & { readonly question?: string | undefined } = {}): ClientEvent[] {
    return this.#do((transaction) => { smpStart(transaction, secret, question, where) })
  }

  /**
   * Answers a verification of which an `smp` event `asked` told. Where it came with a question, success does not mark the key as verified:
   * who asks can choose a question to which they know the answer.
   *
   * @throws OtrError `OTR_SMP_NOT_ASKED` when no question waits; `OTR_NOT_ENCRYPTED`; `OTR_NOT_ACCEPTED`: accept the key first, or
   *   begin a verification yourself
   */
  answer(secret: string, where: SessionOption = {}): ClientEvent[] {
    return this.#do((transaction) => { smpAnswer(transaction, secret, where) })
  }

  /** Aborts the verification under way and tells the other side. @throws OtrError `OTR_NOT_ENCRYPTED` */
  abort(where: SessionOption = {}): ClientEvent[] {
    return this.#do((transaction) => { smpAbort(transaction, where) })
  }

  /**
   * Tells the other side what the extra symmetric key is used for, and gives the key. Wipe it when done. The other side gets the raw key in
   * an `extra-key` event and derives likewise.
   *
   * @param context - an unsigned 32-bit number: what the key is used for
   * @param data - what belongs to that use, up to 65,531 bytes; the other side reads both in an `extra-key` event
   * @param options - `length`: derive a key of so many bytes, 1 to 8,160, as `deriveExtraKey` does at the other side; absent: the raw key, 32
   *   bytes in version 3, 64 in version 4. `instance`: whose session, else the one that text goes to
   * @returns the key, of as many bytes as `options` say
   * @throws OtrError `OTR_ARGUMENT`, `OTR_TLV_TOO_LONG`, `OTR_NOT_ENCRYPTED`: call `start` first; `OTR_NOT_VERIFIED`,
   *   `OTR_NOT_ACCEPTED` as `send`
   */
  extraKey(context: number, data: Uint8Array = new Uint8Array(), { instance, length }: ExtraKeyOptions = {}): CommandResult<Uint8Array> {
    // Before a key is used up for it.
    if (length !== undefined) wipe(deriveExtraKey(new Uint8Array(32), context, length))
    const told = this.#make((transaction) => extraKey(transaction, context, data, instance))
    if (told.error !== undefined || length === undefined) return told
    const key = deriveExtraKey(told.result, context, length)
    wipe(told.result)
    return { events: told.events, result: key }
  }

  /**
   * Notes what a person thinks of a key: `verified`: they have checked it; `seen`: they accept it unverified, also beside keys that are worth
   * more; `unknown`: they take back what they said. What waited for that key leaves.
   *
   * @param options - `fingerprint` (40 hex digits in version 3, 112 in version 4) with `version`, which is the sure way to name the key; else the
   *   one of the `instance`, or of the best session
   * @throws OtrError `OTR_ARGUMENT` for what is no fingerprint, or where several keys may be meant: name it;
   *   `OTR_NOT_ENCRYPTED` without a fingerprint and a session
   */
  trust(level: TrustLevel, options: TrustOptions = {}): ClientEvent[] {
    return this.#do((transaction) => { trust(transaction, level, options) })
  }

  /** The keys that this correspondent was seen with, or that the application named: fingerprints in hex, with what each is worth. */
  get keys(): readonly KnownKey[] {
    return this.#look().conversation.keys
  }

  /** How they came to be worth what they are, oldest first, times in seconds. Bounded: what people said is forgotten last. */
  get trustHistory(): readonly TrustChange[] {
    return this.#look().conversation.trustHistory
  }

  /** The devices that ever completed a key exchange. */
  get devices(): readonly DeviceInfo[] {
    return devicesOf(this.#look().transaction)
  }

  /** Sends to one device as long as it has a session; `undefined`: to the best again. @throws OtrError `OTR_NO_INSTANCE` */
  chooseDevice(instance: number | undefined): ClientEvent[] {
    return this.#do((transaction) => { chooseDevice(transaction, instance) })
  }

  /** Gives a device a name for people; empty takes it away. @throws OtrError `OTR_NO_INSTANCE` */
  nameDevice(instance: number, name: string): ClientEvent[] {
    return this.#do((transaction) => { nameDevice(transaction, instance, name) })
  }

  /** Ends the sessions with a device and takes it off the list. Trust in its key stays. @throws OtrError `OTR_NO_INSTANCE` */
  forgetDevice(instance: number): ClientEvent[] {
    return this.#do((transaction) => {
      end(transaction, instance)
      forgetDevice(transaction, instance)
    })
  }

  /** The policy that holds here: the account's, with what is different for this correspondent. */
  get policy(): Policy {
    return this.#look().transaction.policy
  }

  /**
   * Overrides the policy for this correspondent; `undefined` takes an override back.
   * @throws OtrError `OTR_POLICY` for an unknown field or a value out of range
   */
  setPolicy(changes: PolicyChanges): ClientEvent[] {
    return this.#do(({ draft }) => { draft.policy = applyPolicy(draft.policy, changes) })
  }

  #look(): ReturnType<ConversationAccess['look']> {
    return this.#access.look(this.peer)
  }

  #make<Result>(work: (transaction: Transaction) => Result): CommandResult<Result> {
    return this.#access.transact(this.peer, work)
  }

  #do(work: (transaction: Transaction) => void): ClientEvent[] {
    return this.#make(work).events
  }
}
