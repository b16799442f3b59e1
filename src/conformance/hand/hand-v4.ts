import { chacha20, generateEd448KeyPair, generateForgingPoint, hcmac, systemRandom, usage, type DsaPrivateKey, type Ed448KeyPair, type RandomSource } from '../../crypto/index.js'
import { ratchetSend } from '../../ratchet/index.js'
import { emptyVault, publicationOf, publish, type Publication, type Published } from '../../session/account/prekeys.js'
import { answerExchange, receiveSmpMessage, smpSecretBytes, startExchange, type SmpMessage, type SmpStep } from '../../smp/index.js'
import { decryptData, extraKeyRequests } from '../../v4/data-message.js'
import {
  CLIENT_PROFILE_LIFETIME, createClientProfile, createSession, receiveMessage, startHandshake, startOfflineSession, verifyEnsemble,
  type LearnedDialect, type PrekeyVault, type SmpSecretForm, type V4Account, type V4Context, type V4Encrypted, type V4Message, type V4Session, type V4Step,
} from '../../v4/index.js'
import { extraSymmetricKeys } from '../../ratchet/index.js'
import { smpMessage, smpSecret, smpTlv } from '../../v4/smp.js'
import { smpArithmetic, type V4SmpValues } from '../../v4/smp-arithmetic.js'
import {
  addFragment, armorMessage, classify, dataMessageV4MacInput, decodePlaintext, encodePlaintext, defaultWireLimits, emptyFragmentAssembler, versionOfMessage,
  type ClientProfile, type DataMessageV4, type Ensemble, type IdentityMessage, type NonInteractiveAuthMessage, type OtrMessage, type Tlv,
} from '../../wire/index.js'
import type { Network, Parcel, Receiver } from '../network.js'
import { expectThat, Unmet } from '../expectation.js'
import type { Secret } from '../../crypto/secret.js'

/** How an account differs from an ordinary one. */
export interface HandAccount {
  readonly tag?: number
  readonly versions?: string
  /** Seconds since 1970. */
  readonly expiration?: number
  readonly dsa?: DsaPrivateKey
  readonly forgingKey?: Uint8Array
  readonly identity?: Ed448KeyPair
  /** Makes another Client Profile of the ordinary one. */
  readonly profile?: (profile: ClientProfile, identity: Ed448KeyPair) => ClientProfile
}

/** A message that the hand-driven correspondent has read. */
export interface HandRead {
  readonly message: DataMessageV4
  readonly text: string
  readonly tlvs: readonly Tlv[]
  readonly extraKeys: readonly Uint8Array[]
}

/** Any plaintext, next in the chain; with other header fields where a scenario wants that. */
export interface HandMade {
  readonly flags?: number
  /** Applied before the MAC: what an authenticated correspondent might send although nobody honest does. */
  readonly change?: (message: DataMessageV4) => DataMessageV4
}

/** Changes a message of SMP before it is encrypted. */
export type SmpChange = (message: SmpMessage) => SmpMessage

type SmpEnd = 'succeeded' | 'failed' | 'refused'
type SmpContext = Parameters<typeof receiveSmpMessage<V4SmpValues>>[2]

/** The smallest tag that nobody is likely to draw. */
const HAND_TAG = 0x0000_7a11

/**
 * A correspondent of version 4 that a scenario drives by hand: it does only what the scenario calls. It uses our client's arithmetic, so a scenario can
 * change one thing in a message that is otherwise correct.
 */
export class HandV4 implements Receiver {
  readonly address: string
  readonly theirAddress: string
  readonly network: Network
  readonly random: RandomSource = systemRandom
  account: V4Account
  session: V4Session
  vault: PrekeyVault = emptyVault
  now: number
  /** Every line that came, in order. */
  readonly lines: string[] = []
  /** Every message that came, fragments joined. */
  readonly messages: OtrMessage[] = []
  /** What could be read of them. */
  readonly read: HandRead[] = []
  /** The MAC keys of what it made, in order. */
  readonly macKeys: Uint8Array[] = []
  /** Whether it answers messages of a key exchange by itself. */
  answers = true
  readonly #learned: LearnedDialect
  #fragments = emptyFragmentAssembler
  /** The random bytes from which the latest ECDH key of our ratchet was made. */
  #seed: Uint8Array | undefined
  #repeat: Uint8Array | undefined
  #smpCame: (number | 'abort')[] = []

