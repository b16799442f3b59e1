import { systemRandom } from '../../crypto/index.js'
import type { Client, ClientConversation, Ensemble, Trust } from '../../index.js'
import { defaultPrekeyKeeping, looksLikePrekeyText, PrekeyClient, type PrekeyClientEvent, type PrekeyStep } from '../../prekey/index.js'
import type { Transport } from '../../transport/transport.js'
import { counted } from '../options.js'
import type { ChatEvent } from './chat-event.js'
import type { Sent } from './correspondents.js'

/** Whether the person agrees to write to correspondents who are away. `ask`: they were not asked yet. */
export type OfflineConsent = 'ask' | 'yes' | 'no'

export interface ChatPrekeysParts {
  readonly client: Client
  readonly transport: Transport
  readonly server: { readonly identity: string, readonly fingerprint?: string }
  /** Whether to publish prekeys: only if the client's state is kept, for without the private halves we could not read what others write with them. */
  readonly publishes: boolean
  readonly consent: OfflineConsent
  readonly show: (event: ChatEvent) => void
  /** A text of the person's has left. */
  readonly sent: (peer: string, text: string, outcome: Sent) => void
  /** Whether the conversation is private now. */
  readonly isPrivate: (peer: string) => boolean
  /** Seconds without an answer to our offer, after which a correspondent counts as away; 10 by default. */
  readonly awaySeconds?: number
}

/** Seconds until prekeys are asked for again. */
const lookAgain = 600

/** Why the server did not do something: words behind its name. */
const failures = {
  'no-answer': 'does not answer', 'unreadable': 'gave an answer that cannot be read', 'refused': 'would not do it', 'own': 'would not do it',
} as const

/** How the chat uses a prekey server: publishes and refills prekeys, and writes to correspondents who are away once the person has agreed to it. */
export class ChatPrekeys {
  readonly #parts: ChatPrekeysParts
  readonly #prekeys: PrekeyClient
  readonly #awaySeconds: number
  #consent: OfflineConsent
  #asked = false
  #told = false
  /** Since when a text waits for a correspondent, in seconds. */
  readonly #waiting = new Map<string, number>()
  /** Correspondents for whom a text is being moved from the outbox to be sent offline. */
  readonly #moving = new Set<string>()
  /** How many of our prekeys the server has, as far as it has said. */
  #stored = 0
  /** Texts to be sent offline, by correspondent. */
  readonly #texts = new Map<string, string[]>()

