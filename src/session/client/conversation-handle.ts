import { OtrError } from '../../errors.js'
import type { Ensemble, Tlv } from '../../wire/index.js'
import type { ConversationStatus, HeldMessage } from '../conversation/state.js'
import type { ClientCore, ExtraKeyOptions, InstanceOption } from './core.js'
import type { DeviceInfo } from '../known/device.js'
import type { ClientEvent } from '../event.js'
import type { SessionOption } from '../conversation/commands/named-session.js'
import type { TrustLevel, TrustOptions } from '../conversation/commands/trust.js'
import type { EventOf, Listener } from './listeners.js'
import type { EventDispatcher } from './event-dispatch.js'
import type { Policy, PolicyChanges } from '../policy.js'
import type { SendOptions } from '../conversation/send/decide.js'
import type { SendOutcome } from '../conversation/send/text.js'
import type { LostMessage } from '../conversation/sent-message.js'
import type { KnownKey, TrustChange } from '../known/keys.js'

/** Somebody who waits for the conversation to be private. */
interface Waiting {
  /** Seconds. */
  readonly until: number
  /** Gives up, and says why. */
  readonly give: () => void
}

/** A conversation with one correspondent, all their instances together. Made by `client.conversation(peer)`. */
export class ClientConversation {
  /** The correspondent's address. */
  readonly peer: string
  readonly #core: ClientCore
  readonly #dispatcher: EventDispatcher
  readonly #clock: () => number
  readonly #waiting = new Set<Waiting>()

  /** @internal */
  constructor(peer: string, core: ClientCore, dispatcher: EventDispatcher, clock: () => number) {
    this.peer = peer
    this.#core = core
    this.#dispatcher = dispatcher
    this.#clock = clock
  }

  /** Calls `listener` for every event of a type in this conversation, as `client.on` does for all of them. Call the result to stop. */
  on<Type extends ClientEvent['type']>(type: Type, listener: Listener<Type>): () => void {
    return this.#dispatcher.listeners.on(type, (event: EventOf<Type>) => peerOf(event) === this.peer ? listener(event) : undefined)
  }

  /**
   * What stands now: the sessions, the key that a text would go to, and `sending`, what would become of a text (`encrypted`, `plaintext` or
   * `held`). Draw indicators from it and never from the last event. A value of its own, without secrets.
   */
  get status(): ConversationStatus {
    return this.#core.status(this.peer)
  }

  /**
   * Asks to talk privately; while a private conversation stands, renews its keys. Fulfilled when the question has gone out, not when the
   * conversation is private: that says a `state` event `encrypted`. From here on text waits rather than going in clear, until
   * `continueInPlaintext`.
   *
   * @param how - `query`: both sides take the newest version that both allow; `identity`: version 4 at once, for a correspondent who is known to
   *   speak it
   * @throws (rejects) OtrError `OTR_POLICY` when the policy allows no version, or with `identity` not version 4: change it with `setPolicy`;
   *   `OTR_NOT_VERIFIED` when only verified keys may talk and none is; `OTR_RANDOM_FAILED`
   */
  start(how: 'query' | 'identity' = 'query'): Promise<void> {
    return this.#run(() => this.#core.start(this.peer, how))
  }

  /**
   * Fulfilled as soon as the conversation is private: a text that is sent then is encrypted. `start` is fulfilled when the question is on
   * its way, which is long before.
   *
   * ```ts
   * await conversation.start()
   * await conversation.encrypted({ timeout: 60 })
   * ```
   *
   * @param options - `timeout`: seconds of the client's clock, which `tick` looks at. Absent: until the key exchange is given up
   * @throws (rejects) OtrError `OTR_NOT_ENCRYPTED`, whose message says why: nobody answered in time, the other side's key exchange was wrong, or a
   *   session stands with a key that may not be sent to (accept or verify it, then ask again); `OTR_ARGUMENT` for another timeout
   */
  async encrypted({ timeout }: { readonly timeout?: number } = {}): Promise<void> {
    if (timeout !== undefined && !(timeout > 0)) throw new OtrError('OTR_ARGUMENT', 'timeout is a number of seconds above 0')
    if (this.status.sending === 'encrypted') return
    const until = timeout === undefined ? Infinity : this.#clock() + timeout
    await new Promise<void>((fulfil, reject) => {
      // Anybody can send a false answer, or complete an exchange with a key of their own: the true answer may still come.
      let why = 'nobody answered in time'
      const done = (): void => {
        this.#waiting.delete(waiting)
        for (const stop of stops) stop()
      }
      const waiting: Waiting = {
        until,
        give: () => {
          done()
          // A person may have accepted the key meanwhile.
          if (this.status.sending === 'encrypted') fulfil()
          else reject(new OtrError('OTR_NOT_ENCRYPTED', `the conversation did not become private: ${why}`))
        },
      }
      const stops = [
        this.on('state', ({ state }) => {
          if (state !== 'encrypted') return
          if (this.status.sending !== 'encrypted') {
            why = 'the other side has a key that nobody accepted: verify or accept it'
            return
          }
          done()
          fulfil()
        }),
        this.on('notice', ({ code, detail = code }) => {
          if (code === 'handshake-failed' || code === 'policy') why = detail
          if (code === 'internal') why = `a fault of this library or of its platform (${detail})`
          if (code === 'internal' || (code === 'handshake-timeout' && !this.status.pending)) waiting.give()
        }),
      ]
      this.#waiting.add(waiting)
    })
  }

