import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Client, type Ed448Keys, type OpenOptions, type SavedState } from '../index.js'
import type { SealedStore, StoreSecret } from '../store/index.js'
import { utf8Decode, utf8Encode } from '../wire/index.js'
import { UsageError, type Io } from './command.js'
import { readIfThere, writePrivately } from './files.js'
import { printable } from './options.js'
import { isWrongPassphrase, storePassphrase, withSecret } from './passphrase.js'
import { accountKey, bareAccount, sealedAccounts, type AccountName, type StateFolder } from './state.js'

/** The record of a client that says which network its account is on. */
const protocolRecord = 'network'
const keyFile = 'key'

/** The folder of an account's sealed state inside a state folder. Its name is a hash: it shows the account only to those who guess it. */
export function sealedDirectory(folder: string, name: AccountName): string {
  const hash = createHash('sha256').update(`otr4 ${accountKey(name)}`).digest('hex')
  return join(folder, sealedAccounts, hash.slice(0, 32))
}

/** Whether the state of an account is sealed there. */
export function isSealed(folder: string, name: AccountName): boolean {
  return existsSync(join(sealedDirectory(folder, name), 'header'))
}

/** What opening a client needs beside the folder. */
export interface SealedOptions extends Omit<OpenOptions, 'account' | 'persistence' | 'keys'> {
  /** For a new store: keep its key beside it, without a passphrase. */
  readonly noPassphrase: boolean
  /** Called before keys of version 4 are made: these instead of the usual ones. */
  readonly newKeys?: () => Promise<Ed448Keys | undefined>
}

/**
 * Opens the client of an account from its sealed state, which is made if there is none. What the unsealed files of the folder know of the account is
 * taken into it: keys, instance tag, fingerprints with their trust. `migrated`: the unsealed version 4 keys were removed after that.
 */
export async function openSealedClient(
  folder: StateFolder, name: AccountName, io: Io, { noPassphrase, newKeys, ...options }: SealedOptions,
): Promise<{ readonly client: Client, readonly migrated: boolean }> {
  const isNew = !isSealed(folder.path, name)
  // Before anything is there: whoever declines to answer is asked again the next time.
  const made = isNew && folder.ed448(name) === undefined ? await newKeys?.() : undefined
  const persistence = await openSealed(folder.path, sealedDirectory(folder.path, name), io, { noPassphrase, isNew })
  const [dsa, ed448, instanceTag] = isNew ? [folder.key(name), folder.ed448(name) ?? made, folder.tag(name)] : []
  const keys = { ...(dsa !== undefined && { dsa }), ...(ed448 !== undefined && { ed448 }), ...(instanceTag !== undefined && { instanceTag }) }
  const client = await Client.open({ ...options, account: bareAccount(name), keys, persistence })
  if (isNew) await client.keepRecord(protocolRecord, utf8Encode(name.protocol))
  for (const { peer, version, fingerprint, verified } of folder.seen(name)) {
    const conversation = client.conversation(peer)
    // A decision about a key that was made in the sealed state since then stays.
    if (conversation.keys.some((key) => key.fingerprint === fingerprint)) continue
    await conversation.trust(verified ? 'verified' : 'seen', { fingerprint, version, how: 'import' })
  }
  return { client, migrated: folder.removeVersion4(name) }
}

/** Opens the store of one account, or makes it, under the one passphrase of the folder. */
async function openSealed(
  folder: string, directory: string, io: Io, { noPassphrase, isNew }: { readonly noPassphrase: boolean, readonly isNew: boolean },
): Promise<SealedStore> {
  const { openDirectory } = await import('../store/node/index.js')
  const [other] = stores(folder)
  const open = async (secret: StoreSecret): Promise<SealedStore> => {
    // All accounts of a folder have one passphrase: with two of them, each would open only a part.
    if (isNew && other !== undefined) await (await openDirectory({ directory: other, secret, create: false })).close()
    return openDirectory({ directory, secret })
  }
  const known = knownSecret(folder, io)
  if (known !== undefined) return open(known)
  if (noPassphrase) {
    if (other !== undefined) throw new UsageError('--no-passphrase: this state was sealed under a passphrase')
    const key = randomBytes(32)
    writePrivately(join(folder, keyFile), `${key.toString('hex')}\n`)
    return open({ key: new Uint8Array(key) })
  }
  if (!io.terminal) {
    throw new UsageError('--state: set OTR4_PASSPHRASE to the passphrase that seals it, or say --no-passphrase to keep the key beside it')
  }
  return withSecret(io, { ...storePassphrase, what: 'this state', isNew: other === undefined }, (passphrase) => open({ passphrase }))
}

