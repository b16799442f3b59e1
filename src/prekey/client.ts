import { equalBytes, wipe } from '../crypto/index.js'
import { randomBytes } from '../crypto/random.js'
import { MalformedError, OtrError, unreachable } from '../errors.js'
import type { Publication } from '../session/prekeys.js'
import { PREKEY_PROFILE_RENEWAL, sameEnsemble, verifyEnsemble } from '../v4/index.js'
import { encodeClientProfile, encodePrekeyProfile, hexDecode, hexEncode, Reader, type ClientProfile, type Ensemble } from '../wire/index.js'
import { AssemblyLine } from './assembly-line.js'
import { beginExchange, forgetExchange, proveServer, type BegunExchange, type ProvedExchange } from './client-exchange.js'
import type { PrekeyClientEvent, PrekeyClientOptions, PrekeyFailure, PrekeySend, PrekeyStep } from './client-types.js'
import { fragmentPrekeyText, PREKEY_FRAGMENT_OVERHEAD, prekeyFragmentPrefix } from './fragment.js'
import { failureMac, storageRequestMac, storageStatusMac, successMac, type PrekeySessionKeys } from './key-schedule.js'
import { defaultPrekeyServerLimits } from './limits.js'
import {
  decodeToClient, encodePrekeyProtocol, prekeyText, prekeyTextBytes,
  type Dake2Message, type EnsembleRetrievalMessage, type NoEnsemblesMessage, type StorageStatusMessage,
} from './messages.js'
import { makePublication } from './publish.js'
import { prekeyServerFingerprint } from './server-identity.js'

/** What is wanted of the server through a key exchange. `own`: this client wants it, not the host. */
type Work =
  | { readonly kind: 'publish', readonly own: boolean, readonly attempt: number, readonly count: number, readonly profiles: boolean }
  | { readonly kind: 'status', readonly own: boolean, readonly attempt: number }

type Phase =
  | { readonly at: 'dake-1', readonly exchange: BegunExchange, readonly since: number }
  /** The server has proved itself, and the owner makes the publication. */
  | { readonly at: 'publication', readonly keys: PrekeySessionKeys, readonly since: number }
  | { readonly at: 'dake-3', readonly macKey: Uint8Array, readonly since: number, readonly published?: Published }

interface Published {
  readonly count: number
  readonly clientProfile: ClientProfile
  /** When the profiles have to be published anew, seconds. */
  readonly renewAt: number
  /** Both profiles, as bytes. */
  readonly profiles: readonly [Uint8Array, Uint8Array]
}

interface Fetch {
  readonly versions: string
  readonly since: number
  readonly attempt: number
}

/** Seconds that this client waits, of its own will, before it tries something again that failed. */
const PATIENCE = 600
/** Seconds between two of its own questions about the number of prekeys. */
const ASK_AGAIN = 60
/** Characters of a server's text that are shown. */
const DETAIL = 200

/**
 * The client of one prekey server, for one account: publishes, asks how many are left, fetches others' ensembles; and looks after the
 * store by itself when `keep` says how. Does no input or output: send what each call says, give it what comes from the server's
 * address, and call `tick` now and then. What goes over a key exchange happens one behind another, as the protocol wants it;
 * fetches need none.
 */
export class PrekeyClient {
  readonly #options: PrekeyClientOptions
  readonly #answerWithin: number
  readonly #attempts: number
  readonly #assembly = new AssemblyLine(defaultPrekeyServerLimits)
  readonly #queue: Work[] = []
  readonly #fetches = new Map<string, Fetch>()
  #fingerprint: Uint8Array | undefined
  #work: Work | undefined
  #phase: Phase | undefined
  /** What the server is known to have. */
  #published: Published | undefined
  #left: number
  #asked = Number.NEGATIVE_INFINITY
  #notBefore = Number.NEGATIVE_INFINITY
  #send: PrekeySend[] = []
  #events: PrekeyClientEvent[] = []
  #later: Promise<PrekeyStep> | undefined

  /**
   * @throws OtrError `OTR_ARGUMENT` for a fingerprint that is not 56 bytes in hex; `OTR_FRAGMENT_LIMIT` when `maxMessageLength` leaves
   *   no room for a fragment's piece
   */
  constructor(options: PrekeyClientOptions) {
    const { server: { fingerprint }, maxMessageLength = 0, answerWithin = 30, attempts = 3, owner } = options
    if (maxMessageLength !== 0 && !(maxMessageLength > PREKEY_FRAGMENT_OVERHEAD)) {
      throw new OtrError('OTR_FRAGMENT_LIMIT', `fragments need lines of at least ${PREKEY_FRAGMENT_OVERHEAD + 1} characters, not ${maxMessageLength}`)
    }
    if (fingerprint !== undefined && !/^[0-9a-f]{112}$/i.test(fingerprint)) {
      throw new OtrError('OTR_ARGUMENT', "a prekey server's fingerprint is 112 hexadecimal digits")
    }
    this.#options = options
    this.#answerWithin = answerWithin
    this.#attempts = attempts
    this.#fingerprint = fingerprint === undefined ? undefined : hexDecode(fingerprint)
    this.#left = owner.prekeysLeft()
  }