  constructor(address: string, theirAddress: string, network: Network, now: number, options: HandAccount = {}, learned: LearnedDialect = {}) {
    this.address = address
    this.theirAddress = theirAddress
    this.network = network
    this.now = now
    this.account = makeAccount(address, now, options)
    this.#learned = learned
    this.session = this.fresh()
    network.join(this)
  }

  get tag(): number {
    return this.account.instanceTag
  }

  get context(): V4Context {
    return { random: this.random, now: this.now, account: this.account, theirAddress: this.theirAddress, prekeys: this.vault }
  }

  get encrypted(): V4Encrypted {
    if (this.session.state !== 'encrypted') throw new Unmet(`the key exchange was not completed: the correspondent is in the state "${this.session.state}"`)
    return this.session
  }

  /** The form of the SMP secret that the other side's program uses, as far as it is known. */
  get smpForm(): SmpSecretForm {
    return this.#learned.smpSecret ?? 'pruned'
  }

  /** The texts that it read. */
  texts(): string[] {
    return this.read.map(({ text }) => text).filter((text) => text !== '')
  }

  /** The messages of one kind that came. */
  came<Kind extends OtrMessage['kind']>(kind: Kind): Extract<OtrMessage, { readonly kind: Kind }>[] {
    return this.messages.filter((message): message is Extract<OtrMessage, { readonly kind: Kind }> => message.kind === kind)
  }

  /** Forgets what came so far. The session stays. */
  forget(): void {
    this.lines.length = 0
    this.messages.length = 0
    this.read.length = 0
  }

  /** Puts a line on the network. */
  sendLine(message: string): void {
    this.network.send({ from: this.address, to: this.theirAddress, message })
  }

  /** Puts a message on the network. */
  sendMessage(message: OtrMessage): void {
    this.sendLine(armorMessage(message))
  }

  /** An Identity message of ours; nothing is sent yet. */
  identity(): IdentityMessage {
    const { state, outgoing } = startHandshake(this.session, this.context)
    this.session = state
    const [message] = outgoing
    if (message?.kind !== 'v4-identity') throw new Error('no Identity message')
    return message
  }

  /** Receives, and answers only what belongs to a key exchange. */
  receive({ message: line }: Parcel): Promise<void> {
    this.lines.push(line)
    const message = this.messageOf(line)
    if (message !== undefined) {
      this.messages.push(message)
      if (message.kind === 'v4-data') this.#read(message)
      else if (this.answers && isV4(message)) for (const answer of this.take(message)) this.sendMessage(answer)
    }
    return Promise.resolve()
  }

  /** Takes a message of a key exchange in. Returns what answers it, unsent. */
  take(message: V4Message): readonly V4Message[] {
    const step: V4Step = receiveMessage(this.session, message, this.context)
    this.session = step.state
    return step.outgoing
  }

