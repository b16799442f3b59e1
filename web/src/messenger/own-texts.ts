import type { Client, ClientLostEvent, ClientOutboxEvent, Ensemble } from 'otr4'
import type { Entry, Look } from '../view.js'
import { lookOf } from './contact-view.js'
import type { Contacts } from './contacts.js'
import { idIn, idTlv, newTextId, TLV_TEXT_ID } from './receipts.js'

export interface OwnTextsParts {
  readonly client: Client
  readonly contacts: Contacts
  /** Fulfilled when the relay has taken every line so far. */
  readonly flushed: () => Promise<void>
  /** A text waits for a private conversation. */
  readonly waits: (peer: string) => void
}

/** What becomes of the texts of the person: waits, sent, delivered, lost. */
export class OwnTexts {
  readonly #parts: OwnTextsParts
  /** Texts that were on their way when the last run ended. */
  readonly #onTheirWay: { readonly peer: string, readonly id: string }[] = []

  constructor(parts: OwnTextsParts) {
    this.#parts = parts
  }

  /** What waited when the worker ended is in the library's outbox, whether history is kept or not. */
  takeUp(): void {
    const { client, contacts, waits } = this.#parts
    for (const peer of contacts.peers) {
      const { log } = contacts.of(peer)
      this.#onTheirWay.push(...log.entries.filter(({ state }) => state === 'sending').map(({ id }) => ({ peer, id })))
      for (const { id, text, since } of client.conversation(peer).outbox) {
        if (!log.change((entry) => entry.held === id && entry.state === 'waits', (entry) => entry)) log.add({ id: contacts.newId(), kind: 'ours', at: since * 1000, text, state: 'waits', held: id })
        waits(peer)
      }
    }
  }

