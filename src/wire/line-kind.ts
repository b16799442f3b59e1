import { base64Decode } from './base64.js'
import { classify } from './classify.js'
import { messageOfPiece, type Fragment } from './fragment.js'
import type { MessageRole } from './codec.js'
import { messageHeader, messageRole, roleOfMessage } from './message.js'

/**
 * What a line is for, as far as a network has to know that to carry it rightly: `text` is for people, in clear, with or without a whitespace
 * tag; `offer` a query; `handshake` and `data` are messages or pieces of them; `offline` begins a conversation with somebody who is away.
 */
export type LineKind = 'text' | 'offer' | 'error' | 'handshake' | 'data' | 'offline'

/** Messages in pieces whose kind is remembered. */
const maxOpen = 256

/**
 * Tells what lines are for that a client sends, in their order. Only the first piece of a message says what message it is, so
 * that is remembered for those that follow. Says nothing about privacy, and is no judge: whoever writes a line chooses its head.
 */
export class LineKinds {
  readonly #open = new Map<string, LineKind>()

  /** What this line is for; the pieces of one message are all for the same. */
  of(line: string): LineKind {
    const classified = classify(line)
    // A person's text in which OTR is quoted: no client puts text around its lines.
    if ('around' in classified) return 'text'
    switch (classified.kind) {
      case 'plaintext': return 'text'
      case 'query': return 'offer'
      case 'error': return 'error'
      case 'message': return kindOf(roleOfMessage(classified.message))
      case 'fragment': return this.#ofPiece(classified.fragment)
      // Meant as OTR: not for people, and to be kept no less than what can be read.
      case 'malformed':
      case 'unsupported':
      case 'too-large': return 'data'
    }
  }

  #ofPiece(fragment: Fragment): LineKind {
    const { index, total, piece } = fragment
    const key = messageOfPiece(fragment)
    const kind = (index === 1 ? roleInHead(piece) : this.#open.get(key)) ?? 'data'
    this.#open.delete(key)
    if (index < total) this.#open.set(key, kind)
    if (this.#open.size > maxOpen) this.#open.delete(this.#open.keys().next().value ?? '')
    return kind
  }
}

/** What the first piece of a message says of it; undefined where it is too short for that. */
function roleInHead(piece: string): LineKind | undefined {
  const head = /^\?OTR:([A-Za-z0-9+/]{4})/.exec(piece)?.[1]
  const role = head === undefined ? undefined : messageRole(messageHeader(base64Decode(head)))
  return role && kindOf(role)
}

function kindOf(role: MessageRole): LineKind {
  return role === 'data' || role === 'offline' ? role : 'handshake'
}
