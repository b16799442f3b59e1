import { equalBytes } from '../../crypto/compare.js'
import { OtrError } from '../../errors.js'
import { hexEncode, publicHex } from '../../wire/index.js'
import { fullBucket } from '../budget/token-bucket.js'
import { limits } from '../budget/limits.js'
import { deviceShown } from '../known/device.js'
import type { Trust } from '../known/key-trust.js'
import { findKey, isSendable, keyShown, type KeyNovelty, type KnownKey } from '../known/key-book.js'
import { noteProgram } from '../text/received-text.js'
import { adapters, isEncrypted } from '../versions/adapters.js'
import { keyVersionOf, type Version } from '../versions/version.js'
import { isUnanswered, type Conversation, type SessionEntry } from './state.js'
import type { Transaction } from './transaction.js'

/** What a completed key exchange revealed. */
export interface Shown {
  /** Whether the key was known before. */
  readonly novelty: KeyNovelty
  /** Whether the device is new, and other devices were known before. */
  readonly isNewDevice: boolean
}

/** Records what every completed key exchange means for the conversation: key, trust, device, latch. */
export function noteEstablished(transaction: Transaction, entry: SessionEntry): Shown {
  const { draft } = transaction
  const { tag, state } = entry
  draft.latched = true
  const { fingerprint } = adapters[state.version].established(state)
  if (fingerprint === undefined) throw new OtrError('OTR_INTERNAL', 'an encrypted session without a fingerprint')
  const hex = hexEncode(fingerprint)
  // Only for the first key: making many keys gains nothing.
  if (draft.keys.every(({ lastSeen }) => lastSeen === undefined)) draft.handshakes = { ...fullBucket(limits.handshakesOfKnown), at: transaction.now }
  const { keys, trustHistory, novelty } = keyShown(draft, state.version, hex, transaction.now, isKeyInUse(draft))
  draft.keys = keys
  draft.trustHistory = trustHistory
  const trustOf = (device: { readonly version: Version, readonly fingerprint: string }): Trust =>
    findKey(draft, keyVersionOf(device.version), device.fingerprint)?.trust ?? 'unknown'
  const shown = { tag, version: state.version, fingerprint: hex }
  const { devices, isNew } = deviceShown(draft.devices, shown, transaction.now, trustOf)
  // What the network says of the program holds for our first text already, before they have written any.
  draft.devices = state.version !== 4 ? noteProgram(devices, shown, transaction.delivery.textFormat) : devices
  // A session with a key that nobody accepted is no answer to what we asked the correspondent.
  if (isSendable(draft, state.version, hex, false)) settleOpenings(transaction, state.version)
  return { novelty, isNewDevice: isNew }
}

/** If there is an older session with the same instance and the same key, the newer one renews it. */
export function renewSameKeySession(transaction: Transaction, entry: SessionEntry): SessionEntry {
  const { tag, state } = entry
  const adapter = adapters[state.version]
  const { fingerprint } = adapter.established(state)
  const twin = transaction.draft.sessions.find((one) => {
    if (one === entry || one.tag !== tag || one.state.version !== state.version) return false
    const other = adapter.established(one.state).fingerprint
    return fingerprint !== undefined && other !== undefined && equalBytes(other, fingerprint)
  })
  if (twin === undefined) return entry
  transaction.draft.sessions = transaction.draft.sessions.filter((one) => one !== twin)
  return transaction.updateSession(entry, { state: adapter.renew(twin.state, state, transaction.adapterContext) })
}

function settleOpenings(transaction: Transaction, version: Version): void {
  const { draft } = transaction
  draft.queriedAt = undefined
  draft.contact = undefined
  draft.unreadable = undefined
  if (!draft.openings.some(isUnanswered)) return
  draft.openings = draft.openings.map((opening) => opening.state.version === version ? { ...opening, settled: true } : opening)
}

/** Whether an encrypted session uses a key. */
function isKeyInUse({ sessions }: Pick<Conversation, 'sessions'>): (key: KnownKey) => boolean {
  return ({ version, fingerprint }) => sessions.some(({ state }) => {
    if (keyVersionOf(state.version) !== version || !isEncrypted(state)) return false
    const used = adapters[state.version].established(state).fingerprint
    return used !== undefined && publicHex(used) === fingerprint
  })
}
