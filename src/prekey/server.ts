import { equalBytes, generateEcdh, isValidEcdh, wipe, type Ed448KeyPair, type Pause, type RandomSource } from '../crypto/index.js'
import { orWipe } from '../crypto/or-wipe.js'
import { MalformedError, OtrError, unreachable } from '../errors.js'
import { isOver, SteadyTime } from '../protocol/index.js'
import { verifyClientProfile } from '../v4/index.js'
import { base64Encode, isInstanceTag, Reader } from '../wire/index.js'
import { randomBytes } from '../crypto/random.js'
import { FragmentBuffers } from './fragment-buffers.js'
import { Exchanges, type Exchange } from './exchanges.js'
import { checkPrekeyLineLength, fragmentPrekeyText, prekeyFragmentPrefix } from './fragment.js'
import { failureMac, prekeySessionKeys, prekeySign, prekeyTranscript, prekeyVerify, storageRequestMac, storageStatusMac, successMac } from './key-schedule.js'
import { defaultPrekeyServerLimits, type PrekeyServerLimits } from './limits.js'
import {
  decodeAttached, decodeToServer, encodeRetrieval, NO_ENSEMBLES, prekeyText, prekeyTextBytes,
  type Attached, type Dake1Message, type Dake3Message, type EnsembleQueryMessage, type ToClient,
} from './messages.js'
import type { PublicationMessage } from './publication.js'
import { RateLimit } from './rate-limit.js'
import { prekeyServerFingerprint } from './server-identity.js'
import type { PrekeyStore } from './store.js'
import { verifyPublication, type PublicationFault } from './verify-publication.js'

/** Something that happened, for counting. It contains no identity, no address and no key. */
export type PrekeyMetric =
  | { readonly name: 'received', readonly characters: number }
  | { readonly name: 'dake-1' | 'dake-3' | 'status' | 'fetch-none' | 'low' }
  | { readonly name: 'published', readonly stored: number, readonly duplicates: number }
  | { readonly name: 'publication-refused', readonly reason: PublicationFault | 'malformed' | 'instances' | 'prekeys' | 'no-profile' | 'store' }
  | { readonly name: 'fetched', readonly ensembles: number }
  | { readonly name: 'limited', readonly limit: 'dakes' | 'requester' | 'requester-of-owner' | 'owner' | 'concurrent' }
  | { readonly name: 'dropped', readonly reason: PrekeyDrop }

/** Why a message got no answer. */
export type PrekeyDrop =
  | 'too-long' | 'sender' | 'malformed' | 'tag' | 'profile' | 'point' | 'no-session' | 'signature' | 'mac' | 'store' | 'internal' | 'closed'

/** The options of a `PrekeyServer`. */
export interface PrekeyServerOptions {
  /** The server's own address, as clients use it: for XMPP the bare JID, `prekey.example.org`. */
  readonly identity: string
  /** The server's long-term key. */
  readonly key: Ed448KeyPair
  /** Where publications are stored. */
  readonly store: PrekeyStore
  /** The source of random bytes: `systemRandom`. */
  readonly random: RandomSource
  /** The current time, in seconds since 1970. */
  readonly clock: () => number
  /** Limits that replace those of `defaultPrekeyServerLimits`. */
  readonly limits?: Partial<PrekeyServerLimits>
  /** The longest line that the network transports, in characters: longer answers are sent in fragments. Default 0: no limit. */
  readonly maxMessageLength?: number
  /**
   * Lets other work run. Called between pieces of work of some 15 ms. In Node, return a promise of `setImmediate`. Default: only other
   * promises run.
   */
  readonly pause?: Pause
  /**
   * Returns the canonical form of an address, under which its prekeys are stored: for XMPP lower case. Default: addresses are compared as
   * they are.
   */
  readonly canonical?: (address: string) => string
  /** Called with everything that may be counted. Metrics identify nobody. */
  readonly metrics?: (metric: PrekeyMetric) => void
  /**
   * Called when an instance of `owner` has `limits.low` prekey messages left, or none. You may send `notice` to the owner unchanged: clients
   * of this library then check their prekeys if they are set to do so, others ignore it.
   */
  readonly onLow?: (owner: string, left: number, notice: string) => void
}

/** How often `tick` makes the store delete what has expired, in seconds. */
const EXPIRE_EVERY = 3600

