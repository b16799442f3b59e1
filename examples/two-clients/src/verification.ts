import type { ClientConversation, ClientSmpEvent } from 'otr4'

/** How a verification ended on this side. */
export type Verdict =
  /** The secrets were equal, and this side knows now that the key is the other person's. */
  | 'verified'
  /** The secrets were equal, but the other side chose the question: it has verified us, not we them. */
  | 'answered'
  /** The secrets differ. A typing mistake, or somebody in the middle: try again, and take a second failure seriously. */
  | 'different'
  /** One side gave up, or did not keep to the protocol. */
  | 'aborted'

/** Waits for the end of the verification that is under way, or begins next. Say this before `verify` or `answer`. */
export function verdict(conversation: ClientConversation): Promise<Verdict> {
  return new Promise((resolve) => {
    const stop = conversation.on('smp', (event) => {
      const ended = verdictOf(event)
      if (ended === undefined) return
      stop()
      resolve(ended)
    })
  })
}

function verdictOf({ event, trust }: ClientSmpEvent): Verdict | undefined {
  switch (event) {
    case 'asked':
    case 'in-progress': return undefined
    // That the secrets were equal is not enough: `trust` says what the key is worth.
    case 'succeeded': return trust === 'verified' ? 'verified' : 'answered'
    case 'failed': return 'different'
    case 'aborted':
    case 'cheated': return 'aborted'
  }
}
