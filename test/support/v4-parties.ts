/** Two parties of our own for tests of version 4: seeded keys, a seeded random source, a clock, a wire that encodes and decodes. */
import {
  chacha20, generateEd448KeyPair, generateForgingPoint, hcmac, usage, type DsaPrivateKey, type Ed448KeyPair, type RandomSource,
} from '../../src/crypto/index.js'
import type { Env, ProtocolEvent } from '../../src/protocol/index.js'
import {
  CLIENT_PROFILE_LIFETIME, createClientProfile, createSession, receiveMessage, sendMessage, startHandshake,
  type V4Account, type V4Encrypted, type V4Message, type V4Context, type V4Session, type V4Step,
} from '../../src/v4/index.js'
import { ratchetSend } from '../../src/ratchet/index.js'
import { dataMessageV4MacInput, decodeMessage, encodeMessage, type ClientProfile, type DataMessageV4, type Tlv } from '../../src/wire/index.js'
import { seededRandom } from './seeded.js'

/** When the tests take place, in seconds since 1970. */
export const NOW = 1_700_000_000

/** How an account differs from an ordinary one. */
export interface AccountOptions {
  readonly tag?: number
  readonly versions?: string
  readonly expiration?: number
  readonly dsa?: DsaPrivateKey
  readonly identity?: Ed448KeyPair
  readonly forgingKey?: Uint8Array
  /** Replaces the ordinary Client Profile. */
  readonly profile?: (account: V4Account) => ClientProfile
}

/** The same account for the same name, in the arithmetic in use; with another tag, another instance of it. */
export function v4Account(name: string, options: AccountOptions = {}): V4Account {
  const random = seededRandom(`account ${name}`)
  const identity = options.identity ?? generateEd448KeyPair(random)
  const forgingKey = options.forgingKey ?? generateForgingPoint(random)
  const instanceTag = options.tag ?? tagOf(name)
  const clientProfile = createClientProfile({
    instanceTag,
    identity,
    forgingKey,
    versions: options.versions ?? (options.dsa === undefined ? '4' : '34'),
    expiration: options.expiration ?? NOW + CLIENT_PROFILE_LIFETIME,
    ...(options.dsa !== undefined && { dsa: options.dsa }),
  }, random)
  const account = { address: addressOf(name), instanceTag, identity, clientProfile }
  return options.profile === undefined ? account : { ...account, clientProfile: options.profile(account) }
}

export const addressOf = (name: string): string => `${name}@example.org`

/** An instance tag that is the same for the same name. */
export function tagOf(name: string): number {
  return Math.max(0x100, new DataView(seededRandom(`tag ${name}`)(4).buffer).getUint32(0))
}

/** Messages are encoded and decoded, so that the two parties share no array. */
export function overTheWire<M extends V4Message>(message: M): M {
  return decodeMessage(encodeMessage(message)) as M
}

/** What the application has set. */
type Settings = Omit<V4Context, 'account' | keyof Env>

/** Options of a party. */
export interface PartyOptions extends Partial<Settings> {
  readonly account?: AccountOptions
  readonly theirTag?: number
  readonly seed?: string
}

/** One side of a conversation: applies steps and keeps their results. */
export class V4Party {
  session: V4Session
  /** The session with another key that a DAKE added. */
  beside: V4Session | undefined
  account: V4Account
  readonly events: ProtocolEvent[] = []
  readonly outgoing: V4Message[] = []
  now = NOW
  random: RandomSource
  options: Settings

  /** @param made the account, where it was made before */
  constructor(name: string, peer: string, { account, theirTag = 0, seed = '', ...options }: PartyOptions = {}, made?: V4Account) {
    this.account = made ?? v4Account(name, account)
    this.session = createSession({ theirTag })
    this.random = seededRandom(`${seed} ${name}`)
    this.options = { theirAddress: addressOf(peer), ...options }
  }

  get env(): Env {
    return { random: this.random, now: this.now }
  }

  get context(): V4Context {
    return { ...this.env, account: this.account, ...this.options }
  }

  /** The session, which must be encrypted. */
  get encrypted(): V4Encrypted {
    if (this.session.state !== 'encrypted') throw new Error(`the session is ${this.session.state}`)
    return this.session
  }

  /** Takes a step: `party.do((p) => startHandshake(p.session, p.context))`. */
  do<S extends V4Step>(transition: (party: this) => S): S {
    const result = transition(this)
    this.session = result.state
    this.beside = result.beside ?? this.beside
    this.events.push(...result.events)
    this.outgoing.push(...result.outgoing)
    return result
  }