/**
 * The core of a prekey server: it takes strings and returns strings. Everything that it keeps is bounded, and no message costs more
 * because there are more users. No input from the network makes it throw.
 *
 * @see [OTRv4 prekey server, "Prekey Server Requirements"](https://github.com/otrv4/otrv4-prekey-server/blob/master/otrv4-prekey-server.md#prekey-server-requirements)
 * @see [OTRv4 prekey server, "State Machine"](https://github.com/otrv4/otrv4-prekey-server/blob/master/otrv4-prekey-server.md#state-machine)
 */
export class PrekeyServer {
  /** The fingerprint of the server's long-term key: 56 bytes. Publish it in hexadecimal in a place that users trust. */
  readonly fingerprint: Uint8Array
  readonly #options: PrekeyServerOptions
  readonly #limits: PrekeyServerLimits
  readonly #exchanges: Exchanges
  readonly #assembly: FragmentBuffers
  readonly #dakes: RateLimit
  readonly #byRequester: RateLimit
  readonly #ofOwnerByRequester: RateLimit
  readonly #ofOwner: RateLimit
  readonly #time = new SteadyTime()
  readonly #working = new Set<Promise<unknown>>()
  #isClosed = false
  #expiredAt = Number.NEGATIVE_INFINITY

  /** @throws OtrError `OTR_FRAGMENT_LIMIT` when `maxMessageLength` leaves no room for a fragment's piece */
  constructor(options: PrekeyServerOptions) {
    checkPrekeyLineLength(options.maxMessageLength ?? 0)
    this.#options = options
    this.#limits = { ...defaultPrekeyServerLimits, ...options.limits }
    this.fingerprint = prekeyServerFingerprint(options.key.publicKey)
    this.#exchanges = new Exchanges(this.#limits)
    this.#assembly = new FragmentBuffers(this.#limits)
    const rate = (name: 'dakes' | 'fetchesByRequester' | 'fetchesOfOwnerByRequester' | 'fetchesOfOwner'): RateLimit =>
      new RateLimit(this.#limits[name], this.#limits.remembered)
    this.#dakes = rate('dakes')
    this.#byRequester = rate('fetchesByRequester')
    this.#ofOwnerByRequester = rate('fetchesOfOwnerByRequester')
    this.#ofOwner = rate('fetchesOfOwner')
  }

  /** What the server keeps in memory besides the store. Use it to observe that this stays bounded. */
  get load(): { readonly exchanges: number, readonly fragmentBytes: number, readonly working: number } {
    return { exchanges: this.#exchanges.size, fragmentBytes: this.#assembly.bytes, working: this.#working.size }
  }

  /**
   * Handles one string from `from`; resolves to the strings to send back, in this order. Never rejects. Strings of different senders may
   * be passed in at the same time; pass those of one sender in the order in which they came.
   *
   * @param from - the sender's address, for which the network vouches: for XMPP the bare JID, without the resource. It is authenticated in
   *   `phi`, and publications are stored under it
   */
  async receive(from: string, text: string): Promise<string[]> {
    this.#count({ name: 'received', characters: text.length })
    if (this.#isClosed) return this.#drop('closed')
    if (this.#working.size >= this.#limits.concurrent) return this.#limited('concurrent')
    const answer = this.#answer(from, text)
    this.#working.add(answer)
    return answer.finally(() => { this.#working.delete(answer) })
  }

  async #answer(from: string, text: string): Promise<string[]> {
    try {
      return await this.#receive(from, text)
    } catch (error) {
      return this.#drop(error instanceof MalformedError ? 'malformed' : 'internal')
    }
  }

  /**
   * Drops what was not completed in time, and makes the store delete what has expired. Never rejects. Call it about every minute. The store
   * deletes by a time on which two ticks in a row agree, so a clock that is wrong once deletes nothing.
   */
  async tick(now: number): Promise<void> {
    if (this.#isClosed) return
    this.#exchanges.expire(now)
    this.#assembly.expire(now)
    const sure = this.#time.look(now)
    if (!Number.isFinite(sure) || !isOver(this.#expiredAt, EXPIRE_EVERY, sure)) return
    this.#expiredAt = sure
    try {
      await this.#options.store.expire(sure)
    } catch {
      this.#count({ name: 'dropped', reason: 'store' })
    }
  }

  /**
   * Ends the server: key exchanges under way are dropped and their keys overwritten, and from now on every line is dropped. Publications that are being verified
   * or stored are completed first. The store and the long-term key are yours: close the one, overwrite the other.
   *
   * @returns a promise that resolves when nothing is under way any more
   */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#exchanges.clear()
    this.#assembly.clear()
    await Promise.all(this.#working)
  }

  #receive(from: string, text: string): Promise<string[]> | string[] {
    const now = this.#options.clock()
    if (text.length > this.#limits.messageLength) return this.#drop('too-long')
    if (from === '' || from.length > this.#limits.identityLength) return this.#drop('sender')
    if (!text.startsWith(prekeyFragmentPrefix)) return this.#whole(from, text, now)
    // A server has no instance tag: whatever receiver tag the sender wrote does not matter.
    const complete = this.#assembly.add(from, text, now, ({ senderTag }) => isInstanceTag(senderTag))
    return complete === undefined ? [] : this.#whole(from, complete, now)
  }

  #whole(from: string, text: string, now: number): Promise<string[]> | string[] {
    const message = decodeToServer(prekeyTextBytes(text))
    if (!isInstanceTag(message.senderTag)) return this.#drop('tag')
    switch (message.kind) {
      case 'prekey-dake-1':
        return this.#dake1(from, message, text, now)
      case 'prekey-dake-3':
        return this.#dake3(from, message, now)
      case 'prekey-query':
        return this.#query(from, message, now)
      default:
        return unreachable(message)
    }
  }

  #dake1(from: string, { senderTag, clientProfile, i }: Dake1Message, text: string, now: number): string[] {
    const before = this.#exchanges.get(from, senderTag, now)
    // The same DAKE-1 gets the same answer: with another S, the first DAKE-2, if it is late, would spoil this key exchange.
    if (before?.dake1 === text) return this.#lines(before.answer, senderTag)
    if (!this.#dakes.take(this.#canonical(from), now)) return this.#limited('dakes')
    if (!isValidEcdh(i)) return this.#drop('point')
    const verified = verifyClientProfile(clientProfile, { senderTag, now })
    if ('fault' in verified) return this.#drop('profile')
    const client = verified.profile

    const { identity, key, random } = this.#options
    if (equalBytes(i, key.publicKey)) return this.#drop('point')
    const { privateKey, publicKey: s } = generateEcdh(random)
    if (equalBytes(i, s)) throw new OtrError('OTR_RANDOM_FAILED', 'the random source gave the private key that the other side has')
    const transcript = { clientProfile: client.bytes, publisher: from, server: identity, serverKey: key.publicKey, i, s }
    const sigma = orWipe((keep) => {
      keep(privateKey)
      return prekeySign([clientProfile.publicKey, key.publicKey, i], key.secretScalar, prekeyTranscript('initiator', transcript), random)
    })
    const answer = prekeyText({ kind: 'prekey-dake-2', receiverTag: senderTag, serverIdentity: identity, serverKey: key.publicKey, s, sigma })
    this.#exchanges.put(from, senderTag, { dake1: text, answer, client, i, s, keys: prekeySessionKeys(privateKey, i), since: now })
    this.#count({ name: 'dake-1' })
    return this.#lines(answer, senderTag)
  }

  async #dake3(from: string, message: Dake3Message, now: number): Promise<string[]> {
    const exchange = this.#exchanges.take(from, message.senderTag, now)
    if (exchange === undefined) return this.#drop('no-session')
    try {
      const { identity, key } = this.#options
      const { client, i, s } = exchange
      const transcript = { clientProfile: client.bytes, publisher: from, server: identity, serverKey: key.publicKey, i, s }
      if (!prekeyVerify([client.profile.publicKey, key.publicKey, s], message.sigma, prekeyTranscript('receiver', transcript))) {
        return this.#drop('signature')
      }
      this.#count({ name: 'dake-3' })
      return this.#lines(prekeyText(await this.#attached(from, message, exchange, now)), message.senderTag)
    } finally {
      wipe(exchange.keys.macKey, exchange.keys.proofContext)
    }
  }

  /** The answer to an authenticated publisher. There is always one; if anything goes wrong, it is a Failure message. */
  async #attached(from: string, { senderTag, attached: bytes }: Dake3Message, exchange: Exchange, now: number): Promise<ToClient> {
    const { macKey } = exchange.keys
    const failure = (reason: Extract<PrekeyMetric, { name: 'publication-refused' }>['reason']): ToClient => {
      this.#count({ name: 'publication-refused', reason })
      return { kind: 'prekey-failure', receiverTag: senderTag, mac: failureMac(macKey, senderTag) }
    }
    let attached: Attached
    try {
      attached = decodeAttached(bytes)
    } catch (error) {
      if (error instanceof MalformedError) return failure('malformed')
      throw error
    }
    try {
      if (attached.kind === 'prekey-publication') return await this.#publish(from, senderTag, attached, exchange, now, failure)
      if (!equalBytes(storageRequestMac(macKey), attached.mac)) return failure('mac')
      const stored = await this.#options.store.count(this.#canonical(from), senderTag, exchange.client.fingerprint, now)
      this.#count({ name: 'status' })
      return { kind: 'prekey-storage-status', receiverTag: senderTag, stored, mac: storageStatusMac(macKey, senderTag, stored) }
    } catch {
      return failure('store')
    }
  }

  async #publish(
    from: string, instanceTag: number, publication: PublicationMessage, { client, keys }: Exchange, now: number,
    failure: (reason: Extract<PrekeyMetric, { name: 'publication-refused' }>['reason']) => ToClient,
  ): Promise<ToClient> {
    const verified = await verifyPublication(publication, {
      identity: this.#canonical(from), instanceTag, client, keys, now, prekeys: this.#limits.prekeysPerPublication,
      pause: this.#options.pause ?? (() => Promise.resolve()),
    })
    if ('fault' in verified) return failure(verified.fault)
    const result = await this.#options.store.publish(verified.record, this.#limits, now)
    if ('refused' in result) return failure(result.refused)
    const twice = publication.contents.messages.length - verified.record.messages.length
    this.#count({ name: 'published', stored: result.stored, duplicates: result.duplicates + twice })
    return { kind: 'prekey-success', receiverTag: instanceTag, mac: successMac(keys.macKey, instanceTag) }
  }

  async #query(from: string, { senderTag, identity, versions }: EnsembleQueryMessage, now: number): Promise<string[]> {
    if (identity === '' || identity.length > this.#limits.identityLength) return this.#drop('malformed')
    const owner = this.#canonical(identity)
    const requester = this.#canonical(from)
    const pair = `${requester}\0${owner}`
    const none = (detail = NO_ENSEMBLES): string[] => {
      this.#count({ name: 'fetch-none' })
      return this.#lines(prekeyText({ kind: 'prekey-none', receiverTag: senderTag, identity, detail }), senderTag)
    }
    // Only version 4 has prekey messages. Other versions that were asked for are ignored.
    if (!versions.includes('4')) return none()
    const later = 'Too many requests: ask again later'
    if (!this.#byRequester.take(requester, now)) return [...this.#limited('requester'), ...none(later)]
    if (!this.#ofOwnerByRequester.take(pair, now)) return [...this.#limited('requester-of-owner'), ...none(later)]
    if (!this.#ofOwner.take(owner, now)) return [...this.#limited('owner'), ...none(later)]
    const records = await this.#options.store.take(owner, '4', now).catch(() => undefined)
    if (records === undefined || records.length === 0) {
      // A fetch without a result uses no prekeys up. And queries for addresses that do not exist must not push others out of the limits' memory.
      this.#ofOwner.giveBack(owner)
      this.#ofOwnerByRequester.giveBack(pair)
      return records === undefined ? this.#drop('store') : none()
    }
    this.#count({ name: 'fetched', ensembles: records.length })
    for (const { instanceTag, left } of records) if (left === this.#limits.low || left === 0) this.#tellLow(owner, instanceTag, left)
    return this.#lines(`${base64Encode(encodeRetrieval(senderTag, identity, records))}.`, senderTag)
  }

  #tellLow(owner: string, instanceTag: number, left: number): void {
    this.#count({ name: 'low' })
    try {
      this.#options.onLow?.(owner, left, prekeyText({ kind: 'prekey-none', receiverTag: instanceTag, identity: owner, detail: NO_ENSEMBLES }))
    } catch {
      // An error in the application's function must not stop the fetch.
    }
  }

  #lines(text: string, receiverTag: number): string[] {
    const { random, maxMessageLength: maxLength = 0 } = this.#options
    return fragmentPrekeyText(text, {
      senderTag: 0, receiverTag, maxLength, identifier: () => new Reader(randomBytes(random, 4)).int('identifier'),
    })
  }

  #canonical(address: string): string {
    return this.#options.canonical?.(address) ?? address
  }

  #count(metric: PrekeyMetric): void {
    try {
      this.#options.metrics?.(metric)
    } catch {
      // An error in the application's function must not stop the work.
    }
  }

  #drop(reason: PrekeyDrop): string[] {
    this.#count({ name: 'dropped', reason })
    return []
  }

  #limited(limit: Extract<PrekeyMetric, { name: 'limited' }>['limit']): string[] {
    this.#count({ name: 'limited', limit })
    return []
  }
}
