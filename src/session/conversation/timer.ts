import type { Conversation } from './state.js'
import type { Policy } from '../policy.js'
import type { Transaction } from './transaction.js'

/**
 * Something that becomes due, declared once: one value says when, and does what is due. So the two cannot disagree, and an application that
 * calls `tick` at the time that `nextTimer` named never calls in vain.
 */
interface Declaration<Subject> {
  /** The parts of a conversation that may become due. */
  readonly of: (conversation: Conversation) => readonly Subject[]
  /** When a part is due, seconds; `Infinity` for never. */
  readonly at: (subject: Subject, conversation: Conversation, policy: Policy) => number
  /** Does what is due, for all due parts at once or for each. After that, none of them is due again before a later time. */
  readonly run: { readonly all: (transaction: Transaction, due: readonly Subject[]) => void } | { readonly each: (transaction: Transaction, due: Subject) => void }
}

/** A timer without the type of its parts. */
export interface Timer {
  /** When it is due next, seconds; `Infinity` for never. Called after every message, so it allocates nothing. */
  readonly next: (conversation: Conversation, policy: Policy) => number
  /** Does what is due. A failure is reported as a notice, and the rest still runs. */
  readonly run: (transaction: Transaction) => void
}

/** Makes a timer of a declaration. */
export function timer<Subject>({ of, at, run }: Declaration<Subject>): Timer {
  return {
    next(conversation, policy) {
      let earliest = Infinity
      for (const subject of of(conversation)) earliest = Math.min(earliest, at(subject, conversation, policy))
      return earliest
    },
    run(transaction) {
      const { draft, policy, now } = transaction
      const isDue = (subject: Subject): boolean => at(subject, draft, policy) <= now
      const due = of(draft).filter(isDue)
      if (due.length === 0) return
      if ('all' in run) guarded(transaction, () => { run.all(transaction, due) })
      // The work for one part may have changed or removed another.
      else for (const subject of due) guarded(transaction, () => { if (of(draft).includes(subject) && isDue(subject)) run.each(transaction, subject) })
    },
  }
}

function guarded(transaction: Transaction, work: () => void): void {
  try {
    work()
  } catch (error) {
    transaction.fault(error)
    transaction.failed = true
  }
}
