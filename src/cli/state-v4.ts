import { join } from 'node:path'
import { generateEd448Keys, systemRandom, type Ed448Keys } from '../index.js'
import { hexDecode, hexEncode } from '../wire/index.js'
import { isAccount, spelled, type AccountName } from './account-name.js'
import { UsageError } from './command.js'
import { readIfThere, removePrivate, writePrivately } from './files.js'
import { printable } from './options.js'

/** A version 4 key of a correspondent that an account has seen. */
interface SeenFingerprint {
  readonly account: string
  readonly protocol: string
  readonly peer: string
  /** Hex, 112 digits. */
  readonly fingerprint: string
  readonly verified: boolean
}

interface StoredKeys {
  readonly account: string
  readonly protocol: string
  /** Hex, 57 bytes. */
  readonly symmetricKey: string
  /** Hex, 57 bytes. */
  readonly forgingKey: string
  /** Hex, 57 bytes; absent where nobody has it. */
  readonly forgingSecret?: string
}

interface Content {
  readonly keys: readonly StoredKeys[]
  readonly fingerprints: readonly SeenFingerprint[]
}

/** The name of the file. */
export const v4StateFile = 'otr4.json'

/** The version 4 keys of our accounts and of their correspondents, for which libotr's files have no place. */
export class V4State {
  readonly #path: string
  #content: Content

  private constructor(path: string, content: Content) {
    this.#path = path
    this.#content = content
  }

  /** Reads the file of a folder; one that is missing counts as empty. Throws `UsageError` for a broken one. */
  static read(folder: string): V4State {
    const path = join(folder, v4StateFile)
    const text = readIfThere(path)
    return new V4State(path, text === undefined ? { keys: [], fingerprints: [] } : parse(text, path))
  }

  /** The keys of an account, where it has some. */
  known(name: AccountName): Ed448Keys | undefined {
    const known = this.#content.keys.find((one) => isAccount(one, name))
    if (known === undefined) return undefined
    const { symmetricKey, forgingKey, forgingSecret } = known
    return { symmetricKey: hexDecode(symmetricKey), forgingKey: hexDecode(forgingKey), ...forgingSecret !== undefined && { forgingSecret: hexDecode(forgingSecret) } }
  }

  /** The accounts that something is known of. */
  accounts(): { readonly account: string, readonly protocol: string }[] {
    return [...this.#content.keys, ...this.#content.fingerprints].map(({ account, protocol }) => ({ account, protocol }))
  }

  /** Forgets the keys of an account. The file is written when the next ones are saved. */
  forget(name: AccountName): void {
    this.#content = { ...this.#content, keys: this.#content.keys.filter((one) => !isAccount(one, name)) }
  }

  /** Removes all that is known of an account, and the file with the last account. Returns whether its keys were there. */
  remove(name: AccountName): boolean {
    const others = <One extends AccountName>(all: readonly One[]): One[] => all.filter((one) => !isAccount(one, name))
    const { keys, fingerprints } = this.#content
    const kept: Content = { keys: others(keys), fingerprints: others(fingerprints) }
    if (kept.keys.length === keys.length && kept.fingerprints.length === fingerprints.length) return false
    if (kept.keys.length + kept.fingerprints.length > 0) {
      this.#replace(kept)
    } else {
      removePrivate(this.#path)
      this.#content = kept
    }
    return kept.keys.length < keys.length
  }

  /** The keys of an account. Makes and saves them if there are none. @param forging - whether the secret of a new forging key is kept */
  keys(name: AccountName, forging: 'discard' | 'keep' = 'discard'): Ed448Keys {
    const known = this.known(name)
    if (known !== undefined) return known
    const keys = generateEd448Keys(systemRandom, forging)
    this.add(name, keys)
    return keys
  }

  /** Saves keys, in place of those that the account had. */
  add({ account, protocol }: AccountName, { symmetricKey, forgingKey, forgingSecret }: Ed448Keys): void {
    const others = this.#content.keys.filter((one) => !isAccount(one, { account, protocol }))
    const stored = {
      account, protocol, symmetricKey: hexEncode(symmetricKey), forgingKey: hexEncode(forgingKey), ...forgingSecret !== undefined && { forgingSecret: hexEncode(forgingSecret) },
    }
    this.#replace({ ...this.#content, keys: [...others, stored] })
  }

  /** What is known of an account's correspondents. */
  seen(name: AccountName): readonly SeenFingerprint[] {
    return this.#content.fingerprints.filter((one) => isAccount(one, name))
  }

  /** Saves a fingerprint and its trust. Writes nothing if both were known. */
  remember(entry: SeenFingerprint): void {
    const isIt = (one: SeenFingerprint): boolean =>
      isAccount(one, entry) && spelled(one.protocol, one.peer) === spelled(entry.protocol, entry.peer) && one.fingerprint === entry.fingerprint
    const { fingerprints } = this.#content
    const known = fingerprints.filter(isIt)
    if (known.length === 1 && known[0]?.verified === entry.verified) return
    this.#replace({ ...this.#content, fingerprints: [...fingerprints.filter((one) => !isIt(one)), entry] })
  }

  #replace(content: Content): void {
    writePrivately(this.#path, `${JSON.stringify(content, undefined, 2)}\n`)
    this.#content = content
  }
}

function parse(text: string, path: string): Content {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new UsageError(`${printable(path)}: is no JSON`)
  }
  if (!isContent(value)) throw new UsageError(`${printable(path)}: is not what otr4 writes there`)
  return value
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isHex = (value: unknown, digits: number): boolean => isText(value) && value.length === digits && /^[0-9a-f]*$/.test(value)

function isContent(value: unknown): value is Content {
  if (typeof value !== 'object' || value === null || !('keys' in value) || !('fingerprints' in value)) return false
  const { keys, fingerprints } = value
  if (!Array.isArray(keys) || !Array.isArray(fingerprints)) return false
  return keys.every((one: Partial<StoredKeys> | null) =>
    isText(one?.account) && isText(one.protocol) && isHex(one.symmetricKey, 114) && isHex(one.forgingKey, 114) &&
    (one.forgingSecret === undefined || isHex(one.forgingSecret, 114))) &&
    fingerprints.every((one: Partial<SeenFingerprint> | null) =>
      isText(one?.account) && isText(one.protocol) && isText(one.peer) && isHex(one.fingerprint, 112) && typeof one.verified === 'boolean')
}