  /** A page has started the client: the lines that the last run had not handed over were given to the socket. What was on its way then is sent with them. */
  begun(): void {
    for (const { peer, id } of this.#onTheirWay.splice(0)) this.#sentWhenTaken(peer, id)
  }

  /**
   * Sends a text, or lets it wait until the conversation is private. `look`: what the page showed when the person sent it. It goes in clear only if
   * that was `clear`: another tab may have allowed that meanwhile. A text with a TLV never goes in clear.
   */
  async send(peer: string, text: string, look: Look): Promise<void> {
    const { client, contacts, waits } = this.#parts
    await contacts.choose(peer)
    const conversation = client.conversation(peer)
    const id = newTextId()
    const isPlain = look === 'clear' && conversation.status.sending === 'plaintext'
    const outcome = await conversation.send(text, isPlain ? {} : { tlvs: [idTlv(TLV_TEXT_ID, id)] })
    const common = { id, kind: 'ours', at: Date.now(), text } as const
    if ('held' in outcome) {
      contacts.add(peer, { ...common, state: 'waits', held: outcome.held })
      waits(peer)
    } else {
      const isVerified = outcome.sent === 'encrypted' && outcome.to.length > 0 && outcome.to.every(({ trust }) => trust === 'verified')
      contacts.add(peer, { ...common, state: 'sending', seal: outcome.sent === 'plaintext' ? 'clear' : isVerified ? 'verified' : 'private' })
      this.#sentWhenTaken(peer, id)
    }
  }

  /** Takes back a text that waits. */
  async cancel(peer: string, held: number): Promise<void> {
    await this.#parts.client.conversation(peer).cancel(held)
  }

  /** Sends a text again that was lost. */
  async again(peer: string, entry: string): Promise<void> {
    const { client, contacts } = this.#parts
    const lost = contacts.of(peer).log.entries.find(({ id }) => id === entry)
    if (lost?.handle === undefined) return
    const conversation = client.conversation(peer)
    const waiting = new Set(conversation.outbox.map(({ id }) => id))
    // Before it leaves: its receipt may come at once.
    const seal = lookOf(conversation)
    contacts.change(peer, ({ id }) => id === entry, (found) => ({ ...without(found, 'handle'), state: 'sending', ...seal !== 'waits' && { seal } }))
    try {
      await conversation.resend(lost.handle)
    } catch (error) {
      contacts.change(peer, ({ id }) => id === entry, () => lost)
      throw error
    }
    const held = conversation.outbox.find(({ id, text }) => !waiting.has(id) && text === lost.text)
    if (held === undefined) this.#sentWhenTaken(peer, entry)
    else contacts.change(peer, ({ id, state }) => id === entry && state === 'sending', (found) => ({ ...found, state: 'waits', held: held.id }))
  }

  /** Sends what waits to somebody who is away. The first text makes the session; the others in the outbox follow by themselves. */
  async writeOffline(peer: string, ensembles: readonly Ensemble[]): Promise<void> {
    const { client, contacts } = this.#parts
    const conversation = client.conversation(peer)
    const [first] = conversation.outbox
    if (first === undefined || conversation.status.sending === 'encrypted') return
    await conversation.cancel(first.id)
    const ids = first.tlvs.map(({ value }) => idIn(value))
    const isOurs = (entry: Entry): boolean => entry.kind === 'ours' && entry.state === 'cancelled' && (ids.includes(entry.id) || entry.text === first.text)
    try {
      await conversation.sendOffline(ensembles, first.text, { tlvs: first.tlvs })
    } catch (error) {
      // It waits again, behind the others; it never goes in clear.
      const outcome = await conversation.send(first.text, { tlvs: first.tlvs, to: conversation.policy.sendTo })
      contacts.change(peer, isOurs, (entry) => ({ ...entry, state: 'held' in outcome ? 'waits' : 'sending', ...'held' in outcome && { held: outcome.held } }))
      throw error
    }
    contacts.change(peer, isOurs, (entry) => {
      this.#sentWhenTaken(peer, entry.id)
      return { ...entry, state: 'sending', seal: 'private', offline: true }
    })
    contacts.note(peer, 'written-offline')
  }

  /** A text that waited has left, or was taken back. */
  outbox({ peer, event, held }: ClientOutboxEvent): void {
    const { client, contacts } = this.#parts
    const seal = lookOf(client.conversation(peer))
    const isIt = (entry: Entry): boolean => entry.held === held && entry.state === 'waits'
    if (event === 'released') {
      contacts.change(peer, isIt, (entry) => {
        this.#sentWhenTaken(peer, entry.id)
        return { ...without(entry, 'held'), state: 'sending', ...seal !== 'waits' && { seal } }
      })
    }
    if (event === 'cancelled') contacts.change(peer, isIt, (entry) => ({ ...without(entry, 'held'), state: 'cancelled' }))
  }

  /** Texts were probably not read. */
  lost({ peer, messages }: ClientLostEvent): void {
    const { contacts } = this.#parts
    for (const { handle, text, sentAt } of messages) {
      const { entries } = contacts.of(peer).log
      if (entries.some((entry) => entry.state === 'lost' && entry.handle === handle)) continue
      // Of several with the same words, the one of that time.
      const [found] = entries.filter((entry) => entry.text === text && entry.seal !== 'clear' && (entry.state === 'sending' || entry.state === 'sent'))
        .sort((a, b) => Math.abs(a.at - sentAt * 1000) - Math.abs(b.at - sentAt * 1000))
      const isLost = found !== undefined && contacts.change(peer, ({ id }) => id === found.id, (entry) => ({ ...entry, state: 'lost', handle }))
      if (!isLost) contacts.add(peer, { id: contacts.newId(), kind: 'ours', at: sentAt * 1000, text, state: 'lost', handle })
    }
  }

  /** The other side has decrypted a text. */
  arrived(peer: string, id: string): void {
    this.#parts.contacts.change(peer, (entry) => entry.id === id && entry.kind === 'ours', (entry) => ({ ...without(entry, 'handle'), state: 'delivered' }))
  }

  #sentWhenTaken(peer: string, id: string): void {
    const { contacts, flushed } = this.#parts
    void flushed().then(() => {
      contacts.change(peer, (entry) => entry.id === id && entry.state === 'sending', (entry) => ({ ...entry, state: 'sent' }))
    })
  }
}

/** An entry without a number that is no longer valid. */
function without(entry: Entry, field: 'held' | 'handle'): Entry {
  return Object.fromEntries(Object.entries(entry).filter(([name]) => name !== field)) as unknown as Entry
}
