import { appendFileSync, chmodSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { makePrivateFolder } from '../files.js'
import type { ChatEvent } from './chat-event.js'
import { plainLine } from './plain-line.js'

/**
 * The log of what was said: a folder with one file for each correspondent and channel. There is one only if the person asked for it, and it holds private
 * text only if they asked for that too. Its lines are those of the plain view, with the time in front.
 */
export class ChatLog {
  readonly folder: string
  /** Whether private text is kept. */
  privately: boolean
  readonly #clock: () => Date

  /** @throws UsageError when the folder cannot be made */
  constructor(folder: string, privately: boolean, clock: () => Date = () => new Date()) {
    makePrivateFolder(folder)
    this.folder = folder
    this.privately = privately
    this.#clock = clock
  }

  /** What is kept, in words for the person. */
  get state(): string {
    return this.privately
      ? `everything that is said is kept in ${this.folder}, PRIVATE TEXT TOO: whoever has the disk reads it; /log private no stops that`
      : `what is said in clear is kept in ${this.folder}; private text is not`
  }

  /** Appends an event, if it is one to keep. Throws the errors of the file system. */
  write(event: ChatEvent): void {
    const about = this.#about(event)
    if (about === undefined) return
    const path = join(this.folder, fileOf(about))
    appendFileSync(path, `${this.#clock().toISOString()} ${plainLine(event)}\n`, { mode: 0o600 })
    // The file may have existed before, readable by others.
    chmodSync(path, 0o600)
  }

  /** The correspondent or channel whose file an event belongs to; undefined for an event that is not kept. */
  #about(event: ChatEvent): string | undefined {
    switch (event.type) {
      case 'message':
      case 'sent':
        return event.privacy === 'private' && !this.privately ? undefined : event.peer
      case 'channel':
        return event.channel
      case 'state':
      case 'renamed':
        return event.peer
      default:
        return undefined
    }
  }
}

/** The file name for a correspondent or channel: readable where possible, never a path, and never the same for two names. */
function fileOf(name: string): string {
  // Some file systems do not distinguish capital and small letters.
  const plain = name.toLowerCase().replace(/[^a-z0-9@._#-]/g, '_').slice(0, 60)
  const safe = plain.startsWith('.') ? `_${plain.slice(1)}` : plain
  return safe === name ? `${safe}.log` : `${safe}-${createHash('sha256').update(name).digest('hex').slice(0, 12)}.log`
}
