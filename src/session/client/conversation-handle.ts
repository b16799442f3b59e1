import { sendOffline } from '../conversation/send/offline.js'
import { wipe } from '../../crypto/index.js'
import { OtrError } from '../../errors.js'
import type { Ensemble, Tlv } from '../../wire/index.js'
import { checkNumbers, checkString } from '../arguments.js'
import { chooseDevice, devicesOf, forgetDevice, nameDevice } from '../conversation/commands/devices.js'
import { continueInPlaintext, end, expire } from '../conversation/commands/end.js'
import { extraKey } from '../conversation/commands/extra-key.js'
import type { SessionOption } from '../conversation/commands/named-session.js'
import { discard, resend } from '../conversation/commands/resend.js'
import { smpAbort, smpAnswer, smpStart } from '../conversation/commands/smp.js'
import { start, type StartOptions } from '../conversation/commands/start.js'
import { statusOfConversation } from '../conversation/commands/status.js'
import { tellUnreadable } from '../conversation/commands/tell-unreadable.js'
import { trust, type TrustLevel, type TrustOptions } from '../conversation/commands/trust.js'
import { deriveExtraKey } from '../conversation/derive-extra-key.js'
import { suspectGone, undecided } from '../conversation/lost-session.js'
import type { SendOptions } from '../conversation/send/decide.js'
import { cancelHeld } from '../conversation/send/outbox.js'
import { sendText, type SendOutcome } from '../conversation/send/text.js'
import type { LostMessage } from '../conversation/sent-message.js'
import type { Conversation, ConversationStatus, HeldMessage } from '../conversation/state.js'
import type { Transaction } from '../conversation/transaction.js'
import { describe, offerUndelivered } from '../conversation/unacknowledged.js'
import type { ClientEvent } from '../event.js'
import type { DeviceInfo } from '../known/device.js'
import type { KnownKey, TrustChange } from '../known/key-book.js'
import { endVersion2 } from '../conversation/apply-step.js'
import { applyCorrespondentPolicy, type Policy, type PolicyChanges } from '../policy.js'
import type { CommandResult } from './command-result.js'
import { mayBeVersion2 } from '../versions/negotiate.js'
import { publicBytes } from '../../wire/public-bytes.js'

/** Which instance a command is about; absent: the selected one. */
export interface InstanceOption {
  /** An instance tag. */
  readonly instance?: number
}

/** Which session an extra symmetric key belongs to, and how long it is. */
export interface ExtraKeyOptions extends InstanceOption {
  /** Bytes, 1 to 8,160: see `deriveExtraKey`. Absent: the raw key, 32 bytes in version 3, 64 in version 4. */
  readonly length?: number
}

/** How a handle uses its client. */
export interface ConversationAccess {
  /** Runs a command in a transaction. Throws, and changes nothing, if it fails before something happened that cannot be undone. */
  transact<Result>(peer: string, work: (transaction: Transaction) => Result): CommandResult<Result>
  /** What is known about a correspondent, and a transaction for further queries, which is dropped. */
  look(peer: string): { readonly conversation: Conversation, readonly transaction: Transaction }
  /** The id of the kept text that was sent in this line; `undefined` if there is none. */
  sentIn(peer: string, line: string): number | undefined
}

