import { OtrError } from '../../../errors.js'
import { isOver } from '../../../protocol/index.js'
import { errorMessage, otrError, type Fragment, type OtrMessage } from '../../../wire/index.js'
import type { Version } from '../../versions/version.js'
import { hasSession } from '../instances.js'
import { canAsk, isPending, mayBegin, sendQuery } from '../query.js'
import { timer } from '../timer.js'
import { whyNone } from '../why-not.js'
import type { Transaction } from '../transaction.js'

/** Seconds between two notices of lines that nobody reads. */
const SAID_AGAIN = 600

/** Seconds in which the other side is informed at most once. */
const TOLD_AGAIN = 60

/** Seconds within which a program begins a new key exchange after an error message, if it does so at all. */
const BEGINS_ITSELF = 5

/**
 * A line for an instance tag that is not ours. If it is a private text, if there is no private conversation here, and if we know no other device of
 * ours by that tag, it is probably for an earlier installation of this account, and nobody reads it (`spec/lost-sessions.md`).
 */
export function noteOtherInstance(transaction: Transaction, { senderTag, receiverTag }: OtrMessage | Fragment, version: Version, isText: boolean): void {
  const { draft, now, context } = transaction
  const { unreadable } = draft
  // A stranger who gets no answer cannot be informed either.
  const isUsual = !isText || hasSession(draft, 'encrypted') || context.isOwnDevice(receiverTag) || !transaction.mayAnswer() || (unreadable !== undefined && !isOver(unreadable.at, SAID_AGAIN, now))
  if (isUsual) {
    transaction.notice('other-instance', 'for another client of this account', senderTag)
    return
  }
  draft.unreadable = { version, at: now }
  transaction.notice('earlier-installation', 'for another instance of this account', senderTag)
}

/** A private text of a session that we do not have. It proves nothing, so for a stranger who gets no answer nothing is kept. */
export function noteUnreadable(transaction: Transaction, version: Version): void {
  const { draft, now } = transaction
  if (transaction.mayAnswer()) draft.unreadable ??= { version, at: now }
}

/**
 * Informs the other side, in clear, that we could not read a text, and begins again. Some programs begin a key exchange themselves after an error
 * message. They get some seconds for it; then a query follows. From now on no text goes in clear, as after `start`.
 *
 * @throws OtrError `OTR_NOT_UNREADABLE`, `OTR_HANDSHAKE_RUNNING`, `OTR_NOT_VERIFIED`, `OTR_POLICY`
 */
export function tellUnreadable(transaction: Transaction): void {
  const { draft, now } = transaction
  const { unreadable, errorReplyAt } = draft
  if (unreadable === undefined) throw new OtrError('OTR_NOT_UNREADABLE', 'nothing came that could not be read since the last private conversation: start begins one')
  if (isPending(transaction)) throw new OtrError('OTR_HANDSHAKE_RUNNING', 'the other side was told already, or a private conversation is about to start')
  if (!mayBegin(transaction)) throw new OtrError('OTR_NOT_VERIFIED', 'the policy requires a verified key before a key exchange begins')
  if (!canAsk(transaction)) throw new OtrError('OTR_POLICY', transaction.allowedAdapters().length > 0 ? 'the policy allows no query' : whyNone(transaction))
  draft.known = true
  draft.latched = true
  draft.contact = undefined
  if (errorReplyAt !== undefined && !isOver(errorReplyAt, TOLD_AGAIN, now)) {
    draft.unreadable = undefined
    sendQuery(transaction)
    return
  }
  draft.errorReplyAt = now
  draft.unreadable = { ...unreadable, toldAt: now }
  transaction.sendText(errorMessage(`${unreadable.version === 4 ? `${otrError.unreadable}. ` : ''}I could not read what you wrote privately. Please begin the private conversation anew.`))
}

const never: readonly number[] = []

/** The other side was informed, and nothing has begun. */
export const telling = timer({
  of: ({ unreadable }) => unreadable?.toldAt === undefined ? never : [unreadable.toldAt],
  at: (toldAt) => toldAt + BEGINS_ITSELF,
  run: {
    all(transaction) {
      transaction.draft.unreadable = undefined
      if (!isPending(transaction) && canAsk(transaction)) sendQuery(transaction)
    },
  },
})
