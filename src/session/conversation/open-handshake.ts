import { OtrError } from '../../errors.js'
import type { Opening } from './state.js'
import { hasSession } from './instances.js'
import type { VersionAdapter } from '../versions/adapter.js'
import { statusOf } from '../versions/adapters.js'
import { spendOnHandshake } from './handshake-allowance.js'
import { sessionInHandshake } from './session-entries.js'
import type { Transaction } from './transaction.js'

/**
 * Opens a key exchange that any instance of the correspondent may answer. While nobody has answered, the same message is sent again: a
 * new value each time would change which side yields when two openings cross. Returns `false`, and sends nothing, if the correspondent's
 * allowance is used up.
 */
export function openHandshake(transaction: Transaction, adapter: VersionAdapter): boolean {
  const { draft } = transaction
  if (!spendOnHandshake(transaction, 1)) return false
  const { version } = adapter
  const waiting = draft.openings.find((opening) => opening.state.version === version)
  if (waiting !== undefined && isStillUnanswered(transaction, waiting)) {
    draft.openings = draft.openings.map((one) => one === waiting ? { ...one, since: transaction.now } : one)
    transaction.sendMessage(waiting.message)
    return true
  }
  transaction.tookLong = true
  const step = adapter.start(adapter.create(0, draft.learned), transaction.adapterContext)
  const [message] = step.outgoing
  if (message === undefined) throw new OtrError('OTR_INTERNAL', 'a key exchange began without a message')
  if (waiting !== undefined) adapter.abandon(waiting.state)
  transaction.irreversible = true
  const opening: Opening = { state: step.state, since: transaction.now, tries: 0, message, answeredBy: [], settled: false }
  draft.openings = [...draft.openings.filter((one) => one !== waiting), opening]
  transaction.sendMessage(message)
  if (!hasSession(draft, 'encrypted')) transaction.emit({ type: 'state', peer: draft.peer, instance: 0, version, state: 'handshake' })
  return true
}

/** Whether an opening has no real answer yet: none at all, or only openings that crossed it and have to yield. */
function isStillUnanswered(transaction: Transaction, { state, answeredBy, settled }: Opening): boolean {
  return !settled && answeredBy.every((tag) => {
    const entry = sessionInHandshake(transaction, tag, state.version)
    return entry !== undefined && statusOf(entry.state).role === 'committed'
  })
}
