import { isOver } from '../../../protocol/index.js'
import {
  errorMessage, IGNORE_UNREADABLE, isInstanceTag, messageRole, otrError, type Classified, type MessageHeader,
} from '../../../wire/index.js'
import type { AllowedAdapters } from '../../versions/adapter.js'
import { isEncrypted } from '../../versions/adapters.js'
import type { Version } from '../../versions/version.js'
import { noteUnreadableAnswer } from '../first-contact.js'
import { sessionsUnder } from '../session-entries.js'
import type { Transaction } from '../transaction.js'

/** The text of our error reply, for the person at the other side. */
const unreadableText = 'I could not read an encrypted message of yours.'

/** Reports an encoded message that cannot be decoded, and replies if its sender has to know. */
export function refuse(transaction: Transaction, classified: Extract<Classified, { kind: 'malformed' | 'too-large' | 'unsupported' }>, allowed: AllowedAdapters): void {
  switch (classified.kind) {
    case 'malformed':
      // Where version 2 is not spoken, it does not matter whether the message is well formed.
      if (classified.header?.version === 2 && !allowed.some(({ version }) => version === 2)) {
        transaction.notice('unsupported', 'version 2 is not allowed')
        break
      }
      noteMalformedAnswer(transaction, classified, allowed)
      transaction.notice('malformed', classified.error.message, classified.header?.senderTag)
      replyToTruncated(transaction, classified.header, allowed)
      break
    case 'too-large': transaction.notice('too-large', `${classified.length} characters`); break
    case 'unsupported': transaction.notice('unsupported', `version ${classified.version}, type ${classified.type}`, classified.header?.senderTag)
  }
}

/** A message of a version 4 key exchange that may be for us, and cannot be decoded. */
function noteMalformedAnswer(transaction: Transaction, { header, error }: Extract<Classified, { kind: 'malformed' }>, allowed: AllowedAdapters): void {
  if (header?.senderTag === undefined || header.version !== 4) return
  const { senderTag, receiverTag } = header
  const { instanceTag } = transaction.context.account
  const role = messageRole(header)
  if (role === undefined || role === 'data' || senderTag === instanceTag || !isInstanceTag(senderTag) || (receiverTag !== 0 && receiverTag !== instanceTag)) return
  // Nothing is kept about a stranger who gets no answer.
  if (!allowed.some(({ version }) => version === 4) || !transaction.mayAnswer()) return
  if (error.olderDraft) noteUnreadableAnswer(transaction, 'older-draft', `an older draft of version 4: ${error.message}`, senderTag)
  else noteUnreadableAnswer(transaction, 'incompatible', error.message, senderTag)
}

/** Replies with an error to a data message for us that was cut off on the way, unless its flags ask for none. */
function replyToTruncated(transaction: Transaction, header: MessageHeader | undefined, allowed: AllowedAdapters): void {
  if (header?.flags === undefined || (header.flags & IGNORE_UNREADABLE) !== 0) return
  const { senderTag = 0, receiverTag, version } = header
  const { instanceTag } = transaction.context.account
  if (version !== 2 && (receiverTag !== instanceTag || senderTag === instanceTag || !isInstanceTag(senderTag))) return
  const adapter = allowed.find((one) => one.version === version)
  if (adapter !== undefined) replyUnreadable(transaction, adapter.version, senderTag)
}

/** The text of an error reply. In version 4 its code says whether there is a session that should have read the message, or none. */
function unreadableReply(transaction: Transaction, version: Version, senderTag: number): string {
  if (version !== 4) return unreadableText
  const encrypted = sessionsUnder(transaction, senderTag, 4).some(({ state }) => isEncrypted(state))
  return encrypted ? otrError.unreadable : otrError.notInPrivateState
}

/** Replies with an error, at most once in `errorReplyInterval`: two clients must not answer each other's errors for ever. */
export function replyUnreadable(transaction: Transaction, version: Version, senderTag: number): void {
  const { draft, policy } = transaction
  if (!transaction.mayAnswer()) return
  if (draft.errorReplyAt !== undefined && !isOver(draft.errorReplyAt, policy.errorReplyInterval, transaction.now)) return
  draft.errorReplyAt = transaction.now
  transaction.sendText(errorMessage(unreadableReply(transaction, version, senderTag)))
}