  start(): V4Step {
    return this.do(() => startHandshake(this.session, this.context))
  }

  send(text: string, tlvs: readonly Tlv[] = []): V4Message {
    const { outgoing } = this.do(() => sendMessage(this.session, { text, tlvs }, this.context))
    return outgoing[0] ?? fail('nothing was sent')
  }

  receive(message: V4Message): V4Step {
    return this.do(() => receiveMessage(this.session, overTheWire(message), this.context))
  }

  /** Takes the messages to send. */
  take(): V4Message[] {
    return this.outgoing.splice(0)
  }

  /** Takes the messages to send, which must be one message of this kind. */
  takeOne<K extends V4Message['kind']>(kind: K): Extract<V4Message, { kind: K }> {
    const [message, ...rest] = this.take()
    if (message?.kind !== kind || rest.length > 0) throw new Error(`${message?.kind ?? 'nothing'} and ${rest.length} more instead of ${kind}`)
    return message as Extract<V4Message, { kind: K }>
  }

  /** Takes the texts that were read. */
  said(): ProtocolEvent[] {
    return this.events.splice(0)
  }
}

function fail(what: string): never {
  throw new Error(what)
}

/** Delivers everything, in order, until both are silent. */
export function settle(a: V4Party, b: V4Party): void {
  for (let round = 0; round < 100; round++) {
    const fromA = a.take()
    const fromB = b.take()
    if (fromA.length + fromB.length === 0) return
    for (const message of fromA) b.receive(message)
    for (const message of fromB) a.receive(message)
  }
  throw new Error('the two do not come to rest')
}

/** Two parties before their first message: bob will send the Identity message, alice the Auth-R. */
export function strangers(seed = 'pair', options: { readonly alice?: PartyOptions, readonly bob?: PartyOptions } = {}): { alice: V4Party, bob: V4Party } {
  return {
    alice: new V4Party('alice', 'bob', { seed, ...options.alice }),
    bob: new V4Party('bob', 'alice', { seed, ...options.bob }),
  }
}

/** Two parties in an encrypted session: bob sent the Identity message. */
export function encryptedPair(seed = 'pair', options: Parameters<typeof strangers>[1] = {}): { alice: V4Party, bob: V4Party } {
  const pair = strangers(seed, options)
  pair.bob.start()
  settle(pair.alice, pair.bob)
  if (pair.alice.session.state !== 'encrypted' || pair.bob.session.state !== 'encrypted') throw new Error('no session')
  pair.alice.said()
  pair.bob.said()
  return pair
}

/** The texts among events. */
export function texts(events: readonly ProtocolEvent[]): string[] {
  return events.flatMap((event) => event.type === 'message' ? [event.text] : [])
}

/** The codes of the notices among events. */
export function notices(events: readonly ProtocolEvent[]): string[] {
  return events.flatMap((event) => event.type === 'notice' ? [event.code] : [])
}

/** Each sends a text that the other reads, `rounds` times: both rotate in each round. */
export function talk(a: V4Party, b: V4Party, rounds = 1): void {
  for (let i = 0; i < rounds; i++) {
    for (const [from, to] of [[a, b], [b, a]] as const) {
      const text = `round ${i} of ${from.account.address}`
      from.send(text)
      const events = from.take().flatMap((message) => to.receive(message).events)
      if (texts(events).join() !== text) throw new Error(`${JSON.stringify(events)} instead of ${text}`)
    }
  }
}

/** A copy of a message with one byte of one field changed. */
export function altered<M extends V4Message>(message: M, field: keyof M, at = 0, by = 1): M {
  const value = message[field]
  if (!(value instanceof Uint8Array)) throw new Error(`${String(field)} is no byte string`)
  const copy = value.slice()
  copy[at] = (copy[at] ?? 0) ^ by
  return { ...message, [field]: copy }
}

/** A data message with any plaintext, next in the party's chain: what an authenticated correspondent might send although we never would. */
export function craft(party: V4Party, plaintext: Uint8Array, flags = 0): DataMessageV4 {
  const session = party.encrypted
  const { state, header, keys, revealedMacKeys } = ratchetSend(session.ratchet, 'due', party.env)
  const draft = {
    kind: 'v4-data' as const, senderTag: party.account.instanceTag, receiverTag: session.theirTag, flags, ...header,
    ciphertext: chacha20(keys.mkEnc, plaintext), authenticator: new Uint8Array(64), revealedMacKeys,
  }
  party.session = { ...session, ratchet: state }
  return { ...draft, authenticator: hcmac(usage.authenticator, [keys.mkMac, dataMessageV4MacInput(draft)], 64) }
}
