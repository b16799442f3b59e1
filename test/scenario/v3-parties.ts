/** Two parties of our own for tests of version 3: keys from the recorded transcripts, a seeded random source, a clock. */
import { readFileSync } from 'node:fs'
import type { Suite } from 'mocha'
import type { DsaPrivateKey } from '../../src/crypto/dsa.js'
import type { RandomSource } from '../../src/crypto/random.js'
import { createSession, receiveMessage, startHandshake, type V3Account, type V3Message, type V3Context, type V3Session, type V3Step, type V3Version } from '../../src/v3/index.js'
import { nameAfterVersion2 } from '../support/attack-ids.js'
import { seededRandom } from '../support/seeded.js'
import type { Env, ProtocolEvent } from '../../src/protocol/index.js'
import { decodeMessage, encodeMessage, hexDecode, minimalBigEndian } from '../../src/wire/index.js'

const folder = new URL('../vectors/data/v3-libotr/', import.meta.url)

/** The private key of a file of libotr's with one account. */
export function libotrKey(name: 'alice' | 'bob'): DsaPrivateKey {
  const text = readFileSync(new URL(`keys/${name}.private_key`, folder), 'utf8')
  const number = (letter: string): Uint8Array => {
    const hex = new RegExp(`\\(${letter} #([0-9A-Fa-f]+)#\\)`).exec(text)?.[1] ?? ''
    return minimalBigEndian(hexDecode(hex))
  }
  return { p: number('p'), q: number('q'), g: number('g'), y: number('y'), x: number('x') }
}

export const alice: V3Account = { dsa: libotrKey('alice'), instanceTag: 0xaf6c12f2 }
export const bob: V3Account = { dsa: libotrKey('bob'), instanceTag: 0xe6bd42bb }

let spoken: V3Version = 3

/** A hand-made message of version 3, in the version that is spoken: for `M`, read the same in that version. */
export function inSpokenVersion<M extends V3Message>(message: M): M {
  return { ...message, kind: message.kind.replace(/^v\d/, `v${spoken}`) }
}

/** The version that is spoken. */
export function spokenVersion(): V3Version {
  return spoken
}

/** Does this in a version, at once. */
export function speaking<T>(version: V3Version, act: () => T): T {
  spoken = version
  try {
    return act()
  } finally {
    spoken = 3
  }
}

/** What travels is encoded and decoded, in the version that is spoken, so that no array is shared between the two. */
export function overTheWire<M extends V3Message>(message: M): M {
  return decodeMessage(encodeMessage(inSpokenVersion(message))) as M
}

/** Tests of version 3 that hold in version 2 as well: runs them in each, and says in which. An attack's id ends with `/2` there. */
export function inBothVersions(title: string, tests: (this: Suite, version: V3Version) => void): void {
  for (const version of [3, 2] as const) {
    const suite = describe(version === 3 ? title : `${title}, in version 2`, function () {
      before(() => { spoken = version })
      after(() => { spoken = 3 })
      tests.call(this, version)
    })
    if (version === 2) nameAfterVersion2(suite)
  }
}

/** One side of a conversation: applies steps and keeps their results. */
export class Party {
  session: V3Session
  /** The session with another key that a key exchange added. */
  beside: V3Session | undefined
  readonly events: ProtocolEvent[] = []
  readonly outgoing: V3Message[] = []
  now = 1_000_000
  random: RandomSource
  options: Omit<V3Context, 'account' | keyof Env> = {}

  constructor(readonly account: V3Account, seed: string, theirTag = 0) {
    this.session = createSession({ theirTag })
    this.random = seededRandom(seed)
  }

  get env(): Env {
    return { random: this.random, now: this.now }
  }

  get context(): V3Context {
    return { ...this.env, version: spoken, account: this.account, ...this.options }
  }

  /** Takes a step: `party.do((s) => sendMessage(s.session, ...))`. Returns its messages as they travel. */
  do<S extends V3Step>(transition: (party: this) => S): S {
    const result = transition(this)
    this.session = result.state
    this.beside = result.beside ?? this.beside
    this.events.push(...result.events)
    this.outgoing.push(...result.outgoing)
    return result
  }

  receive(message: V3Message): V3Step {
    return this.do(() => receiveMessage(this.session, overTheWire(message), this.context))
  }

  /** Takes the messages to send. */
  take(): V3Message[] {
    return this.outgoing.splice(0)
  }

  /** Takes the texts that were read. */
  said(): ProtocolEvent[] {
    return this.events.splice(0)
  }
}

/** Delivers everything, in order, until both are silent. */
export function settle(a: Party, b: Party): void {
  for (let round = 0; round < 100; round++) {
    const fromA = a.take()
    const fromB = b.take()
    if (fromA.length + fromB.length === 0) return
    for (const message of fromA) b.receive(message)
    for (const message of fromB) a.receive(message)
  }
  throw new Error('the two do not come to rest')
}

/** Two parties in an encrypted session that `a` began. */
export function encryptedPair(seed = 'pair'): { a: Party, b: Party } {
  const a = new Party(alice, `${seed} alice`)
  const b = new Party(bob, `${seed} bob`)
  a.do(() => startHandshake(a.session, a.context))
  settle(a, b)
  if (a.session.state !== 'encrypted' || b.session.state !== 'encrypted') throw new Error('no session')
  a.said()
  b.said()
  return { a, b }
}
