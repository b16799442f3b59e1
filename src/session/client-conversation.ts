import { OtrError } from '../errors.js'
import type { Ensemble, Tlv } from '../wire/index.js'
import type { ConversationStatus, HeldMessage } from './conversation.js'
import type { ClientCore, ExtraKeyOptions, InstanceOption } from './core.js'
import type { DeviceInfo } from './device.js'
import type { ClientEvent } from './event.js'
import type { SessionOption, TrustLevel, TrustOptions } from './host.js'
import type { EventOf, Listener } from './listeners.js'
import { run, type Outlet } from './outlet.js'
import type { Policy, PolicyChanges } from './policy.js'
import type { SendOptions, SendOutcome } from './send.js'
import type { LostMessage } from './sent-message.js'
import type { KnownKey, TrustChange } from './trust.js'

/** Somebody who waits for the conversation to be private. */
interface Waiting {
  /** Seconds. */
  readonly until: number
  /** Gives up, and says why. */
  readonly give: () => void
}

/** A conversation with one correspondent, all his instances together. Made by `client.conversation(peer)`. */
export class ClientConversation {
  /** The correspondent's address. */
  readonly peer: string
  readonly #core: ClientCore
  readonly #outlet: Outlet
  readonly #clock: () => number
  readonly #waiting = new Set<Waiting>()

  /** @internal */
  constructor(peer: string, core: ClientCore, outlet: Outlet, clock: () => number) {
    this.peer = peer
    this.#core = core
    this.#outlet = outlet
    this.#clock = clock
  }

  /** As `client.on`, for the events of this conversation. */
  on<Type extends ClientEvent['type']>(type: Type, listener: Listener<Type>): () => void {
    return this.#outlet.listeners.on(type, (event: EventOf<Type>) => peerOf(event) === this.peer ? listener(event) : undefined)
  }

  /** What stands: sessions, which one is selected, whether text may go in clear. */
  get status(): ConversationStatus {
    return this.#core.status(this.peer)
  }

  /** Asks to talk privately; while a private conversation stands, renews its keys. See `ClientCore.start`. Rejects with `OTR_POLICY`. */
  start(how: 'query' | 'identity' = 'query'): Promise<void> {
    return this.#run(() => this.#core.start(this.peer, how))
  }

  /**
   * Fulfilled as soon as the conversation is private: a text that is sent then is encrypted. `start` is fulfilled when the question is on
   * its way, which is long before.
   *
   *     await conversation.start()
   *     await conversation.encrypted({ timeout: 60 })
   *
   * @param options.timeout seconds of the client's clock, which `tick` looks at. Absent: until the key exchange is given up.
   * Rejects with `OTR_NOT_ENCRYPTED`, whose message says why: nobody answered in time, the other side's key exchange was wrong, or a session
   * stands with a key that may not be sent to (accept or verify it, then ask again).
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

  /** @internal Told by the client's `tick`. */
  expireWaiting(now: number): void {
    for (const { until, give } of [...this.#waiting]) if (now >= until) give()
  }

  /** Sends text: see `ClientCore.send` for what may become of it, and for the codes with which it rejects. */
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

  /** Sends text to a correspondent who is away: see `ClientCore.sendOffline`, also for the codes with which it rejects. */
  sendOffline(ensembles: readonly Ensemble[], text: string, options?: SendOptions): Promise<void> {
    return this.#run(() => this.#core.sendOffline(this.peer, ensembles, text, options))
  }

  /** Sends TLVs to the other program, without text. Rejects as `send`. */
  sendTlvs(tlvs: readonly Tlv[], options: Omit<SendOptions, 'tlvs'> = {}): ReturnType<ClientConversation['send']> {
    return this.send('', { ...options, tlvs })
  }

  /** The messages that wait for a private conversation. */
  get outbox(): readonly HeldMessage[] {
    return this.#core.outbox(this.peer)
  }

  /** Takes a waiting message back. Rejects with `OTR_NOT_HELD` when it left already. */
  cancel(held: number): Promise<void> {
    return this.#run(() => this.#core.cancel(this.peer, held))
  }

  /** The messages of which a `lost` event told and that nobody has decided on. */
  get lost(): readonly LostMessage[] {
    return this.#core.lost(this.peer)
  }

  /** Sends a lost message again. See `ClientCore.resend`. Rejects with `OTR_NOT_LOST`, `OTR_NOT_ENCRYPTED`. */
  resend(handle: number): Promise<void> {
    return this.#run(() => this.#core.resend(this.peer, handle))
  }

  /** Gives a lost message up and overwrites it. Rejects with `OTR_NOT_LOST`. */
  discard(handle: number): Promise<void> {
    return this.#run(() => this.#core.discard(this.peer, handle))
  }

  /** Ends the private conversation. Text does not go in clear after that: see `continueInPlaintext`. */
  end(options?: InstanceOption): Promise<void> {
    return this.#run(() => this.#core.end(this.peer, options))
  }

  /** The one call after which text may go in clear in a conversation that was private. Rejects with `OTR_ENCRYPTED` while it still is. */
  continueInPlaintext(): Promise<void> {
    return this.#run(() => this.#core.continueInPlaintext(this.peer))
  }

  /** Begins a verification by a secret that both persons know, with a question if one is given. `smp` events tell the outcome. */
  verify(secret: string, options: SessionOption & { readonly question?: string } = {}): Promise<void> {
    return this.#run(() => this.#core.smpStart(this.peer, secret, options))
  }

  /** Answers a verification of which an `asked` event told. Rejects with `OTR_SMP_NOT_ASKED`. */
  answer(secret: string, options?: SessionOption): Promise<void> {
    return this.#run(() => this.#core.smpAnswer(this.peer, secret, options))
  }

  /** Aborts the verification under way. */
  abort(options?: SessionOption): Promise<void> {
    return this.#run(() => this.#core.smpAbort(this.peer, options))
  }

  /** Tells the other side what the extra symmetric key is used for, and gives the key. Wipe it when done. */
  async extraKey(context: number, data?: Uint8Array, options?: ExtraKeyOptions): Promise<Uint8Array> {
    let key: Uint8Array = new Uint8Array()
    await this.#run(() => {
      const made = this.#core.extraKey(this.peer, context, data, options)
      key = made.key
      return made.events
    })
    return key
  }

  /** Notes whether a person has checked the key: of the selected session, or the one named. */
  trust(level: TrustLevel, options?: TrustOptions): Promise<void> {
    return this.#run(() => this.#core.trust(this.peer, level, options))
  }

  /** The keys this correspondent was seen with. */
  get keys(): readonly KnownKey[] {
    return this.#core.keys(this.peer)
  }

  /** How they came to be worth what they are, oldest first. */
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
    return run(this.#outlet, work)
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
