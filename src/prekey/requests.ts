import { equalBytes, wipe } from '../crypto/index.js'
import type { Secret } from '../crypto/secret.js'
import { OtrError } from '../errors.js'
import { isOver } from '../protocol/index.js'
import type { Publication } from '../session/account/prekeys.js'
import { PREKEY_PROFILE_RENEWAL } from '../v4/index.js'
import { encodeClientProfile, encodePrekeyProfile, hexDecode, hexEncode } from '../wire/index.js'
import { beginExchange, forgetExchange, proveServer, type BegunExchange, type ProvedExchange } from './client-exchange.js'
import type { PrekeyClientEvent, PrekeyClientOptions, PrekeyFailure } from './client-types.js'
import { failureMac, storageRequestMac, storageStatusMac, successMac, type PrekeySessionKeys } from './key-schedule.js'
import { encodePrekeyProtocol, prekeyText, type Dake2Message, type FailureMessage, type NoEnsemblesMessage, type StorageStatusMessage, type SuccessMessage } from './messages.js'
import { makePublication } from './publish.js'
import { Stock, type Published, type PublishWork, type Work } from './requested-work.js'
import { prekeyServerFingerprint } from './server-identity.js'

/** How far the request under way has come. */
type Phase =
  | { readonly at: 'dake-1', readonly exchange: BegunExchange, readonly since: number }
  /** The server has proved who it is, and the owner makes the publication. */
  | { readonly at: 'publication', readonly keys: PrekeySessionKeys, readonly since: number }
  /** `came`: something came that may be the answer and could not be read. */
  | { readonly at: 'dake-3', readonly macKey: Secret, readonly since: number, readonly published?: Published, readonly came?: true }

/** What `Requests` needs from its client. */
export interface RequestsParts {
  readonly options: PrekeyClientOptions
  /** How long to wait for an answer, in seconds. */
  readonly answerWithin: number
  /** How often a request without an answer is sent. */
  readonly attempts: number
  /** Sends a message in text form. */
  readonly transmit: (text: string, senderTag: number) => void
  readonly tell: (event: PrekeyClientEvent) => void
  /** Waits for a publication. What `made` or `failed` does then is a step of its own. */
  readonly wait: (publication: Promise<Publication>, made: (publication: Publication) => void, failed: (error: unknown) => void) => void
}

/**
 * The requests that need a key exchange: publications, and questions about the number of prekeys. They run one after another, as the protocol
 * demands.
 */
export class Requests {
  readonly #parts: RequestsParts
  readonly #queue: Work[] = []
  readonly #stock: Stock
  #fingerprint: Uint8Array | undefined
  #work: Work | undefined
  #phase: Phase | undefined

  constructor(parts: RequestsParts) {
    const { owner, keep, server: { fingerprint } } = parts.options
    this.#parts = parts
    this.#stock = new Stock(owner, keep)
    this.#fingerprint = fingerprint === undefined ? undefined : hexDecode(fingerprint)
  }

  /** Queues a request, and begins it if no other is under way. */
  want(work: Work): void {
    this.#queue.push(work)
    this.#next()
  }

