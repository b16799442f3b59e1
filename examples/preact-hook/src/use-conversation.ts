/** For React, import from `react` instead: nothing else changes. */
import { useCallback, useEffect, useMemo, useReducer } from 'preact/hooks'
import type { ConversationStatus } from 'otr4'
import type { Chats, Line } from './chats.js'

/** What becomes of a text that is sent now: `verified` is private, and a person has verified the key that it is encrypted for. */
export type Privacy = 'verified' | 'private' | 'clear' | 'waits'

export interface UseConversation {
  readonly privacy: Privacy
  /** Everything else that the library says: sessions, keys, whether an answer is awaited. */
  readonly status: ConversationStatus
  readonly lines: readonly Line[]
  /** The other side wants to compare a secret: its question, or the empty text where it asked none; `undefined`: nothing to answer. */
  readonly asked: string | undefined
  /** The commands keep their identity as long as the correspondent does. What the library refuses becomes a line of the conversation. */
  readonly send: (text: string) => void
  readonly start: () => void
  readonly end: () => void
  readonly verify: (secret: string, question?: string) => void
  readonly answer: (secret: string) => void
  /** Breaks the verification off. */
  readonly refuse: () => void
  /** Text may go in clear again: only where the person has just said so. */
  readonly continueInPlaintext: () => void
}

/** A conversation with one correspondent, as a component shows it. Listens as long as the component is there. */
export function useConversation(chats: Chats, peer: string): UseConversation {
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  useEffect(() => {
    const stop = chats.subscribe(peer, () => { redraw(undefined) })
    // Something may have happened between the drawing and this.
    redraw(undefined)
    return stop
  }, [chats, peer])

  const run = useCallback((work: () => Promise<unknown>) => { void chats.run(peer, work) }, [chats, peer])
  const commands = useMemo(() => {
    const conversation = chats.client.conversation(peer)
    return {
      send: (text: string) => { run(() => chats.send(peer, text)) },
      start: () => { run(() => conversation.start()) },
      end: () => { run(() => conversation.end()) },
      verify: (secret: string, question = '') => { run(() => conversation.verify(secret, question === '' ? {} : { question })) },
      answer: (secret: string) => { run(() => conversation.answer(secret)) },
      refuse: () => { run(() => conversation.abort()) },
      continueInPlaintext: () => { run(() => conversation.continueInPlaintext()) },
    }
  }, [chats, peer, run])

  // Read anew with every drawing, and never kept: what holds now decides what the person sees.
  const { status } = chats.client.conversation(peer)
  return { privacy: privacyOf(status), status, ...chats.of(peer), ...commands }
}

function privacyOf({ sending, key }: ConversationStatus): Privacy {
  switch (sending) {
    case 'encrypted': return key?.trust === 'verified' ? 'verified' : 'private'
    case 'plaintext': return 'clear'
    case 'held': return 'waits'
  }
}
