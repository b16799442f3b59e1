import { base64Decode } from './base64.js'
import { classify } from './classify.js'
import { messageOfPiece, type Fragment } from './fragment.js'
import type { MessageRole } from './codec.js'
import { messageHeader, messageRole, roleOfMessage } from './message.js'

/**
 * What a line is for, as far as a transport must know it: `text` is for people, in clear, with or without a whitespace
 * tag; `offer` a query; `handshake` and `data` are messages or pieces of them; `offline`: a key exchange with somebody who is away.
 */
export type LineKind = 'text' | 'offer' | 'error' | 'handshake' | 'data' | 'offline'

/** The number of fragmented messages whose kind is remembered. */
const maxOpen = 256

/**
 * Tells what the lines that a client sends are for. Give it the lines in their order: only the first piece of a message shows what message it
 * is, so that is remembered for the pieces that follow. It says nothing about privacy: whoever writes a line chooses its beginning.
 */
export class LineKinds {
  readonly #open = new Map<string, LineKind>()

  /** What this line is for; all pieces of one message get the same answer. */
  of(line: string): LineKind {
    const classified = classify(line)
    // A person quotes OTR here: no client puts text around its own lines.
    if ('around' in classified) return 'text'
    switch (classified.kind) {
      case 'plaintext': return 'text'
      case 'query': return 'offer'
      case 'error': return 'error'
      case 'message': return kindOf(roleOfMessage(classified.message))
      case 'fragment': return this.#ofPiece(classified.fragment)
      // Malformed OTR: not text for people, and a transport must keep it like any other line.
      case 'malformed':
      case 'unsupported':
      case 'too-large': return 'data'
    }
  }

  #ofPiece(fragment: Fragment): LineKind {
    const { index, total } = fragment
    const key = messageOfPiece(fragment)
    const role = roleOfFragment(fragment)
    const kind = (index === 1 ? role && kindOf(role) : this.#open.get(key)) ?? 'data'
    this.#open.delete(key)
    if (index < total) this.#open.set(key, kind)
    if (this.#open.size > maxOpen) this.#open.delete(this.#open.keys().next().value ?? '')
    return kind
  }
}

/** The role of a message, read from the head in its first fragment. `undefined`: a later fragment, or a head that is too short. */
export function roleOfFragment({ index, piece }: Fragment): MessageRole | undefined {
  const head = index === 1 ? /^\?OTR:([A-Za-z0-9+/]{4})/.exec(piece)?.[1] : undefined
  return head === undefined ? undefined : messageRole(messageHeader(base64Decode(head)))
}

function kindOf(role: MessageRole): LineKind {
  return role === 'data' || role === 'offline' ? role : 'handshake'
}
