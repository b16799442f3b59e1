import {
  dsaFingerprint, ed448Fingerprint, equalBytes, generateDsaKey, getArithmetic, getV3Ciphers, systemPause, systemRandom, type DsaPrivateKey,
} from '../../crypto/index.js'
import { wipeValues } from '../../crypto/compare.js'
import { OtrError } from '../../errors.js'
import type { LibotrFingerprint } from '../../v3/libotr/index.js'
import { hexEncode, type Ensemble } from '../../wire/index.js'
import { checkAddress, checkFunction, checkTime } from '../arguments.js'
import { WaitingConversation, type ClientConversation } from './client-conversation.js'
import { ClientCore } from './client-core.js'
import type { ClientCoreOptions } from './client-core-options.js'
import type { ClientState } from './client-state.js'
import type { ClientEvent } from '../event.js'
import { Listeners, type Listener } from './listeners.js'
import { generateInstanceTag } from '../account/instance-tag.js'
import { exportFingerprints, importFingerprints, type CanonicalName, type ImportedFingerprints } from '../known/libotr-fingerprints.js'
import { DurableEvents } from './durable-events.js'
import { EventDispatcher } from './event-dispatch.js'
import type { AccountSecrets } from '../account/account.js'
import { movingAccount, type MovingAccount } from '../account/transfer.js'
import { generateEd448Keys, restoreAccount } from '../account/own-profile.js'
import type { Persistence, SavedState } from './persistence.js'
import type { PrekeyIdentity, Publication } from '../account/prekeys.js'
import type { Policy, PolicyChanges } from '../policy.js'
import type { Delivery } from '../conversation/delivery.js'
import { copySecret } from '../../crypto/secret.js'

/** The secrets of an account. A client speaks version 3, and with `ed448` also version 4. */
export interface AccountKeys extends AccountSecrets {
  /** The long-term key of version 3. */
  readonly dsa: DsaPrivateKey
}

/** What a `Client` is made of. */
export interface ClientOptions extends Omit<ClientCoreOptions, 'account' | 'state'> {
  /** Own address, as correspondents know it: for XMPP the bare JID, for IRC the nick. */
  readonly account: string
  /** The account's own keys. */
  readonly keys: AccountKeys
  /** What an earlier client exported. With a `persistence`, only for the first opening, when the persistence is still empty. */
  readonly state?: ClientState
  /** Called when a listener throws or its promise rejects. The library goes on in either case. */
  readonly onListenerError?: (error: unknown, event: ClientEvent) => void
  /** @internal What `Client.open` has loaded, and the persistence in which the client saves its state. */
  readonly kept?: Kept
}

/** `ClientOptions` for `Client.open`, which generates missing keys. */
export interface OpenOptions extends Omit<ClientOptions, 'keys' | 'kept'> {
  /**
   * Missing parts are generated: store `client.keys` then. A `persistence` stores them by itself, and they need not be given again.
   */
  readonly keys?: Partial<AccountKeys>
  /**
   * Where the client saves its state after every call: see `Persistence`. It belongs to the client from now on, which closes it, even if the
   * client cannot be opened.
   */
  readonly persistence?: Persistence
  /** Awaited repeatedly while a key is generated (about a second), so that a page stays responsive: return a promise that a timer resolves. */
  readonly pause?: () => Promise<void>
}

/** A persistence, and what an earlier client saved in it. */
interface Kept {
  readonly persistence: Persistence
  readonly saved: SavedState | undefined
}

/**
 * One account of a messenger. Connect it to the network in three lines:
 *
 * ```ts
 * client.on('send', ({ to, message }) => transport.send(to, message))
 * transport.on('message', ({ from, text, meta }) => client.receive(from, text, meta))
 * setInterval(() => client.tick(), 1000)
 * ```
 *
 * and talk through `conversation(peer)`. Every method works at once, in the order of the calls; its promise settles when its events have been
 * delivered. After a step of a key exchange or of a verification, the event loop runs once before that, so that a page in which one step
 * causes the next stays responsive.
 *
 * With a `persistence`, events are delivered only when they and the state behind them are durable; concurrent calls share one write. An event
 * is forgotten once every listener has returned and every promise that a listener returned has settled, or once the iterator was asked for
 * the next event. Others are delivered again by the client that is opened next, at its first call, with the same `id` and with `replayed`. If
 * a write fails, its events are not delivered, and every method rejects from then on, because memory is ahead of the disk: open the client again.
 */
export class Client implements AsyncIterable<ClientEvent> {
  readonly #core: ClientCore
  readonly #keys: AccountKeys
  readonly #listeners: Listeners
  readonly #dispatcher: EventDispatcher
  readonly #conversations = new Map<string, WaitingConversation>()
  readonly #records: Map<string, Uint8Array>
  readonly #clock: () => number