  constructor(parts: ChatPrekeysParts) {
    const { client, transport, server, publishes } = parts
    this.#parts = parts
    this.#consent = parts.consent
    this.#awaySeconds = parts.awaySeconds ?? 10
    this.#prekeys = new PrekeyClient({
      owner: client, server, random: systemRandom, clock: () => Date.now() / 1000, maxMessageLength: transport.maxMessageLength(server.identity),
      ...publishes && { keep: defaultPrekeyKeeping },
    })
  }

  /** The connection is up. */
  begin(): void {
    if (!this.#parts.publishes) this.#inform('nobody gets prekeys of yours: what was written to you while you were away could not be read without --state')
    this.tick()
  }

  /** Drops the requests that are under way, and overwrites their keys. */
  close(): void {
    this.#prekeys.close()
  }

  tick(): void {
    if (this.#parts.transport.status !== 'online') return
    this.#run(this.#prekeys.tick())
    const now = Date.now() / 1000
    for (const [peer, since] of this.#waiting) if (now - since >= this.#awaySeconds) this.#away(peer, now)
  }

  /** Takes a line from the network. Returns whether it was the prekey server's. */
  receive(from: string, text: string): boolean {
    if (from !== this.#prekeys.server || !looksLikePrekeyText(text)) return false
    this.#run(this.#prekeys.receive(from, text))
    return true
  }

  /** A text of the person's waits. */
  waits(peer: string): void {
    if (!this.#waiting.has(peer)) this.#waiting.set(peer, Date.now() / 1000)
  }

  /** A line for somebody could not be delivered: they are away. */
  undelivered(peer: string): void {
    if (this.#waiting.has(peer)) this.#waiting.set(peer, 0)
  }

  /** A correspondent has another key: moves what waits for them. */
  moved(from: string, to: string): void {
    const since = this.#waiting.get(from)
    const texts = this.#texts.get(from)
    this.#waiting.delete(from)
    this.#texts.delete(from)
    if (since !== undefined) this.#waiting.set(to, Math.min(since, this.#waiting.get(to) ?? since))
    if (texts !== undefined) {
      this.#texts.set(to, [...this.#texts.get(to) ?? [], ...texts])
      // So far the server was asked for the prekeys of the old name.
      this.#run(this.#prekeys.fetch(to))
    }
  }

  /** Whether a text is leaving this correspondent's outbox to be sent offline, and not because the person took it back. */
  isMoving(peer: string): boolean {
    return this.#moving.has(peer)
  }

  /** The person has answered whether they agree. */
  agree(yes: boolean): void {
    this.#consent = yes ? 'yes' : 'no'
    this.#inform(yes ? 'to those who are away you write offline from now on' : 'nothing is sent to those who are away; it waits')
    if (yes) for (const peer of this.#waiting.keys()) this.#away(peer, Date.now() / 1000)
  }

  /** Writes to a correspondent who is away. The person asked for it, so nobody need ask them. */
  write(peer: string, text: string | undefined): void {
    if (text !== undefined) this.#texts.set(peer, [...this.#texts.get(peer) ?? [], text])
    this.#run(this.#prekeys.fetch(peer))
  }

  #away(peer: string, now: number): void {
    if (this.#parts.isPrivate(peer) || this.#parts.client.conversation(peer).outbox.length === 0) {
      this.#waiting.delete(peer)
      return
    }
    if (this.#consent === 'no') return
    if (this.#consent === 'ask') {
      if (this.#asked) return
      this.#asked = true
      this.#inform(`${peer} seems to be away. What waits can be sent so that it can be read later; but whoever writes first in this way can deny less `
        + 'well that they did. /otr offline yes sends it, now and to others; /otr offline no lets it wait')
      return
    }
    this.#waiting.set(peer, now + lookAgain)
    this.#run(this.#prekeys.fetch(peer))
  }

  #run({ send, events, later }: PrekeyStep): void {
    for (const { to, message } of send) this.#parts.transport.send(to, message).catch(() => undefined)
    for (const event of events) this.#event(event)
    void later?.then((step) => { this.#run(step) })
  }

  #event(event: PrekeyClientEvent): void {
    const { identity } = this.#parts.server
    if (event.type === 'notice') {
      this.#parts.show({ type: 'notice', peer: event.peer, code: event.code, ...event.detail !== undefined && { detail: event.detail } })
    } else if (event.type === 'ensembles') {
      this.#send(event.of, event.ensembles).catch((error: unknown) => { this.#fail(error instanceof Error ? error.message : 'it could not be sent', event.of) })
    } else if (event.event === 'none') {
      // Every answer uses up prekeys of theirs. After a useless one, ask again only when another text is written.
      if (event.refused !== undefined) this.#waiting.delete(event.of)
      this.#inform(`${event.of} has no keys ${event.refused === undefined ? 'left' : 'that can be used'} with ${identity}: what is written to them waits`, event.of)
      this.#keep(event.of)
    } else if (event.event === 'status') {
      this.#stored = event.stored
    } else if (event.event === 'published') {
      this.#stored += event.count
      if (!this.#told) this.#inform(`others can write to you while you are away: ${counted(this.#stored, 'prekey')} ${this.#stored === 1 ? 'is' : 'are'} with ${identity}`)
      this.#told = true
    } else {
      if (event.of !== undefined) {
        if (event.reason === 'unreadable') this.#waiting.delete(event.of)
        this.#keep(event.of)
      }
      this.#fail(event.reason === 'server-key'
        ? `${identity} shows another key than was expected, ${event.detail ?? ''}: nothing was told to it`
        : `${identity} ${failures[event.reason]}`, event.of)
    }
  }

  async #send(peer: string, ensembles: readonly Ensemble[]): Promise<void> {
    const conversation = this.#parts.client.conversation(peer)
    const texts = this.#texts.get(peer) ?? []
    this.#texts.delete(peer)
    const [held] = conversation.outbox
    // The first text establishes the session. The others in the outbox are then sent automatically.
    const released = texts.length === 0 ? held : undefined
    if (released !== undefined) {
      this.#moving.add(peer)
      await conversation.cancel(released.id).finally(() => { this.#moving.delete(peer) })
      texts.push(released.text)
    }
    const [first, ...rest] = texts
    if (first === undefined) return
    try {
      if (this.#parts.isPrivate(peer)) await this.#sendPrivately(conversation, first, released !== undefined)
      else {
        await conversation.sendOffline(ensembles, first)
        if (released === undefined) this.#parts.sent(peer, first, { sent: 'encrypted', to: readers(conversation) })
      }
    } catch (error) {
      await this.#sendPrivately(conversation, first, true).catch(() => undefined)
      throw error
    }
    if (released !== undefined) this.#parts.show({ type: 'outbox', peer, event: 'released', number: released.id })
    for (const text of rest) await this.#sendPrivately(conversation, text, false)
    this.#inform(`sent to ${peer}, who can read it when they are back`, peer)
  }

  /** Sends a text encrypted, or lets it wait. Whatever happened meanwhile, it never goes in clear. */
  async #sendPrivately(conversation: ClientConversation, text: string, quietly: boolean): Promise<void> {
    const outcome = await conversation.send(text, { to: conversation.policy.sendTo })
    if ('sent' in outcome && !quietly) this.#parts.sent(conversation.peer, text, outcome)
  }

  /** Reports that texts cannot be sent offline. */
  #keep(peer: string): void {
    const texts = this.#texts.get(peer) ?? []
    this.#texts.delete(peer)
    for (const text of texts) this.#fail(`not sent to ${peer}: ${text}`, peer)
  }

  #inform(text: string, about?: string): void {
    this.#parts.show({ type: 'info', text, ...about !== undefined && { about } })
  }

  #fail(text: string, about?: string): void {
    this.#parts.show({ type: 'error', text, ...about !== undefined && { about } })
  }
}

/** The sessions that can read a text which was just sent offline. */
function readers({ status }: ClientConversation): { readonly trust: Trust }[] {
  return status.sessions.filter(({ state }) => state === 'encrypted')
}
