import { OtrError } from '../../errors.js'
import { isDisposable, newConversation, type Conversation } from './state.js'
import { hasSession } from './instances.js'
import type { Policy } from '../policy.js'
import { findKey } from '../known/key-book.js'

/** A conversation under its new name, and what stays under the old one; `undefined` where nothing has to. */
export interface Moved {
  readonly moved: Conversation
  readonly guard: Conversation | undefined
}

/**
 * A correspondent goes by another name. What was done with the old name protects it on: latch, policy and keys belong to the name that the
 * person knows (rule 1 of `spec/trust.md`), and anybody may take it next. Where such a guard stands under the new name, as after a change
 * back, the stricter of both holds.
 *
 * Every name leaves its guard, also one under which the person only read: they saw it, and may write to it. Where strangers have taken
 * all the room that there is for what cannot be forgotten, the move is refused: nothing that protects is given up for a new name.
 *
 * @param there - what is kept under the new name
 * @param roomForStrangers - whether one more conversation of somebody the application never dealt with may be kept for good
 * @throws OtrError `OTR_ARGUMENT` when that is another person, or when there is no room
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
  if (guard !== undefined && !guard.known && !roomForStrangers) throw new OtrError('OTR_ARGUMENT', 'too many names are kept: the correspondent stays under the old one')
  return { moved, guard }
}

function isAnother(conversation: Conversation, there: Conversation): boolean {
  // Whom the person dealt with in clear, under a name that nothing protects, is nobody's guard: it is somebody of their own.
  const dealtWith = there.known && !there.latched && there.keys.length === 0
  return dealtWith || hasSession(there, 'encrypted') || there.outbox.length > 0 ||
    there.keys.some(({ version, fingerprint }) => findKey(conversation, version, fingerprint) === undefined)
}

function guardOf({ peer, policy, known, latched, keys, trustHistory, learned, devices }: Conversation): Conversation | undefined {
  const guard: Conversation = { ...newConversation(peer), policy, known, latched, keys, trustHistory, learned, devices }
  return isDisposable({ ...guard, known: false }) ? undefined : guard
}

/** The fields in which `true` protects, and those in which `false` does. In all others the name's own override goes first. */
const strictWhenTrue = ['requireEncryption', 'requireVerified', 'requireAuthenticated', 'requireInteractive'] as const
const strictWhenFalse = ['allowV3', 'allowV4', 'allowDowngrade', 'answerStrangers'] as const

function stricter(ours: Partial<Policy>, theirs: Partial<Policy>): Partial<Policy> {
  const both: { -readonly [Field in keyof Policy]?: Policy[Field] } = { ...ours, ...theirs }
  for (const field of strictWhenTrue) if (ours[field] === true || theirs[field] === true) both[field] = true
  for (const field of strictWhenFalse) if (ours[field] === false || theirs[field] === false) both[field] = false
  return both
}
