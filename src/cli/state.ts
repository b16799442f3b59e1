import { randomInt } from 'node:crypto'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { dsaFingerprint, generateDsaKey, systemRandom, type DsaPrivateKey } from '../crypto/index.js'
import {
  formatFingerprints, formatInstanceTags, formatPrivateKeys, parseFingerprints, parseInstanceTags, parsePrivateKeys, readFingerprints,
  type LibotrFingerprint, type LibotrInstanceTag, type LibotrPrivateKey, type RefusedLine,
} from '../v3/libotr/index.js'
import { hexDecode, hexEncode } from '../wire/index.js'
import { accountKey, isAccount, spelled, type AccountName } from './account-name.js'
import { UsageError } from './command.js'
import { groupDigits } from './fingerprint-digits.js'
import { V4State } from './state-v4.js'
import type { Ed448Keys } from '../index.js'
import { makePrivateFolder, readIfThere, writePrivately } from './files.js'
import { printable } from './options.js'

export { accountKey, bareAccount, type AccountName } from './account-name.js'

/** The locks that this process has. */
const held = new Set<string>()

/** The secrets of an account. */
export interface Identity {
  readonly key: DsaPrivateKey
  /** For version 4. */
  readonly ed448: Ed448Keys
  /** 0x100 to 0xffffffff. */
  readonly instanceTag: number
}

/** A correspondent's fingerprint, and whether it is verified. */
export interface SeenKey {
  readonly peer: string
  /** The protocol version. */
  readonly version: 3 | 4
  /** Hex: 40 digits in version 3, 112 in version 4. */
  readonly fingerprint: string
  readonly verified: boolean
}

/** The names of the files; libotr's own. */
export const stateFiles = { keys: 'otr.private_key', fingerprints: 'otr.fingerprints', tags: 'otr.instance_tags' } as const

/** The folder with the sealed accounts, inside a state folder. */
export const sealedAccounts = 'accounts'

/**
 * A folder with keys, instance tags and fingerprints in libotr's files, so that a folder of Pidgin's or irssi's can be copied here and back. Every
 * file is read before anything is written: a broken one is never replaced. As with libotr, secrets are in clear; only their owner can read the
 * files (mode 0600).
 */
export class StateFolder {
  readonly path: string
  #keys: LibotrPrivateKey[]
  #tags: LibotrInstanceTag[]
  #fingerprints: LibotrFingerprint[]
  readonly #v4: V4State

  private constructor(path: string, keys: LibotrPrivateKey[], tags: LibotrInstanceTag[], fingerprints: LibotrFingerprint[], v4: V4State) {
    this.path = path
    this.#keys = keys
    this.#tags = tags
    this.#fingerprints = fingerprints
    this.#v4 = v4
  }

  /** Reads a folder, making it where it does not exist. Throws `UsageError` or `OTR_FILE`. */
  static open(path: string): StateFolder {
    makePrivateFolder(path)
    return StateFolder.read(path)
  }

  /**
   * Reads a folder of another program's and never writes to it. Lines of `otr.fingerprints` that cannot be read are reported, and the others are
   * taken, unless there are no others.
   */
  static readForeign(path: string): { readonly folder: StateFolder, readonly refused: readonly RefusedLine[] } {
    const text = folderReader(path)
    const { fingerprints, refused } = readFingerprints(text(stateFiles.fingerprints) ?? '')
    // If no line can be read, this is no file of fingerprints.
    if (fingerprints.length === 0 && refused.length > 0) return { folder: StateFolder.read(path), refused }
    return { folder: new StateFolder(path, readKeys(text(stateFiles.keys)), readTags(text(stateFiles.tags)), [...fingerprints], V4State.read(path)), refused }
  }

  /** Reads a folder and writes nothing. Missing files count as empty; a missing folder is an error. */
  static read(path: string): StateFolder {
    const text = folderReader(path)
    const fingerprints = text(stateFiles.fingerprints)
    return new StateFolder(
      path,
      readKeys(text(stateFiles.keys)),
      readTags(text(stateFiles.tags)),
      fingerprints === undefined ? [] : parseFingerprints(fingerprints),
      V4State.read(path),
    )
  }

