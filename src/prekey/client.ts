import { equalBytes, wipe } from '../crypto/index.js'
import { randomBytes } from '../crypto/random.js'
import { MalformedError, OtrError, unreachable } from '../errors.js'
import { isOver } from '../protocol/index.js'
import type { Publication } from '../session/account/prekeys.js'
import { PREKEY_PROFILE_RENEWAL } from '../v4/index.js'
import { encodeClientProfile, encodePrekeyProfile, hexDecode, hexEncode, isInstanceTag, Reader } from '../wire/index.js'
import { FragmentBuffers } from './fragment-buffers.js'
import { beginExchange, forgetExchange, proveServer, type BegunExchange, type ProvedExchange } from './client-exchange.js'
import type { PrekeyClientEvent, PrekeyClientOptions, PrekeyFailure, PrekeySend, PrekeyStep } from './client-types.js'
import { Fetches } from './fetches.js'
import { checkPrekeyLineLength, fragmentPrekeyText, prekeyFragmentPrefix } from './fragment.js'
import { failureMac, storageRequestMac, storageStatusMac, successMac, type PrekeySessionKeys } from './key-schedule.js'
import { defaultPrekeyServerLimits } from './limits.js'
import {
  decodeToClient, encodePrekeyProtocol, prekeyText, prekeyTextBytes,
  type Dake2Message, type NoEnsemblesMessage, type StorageStatusMessage,
} from './messages.js'
import { makePublication } from './publish.js'
import { prekeyServerFingerprint } from './server-identity.js'
import { Stock, type Published, type PublishWork, type Work } from './requested-work.js'

type Phase =
  | { readonly at: 'dake-1', readonly exchange: BegunExchange, readonly since: number }
  /** The server has proved who it is, and the owner makes the publication. */
  | { readonly at: 'publication', readonly keys: PrekeySessionKeys, readonly since: number }
  /** `came`: something came that may be the answer and could not be read. */
  | { readonly at: 'dake-3', readonly macKey: Uint8Array, readonly since: number, readonly published?: Published, readonly came?: true }

/**
 * The client of one prekey server, for one account. It publishes prekeys, asks how many are left and fetches the ensembles of others; with
 * `keep` it also publishes by itself when that is necessary. It does no input or output: send the lines that each call returns, pass
 * what comes from the server's address to `receive`, and call `tick` every few seconds. Requests that need a key exchange run one after
 * another, as the protocol demands; fetches need none.
 */
export class PrekeyClient {
  readonly #options: PrekeyClientOptions
  readonly #answerWithin: number
  readonly #attempts: number
  readonly #assembly = new FragmentBuffers(defaultPrekeyServerLimits)
  readonly #queue: Work[] = []
  readonly #fetches: Fetches
  readonly #stock: Stock
  #fingerprint: Uint8Array | undefined
  #work: Work | undefined
  #phase: Phase | undefined
  #send: PrekeySend[] = []
  #events: PrekeyClientEvent[] = []
  #later: Promise<PrekeyStep> | undefined

