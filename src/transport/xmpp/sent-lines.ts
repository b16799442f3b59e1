import type { LineKind } from '../../wire/index.js'
import { bareJid } from './jid.js'

/** A line of ours on its way. */
export interface SentLine {
  readonly line: string
  readonly kind: LineKind
}

/** Lines that are remembered, and how long they are together. */
const maxLines = 4096
const maxCharacters = 4 << 20

/** What was sent under which id, so that it is known what a stanza is about that comes back. A server may leave out what was in it. */
export class SentLines {
  readonly #lines = new Map<string, SentLine & { readonly peer: string }>()
  #characters = 0

  /** `id`: of the stanza, random. */
  note(id: string, to: string, sent: SentLine): void {
    this.#lines.set(id, { ...sent, peer: bareJid(to) })
    this.#characters += sent.line.length
    while (this.#lines.size > maxLines || this.#characters > maxCharacters) this.#drop(this.#lines.keys().next().value)
  }

  /** The line that comes back from somebody under this id, once. Undefined: none went to them. */
  take(id: unknown, from: string): SentLine | undefined {
    const found = typeof id === 'string' ? this.#lines.get(id) : undefined
    if (found?.peer !== bareJid(from)) return undefined
    this.#drop(id)
    return { line: found.line, kind: found.kind }
  }

  /** Whether any that is remembered went to them. */
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