  get keys(): readonly LibotrPrivateKey[] {
    return this.#keys
  }

  get fingerprints(): readonly LibotrFingerprint[] {
    return this.#fingerprints
  }

  get tags(): readonly LibotrInstanceTag[] {
    return this.#tags
  }

  /** Whether otr4 keeps its state in this folder, in clear or sealed. */
  get isOurs(): boolean {
    return this.#v4.accounts().length > 0 || existsSync(join(this.path, sealedAccounts))
  }

  /** The key of an account. Pidgin writes a resource behind an XMPP account; when there are two, libotr uses the last. */
  key(name: AccountName): DsaPrivateKey | undefined {
    return this.#keys.findLast((one) => isAccount(one, name))?.key
  }

  /** The version 4 keys of an account, where it has some. */
  ed448(name: AccountName): Ed448Keys | undefined {
    return this.#v4.known(name)
  }

  /** The instance tag of an account, where it has one. */
  tag(name: AccountName): number | undefined {
    return this.#tags.findLast((one) => isAccount(one, name))?.instanceTag
  }

  /** Saves version 4 keys that come from elsewhere, in place of those that the account had. */
  addEd448(name: AccountName, keys: Ed448Keys): void {
    this.#v4.add(name, keys)
  }

  /** Every account that something is known of. */
  accounts(): AccountName[] {
    const all = [...this.#keys, ...this.#fingerprints, ...this.#v4.accounts()].map(({ account, protocol }) => ({ account, protocol }))
    return all.filter((one, at) => all.findIndex((other) => isAccount(other, one)) === at)
  }

  /** Forgets an account's keys, so that `identity` makes new ones. */
  forgetKeys(name: AccountName): void {
    this.#keys = this.#keys.filter((one) => !isAccount(one, name))
    this.#v4.forget(name)
  }

  /** Removes an account from the file of version 4. Returns whether keys were among it. */
  removeVersion4(name: AccountName): boolean {
    return this.#v4.remove(name)
  }

  /** The secrets of an account. Makes and saves those that are missing. @param forging - whether the secret of a new forging key is kept */
  async identity(name: AccountName, pause?: () => Promise<void>, forging: 'discard' | 'keep' = 'discard'): Promise<Identity> {
    const key = this.key(name) ?? await generateDsaKey(systemRandom, pause === undefined ? {} : { pause })
    const instanceTag = this.tag(name) ?? newInstanceTag()
    if (this.key(name) === undefined) this.addKeys([{ ...name, key }])
    if (!this.#tags.some((one) => isAccount(one, name))) {
      this.#tags = [...this.#tags, { ...name, instanceTag }]
      this.#write(stateFiles.tags, formatInstanceTags(this.#tags))
    }
    return { key, ed448: this.#v4.keys(name, forging), instanceTag }
  }

  /** Adds keys, in place of those which the same accounts had. */
  addKeys(keys: readonly LibotrPrivateKey[]): void {
    const kept = this.#keys.filter((one) => !keys.some((added) => isAccount(one, added)))
    this.#keys = [...kept, ...keys]
    this.#write(stateFiles.keys, formatPrivateKeys(this.#keys))
  }

  /** The version 3 fingerprints of an account's correspondents, as libotr keeps them. */
  fingerprintsOf(name: AccountName): LibotrFingerprint[] {
    return this.#fingerprints.filter((one) => isAccount(one, name))
  }

  /** The keys of an account's correspondents, under the one spelling of each. A key that the files have under several counts as verified if one does. */
  seen(name: AccountName): SeenKey[] {
    const version3 = this.fingerprintsOf(name).map(({ username, fingerprint, trust }) =>
      ({ peer: spelled(name.protocol, username), version: 3 as const, fingerprint: Buffer.from(fingerprint).toString('hex'), verified: trust !== '' }))
    const version4 = this.#v4.seen(name).map(({ peer, fingerprint, verified }) =>
      ({ peer: spelled(name.protocol, peer), version: 4 as const, fingerprint, verified }))
    const all = new Map<string, SeenKey>()
    for (const one of [...version3, ...version4]) {
      const key = `${one.peer}\0${one.fingerprint}`
      all.set(key, { ...one, verified: one.verified || all.get(key)?.verified === true })
    }
    return [...all.values()]
  }

  /** Saves a correspondent's fingerprint and its trust. Writes nothing if both were known. */
  remember(name: AccountName, { peer, version, fingerprint, verified }: SeenKey): void {
    if (version === 4) {
      this.#v4.remember({ account: name.account, protocol: name.protocol, peer, fingerprint, verified })
      return
    }
    const bytes = hexDecode(fingerprint)
    const key = nameOfKey({ ...name, username: peer, fingerprint: bytes })
    const isIt = (one: LibotrFingerprint): boolean => nameOfKey(one) === key
    const known = this.#fingerprints.filter(isIt)
    if (known.length === 1 && (known[0]?.trust !== '') === verified) return
    const entry = { ...name, username: peer, fingerprint: bytes, trust: verified ? 'verified' : '' }
    const next = [...this.#fingerprints.filter((one) => !isIt(one)), entry]
    this.#write(stateFiles.fingerprints, formatFingerprints(next))
    this.#fingerprints = next
  }

  /** Adds fingerprints from other files. A fingerprint that is known keeps the stronger trust. Returns how many were new. */
  addFingerprints(fingerprints: readonly LibotrFingerprint[]): number {
    const known = new Map(this.#fingerprints.map((one) => [nameOfKey(one), one]))
    const before = known.size
    let changed = false
    for (const one of fingerprints) {
      const name = nameOfKey(one)
      const same = known.get(name)
      if (same !== undefined && (same.trust !== '' || one.trust === '')) continue
      known.set(name, same === undefined ? one : { ...same, trust: one.trust })
      changed = true
    }
    if (changed) {
      const next = [...known.values()]
      this.#write(stateFiles.fingerprints, formatFingerprints(next))
      this.#fingerprints = next
    }
    return known.size - before
  }

  /**
   * Locks the folder for this process, since two programs would overwrite each other's fingerprints. The returned function unlocks it. Throws
   * `UsageError` while another process that is alive has it.
   */
  lock(): () => void {
    const path = resolve(this.path, 'lock')
    if (existsSync(path)) {
      const owner = Number(readFileSync(path, 'utf8'))
      // A lock with our own process number that we do not hold was left by an earlier process of that number.
      if (Number.isSafeInteger(owner) && owner > 0 && (owner === process.pid ? held.has(path) : isAlive(owner))) {
        throw new UsageError(`${printable(this.path)}: is in use by process ${owner}`)
      }
      rmSync(path, { force: true })
    }
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx', mode: 0o600 })
    } catch {
      throw new UsageError(`${printable(this.path)}: is in use or cannot be written`)
    }
    held.add(path)
    return () => {
      held.delete(path)
      rmSync(path, { force: true })
    }
  }

  #write(name: string, text: string): void {
    writePrivately(join(this.path, name), text)
  }
}

/** An instance tag of 0x100 at least. */
export function newInstanceTag(): number {
  return randomInt(0x100, 0x1_0000_0000)
}

/** The fingerprint of a key as people compare it: five groups of eight digits. */
export function shownFingerprint(key: DsaPrivateKey): string {
  return groupDigits(Buffer.from(dsaFingerprint(key)).toString('hex'))
}

/** Reads files of a folder; a missing one is `undefined`. Throws `UsageError` if there is no folder. */
function folderReader(path: string): (name: string) => string | undefined {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw new UsageError(`${printable(path)}: is no folder`)
  return (name) => readIfThere(join(path, name))
}

function readKeys(text: string | undefined): LibotrPrivateKey[] {
  return text === undefined || text.trim() === '' ? [] : parsePrivateKeys(text)
}

function readTags(text: string | undefined): LibotrInstanceTag[] {
  return text === undefined ? [] : parseInstanceTags(text)
}

/** The same string for all entries of one key of one correspondent, however the names are spelled. */
function nameOfKey(one: Pick<LibotrFingerprint, 'account' | 'protocol' | 'username' | 'fingerprint'>): string {
  return [accountKey(one), spelled(one.protocol, one.username), hexEncode(one.fingerprint)].join('\0')
}

function isAlive(process_: number): boolean {
  try {
    process.kill(process_, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
