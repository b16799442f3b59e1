import type { ConversationStatus } from 'otr4'

/** What becomes of a text that is sent now. Always from `status`, never from the last event. */
export interface Indicator {
  readonly look: 'verified' | 'private' | 'clear' | 'waits'
  readonly text: string
}

export function indicatorOf({ sending, key, pending, latched }: ConversationStatus, peer: string): Indicator {
  switch (sending) {
    case 'encrypted': return key?.trust === 'verified'
      ? { look: 'verified', text: `Private, verified: only ${peer} can read it` }
      : { look: 'private', text: `Private, not verified: is it really ${peer}?` }
    case 'plaintext': return { look: 'clear', text: 'In clear: anybody on the way can read it' }
    case 'held': return {
      look: 'waits',
      text: pending ? `Waits until ${peer} answers` : latched ? 'Waits: nothing goes in clear by accident' : 'Waits',
    }
  }
}
