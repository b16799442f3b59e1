import type { Client } from 'otr4'
import type { Entry, FileView, NoteCode, Told } from '../view.js'
import { contactView, type ContactState } from './contact-view.js'
import type { Kept } from './kept.js'
import { Log } from './log.js'
import { newTextId } from './receipts.js'

/** Names nobody added whose lines are read in one run. More of them come from a flood, not from people. */
const mostStrangers = 100
/** Milliseconds in which changes are collected before they are kept and shown: a page cannot draw each line of a flood. */
const collecting = 20

export interface ContactsParts {
  readonly client: Client
  readonly kept: Kept
  readonly tell: (message: Told) => void
  /** Whether what was said is kept. */
  readonly keeps: () => boolean
  readonly failed: (error: unknown) => void
  readonly files: (peer: string) => readonly FileView[]
  /** A line was dropped because too many strangers write. */
  readonly crowded: () => void
}

/** Everybody whom the pages show, with what was said. What strangers can fill is bounded. */
export class Contacts {
  readonly #parts: ContactsParts
  readonly #contacts = new Map<string, ContactState>()
  /** Whom the person added, or wrote to. */
  readonly #chosen: Set<string>
  readonly #strangers = new Set<string>()
  readonly #dirty = new Set<string>()
  #showing: Promise<void> | undefined
  /** Numbers notes and our texts: unlike the ids of events, these live as long as the worker, so they begin with its start. */
  #next = 0
  readonly #run = newTextId()

  constructor(parts: ContactsParts) {
    this.#parts = parts
    const { client, kept } = parts
    // A name that only sent us lines in clear has left nothing, and is not shown again.
    const known = client.peers().filter((peer) => isKnown(client, peer) || kept.log(peer).entries.length > 0)
    this.#chosen = new Set(kept.contacts())
    for (const peer of new Set([...this.#chosen, ...known])) {
      const { entries, unread } = kept.log(peer)
      this.#contacts.set(peer, newContact(new Log(entries, unread)))
    }
  }

  get peers(): readonly string[] {
    return [...this.#contacts.keys()]
  }

  /** Whether a line of this sender is read. */
  reads(from: string): boolean {
    if (this.#contacts.has(from) || this.#strangers.has(from)) return true
    if (this.#strangers.size >= mostStrangers) {
      this.#parts.crowded()
      return false
    }
    this.#strangers.add(from)
    return true
  }

  /** The person deals with somebody: they are there after the next start, too. */
  async choose(peer: string): Promise<void> {
    this.of(peer)
    if (this.#chosen.has(peer)) return
    this.#chosen.add(peer)
    this.#strangers.delete(peer)
    this.changed(peer)
    await this.#parts.kept.saveContacts([...this.#chosen])
  }

  of(peer: string): ContactState {
    const known = this.#contacts.get(peer)
    if (known !== undefined) return known
    const made = newContact(new Log())
    this.#contacts.set(peer, made)
    return made
  }

  view(peer: string): ReturnType<typeof contactView> {
    return contactView(this.#parts.client.conversation(peer), this.of(peer), this.#parts.files(peer))
  }

  note(peer: string, note: NoteCode): void {
    this.add(peer, { id: this.newId(), kind: 'note', at: Date.now(), text: '', note })
  }

  /** Returns false if the entry is here already. */
  add(peer: string, entry: Entry): boolean {
    const isNew = this.of(peer).log.add(entry)
    if (isNew) this.changed(peer)
    return isNew
  }

  change(peer: string, fits: (entry: Entry) => boolean, to: (entry: Entry) => Entry): boolean {
    const isChanged = this.of(peer).log.change(fits, to)
    if (isChanged) this.changed(peer)
    return isChanged
  }

  /** Shows and keeps what has changed, together with other changes. */
  changed(peer: string): void {
    this.#dirty.add(peer)
    this.#showing ??= this.#show()
  }

  /** Fulfilled when every change so far is kept, if the person wants that, and shown. An event whose listener waits for it comes again otherwise. */
  async shown(): Promise<void> {
    await this.#showing
  }

  newId(): string {
    return `${this.#run}-${this.#next++}`
  }

  async #show(): Promise<void> {
    await new Promise((resolve) => { setTimeout(resolve, collecting) })
    const peers = [...this.#dirty]
    this.#dirty.clear()
    this.#showing = undefined
    const { kept, keeps, tell, failed } = this.#parts
    // First kept, then shown: what a person has seen is there after a crash.
    const views = peers.map((peer) => this.view(peer))
    const saving = peers.map((peer) => {
      const { log } = this.of(peer)
      return kept.saveLog(peer, keeps() ? { unread: log.unread, entries: log.entries } : undefined)
    })
    await Promise.all(saving).catch(failed)
    for (const contact of views) tell({ type: 'contact', contact })
  }
}

/** Whether the library has more of somebody than lines in clear. */
function isKnown(client: Client, peer: string): boolean {
  const { status, devices, outbox } = client.conversation(peer)
  return status.latched || devices.length > 0 || outbox.length > 0
}

function newContact(log: Log): ContactState {
  return { log, verifying: false, away: false, downgraded: false }
}
