import { OtrError, unreachable } from '../../../errors.js'
import { escapeOtr, whitespaceTag } from '../../../wire/index.js'
import { checkString } from '../../arguments.js'
import type { Transaction } from '../transaction.js'
import { decide, type SendOptions } from './decide.js'
import { encryptTo, type Recipient } from './encrypt.js'
import { hold } from './outbox.js'

/** What happened to a text, reported by the code that did it. */
export type SendOutcome =
  /** It was encrypted for these sessions and sent. */
  | { readonly sent: 'encrypted', readonly to: readonly Recipient[] }
  /** It was sent in clear: anybody on the way can read it. */
  | { readonly sent: 'plaintext' }
  /** It waits in the outbox under this id, for a private conversation. */
  | { readonly held: number }

/**
 * Sends text: encrypted if there is a session to whose key messages may go, otherwise in clear if that is allowed; otherwise it waits in the
 * outbox or is refused, as the policy says. Under `requireEncryption`, a waiting text starts a session.
 */
export function sendText(transaction: Transaction, text: string, options: SendOptions): SendOutcome {
  checkText(text)
  transaction.draft.known = true
  const decision = decide(transaction, options)
  switch (decision.sending) {
    case 'encrypted':
      return { sent: 'encrypted', to: encryptTo(transaction, decision.targets, text, options.tlvs ?? []) }
    case 'plaintext':
      sendInClear(transaction, text, options.action === true)
      return { sent: 'plaintext' }
    case 'held':
      if (transaction.policy.outbox === 'reject') throw decision.why
      return { held: hold(transaction, { text, tlvs: options.tlvs ?? [], to: options.to }) }
    default:
      return unreachable(decision)
  }
}

/**
 * Refuses text that would not arrive unchanged. @throws OtrError `OTR_ARGUMENT` for anything but a string; `OTR_INVALID_TEXT` for U+0000,
 * which ends a text in OTR, and for a lone surrogate, which UTF-8 cannot encode
 */
export function checkText(text: string): void {
  checkString(text, 'text')
  if (text.includes('\0')) throw new OtrError('OTR_INVALID_TEXT', 'text must not contain U+0000')
  if (/\p{Surrogate}/u.test(text)) throw new OtrError('OTR_INVALID_TEXT', 'text must not contain half a surrogate pair')
}

/** Sends text as it was typed, with two exceptions: nothing in it may look like OTR, and it may contain an invisible whitespace tag. */
function sendInClear(transaction: Transaction, text: string, action: boolean): void {
  const { draft, policy } = transaction
  const versions = transaction.allowedAdapters().map((adapter) => adapter.version)
  const safe = versions.length === 0 ? text : escapeOtr(text)
  const offer = policy.sendWhitespaceTag && policy.allowQueries && !draft.heardPlaintext && versions.length > 0
  transaction.sendText(offer ? safe + whitespaceTag(versions) : safe, action)
}
