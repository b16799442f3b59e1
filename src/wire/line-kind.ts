import { base64Decode } from './base64.js'
import { classify } from './classify.js'
import { messageOfPiece, type Fragment } from './fragment.js'
import type { MessageRole } from './codec.js'
import { messageHeader, messageRole, roleOfMessage } from './message.js'

/**
 * The kind of a line, as far as a transport must know it. `text`: text in clear for people, with or without a whitespace tag. `offer`: a query.
 * `handshake` and `data`: a message, or a fragment of one. `offline`: a key exchange with somebody who is away.
 */
export type LineKind = 'text' | 'offer' | 'error' | 'handshake' | 'data' | 'offline'

/** The number of fragmented messages whose kind is remembered. */
const maxOpen = 256

/**
 * Determines the kinds of the lines that a client sends. Give it the lines in their order: only the first fragment of a message shows the kind,
 * which is remembered for the following fragments. The kind is no proof of privacy: whoever writes a line chooses its beginning.
 */
export class LineKinds {
  readonly #open = new Map<string, LineKind>()

  /** Returns the kind of this line. All fragments of one message have the same kind. */
  of(line: string): LineKind {
    const classified = classify(line)
    // No client puts text around its own lines: a person quotes OTR here.
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

/** Returns the role of a message, read from the header in its first fragment. `undefined`: a later fragment, or a header that is incomplete. */
export function roleOfFragment({ index, piece }: Fragment): MessageRole | undefined {
  const head = index === 1 ? /^\?OTR:([A-Za-z0-9+/]{4})/.exec(piece)?.[1] : undefined
  return head === undefined ? undefined : messageRole(messageHeader(base64Decode(head)))
}

function kindOf(role: MessageRole): LineKind {
  return role === 'data' || role === 'offline' ? role : 'handshake'
}
