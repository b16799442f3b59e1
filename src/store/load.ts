import { equalBytes } from '../crypto/index.js'
import { wipeValues } from '../crypto/compare.js'
import { entries, headerName, type StoreDatabase } from './database.js'
import { corrupt } from './errors.js'
import { NAME_LENGTH, rootName, type StoreKeys } from './keys.js'
import { Manifest } from './manifest.js'
import { placePieces } from './fragment-records.js'
import { decodeRecord, type RecordKind, type RecordTypes, type RecordValues, type Root } from './record.js'
import type { SavedState } from '../session/client/persistence.js'
import type { PrekeyVault } from '../v4/prekey-vault.js'

/** Every value in a store, by kind. */
export type StoredValues = { readonly [Kind in RecordKind]: RecordValues[Kind][] }

/** None of any kind. */
export function noValues(): StoredValues {
  return { root: [], account: [], policy: [], prekeys: [], prekey: [], conversation: [], piece: [], journal: [], host: [] }
}

/** A whole store, verified. */
export interface Loaded {
  readonly root: Root | undefined
  readonly values: StoredValues
  readonly manifest: Manifest
  /** Bytes of keys and values. */
  readonly bytes: number
}

/**
 * Reads a whole database and verifies it: each record, and that all of them together are the records of the last write.
 *
 * @throws OtrError `OTR_STORE_CORRUPT`, `OTR_STORE_NEWER`
 */
export async function loadAll(database: StoreDatabase, keys: StoreKeys, types?: RecordTypes): Promise<Loaded> {
  const manifest = new Manifest(keys)
  const values = noValues()
  let bytes = 0
  let rootGeneration = -1
  let newest = -1
  const take = (key: Uint8Array, value: Uint8Array): void => {
    bytes += key.length + value.length
    if (equalBytes(key, headerName)) return
    const isRoot = equalBytes(key, rootName)
    if (!isRoot && key.length !== NAME_LENGTH) throw corrupt('the store holds what otr4 never wrote')
    const { generation, body } = keys.open(key, value)
    const record = decodeRecord(body, types)
    if (isRoot !== (record.kind === 'root')) throw corrupt('a record stands in the place of another')
    ;(values[record.kind] as unknown[]).push(record.value)
    if (isRoot) {
      rootGeneration = generation
      return
    }
    newest = Math.max(newest, generation)
    manifest.set(key, generation)
  }
  try {
    for await (const some of entries(database)) for (const [key, value] of some) take(key, value)
    const [root] = values.root
    if (root === undefined && manifest.size > 0) throw corrupt('the root is missing')
    if (root !== undefined && (root.generation !== rootGeneration || newest > rootGeneration || !manifest.matches(root))) {
      throw corrupt('a record is missing, or an older one stands in its place')
    }
    return { root, values, manifest, bytes }
  } catch (error) {
    wipeValues(values)
    throw error
  }
}

/** Assembles the state; `undefined` for an empty store. @throws OtrError `OTR_STORE_CORRUPT` when the values do not form one */
export function assemble({ root, values }: Pick<Loaded, 'root' | 'values'>): SavedState | undefined {
  if (root === undefined) return undefined
  const { account: [account], policy: [policy = {}], conversation, piece, journal, host } = values
  if (account === undefined) throw corrupt('the account is missing')
  if (!placePieces(conversation, piece)) throw corrupt('a fragment belongs to no message')
  const prekeys = vaultOf(values)
  return {
    account,
    policy,
    ...(prekeys !== undefined && { prekeys }),
    conversations: conversation,
    journal: journal.sort((a, b) => a.id - b.id),
    nextEvent: root.nextEvent,
    records: host,
  }
}

function vaultOf({ prekeys: [head], prekey }: StoredValues): PrekeyVault | undefined {
  if (head === undefined && prekey.length === 0) return undefined
  const byIdentifier = new Map(prekey.map((one) => [one.message.identifier, one]))
  const messages = head?.messages.flatMap((identifier) => byIdentifier.get(identifier) ?? [])
  if (head === undefined || messages === undefined || messages.length !== head.messages.length || messages.length !== prekey.length) {
    throw corrupt('the prekey messages are not those that were kept')
  }
  return { clientProfiles: head.clientProfiles, profiles: head.profiles, messages, used: head.used }
}
