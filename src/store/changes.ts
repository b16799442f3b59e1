import type { StateChanges } from '../session/client/persistence.js'
import type { PrekeyVault } from '../v4/prekey-vault.js'
import { pieceName, type StoredPieces } from './fragment-records.js'
import type { RecordKind, StoreRecord } from './record.js'

/** What a save does to the records: in order; the last change of each name counts. */
export type RecordChange =
  | { readonly name: string, readonly record: StoreRecord }
  | { readonly name: string, readonly kind: RecordKind, readonly record?: undefined }

/** Remembered between saves, so that a save writes only what has changed. */
export interface Remembered {
  readonly pieces: StoredPieces
  /** Identifiers of the prekey messages that are stored. */
  readonly prekeys: Set<number>
}

/** The records that a save writes and deletes. */
export function recordChanges(changes: StateChanges, remembered: Remembered): RecordChange[] {
  const result: RecordChange[] = []
  const put = (name: string, record: StoreRecord): void => { result.push({ name, record }) }
  const remove = (kind: RecordKind, name: string): void => { result.push({ name, kind }) }
  const { account, policy, prekeys } = changes

  if (account !== undefined) put('', { kind: 'account', value: account })
  if (policy !== undefined) put('', { kind: 'policy', value: policy })
  if (prekeys !== undefined) changePrekeys(prekeys, remembered.prekeys, put, remove)
  for (const peer of changes.forgotten) {
    remove('conversation', peer)
    for (const name of remembered.pieces.update({ peer, fragments: { open: [], bytes: 0 } }).removed) remove('piece', name)
  }
  for (const conversation of changes.conversations) {
    put(conversation.peer, { kind: 'conversation', value: conversation })
    const { added, removed } = remembered.pieces.update(conversation)
    for (const name of removed) remove('piece', name)
    for (const piece of added) put(pieceName(piece), { kind: 'piece', value: piece })
  }
  for (const entry of changes.journalAdded) put(String(entry.id), { kind: 'journal', value: entry })
  for (const id of changes.journalDone) remove('journal', String(id))
  for (const { name, bytes } of changes.records ?? []) {
    if (bytes === undefined) remove('host', name)
    else put(name, { kind: 'host', value: { name, bytes } })
  }
  return result
}

function changePrekeys(
  { clientProfiles, profiles, messages, used }: PrekeyVault, stored: Set<number>,
  put: (name: string, record: StoreRecord) => void, remove: (kind: RecordKind, name: string) => void,
): void {
  const identifiers = messages.map(({ message }) => message.identifier)
  put('', { kind: 'prekeys', value: { clientProfiles, profiles, messages: identifiers, used } })
  const kept = new Set(identifiers)
  for (const identifier of stored) {
    if (kept.has(identifier)) continue
    stored.delete(identifier)
    remove('prekey', String(identifier))
  }
  for (const message of messages) {
    const { identifier } = message.message
    if (stored.has(identifier)) continue
    stored.add(identifier)
    put(String(identifier), { kind: 'prekey', value: message })
  }
}
