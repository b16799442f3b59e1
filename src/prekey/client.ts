import { randomBytes } from '../crypto/random.js'
import { MalformedError, OtrError, unreachable } from '../errors.js'
import { isInstanceTag, Reader } from '../wire/index.js'
import type { PrekeyClientEvent, PrekeyClientOptions, PrekeySend, PrekeyStep } from './client-types.js'
import { Fetches } from './fetches.js'
import { FragmentBuffers } from './fragment-buffers.js'
import { checkPrekeyLineLength, fragmentPrekeyText, prekeyFragmentPrefix } from './fragment.js'
import { defaultPrekeyServerLimits } from './limits.js'
import { decodeToClient, prekeyText, prekeyTextBytes } from './messages.js'
import { Requests } from './requests.js'

/**
 * The client of one prekey server, for one account. It publishes prekeys, asks how many are left and fetches the ensembles of others; with
 * `keep` it also publishes by itself when that is necessary. It does no input or output: send the lines that each call returns, pass
 * what comes from the server's address to `receive`, and call `tick` every few seconds. Requests that need a key exchange run one after
 * another, as the protocol demands; fetches need none.
 *
 * @see [OTRv4 prekey server, "Key Exchange"](https://github.com/otrv4/otrv4-prekey-server/blob/master/otrv4-prekey-server.md#key-exchange)
 */
export class PrekeyClient {
  readonly #options: PrekeyClientOptions
  readonly #assembly = new FragmentBuffers(defaultPrekeyServerLimits)
  readonly #requests: Requests
  readonly #fetches: Fetches
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
    const tell = (event: PrekeyClientEvent): void => { this.#events.push(event) }
    const transmit = (text: string, senderTag: number): void => { this.#transmit(text, senderTag) }
    this.#requests = new Requests({
      options, answerWithin, attempts, tell, transmit,
      wait: (publication, made, failed) => {
        this.#later = publication.then(
          (result) => this.#step(() => { made(result) }),
          (error: unknown) => this.#step(() => { failed(error) }),
        )
      },
    })
    this.#fetches = new Fetches({
      server: this.server, answerWithin, attempts, tell,
      query: (identity, versions) => {
        const { instanceTag } = owner.identityForPrekeys()
        transmit(prekeyText({ kind: 'prekey-query', senderTag: instanceTag, identity, versions }), instanceTag)
      },
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
   * @see [OTRv4 prekey server, "Publishing Prekey Values"](https://github.com/otrv4/otrv4-prekey-server/blob/master/otrv4-prekey-server.md#publishing-prekey-values)
   */
  publish(count: number): PrekeyStep {
    if (!Number.isInteger(count) || count < 0 || count > 255) throw new OtrError('OTR_ARGUMENT', 'a publication has 0 to 255 prekey messages')
    return this.#step(() => { this.#requests.want({ kind: 'publish', own: false, attempt: 1, count, profiles: count === 0 }) })
  }

  /**
   * Asks how many of our prekey messages the server stores. The event is `status` or `failed`.
   *
   * @see [OTRv4 prekey server, "Query the Prekey Server for its Storage Status"](https://github.com/otrv4/otrv4-prekey-server/blob/master/otrv4-prekey-server.md#query-the-prekey-server-for-its-storage-status)
   */
  status(): PrekeyStep {
    return this.#step(() => { this.#requests.want({ kind: 'status', own: false, attempt: 1 }) })
  }

  /**
   * Fetches an ensemble of each instance of `of`. The event is `ensembles`, `none` or `failed`. Does nothing while a fetch for `of` is under
   * way.
   *
   * @see [OTRv4 prekey server, "Retrieving Prekey Ensembles"](https://github.com/otrv4/otrv4-prekey-server/blob/master/otrv4-prekey-server.md#retrieving-prekey-ensembles)
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
        this.#events.push({ type: 'notice', peer: this.server, code: 'malformed', detail: error.message })
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
      this.#requests.tick(now)
    })
  }

  /** Drops the requests under way and those that wait, and wipes their keys, without a line or an event. Call it before you drop the client. */
  close(): void {
    this.#requests.close()
  }

  #step(call: () => void): PrekeyStep {
    try {
      call()
    } catch (error) {
      // Only what the application supplied can fail here: the random source or the account.
      if (!(error instanceof OtrError)) throw error
      this.#requests.fail('own', error.code)
    }
    const step: PrekeyStep = { send: this.#send, events: this.#events, ...this.#later !== undefined && { later: this.#later } }
    this.#send = []
    this.#events = []
    this.#later = undefined
    return step
  }

  /**
   * Something from the server cannot be read, or is not complete yet. It may be the answer to a fetch or a publication, which is then not
   * repeated: that would use prekeys up.
   */
  #unread(text: string): void {
    if (!/^AAQ[2FGL]/.test(text)) this.#fetches.unread(this.#options.clock())
    if (!/^AAQ[OT]/.test(text)) this.#requests.unread()
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
        this.#requests.dake2(message)
        break
      case 'prekey-success':
        this.#requests.success(message)
        break
      case 'prekey-failure':
        this.#requests.failure(message)
        break
      case 'prekey-storage-status':
        this.#requests.storageStatus(message)
        break
      case 'prekey-ensembles':
        this.#fetches.ensembles(message, this.#options.clock())
        break
      case 'prekey-none':
        if (!this.#fetches.none(message)) this.#requests.fewLeft(message)
        break
      default:
        unreachable(message)
    }
  }

  #transmit(text: string, senderTag: number): void {
    const { maxMessageLength: maxLength = 0, random } = this.#options
    const lines = fragmentPrekeyText(text, {
      senderTag, receiverTag: 0, maxLength, identifier: () => new Reader(randomBytes(random, 4)).int('identifier'),
    })
    for (const message of lines) this.#send.push({ to: this.server, message })
  }
}