  /** @internal When `expireWaiting` has something to do, seconds of the clock; `Infinity` for never. */
  get waitsUntil(): number {
    let earliest = Infinity
    for (const { until } of this.#waiting) earliest = Math.min(earliest, until)
    return earliest
  }

  /** @internal Told by the client's `tick`. */
  expireWaiting(now: number): void {
    for (const { until, give } of [...this.#waiting]) if (now >= until) give()
  }

  /**
   * Sends text. It is encrypted where a session stands whose key may be sent to; else it goes in clear, which it never does once the
   * conversation was private or privacy was asked for; else it waits in the outbox.
   *
   * @param text - as the person typed it, without U+0000
   * @param options - `tlvs`: records for the other program; `to`: an instance tag or which instances. With either, nothing goes in clear
   * @returns what became of it: `{ sent: 'encrypted', to }` with the instance, version, fingerprint and trust of every session that it was
   *   encrypted for, `{ sent: 'plaintext' }`, or `{ held }`, its number in `outbox`
   * @throws (rejects) OtrError `OTR_INVALID_TEXT`, `OTR_TOO_LARGE`, `OTR_TLV_TOO_LONG`, `OTR_NO_INSTANCE`, `OTR_OUTBOX_FULL`,
   *   `OTR_RANDOM_FAILED`: nothing has left; `OTR_NOT_SENT`: keys had moved on, it may have left for some devices, so ask the person before
   *   sending it again. With the policy `outbox: 'reject'`, instead of waiting: `OTR_ENCRYPTION_REQUIRED` or `OTR_CONVERSATION_ENDED` (call
   *   `start`), `OTR_HANDSHAKE_RUNNING` (try later), `OTR_NOT_VERIFIED` or `OTR_NOT_ACCEPTED` (`verify`, `trust`), `OTR_NOT_ENCRYPTED`
   */
  async send(text: string, options?: SendOptions): Promise<Exclude<SendOutcome, { readonly failed: unknown }>> {
    let outcome: SendOutcome = { failed: 'OTR_INTERNAL' }
    await this.#run(() => {
      const sent = this.#core.send(this.peer, text, options)
      outcome = sent.outcome
      return sent.events
    })
    if ('failed' in outcome) throw new OtrError('OTR_NOT_SENT', `something failed while the text was sent (${outcome.failed}): it may not have left`)
    return outcome
  }

  /**
   * Sends text to a correspondent who is away. Whoever begins so can deny less well that they took part: ask the person once.
   *
   * @param ensembles - as a prekey server gave them: each is verified, those of verified keys come first, and where some are known others are
   *   left out. With an instance with which an offline session stands that session is used; an interactive one is ended before
   * @param options - `to`: which of several instances; default the policy's `sendTo`
   * @throws (rejects) OtrError `OTR_NO_ENSEMBLE` when none is valid: fetch them again; `OTR_NOT_VERIFIED`, `OTR_NOT_ACCEPTED` when none is of
   *   a key that may be sent to: verify it first; `OTR_NO_INSTANCE`, `OTR_TOO_MANY_INSTANCES`; `OTR_POLICY` where offline messages are not
   *   allowed; `OTR_INVALID_TEXT`, `OTR_TOO_LARGE`, `OTR_RANDOM_FAILED`. Nothing has changed then
   */
  sendOffline(ensembles: readonly Ensemble[], text: string, options?: SendOptions): Promise<void> {
    return this.#run(() => this.#core.sendOffline(this.peer, ensembles, text, options))
  }

  /** Sends TLVs to the other program, without text: a type of 16 bits and at most 65,535 bytes each. They never go in clear. Returns and rejects as `send`. */
  sendTlvs(tlvs: readonly Tlv[], options: Omit<SendOptions, 'tlvs'> = {}): ReturnType<ClientConversation['send']> {
    return this.send('', { ...options, tlvs })
  }

  /** The messages that wait for a private conversation, in the order in which they were given. Their `id` is what `cancel` takes. */
  get outbox(): readonly HeldMessage[] {
    return this.#core.outbox(this.peer)
  }

  /** Takes a waiting message back, by its `id` in `outbox`. Rejects with `OTR_NOT_HELD` when none waits under it: it may have left already. */
  cancel(held: number): Promise<void> {
    return this.#run(() => this.#core.cancel(this.peer, held))
  }

  /** The messages of which a `lost` event told and that nobody has decided on: call `resend` or `discard` with the `handle` of each. */
  get lost(): readonly LostMessage[] {
    return this.#core.lost(this.peer)
  }

  /**
   * Sends a lost message again, to the device it was meant for or to one that is trusted no less; where there is none it waits in the outbox.
   * Rejects with `OTR_NOT_LOST` when it was read after all, decided on, or is too old; with `OTR_NOT_ENCRYPTED` when it would have to wait
   * and the policy says `outbox: 'reject'`: call `start` first.
   */
  resend(handle: number): Promise<void> {
    return this.#run(() => this.#core.resend(this.peer, handle))
  }

  /**
   * Say this when the network says that a line which a `send` event gave it did not arrive (our XMPP transport's `undelivered` has the line). The
   * text that it carried is offered for sending again: a `lost` event, unless it was read after all. Nothing is sent by itself, for
   * the network is no witness.
   *
   * @returns the text's handle for `resend` and `discard`; `undefined` where the line carried none that is kept, such as a part of a key exchange
   */
  async undelivered(line: string): Promise<number | undefined> {
    let handle: number | undefined
    await this.#run(() => {
      const told = this.#core.undelivered(this.peer, line)
      handle = told.handle
      return told.events
    })
    return handle
  }

  /** Gives a lost message up and overwrites it. Rejects with `OTR_NOT_LOST` when it was read after all, decided on, or is too old. */
  discard(handle: number): Promise<void> {
    return this.#run(() => this.#core.discard(this.peer, handle))
  }

  /**
   * Ends the private conversation with all instances, or with the one whose tag is given, and tells them. It always ends: where the other
   * side cannot be told a notice `internal` says so. Text does not go in clear after that, but waits: see `continueInPlaintext`.
   */
  end(options?: InstanceOption): Promise<void> {
    return this.#run(() => this.#core.end(this.peer, options))
  }

  /**
   * The one call after which text may go in clear in a conversation that was private. What waits in the outbox goes on waiting: `cancel` it
   * and send it again if that is what the person wants. Rejects with `OTR_ENCRYPTED` while a session stands (`end` it first), with
   * `OTR_ENCRYPTION_REQUIRED` under a policy that lets nothing go in clear.
   */
  continueInPlaintext(): Promise<void> {
    return this.#run(() => this.#core.continueInPlaintext(this.peer))
  }

  /**
   * Begins a verification by a secret that both persons know; it is normalised to NFC. `smp` events tell the outcome; with `succeeded` the
   * key is verified. A secret that others may guess is used, with a notice `weak-secret`: ask `secretWeakness` before.
   *
   * @param options - `question`: up to 4096 characters that the other person reads; `instance` or `fingerprint`: which session, else the one
   *   that text goes to
   * @throws (rejects) OtrError `OTR_NOT_ENCRYPTED`: call `start` first; `OTR_SMP_QUESTION`: ask a shorter one; `OTR_RANDOM_FAILED`
   */
  verify(secret: string, options: SessionOption & { readonly question?: string } = {}): Promise<void> {
    return this.#run(() => this.#core.smpStart(this.peer, secret, options))
  }

  /**
   * Answers a verification of which an `smp` event `asked` told. Where it came with a question, success does not mark the key as verified:
   * who asks can choose a question to which they know the answer.
   *
   * @throws (rejects) OtrError `OTR_SMP_NOT_ASKED` when no question waits; `OTR_NOT_ENCRYPTED`; `OTR_NOT_ACCEPTED`: accept the key first, or
   *   begin a verification yourself
   */
  answer(secret: string, options?: SessionOption): Promise<void> {
    return this.#run(() => this.#core.smpAnswer(this.peer, secret, options))
  }

  /** Aborts the verification under way and tells the other side. Rejects with `OTR_NOT_ENCRYPTED`. */
  abort(options?: SessionOption): Promise<void> {
    return this.#run(() => this.#core.smpAbort(this.peer, options))
  }

  /**
   * Tells the other side what the extra symmetric key is used for, and gives the key. Wipe it when done.
   *
   * @param context - an unsigned 32-bit number: what the key is used for
   * @param data - what belongs to that use, up to 65,531 bytes; the other side reads both in an `extra-key` event
   * @param options - `length`: derive a key of so many bytes, 1 to 8,160, as `deriveExtraKey` does at the other side; absent: the raw key, 32
   *   bytes in version 3, 64 in version 4. `instance`: whose session, else the one that text goes to
   * @returns the key, of as many bytes as `options` say
   * @throws (rejects) OtrError `OTR_ARGUMENT`, `OTR_TLV_TOO_LONG`, `OTR_NOT_ENCRYPTED`: call `start` first; `OTR_NOT_VERIFIED`,
   *   `OTR_NOT_ACCEPTED` as `send`
   */
  async extraKey(context: number, data?: Uint8Array, options?: ExtraKeyOptions): Promise<Uint8Array> {
    let key: Uint8Array = new Uint8Array()
    await this.#run(() => {
      const made = this.#core.extraKey(this.peer, context, data, options)
      key = made.key
      return made.events
    })
    return key
  }

  /**
   * Notes what a person thinks of a key: `verified`: they have checked it; `seen`: they accept it unverified, also beside keys that are worth
   * more; `unknown`: they take back what they said. What waited for that key leaves.
   *
   * @param options - `fingerprint` (40 hex digits in version 3, 112 in version 4) with `version`, which is the sure way to name the key; else the
   *   one of the `instance`, or of the best session
   * @throws (rejects) OtrError `OTR_ARGUMENT` for what is no fingerprint, or where several keys may be meant: name it;
   *   `OTR_NOT_ENCRYPTED` without a fingerprint and a session
   */
  trust(level: TrustLevel, options?: TrustOptions): Promise<void> {
    return this.#run(() => this.#core.trust(this.peer, level, options))
  }

  /** The keys that this correspondent was seen with, or that the application named: fingerprints in hex, with what each is worth. */
  get keys(): readonly KnownKey[] {
    return this.#core.keys(this.peer)
  }

  /** How they came to be worth what they are, oldest first, times in seconds. Bounded: what people said is forgotten last. */
  get trustHistory(): readonly TrustChange[] {
    return this.#core.trustHistory(this.peer)
  }

  /** The devices that ever completed a key exchange. */
  get devices(): readonly DeviceInfo[] {
    return this.#core.devices(this.peer)
  }

  /** Sends to one device as long as it has a session; `undefined`: to the best again. Rejects with `OTR_NO_INSTANCE`. */
  chooseDevice(instance: number | undefined): Promise<void> {
    return this.#run(() => this.#core.chooseDevice(this.peer, instance))
  }

  /** Gives a device a name for people; empty takes it away. Rejects with `OTR_NO_INSTANCE`. */
  nameDevice(instance: number, name: string): Promise<void> {
    return this.#run(() => this.#core.nameDevice(this.peer, instance, name))
  }

  /** Ends the sessions with a device and takes it off the list. Rejects with `OTR_NO_INSTANCE`. */
  forgetDevice(instance: number): Promise<void> {
    return this.#run(() => this.#core.forgetDevice(this.peer, instance))
  }

  /** The policy that holds here. */
  get policy(): Policy {
    return this.#core.policy(this.peer)
  }

  /** Overrides the policy for this correspondent; `undefined` takes an override back. Rejects with `OTR_POLICY`. */
  setPolicy(changes: PolicyChanges): Promise<void> {
    return this.#run(() => this.#core.setPolicy(changes, this.peer))
  }

  #run(work: () => ClientEvent[]): Promise<void> {
    return this.#dispatcher.run(work)
  }
}

function peerOf(event: ClientEvent): string | undefined {
  switch (event.type) {
    case 'send': return event.to
    case 'message': return event.from
    case 'state':
    case 'smp':
    case 'extra-key':
    case 'tlv':
    case 'revealed-mac-keys':
    case 'outbox':
    case 'lost':
    case 'notice': return event.peer
  }
}