  /** Repeats a request without an answer, lets it fail after the last attempt, and begins what is due. `now` is in seconds. */
  tick(now: number): void {
    const { answerWithin } = this.#parts
    if (this.#phase !== undefined && this.#phase.at !== 'publication' && isOver(this.#phase.since, answerWithin, now)) this.#again(now)
    this.#next()
    const due = this.#work === undefined ? this.#stock.due(now) : undefined
    if (due !== undefined) this.want(due)
  }

  /** Drops all requests, and wipes their keys. */
  close(): void {
    this.#queue.length = 0
    this.#done()
  }

  /** The request under way has failed. */
  fail(reason: PrekeyFailure, detail?: string): void {
    const { options: { clock, server }, tell } = this.#parts
    const work = this.#work
    this.#done()
    if (work?.own === true) this.#stock.rest(clock())
    tell({ type: 'prekey', server: server.identity, event: 'failed', reason, ...detail !== undefined && { detail } })
    // After a failure of the random source or the account the next request would fail at once, too.
    if (reason !== 'own') this.#next()
  }

  /** Something came that cannot be read, or is not complete yet. It may be the answer to a publication. */
  unread(): void {
    if (this.#phase?.at === 'dake-3') this.#phase = { ...this.#phase, came: true }
  }

  #next(): void {
    if (this.#work !== undefined) return
    const work = this.#queue.shift()
    if (work === undefined) return
    const { options: { owner, random, clock }, transmit } = this.#parts
    this.#work = work
    const exchange = beginExchange(owner.identityForPrekeys(), random)
    this.#phase = { at: 'dake-1', exchange, since: clock() }
    transmit(exchange.text, exchange.me.instanceTag)
  }

  #done(): void {
    if (this.#phase?.at === 'dake-1') forgetExchange(this.#phase.exchange)
    if (this.#phase?.at === 'publication') wipe(this.#phase.keys.macKey, this.#phase.keys.proofContext)
    if (this.#phase?.at === 'dake-3') wipe(this.#phase.macKey)
    this.#work = undefined
    this.#phase = undefined
  }

  #again(now: number): void {
    const { attempts, transmit } = this.#parts
    const work = this.#work
    const phase = this.#phase
    if (work === undefined || phase === undefined) return
    // A second publication would use prekeys up if the server has stored the first.
    if (work.kind === 'publish' && phase.at === 'dake-3' && phase.came === true) {
      this.fail('unreadable')
      return
    }
    if (work.attempt >= attempts) {
      this.fail('no-answer')
      return
    }
    const again = { ...work, attempt: work.attempt + 1 }
    if (phase.at === 'dake-1') {
      // The same message: a server that has answered it already sends the same answer again.
      this.#work = again
      this.#phase = { ...phase, since: now }
      transmit(phase.exchange.text, phase.exchange.me.instanceTag)
      return
    }
    // The server may have stored them or not. New prekey messages make sure that none is handed out twice.
    this.#done()
    this.#queue.unshift(again)
    this.#next()
  }

  /** Handles a DAKE-2 message: checks who the server is, and answers with the DAKE-3 message. */
  dake2(message: Dake2Message): void {
    const { options: { owner, random, clock, server }, wait } = this.#parts
    const phase = this.#phase
    const work = this.#work
    // It may be a second answer, to a DAKE-1 that was sent twice.
    if (phase?.at !== 'dake-1' || work === undefined) return
    // This check comes before anything that would prove to the server who we are, or to others that we talk to it.
    const fingerprint = prekeyServerFingerprint(message.serverKey)
    if (message.serverIdentity !== server.identity || (this.#fingerprint !== undefined && !equalBytes(fingerprint, this.#fingerprint))) {
      this.fail('server-key', hexEncode(fingerprint))
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
    // Whatever fails from now on, the keys end with the request.
    this.#phase = { at: 'publication', keys: proved.keys, since: clock() }
    if (work.kind === 'status') {
      const attached = encodePrekeyProtocol({ kind: 'prekey-storage-request', mac: storageRequestMac(proved.keys.macKey) })
      this.#dake3(proved, instanceTag, attached)
      return
    }
    const publication = owner.publication(work.count)
    if (!(publication instanceof Promise)) {
      this.#publication(work, proved, instanceTag, publication)
      return
    }
    wait(publication, (made) => { this.#publication(work, proved, instanceTag, made) }, (error) => {
      if (this.#work === work) this.fail('own', error instanceof OtrError ? error.code : 'the publication was not made')
    })
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
    const message = makePublication(publication, work.profiles || !known, proved.keys, this.#parts.options.random)
    this.#dake3(proved, instanceTag, encodePrekeyProtocol(message), {
      count: messages.length, clientProfile, profiles, renewAt: Math.min(clientProfile.expiration, prekeyProfile.expiration) - PREKEY_PROFILE_RENEWAL,
    })
    this.#work = { ...work, profiles: work.profiles || !known }
  }

  #dake3({ keys, sign }: ProvedExchange, senderTag: number, attached: Uint8Array, published?: Published): void {
    const { options: { clock }, transmit } = this.#parts
    const text = prekeyText({ kind: 'prekey-dake-3', senderTag, sigma: sign(), attached })
    wipe(keys.proofContext)
    this.#phase = { at: 'dake-3', macKey: keys.macKey, since: clock(), ...published !== undefined && { published } }
    transmit(text, senderTag)
  }

  /** The phase in which an authenticated answer is due, with the key for its MAC; `undefined` if none is due. */
  #waiting(): Extract<Phase, { at: 'dake-3' }> | undefined {
    return this.#phase?.at === 'dake-3' ? this.#phase : undefined
  }

  #unauthentic(): void {
    this.unread()
    this.#notice('handshake-failed', 'an answer of the prekey server has a wrong MAC')
  }

  /** Handles a Success message: the server has stored a publication. */
  success({ receiverTag, mac }: SuccessMessage): void {
    const phase = this.#waiting()
    if (phase?.published === undefined) return
    if (!equalBytes(successMac(phase.macKey, receiverTag), mac)) {
      this.#unauthentic()
      return
    }
    this.#stock.stored(phase.published)
    this.#done()
    this.#tell({ event: 'published', count: phase.published.count })
    this.#next()
  }

  /** Handles a Failure message: the server refuses a request. */
  failure({ receiverTag, mac }: FailureMessage): void {
    const phase = this.#waiting()
    const work = this.#work
    if (phase === undefined || work === undefined) return
    if (!equalBytes(failureMac(phase.macKey, receiverTag), mac)) {
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
    this.fail('refused')
  }

  /** Handles a Storage Status message: how many of our prekey messages the server stores. */
  storageStatus({ receiverTag, stored, mac }: StorageStatusMessage): void {
    const phase = this.#waiting()
    if (phase === undefined || this.#work?.kind !== 'status') return
    if (!equalBytes(storageStatusMac(phase.macKey, receiverTag, stored), mac)) {
      this.#unauthentic()
      return
    }
    this.#done()
    this.#tell({ event: 'status', stored })
    const missing = this.#publishes() ? undefined : this.#stock.missing(stored)
    if (missing !== undefined) this.#queue.push(missing)
    this.#next()
  }

  /** Handles a No Prekey Ensembles message that nobody asked for: with it the server informs an owner that few of their prekeys are left. */
  fewLeft({ identity }: NoEnsemblesMessage): void {
    const work = this.#work === undefined ? this.#stock.hinted(identity, this.#parts.options.clock()) : undefined
    if (work !== undefined) this.want(work)
  }

  /** Whether a publication is under way or queued. */
  #publishes(): boolean {
    return [this.#work, ...this.#queue].some((work) => work?.kind === 'publish')
  }

  #tell(outcome: { readonly event: 'published', readonly count: number } | { readonly event: 'status', readonly stored: number }): void {
    const { options: { server }, tell } = this.#parts
    tell({ type: 'prekey', server: server.identity, ...outcome })
  }

  #notice(code: 'handshake-failed' | 'prekey-server-key', detail: string): void {
    const { options: { server }, tell } = this.#parts
    tell({ type: 'notice', peer: server.identity, code, detail })
  }
}
