import { dsaFingerprint, ed448Fingerprint, generateDsaKey, getArithmetic, getV3Ciphers, systemRandom, type DsaPrivateKey, type RandomSource } from '../crypto/index.js'
import { hexEncode, type Ensemble } from '../wire/index.js'
import { ClientConversation, run } from './client-conversation.js'
import { ClientCore, type ClientState } from './core.js'
import type { ClientEvent } from './event.js'
import { Listeners, type Listener } from './listeners.js'
import { generateInstanceTag } from './instance-tag.js'
import type { Account, AccountSecrets } from './account.js'
import { generateEd448Keys, makeV4Identity } from './own-profile.js'
import type { PrekeyIdentity, Publication } from './prekeys.js'
import type { Policy, PolicyChanges } from './policy.js'
import type { Delivery } from './receive.js'

/** The secrets that make an account this account: a client speaks version 3, and version 4 with `ed448`. */
export interface AccountKeys extends AccountSecrets {
  readonly dsa: DsaPrivateKey
}

/** What a `Client` is made of. */
export interface ClientOptions {
  /** Own address, as correspondents know it: for XMPP the bare JID, for IRC the nick. */
  readonly account: string
  readonly keys: AccountKeys
  /** The time in seconds since 1970-01-01 UTC: `() => Date.now() / 1000`. */
  readonly clock: () => number
  /** Default: the platform's generator. */
  readonly random?: RandomSource
  readonly policy?: PolicyChanges
  /** With `answerStrangers: false`: which unknown correspondents may get answers. */
  readonly authorize?: (peer: string) => boolean
  /** See `ClientCoreOptions.sharedState`. */
  readonly sharedState?: (peer: string) => Uint8Array | undefined
  /** What an earlier client exported. */
  readonly state?: ClientState
  /** Told when a listener throws or its promise rejects. The library goes on either way. */
  readonly onListenerError?: (error: unknown, event: ClientEvent) => void
}

/** `ClientOptions` for `Client.open`, which makes what is missing. */
export interface OpenOptions extends Omit<ClientOptions, 'keys'> {
  /** Missing parts are generated; keep `client.keys` then. */
  readonly keys?: Partial<AccountKeys>
  /** Awaited now and then while a key is generated (about a second), so that a page stays alive: a promise resolved by a timer. */
  readonly pause?: () => Promise<void>
}

/**
 * One account of a messenger. Connect it to the network in three lines:
 *
 *     client.on('send', ({ to, message }) => transport.send(to, message))
 *     transport.on('message', (from, text) => client.receive(from, text))
 *     setInterval(() => client.tick(), 1000)
 *
 * and talk through `conversation(peer)`. Every method does its work at once, in the order of the calls; the promise settles when its
 * events have been delivered.
 */
export class Client implements AsyncIterable<ClientEvent> {
  readonly #core: ClientCore
  readonly #keys: AccountKeys
  readonly #listeners: Listeners
  readonly #conversations = new Map<string, ClientConversation>()

  /** For keys that exist. `Client.open` generates them. @throws OtrError `OTR_ARGUMENT`, `OTR_POLICY` */
  constructor({ account, keys, onListenerError = () => undefined, ...rest }: ClientOptions) {
    const { dsa, instanceTag, ed448 } = keys
    const v4 = ed448 && makeV4Identity(ed448, { instanceTag, dsa, now: rest.clock() }, rest.random ?? systemRandom)
    const identity: Account = { address: account, instanceTag, v3: { dsa }, ...(v4 !== undefined && { v4 }) }
    this.#core = new ClientCore({ account: identity, ...rest })
    this.#keys = keys
    this.#listeners = new Listeners(onListenerError)
  }

  /** A client for an account, new or not: generates the keys and the instance tag that are not given. */
  static async open({ keys = {}, pause, ...rest }: OpenOptions): Promise<Client> {
    const random = rest.random ?? systemRandom
    const dsa = keys.dsa ?? await generateDsaKey(random, pause === undefined ? {} : { pause })
    const ed448 = keys.ed448 ?? generateEd448Keys(random)
    const instanceTag = keys.instanceTag ?? generateInstanceTag(random)
    return new Client({ ...rest, keys: { dsa, ed448, instanceTag } })
  }

  /** Own address. */
  get account(): string {
    return this.#core.address
  }

