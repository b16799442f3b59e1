import { appendFileSync, chmodSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { makePrivateFolder } from '../files.js'
import type { ChatEvent } from './chat-event.js'
import { plainLine } from './plain-line.js'

/**
 * What was said, kept in a folder, a file a correspondent or channel: only where the person asked for it, and private text only where
 * they asked for that too. Lines are those of the plain view, with the time in front.
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

  /** For people. */
  get state(): string {
    return this.privately
      ? `everything that is said is kept in ${this.folder}, PRIVATE TEXT TOO: whoever has the disk reads it; /log private no stops that`
      : `what is said in clear is kept in ${this.folder}; private text is not`
  }

  /** Keeps what is to be kept. Throws what the disk throws. */
  write(event: ChatEvent): void {
    const about = this.#about(event)
    if (about === undefined) return
    const path = join(this.folder, fileOf(about))
    appendFileSync(path, `${this.#clock().toISOString()} ${plainLine(event)}\n`, { mode: 0o600 })
    // A file that was there may have been made by somebody less careful.
    chmodSync(path, 0o600)
  }

  /** Whose file an event belongs to; undefined: it is not kept. */
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

/** A file's name for any name on a network: readable where it can be, never a path, never two names in one file. */
function fileOf(name: string): string {
  // Some disks take capitals and small letters for the same.
  const plain = name.toLowerCase().replace(/[^a-z0-9@._#-]/g, '_').slice(0, 60)
  const safe = plain.startsWith('.') ? `_${plain.slice(1)}` : plain
  return safe === name ? `${safe}.log` : `${safe}-${createHash('sha256').update(name).digest('hex').slice(0, 12)}.log`
}
