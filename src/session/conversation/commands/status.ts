import { hexEncode } from '../../../wire/index.js'
import { floorOf } from '../../known/key-book.js'
import { chooseSessions, rankSessions } from '../instances.js'
import { contactStatus } from '../first-contact.js'
import { probableLoss } from '../lost-session.js'
import { isPending } from '../query.js'
import { sendingNow } from '../send/decide.js'
import { isUnanswered, keyTrustOf, type ConversationStatus, type SessionInfo } from '../state.js'
import type { Transaction } from '../transaction.js'
import { singleTarget } from './named-session.js'

/** The current status of a conversation. */
export function statusOfConversation(transaction: Pick<Transaction, 'draft' | 'policy' | 'context' | 'allowedAdapters'>): ConversationStatus {
  const { draft, policy } = transaction
  const [selected] = chooseSessions(draft, singleTarget(policy.sendTo), policy)
  const ranked = rankSessions(draft)
  const infos = ranked.map(({ entry, status, trust: level }): SessionInfo => {
    const key = keyTrustOf(draft, entry.state.version, status.fingerprint)
    return {
      instance: entry.tag,
      version: entry.state.version,
      state: status.state,
      trust: level,
      offline: status.offline ?? false,
      initiator: status.initiator ?? false,
      ...(status.ssid !== undefined && { ssid: hexEncode(status.ssid) }),
      ...(status.ssidBold !== undefined && { ssidBold: status.ssidBold }),
      ...(status.fingerprint !== undefined && { fingerprint: hexEncode(status.fingerprint) }),
      ...(status.ratchet !== undefined && { ratchet: status.ratchet }),
      ...(key !== undefined && { key: { ...key } }),
    }
  })
  const first = ranked.findIndex(({ entry }) => entry === selected)
  const opened = draft.openings.filter(isUnanswered).map(({ state }): SessionInfo => ({
    instance: 0, version: state.version, state: 'handshake', trust: 'unknown', offline: false, initiator: true,
  }))
  const key = infos[first]?.key
  const contact = contactStatus(transaction)
  const probablyLost = selected && probableLoss(draft, selected)
  return {
    sessions: [...infos.slice(Math.max(first, 0), first + 1), ...infos.filter((_, at) => at !== first), ...opened],
    selected: selected?.tag,
    ...(key !== undefined && { key }),
    sending: sendingNow(transaction),
    latched: draft.latched,
    floor: floorOf(draft),
    pending: isPending(transaction),
    ...(contact !== undefined && { contact }),
    held: draft.outbox.length,
    ...(probablyLost !== undefined && { probablyLost }),
  }
}