/**
 * A conversation with one correspondent, all their instances together, with every command. `ClientCore.conversation` returns it: each call is
 * synchronous and returns the events. `ClientConversation`, which `Client.conversation` returns, has the same commands with promises.
 *
 * A command either happens completely, or throws an `OtrError` and changes nothing. If something fails after keys have changed, it cannot be
 * undone: then a command returns its events, with a notice `internal` among them, and a command with a result returns an `error` in its place.
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
   * The current status: the sessions, the key that a text would be encrypted for, and `sending`, what would happen to a text (`encrypted`,
   * `plaintext` or `held`). Draw indicators from it, never from the last event. A new value at each call, without secrets.
   */
  get status(): ConversationStatus {
    return statusOfConversation(this.#look().transaction)
  }

  /**
   * Asks for a private conversation; if there is one, renews its keys. Returns when the query has been sent, not when the conversation is
   * private: a `state` event `encrypted` says that. From now on text waits instead of going in clear, until `continueInPlaintext`.
   *
   * @param how - `query`: use the newest version that both sides allow; `identity`: version 4 at once, for a correspondent who is known to
   *   speak it; `{ versions: [3] }`: version 3 alone this time, for a correspondent whose version 4 cannot be read (notices `older-draft` and
   *   `incompatible`). Only a person should choose that, because anybody on the way can spoil an answer. `setPolicy({ allowV4: false })` of the
   *   conversation makes it last
   * @throws OtrError `OTR_POLICY` if the policy allows no version, or with `identity` not version 4, or not the chosen ones: change it with `setPolicy`;
   *   `OTR_NOT_VERIFIED` if the policy accepts only verified keys and none is; `OTR_RANDOM_FAILED`
   */
  start(how: 'query' | 'identity' | StartOptions = 'query'): ClientEvent[] {
    return this.#do((transaction) => { start(transaction, how) })
  }

  /**
   * Sends text. It is encrypted if there is a session to whose key messages may go. Otherwise it goes in clear, unless the conversation was
   * private, privacy was asked for, or the policy forbids it: then it waits in the outbox.
   *
   * @param text - as the person typed it, without U+0000
   * @param options - `tlvs`: records for the other program; `to`: an instance tag or which instances. With either, nothing goes in clear
   * @returns what happened to it: `{ sent: 'encrypted', to }` with the instance, version, fingerprint and trust of every session that it was
   *   encrypted for, `{ sent: 'plaintext' }`, or `{ held }`, its `id` in `outbox`
   * @throws OtrError `OTR_INVALID_TEXT` (U+0000 or half a surrogate pair), `OTR_TOO_LARGE`, `OTR_TLV_TOO_LONG`, `OTR_NO_INSTANCE`,
   *   `OTR_OUTBOX_FULL`, `OTR_RANDOM_FAILED`: nothing was sent; `OTR_NOT_SENT`: keys had already changed and it may have been sent to some devices, so
   *   ask the person before sending it again. With the policy `outbox: 'reject'`, instead of waiting: `OTR_ENCRYPTION_REQUIRED` or
   *   `OTR_CONVERSATION_ENDED` (call `start`), `OTR_HANDSHAKE_RUNNING` (try later), `OTR_NOT_VERIFIED` or `OTR_NOT_ACCEPTED` (`verify`,
   *   `trust`), `OTR_NOT_ENCRYPTED`
   */
  send(text: string, options: SendOptions = {}): CommandResult<SendOutcome> {
    const told = this.#make((transaction) => sendText(transaction, text, options))
    if (told.error === undefined) return told
    const error = new OtrError('OTR_NOT_SENT', `something failed while the text was sent (${told.error.code}): it may not have been sent`)
    return { events: told.events, error }
  }

  /** Sends TLVs to the other program, without text: a type of 16 bits and at most 65,535 bytes each. They never go in clear. Returns and throws as `send`. */
  sendTlvs(tlvs: readonly Tlv[], options: Omit<SendOptions, 'tlvs'> = {}): CommandResult<SendOutcome> {
    return this.send('', { ...options, tlvs })
  }

  /**
   * Sends text to a correspondent who is away. A conversation that begins like this has weaker deniability for the sender: ask the person once.
   *
   * @param ensembles - as a prekey server returned them. Each is verified; only those whose keys messages may go to are used, and the newest of
   *   each instance. If there is an offline session with an instance, that session is used; an interactive one is ended first
   * @param text - as the person typed it, without U+0000
   * @param options - `to`: which of several instances; default the policy's `sendTo`
   * @throws OtrError `OTR_NO_ENSEMBLE` if none is valid: fetch them again; `OTR_NOT_VERIFIED`, `OTR_NOT_ACCEPTED` if messages may go to none
   *   of their keys: verify it first; `OTR_NO_INSTANCE`, `OTR_TOO_MANY_INSTANCES`; `OTR_POLICY` if offline messages are not
   *   allowed; `OTR_INVALID_TEXT`, `OTR_TOO_LARGE`, `OTR_RANDOM_FAILED`. Nothing has changed then
   */
  sendOffline(ensembles: readonly Ensemble[], text: string, options: SendOptions = {}): ClientEvent[] {
    return this.#do((transaction) => { sendOffline(transaction, ensembles, text, options) })
  }

  /** The messages that wait for a private conversation, oldest first. `cancel` takes their `id`. */
  get outbox(): readonly HeldMessage[] {
    return this.#look().conversation.outbox
  }

  /** Removes a waiting message, by its `id` in `outbox`. @throws OtrError `OTR_NOT_HELD` if there is none: it may have been sent already */
  cancel(held: number): ClientEvent[] {
    return this.#do((transaction) => { cancelHeld(transaction, held) })
  }

  /** The messages from `lost` events, and those of `status.probablyLost`, that nobody has decided on: call `resend` or `discard` with the `handle` of each. */
  get lost(): readonly LostMessage[] {
    return undecided(this.#look().conversation).map(describe)
  }

  /**
   * Sends a lost message again: to the device that it was sent to, or, if that has probably lost its session, to another one to whose key messages may go. If there is none, the message waits in the outbox.
   * @throws OtrError `OTR_NOT_LOST` if it was read after all, decided on, or is too old; `OTR_NOT_ENCRYPTED` if it would have to wait
   *   and the policy says `outbox: 'reject'`: call `start` first
   */
  resend(handle: number): ClientEvent[] {
    return this.#do((transaction) => { resend(transaction, handle) })
  }

  /** Discards a lost message and overwrites it. @throws OtrError `OTR_NOT_LOST` if it was read after all, decided on, or is too old */
  discard(handle: number): ClientEvent[] {
    return this.#do((transaction) => { discard(transaction, handle) })
  }

  /**
   * Call this when the network reports that a line of a `send` event did not arrive (the event `undelivered` of our XMPP transport contains the
   * line). A `lost` event then offers the text in that line for sending again, unless it was read after all. Nothing is sent automatically,
   * because the report is not authenticated.
   *
   * @returns the text's handle for `resend` and `discard`; `undefined` if the line contained no kept text, such as a part of a key exchange
   */
  undelivered(line: string): CommandResult<number | undefined> {
    checkString(line, 'the line')
    const handle = this.#access.sentIn(this.peer, line)
    if (handle === undefined) return { events: [], result: undefined }
    return this.#make((transaction) => offerUndelivered(transaction, handle) ? handle : undefined)
  }

  /**
   * Informs the correspondent, in clear, that we could not read what they wrote privately, and begins anew. Call it after a notice `earlier-installation`
   * or `unreadable`, if the person wants that. It sends an OTR error message, at most one a minute. If their program does not begin by itself within
   * five seconds, a query follows. From now on text waits instead of going in clear, as after `start`.
   *
   * @throws OtrError `OTR_NOT_UNREADABLE` if nothing came that could not be read since the last private conversation: call `start`;
   *   `OTR_HANDSHAKE_RUNNING`: they were informed already; `OTR_POLICY`, `OTR_NOT_VERIFIED` as `start`
   */
  tellUnreadable(): ClientEvent[] {
    return this.#do(tellUnreadable)
  }

  /**
   * Call this when the network reports that a program of the correspondent's has left (the event `gone` of our XMPP transport): it has probably lost
   * its sessions, and a notice `session-probably-lost` says so. Nothing is sent, because the report is not authenticated.
   *
   * @param instances - the instance tags of that program
   * @throws OtrError `OTR_ARGUMENT` for anything but a list of numbers
   */
  gone(instances: readonly number[]): ClientEvent[] {
    checkNumbers(instances, 'the instances')
    return this.#do((transaction) => { suspectGone(transaction, instances) })
  }

  /**
   * Ends the private conversation with all instances, or with the one whose tag is given, and informs them. It always ends: if the other side
   * cannot be informed, a notice `internal` says so. Afterwards text does not go in clear, but waits: see `continueInPlaintext`.
   */
  end({ instance }: InstanceOption = {}): ClientEvent[] {
    return this.#do((transaction) => { end(transaction, instance) })
  }

  /** Ends all encrypted sessions as if they had expired: they are `finished` then. */
  expire(): ClientEvent[] {
    return this.#do(expire)
  }

  /**
   * Allows text in clear in a conversation that was private; no other call does. Messages in the outbox stay there: `cancel` them and send them
   * again if the person wants that.
   * @throws OtrError `OTR_ENCRYPTED` while there is an encrypted session: `end` it first; `OTR_ENCRYPTION_REQUIRED` if the policy forbids text
   *   in clear
   */
  continueInPlaintext(): ClientEvent[] {
    return this.#do(continueInPlaintext)
  }

  /**
   * Begins a verification with a secret that both persons know; it is normalised to NFC. `smp` events report the outcome; with `succeeded` the
   * key is verified. A secret that others may guess is used all the same, with a notice `weak-secret`: call `secretWeakness` first.
   *
   * @param secret - what both persons know
   * @param options - `question`: up to 4096 characters that the other person reads; `instance` or `fingerprint`: which session; default the one
   *   that text goes to
   * @throws OtrError `OTR_NOT_ENCRYPTED`: call `start` first; `OTR_SMP_QUESTION`: ask a shorter one; `OTR_RANDOM_FAILED`
   */
  verify(secret: string, { question, ...where }: SessionOption & { readonly question?: string | undefined } = {}): ClientEvent[] {
    return this.#do((transaction) => { smpStart(transaction, secret, question, where) })
  }

  /**
   * Answers a verification after an `smp` event `asked`. If it came with a question, success does not mark the key as verified: the person who
   * asks can choose a question to which they know the answer.
   *
   * @throws OtrError `OTR_SMP_NOT_ASKED` if no verification waits for an answer; `OTR_NOT_ENCRYPTED`; `OTR_NOT_ACCEPTED`: accept the key first, or
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
   * Tells the other side what the extra symmetric key is used for, and returns the key. Wipe it after use. The other side gets the raw key in
   * an `extra-key` event and derives the same key with `deriveExtraKey`.
   *
   * @param context - an unsigned 32-bit number: what the key is used for
   * @param data - data for that use, up to 65,531 bytes; the other side gets both in the `extra-key` event
   * @param options - `length`: derive a key of this many bytes, 1 to 8,160, as `deriveExtraKey` does at the other side; absent: the raw key, 32
   *   bytes in version 3, 64 in version 4. `instance`: whose session; default the one that text goes to
   * @returns the key, of the length that `options` say
   * @throws OtrError `OTR_ARGUMENT`, `OTR_TLV_TOO_LONG`, `OTR_NOT_ENCRYPTED`: call `start` first; `OTR_NOT_VERIFIED`,
   *   `OTR_NOT_ACCEPTED` as `send`
   */
  extraKey(context: number, data: Uint8Array = new Uint8Array(), { instance, length }: ExtraKeyOptions = {}): CommandResult<Uint8Array> {
    // Checks the arguments before a message key is used.
    if (length !== undefined) wipe(deriveExtraKey(publicBytes(32), context, length))
    const told = this.#make((transaction) => extraKey(transaction, context, data, instance))
    if (told.error !== undefined || length === undefined) return told
    const key = deriveExtraKey(told.result, context, length)
    wipe(told.result)
    return { events: told.events, result: key }
  }

  /**
   * Sets the trust in a key. `verified`: the person has compared it; `seen`: they accept it unverified, even if other keys are trusted more;
   * `unknown`: they take back what they said. Messages that waited for that key are sent.
   *
   * @param options - `fingerprint` (40 hex digits in version 3, 112 in version 4) with `version`, which names the key for certain; otherwise the
   *   key of the `instance`, or of the best session
   * @throws OtrError `OTR_ARGUMENT` for an invalid fingerprint, or if several keys may be meant: name the fingerprint;
   *   `OTR_NOT_ENCRYPTED` if there is neither a fingerprint nor a session
   */
  trust(level: TrustLevel, options: TrustOptions = {}): ClientEvent[] {
    return this.#do((transaction) => { trust(transaction, level, options) })
  }

  /** The keys that this correspondent has shown, or that the application named: fingerprints in hex, with the trust in each. */
  get keys(): readonly KnownKey[] {
    return this.#look().conversation.keys
  }

  /** The changes of trust in these keys, oldest first, times in seconds. Bounded: changes that a person made are forgotten last. */
  get trustHistory(): readonly TrustChange[] {
    return this.#look().conversation.trustHistory
  }

  /** The correspondent's devices that ever completed a key exchange. */
  get devices(): readonly DeviceInfo[] {
    return devicesOf(this.#look().transaction)
  }

  /** Sends to one device as long as it has a session, and accepts its key; `undefined`: to the best again. @throws OtrError `OTR_NO_INSTANCE` */
  chooseDevice(instance: number | undefined): ClientEvent[] {
    return this.#do((transaction) => { chooseDevice(transaction, instance) })
  }

  /** Gives a device a name for people; an empty name removes it. @throws OtrError `OTR_NO_INSTANCE` */
  nameDevice(instance: number, name: string): ClientEvent[] {
    return this.#do((transaction) => { nameDevice(transaction, instance, name) })
  }

  /** Ends the sessions with a device and removes it from the list. The trust in its key stays. @throws OtrError `OTR_NO_INSTANCE` */
  forgetDevice(instance: number): ClientEvent[] {
    return this.#do((transaction) => {
      end(transaction, instance)
      forgetDevice(transaction, instance)
    })
  }

  /** The policy of this conversation: the account's, with the overrides for this correspondent. */
  get policy(): Policy {
    return this.#look().transaction.policy
  }

  /**
   * Overrides the policy for this correspondent; `undefined` removes an override.
   * @throws OtrError `OTR_POLICY` for an unknown field or a value out of range
   */
  setPolicy(changes: PolicyChanges): ClientEvent[] {
    let takenBack = false
    const events = this.#do(({ draft }) => {
      const { allowV2 } = draft.policy
      draft.policy = applyCorrespondentPolicy(draft.policy, changes)
      takenBack = allowV2 === true && draft.policy.allowV2 !== true
    })
    // The next transaction goes by the new policy.
    return [...events, ...this.#do((transaction) => {
      const isAllowed = transaction.allowedAdapters().some(({ version }) => version === 2)
      if (!isAllowed || (takenBack && !mayBeVersion2(transaction.draft))) endVersion2(transaction)
    })]
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
