import type { ProtocolEvent, StateEvent } from '../../protocol/index.js'
import { hexEncode, publicHex } from '../../wire/index.js'
import type { ClientMessageEvent } from '../event.js'
import { readText } from '../text/received-text.js'
import type { SessionState } from '../versions/adapter.js'
import { adapters, statusOf } from '../versions/adapters.js'
import { keyVersionOf } from '../versions/version.js'
import type { Shown } from './session-established.js'
import { setTrust } from './set-trust.js'
import { keyTrustOf, trustIn, type SessionEntry } from './state.js'
import type { Transaction } from './transaction.js'

/**
 * Emits the client event for an event of a session.
 *
 * @param shown - for the step that established a session: what its key exchange revealed
 * @returns the entry after it
 */
export function translate(transaction: Transaction, entry: SessionEntry, event: ProtocolEvent, shown: Shown | undefined): SessionEntry {
  const { peer } = transaction.draft
  const { tag, state } = entry
  switch (event.type) {
    case 'state':
      emitState(transaction, entry, event, shown)
      return entry
    case 'message':
      transaction.emit({
        type: 'message', from: peer, ...contentOf(transaction, entry, event.text), encrypted: true, instance: tag, version: state.version,
        ...(event.offline === true && { offline: true }),
      })
      return entry
    case 'notice':
      transaction.notice(event.code, event.detail, tag)
      return entry
    case 'smp': {
      transaction.tookLong = true
      // The person who asks a question can choose one to which they know the answer: it proves nothing to the one who answers.
      if (event.event === 'succeeded' && !entry.answersQuestion) verified(transaction, state)
      const keyTrust = event.event === 'succeeded' ? keyTrustOf(transaction.draft, state.version, statusOf(state).fingerprint) : undefined
      transaction.emit({ peer, instance: tag, version: state.version, ...event, ...(keyTrust !== undefined && { trust: keyTrust.trust, keyTrust }) })
      return event.event === 'asked' ? transaction.updateSession(entry, { answersQuestion: event.question !== undefined }) : entry
    }
    default:
      // What a message contained besides its text.
      transaction.emit({ peer, instance: tag, version: state.version, ...event })
      return entry
  }
}

/** The text as the person typed it, decoded by what is known of their program. This text itself may reveal more about the program. */
function contentOf(transaction: Transaction, { tag, state }: SessionEntry, received: string): Pick<ClientMessageEvent, 'text' | 'raw' | 'contentType'> {
  if (state.version === 4) return { text: received, contentType: 'text' }
  const { draft, policy } = transaction
  const { fingerprint } = adapters[state.version].established(state)
  const shown = { tag, version: state.version, fingerprint: fingerprint === undefined ? '' : publicHex(fingerprint) }
  const { devices, format, text } = readText(draft.devices, shown, received, transaction.delivery.textFormat, policy)
  draft.devices = devices
  return { text, ...(text !== received && { raw: received }), contentType: format === undefined ? 'unknown' : format === 'html' ? 'html' : 'text' }
}

function emitState(transaction: Transaction, entry: SessionEntry, { state: name, offline }: StateEvent, shown: Shown | undefined): void {
  const { tag, state } = entry
  const origin = { peer: transaction.draft.peer, instance: tag, version: state.version }
  if (name !== 'encrypted') {
    transaction.emit({ type: 'state', ...origin, state: name })
    return
  }
  const { ssid, fingerprint } = adapters[state.version].established(state)
  const keyTrust = keyTrustOf(transaction.draft, state.version, fingerprint)
  transaction.emit({
    type: 'state',
    ...origin,
    state: 'encrypted',
    ...(ssid !== undefined && { ssid: hexEncode(ssid) }),
    ...(fingerprint !== undefined && { fingerprint: hexEncode(fingerprint) }),
    ...(offline === true && { offline }),
    trust: trustIn(transaction.draft, state.version, fingerprint),
    ...(keyTrust !== undefined && { keyTrust }),
    ...(shown !== undefined && { key: shown.novelty }),
  })
  noticeClaimedKey(transaction, entry)
  if (shown?.novelty === 'changed') transaction.notice('key-changed', 'this correspondent had another key before', tag)
  if (shown?.isNewDevice === true) transaction.notice('new-device', 'this correspondent used other devices before', tag)
}

/** A version 4 profile may name a version 3 key. That is only a claim: it is compared with what is known, and changes no trust. */
function noticeClaimedKey(transaction: Transaction, { tag, state }: SessionEntry): void {
  const { claims, fingerprint } = adapters[state.version].established(state)
  const known = transaction.draft.keys.filter(({ version, lastSeen, trust }) => version === 3 && (lastSeen !== undefined || trust === 'verified'))
  if (claims === undefined || known.length === 0 || trustIn(transaction.draft, 4, fingerprint) === 'verified') return
  const claimed = known.find((key) => key.fingerprint === publicHex(claims))
  if (claimed === undefined) transaction.notice('other-v3-key', 'its profile names another version 3 key than those known of this correspondent', tag)
  else if (claimed.trust === 'verified') transaction.notice('vouched', 'its profile names the verified version 3 key. That proves nothing: verify this key too', tag)
}

function verified(transaction: Transaction, state: SessionState): void {
  const { fingerprint } = statusOf(state)
  if (fingerprint !== undefined) setTrust(transaction, keyVersionOf(state.version), hexEncode(fingerprint), 'verified', 'smp')
}