  /** See `ClientCore.changeAddress`. */
  changeAddress(account: string): void {
    this.#core.changeAddress(account)
  }

  /**
   * Whether arithmetic, hashes and ciphers are those that are written to take time independent of secrets: true wherever the engine has
   * WebAssembly. Where it is forbidden (some pages' content security policy), whoever can measure this program closely may learn
   * keys: tell the person. `arithmeticFault()` says what was missing.
   */
  get constantTime(): boolean {
    return getArithmetic().constantTime && getV3Ciphers().constantTime
  }

  /** What to keep, under lock and key, to be the same account next time. */
  get keys(): AccountKeys {
    return this.#keys
  }

  /** The own version 3 fingerprint, 40 hex digits, for correspondents to check. */
  get fingerprint3(): string {
    return hexEncode(dsaFingerprint(this.#keys.dsa))
  }

  /** The own version 4 fingerprint, 112 hex digits; absent without version 4. */
  get fingerprint4(): string | undefined {
    const profile = this.#core.clientProfile
    return profile && hexEncode(ed448Fingerprint(profile.publicKey, profile.forgingKey))
  }

  /** Calls `listener` for every event of a type. Call the result to stop. A listener may call the client; the new events come after. */
  on<Type extends ClientEvent['type']>(type: Type, listener: Listener<Type>): () => void {
    return this.#listeners.on(type, listener)
  }

  /** All events from now on. */
  [Symbol.asyncIterator](): AsyncIterableIterator<ClientEvent> {
    return this.#listeners.read()
  }

  /** A line that the network delivered. Never rejects, whatever it is. */
  receive(from: string, line: string, delivery?: Delivery): Promise<void> {
    return this.#run(() => this.#core.receive(from, line, delivery))
  }

  /** Runs the timers that are due. Call it every second or so, or at `nextTimer()`. */
  tick(): Promise<void> {
    return this.#run(() => this.#core.tick())
  }

  /** When `tick` has something to do: seconds of the clock. */
  nextTimer(): number | undefined {
    return this.#core.nextTimer()
  }

  /** See `ClientCore.ensemble`. The promise is fulfilled when the private halves are kept. */
  ensemble(count?: number): Promise<readonly Ensemble[]> {
    return new Promise((resolve) => { resolve(this.#core.ensemble(count)) })
  }

  /** See `ClientCore.publication`. The promise is fulfilled when the private halves are kept. */
  publication(count: number): Promise<Publication> {
    return new Promise((resolve) => { resolve(this.#core.publication(count)) })
  }

  /** How many prekey messages wait to be used by somebody. */
  prekeysLeft(): number {
    return this.#core.prekeysLeft()
  }

  /** Who does the key exchange with a prekey server. */
  identityForPrekeys(): PrekeyIdentity {
    return this.#core.identityForPrekeys()
  }

  /** The account's policy. */
  get policy(): Policy {
    return this.#core.policy()
  }

  /** Changes the account's policy. Rejects with `OTR_POLICY`. */
  setPolicy(changes: PolicyChanges): Promise<void> {
    return this.#run(() => this.#core.setPolicy(changes))
  }

  /** The conversation with a correspondent: always the same object for the same address. */
  conversation(peer: string): ClientConversation {
    const known = this.#conversations.get(peer)
    if (known !== undefined) return known
    const conversation = new ClientConversation(peer, this.#core, this.#listeners)
    this.#conversations.set(peer, conversation)
    return conversation
  }

  /** The correspondents that something is remembered of. */
  peers(): string[] {
    return this.#core.peers()
  }

  /**
   * The correspondent goes by another name now, as people do on IRC: use `conversation(to)` from here on. Rejects with `OTR_ARGUMENT`
   * when something is kept under the new name already.
   */
  rename(peer: string, to: string): Promise<void> {
    return this.#run(() => this.#core.rename(peer, to))
  }

  /**
   * Ends all private conversations and the iterators. When the promise is fulfilled the last `send` event has been delivered: close the
   * connection after that.
   */
  async close(): Promise<void> {
    await this.#run(() => this.#core.close())
    this.#listeners.close()
  }

  /** See `ClientCore.exportState`. */
  exportState(): ClientState {
    return this.#core.exportState()
  }

  #run(work: () => ClientEvent[]): Promise<void> {
    return run(this.#listeners, work)
  }
}
