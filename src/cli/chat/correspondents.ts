import { OtrError } from '../../errors.js'
import type { Client, Trust } from '../../index.js'
import type { Transport } from '../../transport/transport.js'
import { parseWhitespaceTag, unescapeOtr } from '../../wire/index.js'
import { counted } from '../options.js'
import type { ChatEvent } from './chat-event.js'
import { indicatorOf, sameIndicator, type Indicator } from './indicator.js'
import { renameEntry } from './rename-entry.js'
import type { View } from './view.js'

/** What became of a text that has left, and what the keys are worth that it was encrypted for. */
export type Sent = { readonly sent: 'plaintext' } | { readonly sent: 'encrypted', readonly to: readonly { readonly trust: Trust }[] }

/** What all parts of a chat share. */
export interface ChatContext {
  readonly client: Client
  readonly transport: Transport
  readonly view: View
  /** Shows something to the person, and to the log. */
  readonly show: (event: ChatEvent) => void
}

/** Somebody for whom something is done that takes its time: `peer` goes with their name. */
export interface Held {
  readonly peer: string
}

/** The people on the other side: how private the conversation with each is, and who is told of it. */
export class Correspondents {
  readonly #context: ChatContext
  /** What the person was told last of each conversation. */
  readonly #told = new Map<string, Indicator>()
  /** Who has asked for a verification and waits for the answer: their question, if there was one. */
  readonly questions = new Map<string, string | undefined>()
  /** From which other address somebody has written: what is written to them goes to the old one until the person agrees. */
  readonly movedTo = new Map<string, string>()
  /** Who is away, and with which words. */
  readonly #away = new Map<string, string>()
  /** Whom text in clear was sent to or came from already: one reminder is enough. */
  readonly #reminded = new Set<string>()
  /** Whose private lines could not be read, as the person was told. */
  readonly #unread = new Set<string>()
  /** Who is being renamed just now: the client still tells of them by the old name. */
  readonly #renaming = new Map<string, string>()
  #renamed: Promise<void> = Promise.resolve()
  readonly #held = new Set<{ peer: string }>()
  readonly #acting = new Set<{ readonly peer: string, readonly text: string }>()
  readonly #listeners: ((from: string, to: string) => void)[] = []

  constructor(context: ChatContext) {
    this.#context = context
  }

  /** Calls `listener` when somebody is found under another key from then on. */
  onMoved(listener: (from: string, to: string) => void): void {
    this.#listeners.push(listener)
  }

  /** Fulfilled when nobody is being renamed any more. What comes from the network after a new name waits for that. */
  get settled(): Promise<void> {
    return this.#renamed
  }

