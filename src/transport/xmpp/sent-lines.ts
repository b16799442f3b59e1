import type { LineKind } from '../../wire/index.js'
import { bareJid } from './jid.js'

/** A line that we sent. */
export interface SentLine {
  readonly line: string
  readonly kind: LineKind
}

/** How many lines are remembered, and how many characters they have together. */
const maxLines = 4096
const maxCharacters = 4 << 20

/** The lines that were sent, by the id of their stanza: a stanza that comes back may have lost its content. */
export class SentLines {
  readonly #lines = new Map<string, SentLine & { readonly peer: string }>()
  #characters = 0

  /** Remembers a line. `id`: of its stanza, random. */
  note(id: string, to: string, sent: SentLine): void {
    this.#lines.set(id, { ...sent, peer: bareJid(to) })
    this.#characters += sent.line.length
    while (this.#lines.size > maxLines || this.#characters > maxCharacters) this.#drop(this.#lines.keys().next().value)
  }

  /** Removes and returns the line with this id that comes back from the address that it was sent to. Undefined if there is none. */
  take(id: unknown, from: string): SentLine | undefined {
    const found = typeof id === 'string' ? this.#lines.get(id) : undefined
    if (found?.peer !== bareJid(from)) return undefined
    this.#drop(id)
    return { line: found.line, kind: found.kind }
  }

  /** Whether any of the lines went to this correspondent. */
  hasTo(address: string): boolean {
    const peer = bareJid(address)
    return [...this.#lines.values()].some((line) => line.peer === peer)
  }

  #drop(id: unknown): void {
    const found = typeof id === 'string' ? this.#lines.get(id) : undefined
    if (typeof id !== 'string' || found === undefined) return
    this.#lines.delete(id)
    this.#characters -= found.line.length
  }
}