  /** The server's address: give `receive` what comes from there. */
  get server(): string {
    return this.#options.server.identity
  }

  /**
   * Publishes `count` fresh prekey messages, and the profiles where the server may not have them. The event is `published` or `failed`.
   *
   * @param count 0 to 255: 0 renews the profiles. Servers may take fewer in one publication; 100 is good
   * @throws OtrError `OTR_ARGUMENT` for another count
   */
  publish(count: number): PrekeyStep {
    if (!Number.isInteger(count) || count < 0 || count > 255) throw new OtrError('OTR_ARGUMENT', 'a publication has 0 to 255 prekey messages')
    return this.#step(() => { this.#want({ kind: 'publish', own: false, attempt: 1, count, profiles: count === 0 }) })
  }

  /** Asks how many of our prekey messages are stored. The event is `status` or `failed`. */
  status(): PrekeyStep {
    return this.#step(() => { this.#want({ kind: 'status', own: false, attempt: 1 }) })
  }

  /** Fetches an ensemble of each instance of `of`. The event is `ensembles`, `none` or `failed`. Nothing, when that is under way. */
  fetch(of: string, versions = '4'): PrekeyStep {
    return this.#step(() => {
      if (this.#fetches.has(of)) return
      this.#query(of, { versions, since: this.#options.clock(), attempt: 1 })
    })
  }

  /** Takes what came from the server. Never throws for it. */
  receive(from: string, text: string): PrekeyStep {
    return this.#step(() => {
      if (from !== this.server) return
      try {
        const whole = this.#whole(text)
        if (whole !== undefined) this.#message(whole)
      } catch (error) {
        if (!(error instanceof MalformedError)) throw error
        this.#notice('malformed', error.message)
      }
    })
  }

  /** Time passes: repeats what had no answer, gives up, and keeps the store full when it was told to. Call it every few seconds. */
  tick(now = this.#options.clock()): PrekeyStep {
    return this.#step(() => {
      this.#assembly.expire(now)
      for (const [of, fetch] of [...this.#fetches]) if (now - fetch.since >= this.#answerWithin) this.#fetchAgain(of, fetch, now)
      if (this.#phase !== undefined && this.#phase.at !== 'publication' && now - this.#phase.since >= this.#answerWithin) this.#workAgain(now)
      this.#next()
      this.#keep(now)
    })
  }

  #step(call: () => void): PrekeyStep {
    try {
      call()
    } catch (error) {
      // Only what the host gave can fail here: the random source, or the account.
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

  // -- What goes over a key exchange --------------------------------------------------------------------------------------------

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
    if (work?.own === true) this.#notBefore = this.#options.clock() + PATIENCE
    this.#events.push({ type: 'prekey', server: this.server, event: 'failed', reason, ...detail !== undefined && { detail } })
    // One that failed for want of randomness or an account would fail again at once.
    if (reason !== 'own') this.#next()
  }

  #workAgain(now: number): void {
    const work = this.#work
    const phase = this.#phase
    if (work === undefined || phase === undefined) return
    if (work.attempt >= this.#attempts) {
      this.#fail('no-answer')
      return
    }
    const again = { ...work, attempt: work.attempt + 1 }
    if (phase.at === 'dake-1') {
      // The very same: a server that has answered it sends the same answer again.
      this.#work = again
      this.#phase = { ...phase, since: now }
      this.#transmit(phase.exchange.text, phase.exchange.me.instanceTag)
      return
    }
    // Stored or not: who knows. With fresh prekey messages no one of them can come to be handed out twice.
    this.#done()
    this.#queue.unshift(again)
    this.#next()
  }

  #whole(text: string): string | undefined {
    const { clock, owner } = this.#options
    if (text.length > defaultPrekeyServerLimits.messageLength) throw new MalformedError('message', 0, `${text.length} characters are too many`)
    if (!text.startsWith(prekeyFragmentPrefix)) return text
    const own = owner.identityForPrekeys().instanceTag
    return this.#assembly.add(this.server, text, clock(), ({ receiverTag }) => receiverTag === own || receiverTag === 0)
  }

  #message(text: string): void {
    const message = decodeToClient(prekeyTextBytes(text))
    // Another device of ours talks to the server as well.
    if (message.receiverTag !== this.#options.owner.identityForPrekeys().instanceTag) return
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
        this.#ensembles(message)
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
    // A second answer to a DAKE-1 that was sent twice.
    if (phase?.at !== 'dake-1' || work === undefined) return
    // Before anything that could tell the server who we are, or the world that we talk to it.
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

  #publication(work: Work & { readonly kind: 'publish' }, proved: ProvedExchange, instanceTag: number, publication: Publication): void {
    const { clientProfile, prekeyProfile, messages, secrets } = publication
    if (this.#work !== work || this.#phase?.at !== 'publication') {
      // Given up while the owner made it.
      wipe(secrets.d, ...secrets.y, ...secrets.b)
      return
    }
    const profiles = [encodeClientProfile(clientProfile), encodePrekeyProfile(prekeyProfile)] as const
    const known = this.#published !== undefined && profiles.every((profile, n) => equalBytes(profile, this.#published?.profiles[n] ?? profile.subarray(1)))
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

  /** The key for the MAC of an answer; `undefined` when nobody waits for one. */
  #waiting(): Extract<Phase, { at: 'dake-3' }> | undefined {
    return this.#phase?.at === 'dake-3' ? this.#phase : undefined
  }

  #unauthentic(): void {
    this.#notice('handshake-failed', 'an answer of the prekey server with a wrong MAC')
  }

  #success(tag: number, mac: Uint8Array): void {
    const phase = this.#waiting()
    if (phase?.published === undefined) return
    if (!equalBytes(successMac(phase.macKey, tag), mac)) {
      this.#unauthentic()
      return
    }
    this.#published = phase.published
    this.#left = this.#options.owner.prekeysLeft()
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
      // It may have lost our profiles.
      this.#done()
      this.#published = undefined
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
    const { keep } = this.#options
    if (keep !== undefined && !this.#publishes()) {
      const missing = stored < keep.low ? Math.min(255, keep.full - stored) : 0
      // Nothing is known of its profiles after a new start: it gets them once.
      if (missing > 0 || this.#published === undefined) this.#queue.push({ kind: 'publish', own: true, attempt: 1, count: missing, profiles: true })
    }
    this.#next()
  }

  // -- By itself ----------------------------------------------------------------------------------------------------------------

  /** Whether a publication is under way or waits for its turn. */
  #publishes(): boolean {
    return [this.#work, ...this.#queue].some((work) => work?.kind === 'publish')
  }

  #keep(now: number): void {
    const { keep, owner } = this.#options
    if (keep === undefined || now < this.#notBefore || this.#work !== undefined) return
    const published = this.#published
    if (published !== undefined) {
      const isNew = !equalBytes(owner.identityForPrekeys().clientProfile.signature, published.clientProfile.signature)
      if (isNew || now >= published.renewAt) {
        this.#notBefore = now + PATIENCE
        this.#want({ kind: 'publish', own: true, attempt: 1, count: 0, profiles: true })
        return
      }
    }
    // One that was used was taken out of the store before.
    const wasUsed = owner.prekeysLeft() < this.#left
    if (now - this.#asked >= keep.askEvery || (wasUsed && now - this.#asked >= ASK_AGAIN)) this.#ask(now)
  }

  #ask(now: number): void {
    this.#asked = now
    this.#left = this.#options.owner.prekeysLeft()
    this.#want({ kind: 'status', own: true, attempt: 1 })
  }

  // -- Others' ensembles ----------------------------------------------------------------------------------------------------------

  #query(of: string, fetch: Fetch): void {
    const { instanceTag } = this.#options.owner.identityForPrekeys()
    this.#fetches.set(of, fetch)
    this.#transmit(prekeyText({ kind: 'prekey-query', senderTag: instanceTag, identity: of, versions: fetch.versions }), instanceTag)
  }

  #fetchAgain(of: string, fetch: Fetch, now: number): void {
    this.#fetches.delete(of)
    if (fetch.attempt < this.#attempts) this.#query(of, { ...fetch, since: now, attempt: fetch.attempt + 1 })
    else this.#events.push({ type: 'prekey', server: this.server, event: 'failed', reason: 'no-answer', of })
  }

  #ensembles({ identity, ensembles }: EnsembleRetrievalMessage): void {
    if (!this.#fetches.delete(identity)) return
    const now = this.#options.clock()
    const good: Ensemble[] = []
    for (const ensemble of ensembles.slice(0, defaultPrekeyServerLimits.instancesPerIdentity * 2)) {
      if (good.some((other) => sameEnsemble(other, ensemble))) continue
      const verified = verifyEnsemble(ensemble, now)
      if ('fault' in verified) this.#notice('ensemble-refused', verified.fault)
      else good.push(ensemble)
    }
    if (good.length > 0) this.#events.push({ type: 'ensembles', of: identity, ensembles: good })
    else this.#events.push({ type: 'prekey', server: this.server, event: 'none', of: identity, detail: 'none of them is valid' })
  }

  #none({ identity, detail }: NoEnsemblesMessage): void {
    if (this.#fetches.delete(identity)) {
      this.#events.push({ type: 'prekey', server: this.server, event: 'none', of: identity, detail: detail.slice(0, DETAIL) })
      return
    }
    // Nobody asked: the server tells an owner that his store runs low. Not authenticated, so it only makes us look.
    const { keep, owner, clock } = this.#options
    const now = clock()
    const isHint = keep !== undefined && identity === owner.identityForPrekeys().address
    if (isHint && this.#work === undefined && now >= this.#notBefore && now - this.#asked >= ASK_AGAIN) this.#ask(now)
  }

  #transmit(text: string, senderTag: number): void {
    const { maxMessageLength: maxLength = 0, random } = this.#options
    const lines = fragmentPrekeyText(text, {
      senderTag, receiverTag: 0, maxLength, identifier: () => new Reader(randomBytes(random, 4)).int('identifier'),
    })
    for (const message of lines) this.#send.push({ to: this.server, message })
  }
}