  /** Lines came that no key of this program's reads. Whether the person is to be told: once, until they have been told otherwise. */
  cannotRead(peer: string): boolean {
    if (this.#unread.has(peer)) return false
    this.#unread.add(peer)
    return true
  }

  /** A private conversation stands, or the person has told them. Gives whether the person knew that something could not be read. */
  canRead(peer: string): boolean {
    return this.#unread.delete(peer)
  }

  /** Whether a name is one of a channel. It is never the address of a conversation then. */
  isChannel(name: string): boolean {
    return this.#context.transport.channels?.isChannel(name) === true
  }

  /** As people write the name of somebody, or of a channel. */
  spelling(name: string): string {
    const { transport } = this.#context
    return this.isChannel(name) ? transport.channels?.spelling(name) ?? name : transport.spelling(name)
  }

  /**
   * What somebody does (`/me`) was given to the client, to go in clear: the line that it makes of it may go as the network's own form of an
   * action. Call the result when the client has told all that it sends.
   */
  acting(peer: string, text: string): () => void {
    const acting = { peer, text }
    this.#acting.add(acting)
    return () => { this.#acting.delete(acting) }
  }

  /** Whether this line in clear is one that was given to the client as an action. */
  isActing(peer: string, line: string): boolean {
    const text = unescapeOtr(parseWhitespaceTag(line)?.text ?? line)
    return [...this.#acting].some((one) => one.peer === peer && one.text === text)
  }

  /** Under which key the network finds somebody of whom the client tells. */
  reached(peer: string): string {
    let key = peer
    for (let to = this.#renaming.get(key); to !== undefined && to !== peer; to = this.#renaming.get(key)) key = to
    return key
  }

  /** Does something for somebody who may be renamed meanwhile. */
  async during<Made>(peer: string, work: (held: Held) => Promise<Made>): Promise<Made> {
    const held = { peer }
    this.#held.add(held)
    try {
      return await work(held)
    } finally {
      this.#held.delete(held)
    }
  }

  /** How private the conversation with somebody is now. */
  indicator(peer: string): Indicator {
    return indicatorOf(this.#context.client.conversation(peer).status)
  }

  /** Whether text may go to a session of this key. */
  isWritable(peer: string, instance: number, trust: Trust | undefined): boolean {
    const { selected, floor } = this.#context.client.conversation(peer).status
    return instance === selected || trust === 'verified' || (trust === 'seen' && floor !== 'verified')
  }

  isPrivate(peer: string): boolean {
    return this.indicator(peer).standing === 'private'
  }

  /** Whether what came from a device of somebody's was encrypted with a key that was verified. */
  isVerified(peer: string, instance: number | undefined, version: number | undefined): boolean {
    // Where two sessions stand under one instance tag, nobody can tell which of them it was.
    const sessions = this.#context.client.conversation(peer).status.sessions.filter((one) => one.instance === instance && one.version === version)
    return sessions.length > 0 && sessions.every(({ trust }) => trust === 'verified')
  }

  /** With whom it is private now. */
  private(): string[] {
    return this.#context.client.peers().filter((peer) => this.isPrivate(peer))
  }

  /**
   * Looks at a conversation anew, and tells the person if what becomes of their text has changed. `announced`: an event has told of it
   * already. `by`: who ended it, if it has ended.
   */
  refresh(peer: string, { announced = false, by }: { readonly announced?: boolean, readonly by?: 'them' } = {}): void {
    const before = this.#told.get(peer)
    const now = this.indicator(peer)
    if (before !== undefined && sameIndicator(before, now)) return
    this.#told.set(peer, now)
    this.#context.view.indicate(peer, now)
    const { standing } = now
    // Of what has never been anything else nobody need be told.
    if (announced || before?.standing === standing || (before === undefined && (standing === 'clear' || standing === 'waiting'))) return
    const session = standing === 'private' || standing === 'unaccepted' ? this.#session(peer) : {}
    this.#context.show({ type: 'state', peer, state: standing, ...session, ...standing === 'ended' && by && { by } })
  }

  /** Looks at all conversations that the person was told of. */
  refreshAll(): void {
    for (const peer of this.#told.keys()) this.refresh(peer)
  }

  /** What the person wrote has left: `outcome` is what the library says that it did with it. */
  sent(peer: string, text: string, outcome: Sent): void {
    const encrypted = outcome.sent === 'encrypted'
    this.#context.show({ type: 'sent', peer, privacy: encrypted ? 'private' : 'clear', verified: encrypted && outcome.to.every(({ trust }) => trust === 'verified'), text })
    if (!encrypted) this.remind(peer)
  }

  /** Somebody is away. The network says so with every line that goes to them: the person is told once. */
  away(peer: string, text: string): void {
    if (this.#away.get(peer) === text) return
    this.#away.set(peer, text)
    this.#context.show({ type: 'presence', peer, presence: 'away', detail: text })
  }

  /** They have written. */
  isHere(peer: string): void {
    this.#away.delete(peer)
  }

  /** Says once that a conversation is in clear. */
  remind(peer: string): void {
    if (this.#reminded.has(peer)) return
    this.#reminded.add(peer)
    this.#context.show({ type: 'notice', peer, code: 'in-clear' })
  }

  /** Lines must fit the network. Its limit depends on names and hosts; the shortest one met holds for all. */
  limit(peer: string): void {
    const { client, transport } = this.#context
    if (this.isChannel(peer)) return
    const most = transport.maxMessageLength(peer)
    const { maxMessageLength } = client.policy
    if (most > 0 && (maxMessageLength === 0 || most < maxMessageLength)) void client.setPolicy({ maxMessageLength: most })
  }

  /**
   * Somebody has another name now, as the network says, or the person. Resolves to whether the conversation goes on there. `begun`: not to be
   * done before.
   */
  async rename(from: string, to: string, begun: Promise<void> = Promise.resolve()): Promise<boolean> {
    // At once: what the client has told and not delivered yet is for them, too.
    this.#renaming.set(from, to)
    const done = this.#renamed.then(() => begun).then(() => this.#rename(from, to)).finally(() => {
      if (this.#renaming.get(from) === to) this.#renaming.delete(from)
    })
    this.#renamed = done.then(() => undefined, () => undefined)
    return done
  }

  async #rename(from: string, to: string): Promise<boolean> {
    const { client, show } = this.#context
    try {
      await client.rename(from, to)
    } catch (error) {
      if (!isTaken(error)) throw error
      // Something is known of the new name: it may be anybody's, so nothing goes there that was meant for the old one.
      show({
        type: 'info', about: from,
        text: `the network says that ${from} is ${to} now; but you know somebody by that name already, and stay with ${from}: /with ${to} goes there`,
      })
      return false
    }
    this.#follow(from, to)
    show({ type: 'renamed', peer: from, to })
    this.refresh(to)
    return true
  }

  /** The person says that somebody who wrote from another address is found there. */
  async follow(peer: string): Promise<void> {
    const { transport, show } = this.#context
    const to = this.movedTo.get(peer)
    if (to === undefined) throw new OtrError('OTR_ARGUMENT', `${peer} has not written from another address`)
    this.movedTo.delete(peer)
    const key = this.canonical(to)
    if (!await this.rename(peer, key)) return
    const lines = transport.follow?.(peer, key) ?? 0
    if (lines > 0) show({ type: 'info', about: key, text: `what could not be delivered to ${peer} goes to ${key} now: ${counted(lines, 'line')}` })
  }

  /**
   * Moves every conversation to the key under which the network finds its correspondent: what is kept may be from a time when names were
   * compared otherwise. Where two turn out to be with one correspondent, what protected either protects the one that goes on.
   */
  async adoptNames(): Promise<void> {
    const { client, transport, show } = this.#context
    client.changeAddress(transport.canonical(transport.account))
    for (const peer of client.peers()) {
      const key = this.canonical(peer)
      if (key === peer) continue
      try {
        await client.rename(peer, key)
      } catch (error) {
        if (!isTaken(error)) throw error
        const { latched, sessions } = client.conversation(peer).status
        if (latched || sessions.length > 0) await client.conversation(key).setPolicy({ requireEncryption: true })
        show({ type: 'info', about: key, text: `${peer} and ${key} are one name here: the conversation goes on as ${key}` })
      }
    }
    // Not all that is held here was ever written to.
    const named = [...this.#told.keys(), ...this.questions.keys(), ...this.movedTo.keys(), ...this.#away.keys(), ...this.#reminded, ...this.#unread]
    for (const name of new Set([...named, ...[...this.#held].map(({ peer }) => peer)])) this.#follow(name, this.canonical(name))
    this.#context.view.follow((name) => this.canonical(name))
    this.refreshAll()
  }

  /** The key of a name that was kept; one that is no name here stays what it is. */
  canonical(name: string): string {
    const { transport } = this.#context
    try {
      return this.isChannel(name) ? transport.channels?.canonical(name) ?? name : transport.canonical(name)
    } catch {
      return name
    }
  }

  #follow(from: string, to: string): void {
    if (from === to) return
    renameEntry(this.movedTo, from, to)
    renameEntry(this.#told, from, to)
    renameEntry(this.questions, from, to)
    renameEntry(this.#away, from, to)
    for (const held of this.#held) if (held.peer === from) held.peer = to
    for (const listener of this.#listeners) listener(from, to)
    if (this.#reminded.delete(from)) this.#reminded.add(to)
    if (this.#unread.delete(from)) this.#unread.add(to)
  }

  /** The session that text goes to, as an event tells of it. */
  #session(peer: string): { readonly version?: number, readonly instance?: number, readonly key?: 'known' | 'changed', readonly verified: boolean, readonly fingerprint?: string } {
    const [selected] = this.#context.client.conversation(peer).status.sessions
    if (selected === undefined) return { verified: false }
    const { version, instance, trust, fingerprint } = selected
    return { version, instance, key: trust === 'changed' ? 'changed' : 'known', verified: trust === 'verified', ...fingerprint !== undefined && { fingerprint } }
  }
}

/** Something is known of the new name already. */
function isTaken(error: unknown): boolean {
  return error instanceof OtrError && error.code === 'OTR_ARGUMENT'
}
