import { checkString } from '../../arguments.js'
import { adapters, statusOf } from '../../versions/adapters.js'
import { applyStep } from '../apply-step.js'
import { maySend } from '../instances.js'
import { whyNotSendable } from '../send/decide.js'
import { checkText } from '../send/text.js'
import type { Conversation } from '../state.js'
import type { Transaction } from '../transaction.js'
import { secretWeakness, weaknessText } from '../weak-secret.js'
import { namedSession, namedSessions, type SessionOption } from './named-session.js'

/** Begins a verification by a shared secret. */
export function smpStart(transaction: Transaction, secret: string, question: string | undefined, where: SessionOption): void {
  checkString(secret, 'the secret')
  if (question !== undefined) checkText(question)
  // Allowed with a key that nobody accepted, too: this is how it gets verified, and the other side learns nothing without the secret.
  const entry = namedSession(transaction, where)
  const step = adapters[entry.state.version].smpStart(entry.state, secret, question, transaction.adapterContext)
  applyStep(transaction, entry, step, { answersQuestion: false })
  transaction.tookLong = true
  const weakness = secretWeakness(secret, question)
  if (weakness !== undefined) transaction.notice('weak-secret', weaknessText[weakness], entry.tag)
}

/** Answers the verification that the other side asked for. */
export function smpAnswer(transaction: Transaction, secret: string, where: SessionOption): void {
  checkString(secret, 'the secret')
  const named = namedSessions(transaction, where)
  const asked = named.filter(({ status }) => status.smp === 'asked')
  const entry = (asked.find(({ entry: one }) => maySend(transaction.draft, one, false)) ?? asked[0])?.entry ?? namedSession(transaction, where)
  // The question can be chosen so that the answer reveals something. So nothing goes to a key that nobody accepted.
  if (!maySend(transaction.draft, entry, false)) throw whyNotSendable(transaction)
  applyStep(transaction, entry, adapters[entry.state.version].smpAnswer(entry.state, secret, transaction.adapterContext))
  transaction.tookLong = true
}

/** Aborts the verification under way. If there is none, still tells the other side to abort. */
export function smpAbort(transaction: Transaction, where: SessionOption): void {
  const running = namedSessions(transaction, where).find(({ status }) => status.smp !== 'none')
  const entry = running?.entry ?? namedSession(transaction, where)
  applyStep(transaction, entry, adapters[entry.state.version].smpAbort(entry.state, transaction.adapterContext))
}

/** Whether a verification is under way with any of the correspondent's instances. */
export function isVerifying({ sessions }: Pick<Conversation, 'sessions'>): boolean {
  return sessions.some(({ state }) => statusOf(state).smp !== 'none')
}

/** Aborts every verification under way, as after a restart. A failure is reported as a notice, and the others are still aborted. */
export function abandonSmp(transaction: Transaction): void {
  for (const entry of transaction.draft.sessions) {
    if (statusOf(entry.state).smp === 'none') continue
    try {
      applyStep(transaction, entry, adapters[entry.state.version].smpAbort(entry.state, transaction.adapterContext))
    } catch (error) {
      transaction.fault(error, entry.tag)
    }
  }
}
