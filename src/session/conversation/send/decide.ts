import { OtrError } from '../../../errors.js'
import type { Tlv } from '../../../wire/index.js'
import { floorOf } from '../../known/key-book.js'
import type { SendTo } from '../../policy.js'
import { isEncrypted } from '../../versions/adapters.js'
import { chooseSessions } from '../instances.js'
import { isPending } from '../query.js'
import type { SessionEntry } from '../state.js'
import type { Transaction } from '../transaction.js'

/** Options of a message. */
export interface SendOptions {
  /** TLV records for the other program. They are never sent in clear. */
  readonly tlvs?: readonly Tlv[]
  /** An instance tag, or which instances; absent: the policy's `sendTo`. With this option, nothing is sent in clear. */
  readonly to?: SendTo | number
  /** The text is an action, such as `/me waves`. Where it goes in clear, its `send` event says so; an encrypted or waiting one stays text. */
  readonly action?: boolean
}

/** What would happen to a text that is sent now: see `decide`. */
type Decision =
  | { readonly sending: 'encrypted', readonly targets: readonly SessionEntry[] }
  | { readonly sending: 'plaintext' }
  | { readonly sending: 'held', readonly why: OtrError }

/** Decides what happens to a text: the only implementation of rules 1 and 2 of `spec/trust.md`. Changes nothing. */
export function decide(transaction: Pick<Transaction, 'draft' | 'policy'>, options: SendOptions): Decision {
  const { draft, policy } = transaction
  const targets = chooseSessions(draft, options.to ?? policy.sendTo, policy)
  if (targets.length > 0) return { sending: 'encrypted', targets }
  const why = whyNotInClear(transaction, options)
  return why === undefined ? { sending: 'plaintext' } : { sending: 'held', why }
}

/** What would happen to a text that is sent now without options. */
export function sendingNow(transaction: Pick<Transaction, 'draft' | 'policy'>): Decision['sending'] {
  return decide(transaction, {}).sending
}

/** Why text must not go in clear now; `undefined` if it may. */
function whyNotInClear(transaction: Pick<Transaction, 'draft' | 'policy'>, { tlvs = [], to }: SendOptions): OtrError | undefined {
  const { draft, policy } = transaction
  if (typeof to === 'number' && !draft.sessions.some(({ tag }) => tag === to)) throw new OtrError('OTR_NO_INSTANCE', 'no such instance is known')
  if (draft.sessions.some(({ tag, state }) => isEncrypted(state) && (typeof to !== 'number' || tag === to))) return whyNotSendable(transaction)
  if (policy.requireEncryption || policy.requireVerified) return new OtrError('OTR_ENCRYPTION_REQUIRED', 'the policy requires encryption')
  if (draft.latched) return new OtrError('OTR_CONVERSATION_ENDED', 'the private conversation has ended: start it again, or continue in plaintext')
  if (isPending(transaction)) return new OtrError('OTR_HANDSHAKE_RUNNING', 'a private conversation is about to start')
  if (to !== undefined || tlvs.length > 0) return new OtrError('OTR_NOT_ENCRYPTED', 'this can only be sent in a private conversation')
  return undefined
}

/** Why nothing is sent in the encrypted sessions: messages may go to none of their keys. */
export function whyNotSendable({ draft, policy }: Pick<Transaction, 'draft' | 'policy'>): OtrError {
  if (policy.requireVerified) return new OtrError('OTR_NOT_VERIFIED', 'the policy requires a verified key, and nobody has verified this one')
  return new OtrError(
    'OTR_NOT_ACCEPTED',
    floorOf(draft) === 'verified'
      ? 'the private conversation is with another key than the verified one: verify or accept that key'
      : 'the private conversation is with another key than before: verify or accept that key',
  )
}