  /** For existing keys, without a persistence: `Client.open` generates keys and saves the state. @throws OtrError `OTR_ARGUMENT`, `OTR_POLICY` */
  constructor(options: ClientOptions) {
    const { account, keys, onListenerError = () => undefined, kept, ...rest } = options
    checkClient(account, rest)
    if ((keys as Partial<AccountKeys> | undefined)?.dsa === undefined) throw new OtrError('OTR_ARGUMENT', 'a Client needs the account\'s keys: `Client.open` makes them')
    const saved = kept?.saved
    const identity = restoreAccount(account, keys, saved?.account.clientProfile, checkTime(rest.clock()), rest.random ?? systemRandom)
    this.#core = new ClientCore({ account: identity, ...rest, ...(saved !== undefined && { state: saved }) })
    this.#keys = keys
    this.#clock = rest.clock
    this.#records = new Map(saved?.records.map(({ name, bytes }) => [name, bytes]))
    this.#listeners = new Listeners(onListenerError, ({ id }) => {
      if (id !== undefined) this.#dispatcher.durable?.confirm(id)
    })
    this.#dispatcher = new EventDispatcher(this.#listeners, kept && this.#durable(kept, account), () => this.#core.takeLongWork())
  }

  /**
   * Opens a client for an account. Without a persistence, or with an empty one, it is new: keys and instance tag are generated unless they are
   * given. Otherwise it is the saved client, which goes on where it was.
   *
   * @throws OtrError what the persistence throws, and `OTR_STORE_ACCOUNT` if it contains another account or other keys than those given
   */
  static async open({ persistence, ...options }: OpenOptions): Promise<Client> {
    checkClient(options.account, options)
    if (persistence === undefined) return new Client({ ...options, keys: await completeKeys(options) })
    let saved: SavedState | undefined
    try {
      saved = await persistence.load()
      const keys = saved === undefined ? await completeKeys(options) : keptKeys(saved, options)
      const client = new Client({ ...options, keys, kept: { persistence, saved } })
      await client.#dispatcher.durable?.begin(client.#core.resume(saved === undefined))
      return client
    } catch (error) {
      await persistence.close().catch(() => undefined)
      wipeValues(saved)
      throw error
    }
  }

  #durable({ persistence, saved }: Kept, address: string): DurableEvents {
    return new DurableEvents({
      persistence,
      changes: () => this.#core.takeChanges(),
      account: () => {
        const { clientProfile } = this.#core
        return { address, keys: this.#keys, ...(clientProfile !== undefined && { clientProfile }) }
      },
      firstSave: saved === undefined,
      nextEvent: saved?.nextEvent ?? 1,
      waiting: saved?.journal ?? [],
      release: (events) => { this.#listeners.deliver(events) },
      failed: () => { this.#core.forgetSecrets() },
    })
  }

  /** Own address. */
  get account(): string {
    return this.#core.address
  }

  /**
   * Sets our new address, as after a change of the nick on IRC. Version 4 binds new key exchanges to it; sessions go on unchanged.
   */
  changeAddress(account: string): void {
    this.#core.changeAddress(account)
  }

  /**
   * Whether the arithmetic, hashes and ciphers in use are written to take time independent of secrets: true wherever the engine has
   * WebAssembly. Where WebAssembly is forbidden (some pages' content security policy), somebody who can measure this program closely may learn
   * keys: inform the person. `arithmeticFault()` says what was missing.
   */
  get constantTime(): boolean {
    return getArithmetic().constantTime && getV3Ciphers().constantTime
  }

  /** The keys to store securely, to be the same account next time. */
  get keys(): AccountKeys {
    return this.#keys
  }

  /** Our version 3 fingerprint, 40 hex digits, for correspondents to compare. */
  get fingerprint3(): string {
    return hexEncode(dsaFingerprint(this.#keys.dsa))
  }

  /** Our version 4 fingerprint, 112 hex digits; absent without version 4. */
  get fingerprint4(): string | undefined {
    const profile = this.#core.clientProfile
    return profile && hexEncode(ed448Fingerprint(profile.publicKey, profile.forgingKey))
  }

  /**
   * Calls `listener` for every event of a type. Call the result to stop. A listener may call the client; the new events follow later. An event of
   * a type that nobody listens to counts as delivered, also with a `persistence`: add the listeners before the first call.
   */
  on<Type extends ClientEvent['type']>(type: Type, listener: Listener<Type>): () => void {
    return this.#listeners.on(type, listener)
  }

  /** All events from now on. */
  [Symbol.asyncIterator](): AsyncIterableIterator<ClientEvent> {
    return this.#listeners.read()
  }

  /** Receives a line from the network. Never rejects, whatever the line is, unless the persistence fails. */
  receive(from: string, line: string, delivery?: Delivery): Promise<void> {
    return this.#dispatcher.run(() => this.#core.receive(from, line, delivery))
  }

  /**
   * Does what is due: drops old fragments, retries or drops key exchanges, sends heartbeats, ends expired sessions, renews profiles. Call it
   * about every second, or at the time that `nextTimer` names. Never rejects, unless the persistence fails.
   */
  async tick(): Promise<void> {
    await this.#dispatcher.run(() => this.#core.tick())
    for (const conversation of this.#conversations.values()) conversation.expireWaiting(this.#clock())
  }

  /** When `tick` is due, seconds of the clock; `undefined` for never. Ask again after every call: it may have become earlier. */
  nextTimer(): number | undefined {
    let earliest = this.#core.nextTimer() ?? Infinity
    for (const { waitsUntil } of this.#conversations.values()) earliest = Math.min(earliest, waitsUntil)
    return earliest === Infinity ? undefined : earliest
  }

  /**
   * Makes prekey messages, each with the profiles that it needs: with one of these ensembles, somebody can write to this client once while it
   * is away. Fulfilled when the private halves are saved: hand the ensembles out then, not before.
   *
   * @param count - a whole number from 0 to 255; default 1
   * @throws (rejects) OtrError `OTR_ARGUMENT` for another count; `OTR_PREKEYS_FULL` when as many wait as are kept; `OTR_POLICY` without
   *   version 4 or where the policy refuses offline messages; `OTR_RANDOM_FAILED`
   */
  ensemble(count?: number): Promise<readonly Ensemble[]> {
    return this.#dispatcher.run(() => ({ events: [], result: this.#core.ensemble(count) }))
  }

  /**
   * As `ensemble`, in the form in which it is published on a prekey server, with the secrets for the proofs: give it to a `PrekeyClient`.
   * Fulfilled when the private halves are saved. Rejects as `ensemble`.
   */
  publication(count: number): Promise<Publication> {
    return this.#dispatcher.run(() => ({ events: [], result: this.#core.publication(count) }))
  }

  /** How many prekey messages are unused, whether they are on a server or were handed out in another way. */
  prekeysLeft(): number {
    return this.#core.prekeysLeft()
  }

  /** The identity for the key exchange with a prekey server, for `PrekeyClient`. @throws OtrError `OTR_POLICY` for an account without version 4 */
  identityForPrekeys(): PrekeyIdentity {
    return this.#core.identityForPrekeys()
  }

  /** The account's policy. */
  get policy(): Policy {
    return this.#core.policy
  }

  /**
   * Changes the account's policy; a correspondent's own overrides override it. `undefined` takes a change back.
   *
   * @throws OtrError `OTR_POLICY` for a field that does not exist or a value that makes no sense: nothing has changed then
   */
  setPolicy(changes: PolicyChanges): Promise<void> {
    return this.#dispatcher.run(() => this.#core.setPolicy(changes))
  }

  /** Returns the conversation with a correspondent: always the same object for the same address. @throws OtrError `OTR_ARGUMENT` for an empty address */
  conversation(peer: string): ClientConversation {
    checkAddress(peer)
    const known = this.#conversations.get(peer)
    if (known !== undefined) return known
    const conversation = new WaitingConversation(this.#core.conversation(peer), this.#dispatcher, this.#clock)
    this.#conversations.set(peer, conversation)
    return conversation
  }

  /** The addresses of all correspondents about whom something is remembered. */
  peers(): string[] {
    return this.#core.peers()
  }

  /**
   * Moves a correspondent to a new address, as after a change of the nick on IRC: use `conversation(to)` from now on.
   *
   * @throws OtrError `OTR_ARGUMENT` if another correspondent is known under the new address, or if there is no room to protect the old one
   */
  rename(peer: string, to: string): Promise<void> {
    return this.#dispatcher.run(() => this.#core.rename(peer, to))
  }

  /**
   * Closes the client. Ends the iterators and, without a persistence, all private conversations, whose keys would be lost with the client. With
   * a persistence they go on when the client is opened again, unless `end` is true. When the promise is fulfilled, the last `send` event has
   * been delivered: close the connection after that.
   */
  async close({ end = this.#dispatcher.durable === undefined }: { readonly end?: boolean } = {}): Promise<void> {
    try {
      await this.#dispatcher.run(() => end ? this.#core.close() : [])
    } finally {
      this.#listeners.close()
      try {
        await this.#dispatcher.durable?.close()
      } finally {
        this.#core.forgetSecrets()
      }
    }
  }

  /**
   * Imports what libotr's programs knew about correspondents: the result of `readFingerprints`. The trust in a known key is never lowered.
   * `canonical` recognises a correspondent and this account in every spelling; without it, names must be spelled as here. The result says
   * which entries belong to another account, which names are not valid, and which occurred in several spellings.
   */
  importFingerprints(
    fingerprints: readonly (LibotrFingerprint & { readonly line?: number })[], canonical?: CanonicalName,
  ): Promise<ImportedFingerprints> {
    return this.#dispatcher.run(() => {
      const { events, report } = importFingerprints(this.#core, fingerprints, canonical)
      return { events, result: report }
    })
  }

  /** Returns the version 3 keys of correspondents, for `formatFingerprints`. `protocol`: the name that libotr's programs have for the network. */
  exportFingerprints(protocol: string, canonical?: CanonicalName): LibotrFingerprint[] {
    return exportFingerprints(this.#core, protocol, canonical)
  }

  /**
   * Returns the account for the transfer to a new machine: see `MovingAccount`. Encrypt it at once with `sealAccount` of `otr4/store`; on the
   * new machine, `openAccount`, `settleAccount` and `Client.open` make a client of it.
   */
  exportAccount(network?: string): MovingAccount {
    return movingAccount(this.account, this.#keys, this.#core.exportState(), network)
  }

  /** Returns a copy of the bytes that the application keeps with the client under a name: see `keepRecord`. */
  record(name: string): Uint8Array | undefined {
    const bytes = this.#records.get(name)
    return bytes && copySecret(bytes)
  }

  /**
   * Keeps bytes of the application with the client, of any length. They become durable together with the current state of the client.
   * `undefined` deletes the record. Without a persistence, the record lives as long as the client.
   */
  async keepRecord(name: string, bytes: Uint8Array | undefined): Promise<void> {
    await this.#dispatcher.run(() => {
      if (bytes === undefined) this.#records.delete(name)
      else this.#records.set(name, copySecret(bytes))
      this.#dispatcher.durable?.keepRecord(name, bytes && copySecret(bytes))
      return []
    })
  }

  /**
   * Returns the complete state except the long-term keys, for `state` of another `ClientOptions`; with a `persistence` it is not needed. It
   * contains session keys and shares its bytes with the running client, which overwrites them: serialise and encrypt it before the next call.
   * Never open two clients from it: they would use keys twice.
   */
  exportState(): ClientState {
    return this.#core.exportState()
  }
}

/** Checks what both ways to make a client are given. @throws OtrError `OTR_ARGUMENT` */
function checkClient(account: string, { clock }: Pick<ClientOptions, 'clock'>): void {
  checkAddress(account, 'account')
  checkFunction(clock, 'clock')
  checkTime(clock())
}

/** Returns the given keys, and generates those that are missing. It pauses after each, because what follows takes milliseconds, too. */
async function completeKeys({ keys = {}, pause, random = systemRandom }: Omit<OpenOptions, 'persistence'>): Promise<AccountKeys> {
  const others = pause ?? systemPause
  const made = async <T>(key: T | Promise<T>): Promise<T> => {
    const done = await key
    await others()
    return done
  }
  const dsa = keys.dsa ?? await made(generateDsaKey(random, pause === undefined ? {} : { pause }))
  const ed448 = keys.ed448 ?? await made(generateEd448Keys(random))
  return { dsa, ed448, instanceTag: keys.instanceTag ?? generateInstanceTag(random) }
}

/** Returns the saved keys. Those that were given must be equal. */
function keptKeys({ account: { address, keys } }: SavedState, { account, keys: asked = {}, state }: Omit<OpenOptions, 'persistence'>): AccountKeys {
  const other = (what: string): OtrError => new OtrError('OTR_STORE_ACCOUNT', what)
  if (address !== account) throw other('the saved account has another address')
  if (state !== undefined) throw other('an exported state can only be given to an empty persistence')
  const { dsa, ed448, instanceTag } = keys
  if (dsa === undefined) throw other('the saved account does not speak version 3')
  const same = (asked.instanceTag === undefined || asked.instanceTag === instanceTag) &&
    (asked.dsa === undefined || equalBytes(asked.dsa.x, dsa.x)) &&
    (asked.ed448 === undefined || (ed448 !== undefined && equalBytes(asked.ed448.symmetricKey, ed448.symmetricKey)))
  if (!same) throw other('the saved account has other keys')
  return { dsa, instanceTag, ...(ed448 !== undefined && { ed448 }) }
}
