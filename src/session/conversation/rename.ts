import { OtrError } from '../../errors.js'
import { isDisposable, newConversation, type Conversation } from './state.js'
import { hasSession } from './instances.js'
import type { Policy } from '../policy.js'
import { findKey } from '../known/key-book.js'

/** A conversation under its new name, and the guard that stays under the old one; `undefined` if no guard is needed. */
export interface Moved {
  readonly moved: Conversation
  readonly guard: Conversation | undefined
}

/**
 * Moves a conversation to the correspondent's new name. The old name stays protected: latch, policy and keys belong to the name that the
 * person knows (rule 1 of `spec/trust.md`), and anybody may take that name next. So a guard with these fields stays under it. If the new name
 * has such a guard, as after a change back, the stricter of both applies.
 *
 * Every name leaves a guard, even one under which the person only read messages: they saw the name and may write to it. If strangers have
 * used up the room for conversations that cannot be forgotten, the move is refused: a new name must not cost any protection.
 *
 * @param there - what is stored under the new name
 * @param roomForStrangers - whether one more stranger's conversation may be kept for good
 * @throws OtrError `OTR_ARGUMENT` if the new name belongs to another correspondent, or if there is no room
 */
export function movedTo(conversation: Conversation, there: Conversation, roomForStrangers: boolean): Moved {
  if (isAnother(conversation, there)) throw new OtrError('OTR_ARGUMENT', 'another correspondent is known under the new name')
  const moved: Conversation = {
    ...conversation,
    peer: there.peer,
    known: there.known,
    latched: conversation.latched || there.latched,
    policy: stricter(conversation.policy, there.policy),
  }
  const guard = guardOf(conversation)
  if (guard !== undefined && !guard.known && !roomForStrangers) throw new OtrError('OTR_ARGUMENT', 'too many names are kept already: the correspondent stays under the old name')
  return { moved, guard }
}

function isAnother(conversation: Conversation, there: Conversation): boolean {
  // If the person has written in clear to an unprotected name, it is no guard but another correspondent.
  const dealtWith = there.known && !there.latched && there.keys.length === 0
  return dealtWith || hasSession(there, 'encrypted') || there.outbox.length > 0 ||
    there.keys.some(({ version, fingerprint }) => findKey(conversation, version, fingerprint) === undefined)
}

function guardOf({ peer, policy, known, latched, keys, trustHistory, learned, devices }: Conversation): Conversation | undefined {
  const guard: Conversation = { ...newConversation(peer), policy, known, latched, keys, trustHistory, learned, devices }
  return isDisposable({ ...guard, known: false }) ? undefined : guard
}

/** The fields in which `true` is stricter, and those in which `false` is. In all others, the override under the new name wins. */
const strictWhenTrue = ['requireEncryption', 'requireVerified', 'requireAuthenticated', 'requireInteractive'] as const
const strictWhenFalse = ['allowV2', 'allowV3', 'allowV4', 'allowDowngrade', 'answerStrangers'] as const

function stricter(ours: Partial<Policy>, theirs: Partial<Policy>): Partial<Policy> {
  const both: { -readonly [Field in keyof Policy]?: Policy[Field] } = { ...ours, ...theirs }
  for (const field of strictWhenTrue) if (ours[field] === true || theirs[field] === true) both[field] = true
  for (const field of strictWhenFalse) if (ours[field] === false || theirs[field] === false) both[field] = false
  return both
}
