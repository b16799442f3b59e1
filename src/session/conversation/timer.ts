import type { Conversation } from './state.js'
import type { Policy } from '../policy.js'
import type { Transaction } from './transaction.js'

/**
 * Something that becomes due, declared once: the same value says when, and does what is to be done then. So the two cannot disagree, and a
 * application that comes at the time it was told never comes in vain.
 */
interface Declaration<Subject> {
  /** What of a conversation may become due. */
  readonly of: (conversation: Conversation) => readonly Subject[]
  /** When, seconds; `Infinity` for never. */
  readonly at: (subject: Subject, conversation: Conversation, policy: Policy) => number
  /** Does it for those that are due, or for each of them. After that none of them is due before a later time. */
  readonly run: { readonly all: (transaction: Transaction, due: readonly Subject[]) => void } | { readonly each: (transaction: Transaction, due: Subject) => void }
}

/** A declaration for whoever need not know what it is about. */
export interface Timer {
  /** When it is due first, seconds; `Infinity` for never. Asked for after every message: it makes no objects. */
  readonly next: (conversation: Conversation, policy: Policy) => number
  /** Does what is due. What fails says so and leaves the rest alone. */
  readonly run: (transaction: Transaction) => void
}

/** Makes one. */
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
      // What was done for one may have changed, or given up, another.
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
