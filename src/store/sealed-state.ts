import { wipe, type RandomSource } from '../crypto/index.js'
import { concatSecrets, copySecret } from '../crypto/secret.js'
import type { SavedState } from '../session/client/persistence.js'
import { readUint32be, uint32be } from './bytes.js'
import { recordChanges } from './changes.js'
import { corrupt } from './errors.js'
import { assemble, noValues } from './load.js'
import type { Passphrase } from './passphrase.js'
import { StoredPieces } from './fragment-records.js'
import { decodeRecord, encodeRecord, type StoreRecord } from './record.js'
import { openBytes, sealBytes } from './sealed-bytes.js'
import { publicBytes } from '../wire/public-bytes.js'

const purpose = 'client state'

/**
 * Seals the state of a client as bytes under a passphrase, to open once on another device. It encodes the state before it returns its promise.
 * If you continue to use the old client, or open the bytes twice, message keys are used twice; this function cannot prevent that.
 */
export async function sealState(passphrase: Passphrase, state: SavedState, random: RandomSource): Promise<Uint8Array> {
  const { journal, nextEvent, ...rest } = state
  const records: StoreRecord[] = recordChanges(
    { ...rest, forgotten: [], journalAdded: journal, journalDone: [], nextEvent }, { pieces: new StoredPieces(), prekeys: new Set() },
  ).flatMap(({ record }) => record === undefined ? [] : [record])
  const root: StoreRecord = { kind: 'root', value: { generation: 0, nextEvent, records: records.length, digest: publicBytes(32) } }
  const encoded = [...records, root].map(encodeRecord)
  const bytes = concatSecrets(...encoded.flatMap((one) => [uint32be(one.length), one]))
  wipe(...encoded)
  try {
    return await sealBytes(passphrase, bytes, random, { purpose })
  } finally {
    wipe(bytes)
  }
}

/** Opens bytes that `sealState` made. @throws OtrError `OTR_STORE_FOREIGN`, `OTR_STORE_PASSPHRASE`, `OTR_STORE_CORRUPT`, `OTR_STORE_NEWER` */
export async function openState(passphrase: Passphrase, sealed: Uint8Array): Promise<SavedState> {
  const bytes = await openBytes(passphrase, sealed, { purpose })
  const values = noValues()
  for (let at = 0; at < bytes.length;) {
    const length = readUint32be(bytes, at)
    const { kind, value } = decodeRecord(copySecret(bytes, at + 4, at + 4 + length))
    ;(values[kind] as unknown[]).push(value)
    at += 4 + length
  }
  wipe(bytes)
  const state = assemble({ root: values.root[0], values })
  if (state === undefined) throw corrupt('the account is missing')
  return state
}