/** A sealed account and its state. */
export interface SealedAccount {
  readonly name: AccountName
  readonly saved: SavedState
}

/** Which stores of a folder to read, and whether a person may be asked for the passphrase. */
interface Which {
  readonly only?: AccountName | undefined
  readonly mayAsk?: boolean
}

/**
 * The stores of a folder's sealed accounts, or of one of them, and the secret that opens them. `secret` is absent if no passphrase is known and
 * nobody may or can be asked for it.
 */
export async function sealedStores(
  folder: string, io: Io, { only, mayAsk = false }: Which = {},
): Promise<{ readonly directories: readonly string[], readonly secret: StoreSecret | undefined }> {
  const directories = only === undefined ? stores(folder) : isSealed(folder, only) ? [sealedDirectory(folder, only)] : []
  const known = knownSecret(folder, io)
  const [first] = directories
  if (known !== undefined || !mayAsk || !io.terminal || first === undefined) return { directories, secret: known }
  return { directories, secret: await secretOf(first, io) }
}

/** The sealed accounts of a folder, or one of them. `undefined` if there are some and no passphrase is known. */
export async function readSealedAccounts(folder: string, io: Io, which: Which = {}): Promise<readonly SealedAccount[] | undefined> {
  const { directories, secret } = await sealedStores(folder, io, which)
  if (directories.length === 0) return []
  if (secret === undefined) return undefined
  const { openDirectory } = await import('../store/node/index.js')
  const found: SealedAccount[] = []
  for (const directory of directories) {
    const store = await openDirectory({ directory, secret, create: false })
    const saved = await store.load()
    await store.close()
    const protocol = saved?.records.find(({ name }) => name === protocolRecord)?.bytes
    if (saved !== undefined && protocol !== undefined) found.push({ name: { account: saved.account.address, protocol: utf8Decode(protocol).text }, saved })
  }
  return found
}

function stores(folder: string): string[] {
  const accounts = join(folder, sealedAccounts)
  return existsSync(accounts) ? readdirSync(accounts).map((one) => join(accounts, one)).filter((one) => existsSync(join(one, 'header'))) : []
}

/** The secret that needs no asking: OTR4_PASSPHRASE, or the key that is kept beside the stores. */
function knownSecret(folder: string, { env }: Io): StoreSecret | undefined {
  const kept = readIfThere(join(folder, keyFile))
  if (kept !== undefined) {
    const key = new Uint8Array(Buffer.from(kept.trim(), 'hex'))
    if (key.length !== 32) throw new UsageError(`${printable(join(folder, keyFile))}: is no key of otr4`)
    return { key }
  }
  const passphrase = env['OTR4_PASSPHRASE']
  return passphrase === undefined || passphrase === '' ? undefined : { passphrase }
}

/** Asks for the passphrase of a store and tries it. If opening fails after that, the store is damaged. */
export async function secretOf(directory: string, io: Io): Promise<StoreSecret> {
  const { openDirectory } = await import('../store/node/index.js')
  return withSecret(io, storePassphrase, async (passphrase) => {
    const secret = { passphrase }
    // A passphrase from the environment is not tried here: nobody could be asked again.
    if (io.env[storePassphrase.variable] !== passphrase) {
      try {
        await (await openDirectory({ directory, secret, create: false })).close()
      } catch (error) {
        if (isWrongPassphrase(error)) throw error
      }
    }
    return secret
  })
}
