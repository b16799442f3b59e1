import type { Conversation } from '../session/conversation/state.js'
import type { OpenMessage } from '../wire/index.js'
import type { Piece } from './record.js'

/** The stored part of one incomplete message. Its array of pieces distinguishes it from another message with the same numbers. */
interface StoredMessage {
  readonly pieces: string[]
  readonly head: PieceHead
  readonly indexes: Set<number>
}

type PieceHead = Pick<Piece, 'version' | 'identifier' | 'senderTag' | 'receiverTag'>

/** What to write and what to delete for the fragments of a conversation. */
export interface PieceChanges {
  readonly added: readonly Piece[]
  readonly removed: readonly string[]
}

/**
 * The fragments in the store, each a record of its own. In one record, a long message in small pieces would be written again with each
 * piece.
 */
export class StoredPieces {
  readonly #messages = new Map<string, Map<string, StoredMessage>>()

  /** @internal Notes the pieces of a conversation as stored, and returns what has changed since the last time. */
  update({ peer, fragments }: Pick<Conversation, 'peer' | 'fragments'>): PieceChanges {
    const before = this.#messages.get(peer)
    if (before === undefined && fragments.open.length === 0) return { added: [], removed: [] }
    const after = new Map<string, StoredMessage>()
    const added: Piece[] = []
    const removed: string[] = []
    for (const message of fragments.open) {
      const key = keyOf(message)
      const known = before?.get(key)
      const stored = known?.pieces === message.pieces ? known : { pieces: message.pieces, head: headOf(message), indexes: new Set<number>() }
      after.set(key, stored)
      message.pieces.forEach((piece, index) => {
        if (stored.indexes.has(index)) return
        stored.indexes.add(index)
        added.push({ peer, ...stored.head, index, piece })
      })
    }
    for (const [key, { pieces, head, indexes }] of before ?? []) {
      if (after.get(key)?.pieces !== pieces) for (const index of indexes) removed.push(pieceName({ peer, ...head, index }))
    }
    if (after.size === 0) this.#messages.delete(peer)
    else this.#messages.set(peer, after)
    return { added, removed }
  }
}

/** Puts pieces into their conversations; returns whether each belongs to one. */
export function placePieces(conversations: readonly Conversation[], pieces: readonly Piece[]): boolean {
  if (pieces.length === 0) return true
  const open = new Map(conversations.flatMap(({ peer, fragments }) =>
    fragments.open.map((message) => [`${keyOf(message)}/${peer}`, message] as const)))
  return pieces.every((piece) => {
    const message = open.get(`${keyOf(piece)}/${piece.peer}`) as { received: number, readonly pieces: string[] } & OpenMessage | undefined
    if (message === undefined || piece.index >= message.total || message.pieces[piece.index] !== undefined) return false
    message.pieces[piece.index] = piece.piece
    message.received++
    return true
  })
}

/** The name of a piece's record. */
export function pieceName(piece: Omit<Piece, 'piece'>): string {
  return `${piece.index}/${keyOf(piece)}/${piece.peer}`
}

function keyOf({ version, identifier, senderTag, receiverTag }: PieceHead): string {
  return `${version}/${identifier}/${senderTag}/${receiverTag}`
}

function headOf({ version, identifier, senderTag, receiverTag }: PieceHead): PieceHead {
  return { version, identifier, senderTag, receiverTag }
}
