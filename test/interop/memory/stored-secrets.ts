import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { hmacSha256, scryptKey } from '../../../src/crypto/index.js'
import { copySecret } from '../../../src/crypto/secret.js'
import { utf8Encode } from '../../../src/store/bytes.js'
import { openHeader } from '../../../src/store/header.js'
import { NAME_LENGTH, StoreKeys } from '../../../src/store/keys.js'
import { decodeRecord, type StoreRecord } from '../../../src/store/record.js'
import { imagesIn } from './level-files.js'

/** A store as somebody sees it who has its files and its passphrase. */
export interface OpenedFiles {
  /** The keys of the store, by their names. */
  readonly keys: readonly (readonly [string, Uint8Array])[]
  /** Every record that stands in a file, with the generation in which it was written, and its name. */
  readonly records: readonly { readonly generation: number, readonly name: string, readonly record: StoreRecord }[]
}

const COST = { log2N: 14, r: 8, p: 1 }

/** Opens the files of a store with its passphrase, without the store's own code of reading: old versions of records, too. */
export async function openFiles(directory: string, passphrase: Uint8Array): Promise<OpenedFiles> {
  const header = readFileSync(join(directory, 'header'))
  const { master, storeId } = await openHeader(new Uint8Array(header), { passphrase })
  const store = new StoreKeys(copySecret(master), storeId)
  const uses = ['record', 'name', 'manifest', 'anchor'].map((use) => [`store: ${use} key`, hmacSha256(master, utf8Encode(`otr4-store ${use}`), storeId)] as const)
  // "otr4-store", version, source, cost, id, salt.
  const salt = new Uint8Array(header.subarray(31, 47))
  const keys = [['key of the passphrase', await scryptKey(passphrase, salt, COST)], ['store: master key', master], ...uses] as const
  const records = imagesIn(join(directory, 'db')).filter(({ key }) => key.length === NAME_LENGTH).map(({ key, value }) => {
    const { generation, body } = store.open(new Uint8Array(key), new Uint8Array(value))
    return { generation, name: key.toString('hex'), record: decodeRecord(copySecret(body)) }
  })
  return { keys, records }
}

/** The properties of stored values that hold secrets of sessions, key exchanges and prekeys. */
const secretNames = new Set([
  'privateKey', 'ourDh', 'rootKey', 'braceKey', 'chainKey', 'mkEnc', 'extraBase', 'macKeysToReveal', 'mixedSecret', 'c', 'm1', 'm2', 'revealedKey', 'secret', 'a2',
  'a3', 'b3', 'macKey', 'oldMacKeys',
])

/** The secrets in a stored value: the name of each, and its bytes. */
export function secretsOf(value: unknown, name = ''): (readonly [string, Uint8Array])[] {
  if (value instanceof Uint8Array) return secretNames.has(name) && value.length >= 16 ? [[name, value]] : []
  if (Array.isArray(value)) return value.flatMap((one: unknown) => secretsOf(one, name))
  return typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, one]) => secretsOf(one, key)) : []
}