  /** A conversation in which nothing has happened. */
  fresh(): V4Session {
    return createSession({ theirTag: 0, learned: this.#learned })
  }

  /** A session that we began, whose first message is made. */
  async establish(): Promise<void> {
    this.sendMessage(this.identity())
    await this.network.settle()
    expectThat(this.session.state === 'encrypted', 'an Identity message is answered by an Auth-R message that verifies')
  }

  /** An encrypted message, made and not sent. */
  data(text: string, tlvs: readonly Tlv[] = [], made: HandMade = {}): DataMessageV4 {
    return this.made(encodePlaintext(text, tlvs), { flags: text === '' ? 1 : 0, ...made }).message
  }

  /** An encrypted message, and the extra symmetric keys that its TLVs announce. */
  dataWithKeys(text: string, tlvs: readonly Tlv[]): { readonly message: DataMessageV4, readonly extraKeys: readonly Uint8Array[] } {
    return this.made(encodePlaintext(text, tlvs))
  }

  /** An encrypted message as a line. */
  lineOf(text: string): string {
    return armorMessage(this.data(text))
  }

  /** Any message as a line. */
  lineOfMessage(message: OtrMessage): string {
    return armorMessage(message)
  }

  /** Encrypts, sends and delivers. */
  async say(text: string, tlvs: readonly Tlv[] = [], made: HandMade = {}): Promise<void> {
    this.sendMessage(this.data(text, tlvs, made))
    await this.network.settle()
  }

  /** A data message with any plaintext, next in the chain, and the extra symmetric keys of its TLVs. */
  made(plaintext: Uint8Array, { flags = 0, change = (message) => message }: HandMade = {}): { readonly message: DataMessageV4, readonly extraKeys: readonly Uint8Array[] } {
    const session = this.encrypted
    const { state, header, keys, revealedMacKeys } = ratchetSend(session.ratchet, 'due', { random: (length) => this.#draw(length), now: this.now })
    this.session = { ...session, ratchet: state }
    this.macKeys.push(keys.mkMac)
    const changed = change({
      kind: 'v4-data', senderTag: this.tag, receiverTag: session.theirTag, flags, ...header, ciphertext: chacha20(keys.mkEnc, plaintext, bytes),
      authenticator: new Uint8Array(64), revealedMacKeys,
    })
    const extraKeys = extraSymmetricKeys(keys.extraBase, extraKeyRequests(decodePlaintext(plaintext).tlvs))
    return { message: { ...changed, authenticator: hcmac(usage.authenticator, [keys.mkMac, dataMessageV4MacInput(changed)], 64) }, extraKeys }
  }

  /** The next chain begins with the ECDH key of the chain before: nobody honest does that. */
  repeatKey(): void {
    const session = this.encrypted
    const { ratchet } = session
    const seed = this.#seed
    if (ratchet.turn !== 'ours' || seed === undefined) throw new Error('it is not our turn to renew keys')
    // Our own ratchet would refuse it: it forgets which key it had.
    this.session = { ...session, ratchet: { ...ratchet, ourEcdh: new Uint8Array(57) } }
    this.#repeat = seed
  }

  /** Sends an SMP message 1. `change` sees it before it is encrypted. */
  async smpBegin(secret: string, form: SmpSecretForm, change: SmpChange = unchanged): Promise<void> {
    this.#smpCame = []
    await this.#sendSmp(startExchange(this.encrypted.smp, { secret: this.#smpSecret(secret, 'initiator', form) }, this.#smpContext), change)
  }

  /** Answers the SMP message 1 that came, and what follows. */
  async smpAnswer(secret: string, form: SmpSecretForm, change: SmpChange = unchanged): Promise<SmpEnd> {
    this.#smpCame = []
    const asked = this.#nextSmp()
    if (asked === undefined) throw new Unmet('no SMP message 1 came')
    this.#takeSmp(receiveSmpMessage(this.encrypted.smp, asked, this.#smpContext))
    await this.#sendSmp(answerExchange(this.encrypted.smp, this.#smpSecret(secret, 'responder', form), this.#smpContext), change)
    return this.smpFinish(change)
  }

  /** Goes on with SMP as long as its messages come. `refused`: no more come although SMP is not complete. */
  async smpFinish(change: SmpChange = unchanged): Promise<SmpEnd> {
    for (let message = this.#nextSmp(); message !== undefined; message = this.#nextSmp()) {
      if (message.step === 'abort') return 'refused'
      const next = receiveSmpMessage(this.encrypted.smp, message, this.#smpContext)
      await this.#sendSmp(next, change)
      if (next.ended !== undefined) return next.ended
    }
    return 'refused'
  }

  /** The steps of the SMP messages that came since SMP began, including those that were not read yet. */
  smpSteps(): readonly (number | 'abort')[] {
    return [...this.#smpCame, ...this.read.flatMap(({ tlvs }) => tlvs.flatMap((tlv) => smpMessage(tlv)?.step ?? []))]
  }

  get #smpContext(): SmpContext {
    return { arithmetic: smpArithmetic, random: this.random, now: this.now, asksAgain: false }
  }

  #smpSecret(secret: string, role: 'initiator' | 'responder', form: SmpSecretForm): Secret {
    const { ourFingerprint, them: { fingerprint }, ssid } = this.encrypted
    const [initiator, responder] = role === 'initiator' ? [ourFingerprint, fingerprint] : [fingerprint, ourFingerprint]
    return smpSecret({ initiator, responder, ssid, typed: smpSecretBytes(secret) }, form)
  }

  #takeSmp({ state }: SmpStep<V4SmpValues>): void {
    this.session = { ...this.encrypted, smp: state }
  }

  async #sendSmp(step: SmpStep<V4SmpValues>, change: SmpChange): Promise<void> {
    this.#takeSmp(step)
    for (const message of step.outgoing) await this.say('', [smpTlv(change(message))])
  }

  /** The next message of SMP among what was read, which is then forgotten. */
  #nextSmp(): SmpMessage | undefined {
    for (const [at, { tlvs }] of this.read.entries()) {
      const found = tlvs.map(smpMessage).find((message) => message !== undefined)
      if (found === undefined) continue
      this.read.splice(0, at + 1)
      this.#smpCame.push(found.step)
      return found
    }
    return undefined
  }

  /** Ensembles of ours, as a server hands them out. */
  ensembles(count = 1): Ensemble[] {
    const { clientProfile, profile, messages } = this.#publish(count)
    return messages.map(({ message }) => ({ clientProfile, prekeyProfile: profile.profile, prekeyMessage: message }))
  }

  /** A publication for a prekey server, with copies of the secrets that its proofs are about. */
  publication(count: number): Publication {
    return publicationOf(this.#publish(count))
  }

  #publish(count: number): Published {
    const { address, instanceTag, identity, clientProfile } = this.account
    const made = publish(this.vault, { address, instanceTag, v4: { identity, forgingKey: clientProfile.forgingKey, clientProfile } }, count, this.now, this.random)
    this.vault = made.vault
    return made
  }

  /** Begins an offline session; the message is not sent yet. */
  startOffline(ensemble: Ensemble): NonInteractiveAuthMessage {
    const verified = verifyEnsemble(ensemble, this.now)
    if ('fault' in verified) throw new Unmet(`the ensemble that the program gave is not valid: ${verified.fault}`)
    const { state, outgoing } = startOfflineSession(this.session, verified.ensemble, this.context)
    this.session = state
    const [message] = outgoing
    if (message?.kind !== 'v4-non-interactive-auth') throw new Error('no Non-Interactive-Auth message')
    return message
  }

  /** The message of a line; of the last fragment, that of all of them. */
  messageOf(line: string): OtrMessage | undefined {
    const classified = classify(line)
    if (classified.kind === 'message') return classified.message
    if (classified.kind !== 'fragment') return undefined
    const { state, complete } = addFragment(this.#fragments, classified.fragment, this.now, defaultWireLimits)
    this.#fragments = state
    return complete === undefined ? undefined : this.messageOf(complete)
  }

  /** Random bytes; remembers those of an ECDH key, which has 57. */
  #draw(length: number): Uint8Array {
    const drawn = length === 57 ? this.#repeat ?? this.random(length) : this.random(length)
    if (length === 57) {
      this.#repeat = undefined
      this.#seed = drawn.slice()
    }
    return drawn.slice()
  }

  #read(message: DataMessageV4): void {
    if (this.session.state !== 'encrypted') return
    const result = decryptData(this.session.ratchet, message, this.context)
    if (result.kind !== 'authenticated') return
    this.session = { ...this.session, ratchet: result.ratchet }
    const { text, tlvs } = result.plaintext
    this.read.push({ message, text, tlvs, extraKeys: result.extraKeys })
  }
}

const unchanged: SmpChange = (message) => message

const bytes = (length: number): Uint8Array => new Uint8Array(length)

function isV4(message: OtrMessage): message is V4Message {
  return versionOfMessage(message) === 4
}

function makeAccount(address: string, now: number, options: HandAccount): V4Account {
  const identity = options.identity ?? generateEd448KeyPair(systemRandom)
  const instanceTag = options.tag ?? HAND_TAG
  const clientProfile = createClientProfile({
    instanceTag,
    identity,
    forgingKey: options.forgingKey ?? generateForgingPoint(systemRandom),
    versions: options.versions ?? (options.dsa === undefined ? '4' : '34'),
    expiration: options.expiration ?? now + CLIENT_PROFILE_LIFETIME,
    ...(options.dsa !== undefined && { dsa: options.dsa }),
  }, systemRandom)
  return { address, instanceTag, identity, clientProfile: options.profile === undefined ? clientProfile : options.profile(clientProfile, identity) }
}
