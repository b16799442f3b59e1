import { OtrError } from '../errors.js'
import { queryMessage } from '../wire/index.js'
import { isUnanswered } from './conversation.js'
import { statusOf } from './machines.js'
import { open } from './open.js'
import type { Turn } from './turn.js'

/** Whether the policy lets a key exchange with this correspondent be begun at all. */
export function mayBegin({ draft, policy }: Turn): boolean {
  return !policy.requireAuthenticated || draft.keys.some(({ trust }) => trust === 'verified')
}

/**
 * Asks the correspondent to begin a key exchange, in clear; where the policy knows no queries, begins one. With an encrypted session
 * standing this renews it.
 * @throws OtrError `OTR_POLICY` when the policy allows no version that the account speaks
 */
export function sendQuery(turn: Turn): void {
  const versions = turn.allowedMachines().map((machine) => machine.version)
  if (versions.length === 0) throw new OtrError('OTR_POLICY', 'the policy allows no version of OTR')
  const { allowQueries, queryText, maxMessageLength } = turn.policy
  if (!allowQueries) {
    const machine = turn.allowedMachines().find(({ version }) => version === 4)
    if (machine === undefined) throw new OtrError('OTR_POLICY', 'version 3 is not begun without a query')
    open(turn, machine)
    return
  }
  const full = queryMessage(versions, queryText)
  turn.sendText(maxMessageLength === 0 || full.length <= maxMessageLength ? full : queryMessage(versions, ''))
  turn.draft.queriedAt = turn.now
}

/** Whether something of ours, or a key exchange of theirs, is under way that may still end in an encrypted session. */
export function isPending(turn: Pick<Turn, 'draft'>): boolean {
  return turn.draft.queriedAt !== undefined || isHandshaking(turn)
}

/** Whether a key exchange is under way where no encrypted session runs. */
export function isHandshaking({ draft }: Pick<Turn, 'draft'>): boolean {
  return draft.openings.some(isUnanswered) || draft.sessions.some(({ state }) => statusOf(state).state === 'handshake')
}
