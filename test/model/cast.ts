import { dsaFingerprint, ed448Fingerprint } from '../../src/crypto/index.js'
import { generateEd448Keys, makeV4Identity, type Account, type KeyVersion, type PolicyChanges, type Version } from '../../src/index.js'
import { hexEncode } from '../../src/wire/index.js'
import { seededRandom } from '../support/seeded.js'
import { numberedDsaKey } from './arithmetic.js'
import { Constants, START } from './tokens.js'

/** A participant of a scenario. */
export interface Role {
  readonly name: string
  readonly address: string
  readonly tag: number
  /** Whose keys the account has: version 2 has that of version 3, and `policy` allows it. */
  readonly versions: '3' | '4' | '34'
  /** Whose version 3 key, and whose version 4 key. */
  readonly dsa: Holder
  readonly ed448: Holder
  readonly policy?: PolicyChanges
}

/** The owners of keys. Each has one key of each version. */
const holders = ['alice', 'bob', 'bob2', 'mallory', 'eve', 'oscar', 'trudy'] as const
export type Holder = (typeof holders)[number]

/** The check's name for somebody's key: `bob.3`. */
export type KeyName = `${Holder}.${KeyVersion}`

/** The person behind a key. */
export function personOf(key: KeyName): 'alice' | 'bob' | 'a stranger' {
  return key.startsWith('bob') ? 'bob' : key.startsWith('alice') ? 'alice' : 'a stranger'
}

/** A participant with keys. */
export interface Actor extends Role {
  readonly account: Account
}

/** All participants, alice first, with what everybody knows about them. Made with the arithmetic in use. */
export class Cast {
  readonly actors: readonly Actor[]
  readonly constants = new Constants()
  readonly #keys = new Map<string, KeyName>()
  readonly #fingerprints = new Map<KeyName, string>()

  constructor(roles: readonly Role[]) {
    this.actors = roles.map((role) => ({ ...role, account: accountOf(role) }))
    for (const { name, dsa, ed448, account } of this.actors) {
      const { v3, v4 } = account
      if (v3 !== undefined) {
        const { p, q, g, y } = v3.dsa
        for (const [part, bytes] of Object.entries({ p, q, g })) this.constants.add(bytes, part)
        this.constants.add(y, `${dsa}.y`)
        this.#name(`${dsa}.3`, dsaFingerprint(v3.dsa))
      }
      if (v4 !== undefined) {
        this.#name(`${ed448}.4`, ed448Fingerprint(v4.clientProfile.publicKey, v4.forgingKey))
        this.#constants(v4.clientProfile, `${name} profile`)
      }
    }
  }

  #name(key: KeyName, fingerprint: Uint8Array): void {
    this.#keys.set(hexEncode(fingerprint), key)
    this.#fingerprints.set(key, hexEncode(fingerprint))
    this.constants.add(fingerprint, key)
  }

  #constants(value: unknown, name: string): void {
    if (value instanceof Uint8Array) this.constants.add(value, name)
    else if (typeof value === 'object' && value !== null) for (const [key, one] of Object.entries(value)) this.#constants(one, `${name}.${key}`)
  }

  /** Whose key has a fingerprint in hex. */
  keyOf(fingerprint: string): KeyName {
    const key = this.#keys.get(fingerprint)
    if (key === undefined) throw new Error(`nobody has the key ${fingerprint}`)
    return key
  }

  fingerprint(key: KeyName): string {
    const fingerprint = this.#fingerprints.get(key)
    if (fingerprint === undefined) throw new Error(`nobody plays with ${key}`)
    return fingerprint
  }

  /** The key with which an actor takes part in a version. */
  keyIn(actor: number, version: Version): KeyName {
    const { dsa, ed448 } = this.actors[actor]!
    return version === 4 ? `${ed448}.4` : `${dsa}.3`
  }

  indexOf(name: string): number {
    const index = this.actors.findIndex((actor) => actor.name === name)
    if (index < 0) throw new Error(`${name} does not play`)
    return index
  }
}

function accountOf({ address, tag: instanceTag, versions, dsa, ed448 }: Role): Account {
  const key = numberedDsaKey(holders.indexOf(dsa) + 1)
  const v3 = versions !== '4' && { v3: { dsa: key } }
  if (versions === '3') return { address, instanceTag, ...v3 }
  const random = seededRandom(`model ${ed448}`)
  return { address, instanceTag, ...v3, v4: makeV4Identity(generateEd448Keys(random), { instanceTag, now: START, ...(v3 && { dsa: key }) }, random) }
}