  /**
   * @throws OtrError `OTR_ARGUMENT` for a fingerprint that is not 56 bytes in hex; `OTR_FRAGMENT_LIMIT` when `maxMessageLength` leaves
   *   no room for a fragment's piece
   */
  constructor(options: PrekeyClientOptions) {
    const { server: { fingerprint }, maxMessageLength = 0, answerWithin = 30, attempts = 3, owner } = options
    checkPrekeyLineLength(maxMessageLength)
    if (fingerprint !== undefined && !/^[0-9a-f]{112}$/i.test(fingerprint)) {
      throw new OtrError('OTR_ARGUMENT', "a prekey server's fingerprint is 112 hexadecimal digits")
    }
    this.#options = options
    this.#answerWithin = answerWithin
    this.#attempts = attempts
    this.#fingerprint = fingerprint === undefined ? undefined : hexDecode(fingerprint)
    this.#stock = new Stock(owner, options.keep)
    this.#fetches = new Fetches({
      server: this.server, answerWithin, attempts,
      query: (identity, versions) => {
        const { instanceTag } = owner.identityForPrekeys()
        this.#transmit(prekeyText({ kind: 'prekey-query', senderTag: instanceTag, identity, versions }), instanceTag)
      },
      tell: (event) => { this.#events.push(event) },
    })
  }

  /** The server's address: pass what comes from it to `receive`. */
  get server(): string {
    return this.#options.server.identity
  }

  /**
   * Publishes `count` new prekey messages, and the profiles if the server may not have them. The event is `published` or `failed`.
   *
   * @param count - 0 to 255: 0 renews the profiles. Servers may accept fewer in one publication; 100 is a good number
   * @throws OtrError `OTR_ARGUMENT` for another count
   */
  publish(count: number): PrekeyStep {
    if (!Number.isInteger(count) || count < 0 || count > 255) throw new OtrError('OTR_ARGUMENT', 'a publication has 0 to 255 prekey messages')
    return this.#step(() => { this.#want({ kind: 'publish', own: false, attempt: 1, count, profiles: count === 0 }) })
  }

  /** Asks how many of our prekey messages the server stores. The event is `status` or `failed`. */
  status(): PrekeyStep {
    return this.#step(() => { this.#want({ kind: 'status', own: false, attempt: 1 }) })
  }

  /**
   * Fetches an ensemble of each instance of `of`. The event is `ensembles`, `none` or `failed`. Does nothing while a fetch for `of` is under
   * way.
   */
  fetch(of: string, versions = '4'): PrekeyStep {
    return this.#step(() => { this.#fetches.begin(of, versions, this.#options.clock()) })
  }

  /** Handles a line from the server. Lines never make it throw; those from other addresses are ignored. */
  receive(from: string, text: string): PrekeyStep {
    return this.#step(() => {
      if (from !== this.server) return
      try {
        const whole = this.#whole(text)
        if (whole !== undefined) this.#message(whole)
      } catch (error) {
        if (!(error instanceof MalformedError)) throw error
        this.#unread(text)
        this.#notice('malformed', error.message)
      }
    })
  }

  /**
   * Handles the passing of time: repeats requests without an answer, lets them fail after the last attempt, and publishes as `keep` says.
   * Call it every few seconds.
   */
  tick(now = this.#options.clock()): PrekeyStep {
    return this.#step(() => {
      this.#assembly.expire(now)
      this.#fetches.tick(now)
      if (this.#phase !== undefined && this.#phase.at !== 'publication' && isOver(this.#phase.since, this.#answerWithin, now)) this.#workAgain(now)
      this.#next()
      const due = this.#work === undefined ? this.#stock.due(now) : undefined
      if (due !== undefined) this.#want(due)
    })
  }

  /** Gives up the requests under way and those that wait, and overwrites their keys: nothing is told to anybody. Call it before the client is dropped. */
  close(): void {
    this.#queue.length = 0
    this.#done()
  }

  #step(call: () => void): PrekeyStep {
    try {
      call()
    } catch (error) {
      // Only what the application supplied can fail here: the random source or the account.
      if (!(error instanceof OtrError)) throw error
      this.#fail('own', error.code)
    }
    const step: PrekeyStep = { send: this.#send, events: this.#events, ...this.#later !== undefined && { later: this.#later } }
    this.#send = []
    this.#events = []
    this.#later = undefined
    return step
  }

  #notice(code: 'malformed' | 'handshake-failed' | 'unexpected' | 'ensemble-refused' | 'prekey-server-key', detail: string): void {
    this.#events.push({ type: 'notice', peer: this.server, code, detail })
  }

  // -- Requests that need a key exchange ----------------------------------------------------------------------------------------

  #want(work: Work): void {
    this.#queue.push(work)
    this.#next()
  }

  #next(): void {
    if (this.#work !== undefined) return
    const work = this.#queue.shift()
    if (work === undefined) return
    this.#work = work
    const exchange = beginExchange(this.#options.owner.identityForPrekeys(), this.#options.random)
    this.#phase = { at: 'dake-1', exchange, since: this.#options.clock() }
    this.#transmit(exchange.text, exchange.me.instanceTag)
  }

  #done(): void {
    if (this.#phase?.at === 'dake-1') forgetExchange(this.#phase.exchange)
    if (this.#phase?.at === 'publication') wipe(this.#phase.keys.macKey, this.#phase.keys.proofContext)
    if (this.#phase?.at === 'dake-3') wipe(this.#phase.macKey)
    this.#work = undefined
    this.#phase = undefined
  }

  #fail(reason: PrekeyFailure, detail?: string): void {
    const work = this.#work
    this.#done()
    if (work?.own === true) this.#stock.rest(this.#options.clock())
    this.#events.push({ type: 'prekey', server: this.server, event: 'failed', reason, ...detail !== undefined && { detail } })
    // After a failure of the random source or the account the next request would fail at once, too.
    if (reason !== 'own') this.#next()
  }

  /**
   * Something from the server cannot be read, or is not complete yet. It may be the answer to a fetch or a publication, which is then not
   * repeated: that would use prekeys up.
   */
  #unread(text: string): void {
    if (!/^AAQ[2FGL]/.test(text)) this.#fetches.unread(this.#options.clock())
    if (!/^AAQ[OT]/.test(text) && this.#phase?.at === 'dake-3') this.#phase = { ...this.#phase, came: true }
  }

  #workAgain(now: number): void {
    const work = this.#work
    const phase = this.#phase
    if (work === undefined || phase === undefined) return
    if (work.kind === 'publish' && phase.at === 'dake-3' && phase.came === true) {
      this.#fail('unreadable')
      return
    }
    if (work.attempt >= this.#attempts) {
      this.#fail('no-answer')
      return
    }
    const again = { ...work, attempt: work.attempt + 1 }
    if (phase.at === 'dake-1') {
      // The same message: a server that has answered it already sends the same answer again.
      this.#work = again
      this.#phase = { ...phase, since: now }
      this.#transmit(phase.exchange.text, phase.exchange.me.instanceTag)
      return
    }
    // The server may have stored them or not. New prekey messages make sure that none is handed out twice.
    this.#done()
    this.#queue.unshift(again)
    this.#next()
  }

  #whole(text: string): string | undefined {
    const { clock, owner } = this.#options
    if (text.length > defaultPrekeyServerLimits.messageLength) throw new MalformedError('message', 0, `${text.length} characters are too many`)
    if (!text.startsWith(prekeyFragmentPrefix)) return text
    const own = owner.identityForPrekeys().instanceTag
    return this.#assembly.add(this.server, text, clock(), ({ receiverTag }) => {
      const isOurs = receiverTag === own || receiverTag === 0
      // The message is not complete yet; it counts as unread until its last piece is here.
      if (isOurs) this.#unread(text)
      return isOurs
    })
  }

  #message(text: string): void {
    const message = decodeToClient(prekeyTextBytes(text))
    if (message.receiverTag !== this.#options.owner.identityForPrekeys().instanceTag) {
      // A message for another device of this account is no concern of ours. An invalid tag belongs to nobody, so the message may be ours.
      if (!isInstanceTag(message.receiverTag)) this.#unread(text)
      return
    }
    switch (message.kind) {
      case 'prekey-dake-2':
        this.#dake2(message)
        break
      case 'prekey-success':
        this.#success(message.receiverTag, message.mac)
        break
      case 'prekey-failure':
        this.#failure(message.receiverTag, message.mac)
        break
      case 'prekey-storage-status':
        this.#status(message)
        break
      case 'prekey-ensembles':
        this.#fetches.ensembles(message, this.#options.clock())
        break
      case 'prekey-none':
        this.#none(message)
        break
      default:
        unreachable(message)
    }
  }

  #dake2(message: Dake2Message): void {
    const phase = this.#phase
    const work = this.#work
    const { owner, random, clock } = this.#options
    // It may be a second answer, to a DAKE-1 that was sent twice.
    if (phase?.at !== 'dake-1' || work === undefined) return
    // This check comes before anything that would prove to the server who we are, or to others that we talk to it.
    const fingerprint = prekeyServerFingerprint(message.serverKey)
    if (message.serverIdentity !== this.server || (this.#fingerprint !== undefined && !equalBytes(fingerprint, this.#fingerprint))) {
      this.#fail('server-key', hexEncode(fingerprint))
      return
    }
    const proved = proveServer(phase.exchange, message, random)
    if (proved === undefined) {
      this.#notice('handshake-failed', 'the DAKE-2 message of the prekey server is not signed by it')
      return
    }
    if (this.#fingerprint === undefined) {
      this.#fingerprint = fingerprint
      this.#notice('prekey-server-key', hexEncode(fingerprint))
    }
    const { instanceTag } = phase.exchange.me
    if (work.kind === 'status') {
      const attached = encodePrekeyProtocol({ kind: 'prekey-storage-request', mac: storageRequestMac(proved.keys.macKey) })
      this.#dake3(proved, instanceTag, attached)
      return
    }
    this.#phase = { at: 'publication', keys: proved.keys, since: clock() }
    const publication = owner.publication(work.count)
    if (!(publication instanceof Promise)) {
      this.#publication(work, proved, instanceTag, publication)
      return
    }
    this.#later = publication.then(
      (made) => this.#step(() => { this.#publication(work, proved, instanceTag, made) }),
      (error: unknown) => this.#step(() => {
        if (this.#work === work) this.#fail('own', error instanceof OtrError ? error.code : 'the publication was not made')
      }),
    )
  }

  #publication(work: PublishWork, proved: ProvedExchange, instanceTag: number, publication: Publication): void {
    const { clientProfile, prekeyProfile, messages, secrets } = publication
    if (this.#work !== work || this.#phase?.at !== 'publication') {
      // The request has ended while the owner made the publication.
      wipe(secrets.d, ...secrets.y, ...secrets.b)
      return
    }
    const profiles = [encodeClientProfile(clientProfile), encodePrekeyProfile(prekeyProfile)] as const
    const known = this.#stock.has(profiles)
    const message = makePublication(publication, work.profiles || !known, proved.keys, this.#options.random)
    this.#dake3(proved, instanceTag, encodePrekeyProtocol(message), {
      count: messages.length, clientProfile, profiles, renewAt: Math.min(clientProfile.expiration, prekeyProfile.expiration) - PREKEY_PROFILE_RENEWAL,
    })
    this.#work = { ...work, profiles: work.profiles || !known }
  }

  #dake3({ keys, sign }: ProvedExchange, senderTag: number, attached: Uint8Array, published?: Published): void {
    const text = prekeyText({ kind: 'prekey-dake-3', senderTag, sigma: sign(), attached })
    wipe(keys.proofContext)
    this.#phase = { at: 'dake-3', macKey: keys.macKey, since: this.#options.clock(), ...published !== undefined && { published } }
    this.#transmit(text, senderTag)
  }

  /** The phase in which an authenticated answer is due, with the key for its MAC; `undefined` if none is due. */
  #waiting(): Extract<Phase, { at: 'dake-3' }> | undefined {
    return this.#phase?.at === 'dake-3' ? this.#phase : undefined
  }

  #unauthentic(): void {
    if (this.#phase?.at === 'dake-3') this.#phase = { ...this.#phase, came: true }
    this.#notice('handshake-failed', 'an answer of the prekey server has a wrong MAC')
  }

  #success(tag: number, mac: Uint8Array): void {
    const phase = this.#waiting()
    if (phase?.published === undefined) return
    if (!equalBytes(successMac(phase.macKey, tag), mac)) {
      this.#unauthentic()
      return
    }
    this.#stock.stored(phase.published)
    this.#done()
    this.#events.push({ type: 'prekey', server: this.server, event: 'published', count: phase.published.count })
    this.#next()
  }

  #failure(tag: number, mac: Uint8Array): void {
    const phase = this.#waiting()
    const work = this.#work
    if (phase === undefined || work === undefined) return
    if (!equalBytes(failureMac(phase.macKey, tag), mac)) {
      this.#unauthentic()
      return
    }
    if (work.kind === 'publish' && !work.profiles) {
      // The server may have lost our profiles.
      this.#done()
      this.#stock.forget()
      this.#queue.unshift({ ...work, profiles: true })
      this.#next()
      return
    }
    this.#fail('refused')
  }

  #status({ receiverTag, stored, mac }: StorageStatusMessage): void {
    const phase = this.#waiting()
    if (phase === undefined || this.#work?.kind !== 'status') return
    if (!equalBytes(storageStatusMac(phase.macKey, receiverTag, stored), mac)) {
      this.#unauthentic()
      return
    }
    this.#done()
    this.#events.push({ type: 'prekey', server: this.server, event: 'status', stored })
    const missing = this.#publishes() ? undefined : this.#stock.missing(stored)
    if (missing !== undefined) this.#queue.push(missing)
    this.#next()
  }

  /** Whether a publication is under way or queued. */
  #publishes(): boolean {
    return [this.#work, ...this.#queue].some((work) => work?.kind === 'publish')
  }

  #none(message: NoEnsemblesMessage): void {
    if (this.#fetches.none(message)) return
    // Nobody asked: with this message the server informs an owner that few of their prekeys are left.
    const work = this.#work === undefined ? this.#stock.hinted(message.identity, this.#options.clock()) : undefined
    if (work !== undefined) this.#want(work)
  }

  #transmit(text: string, senderTag: number): void {
    const { maxMessageLength: maxLength = 0, random } = this.#options
    const lines = fragmentPrekeyText(text, {
      senderTag, receiverTag: 0, maxLength, identifier: () => new Reader(randomBytes(random, 4)).int('identifier'),
    })
    for (const message of lines) this.#send.push({ to: this.server, message })
  }
}
