import { OtrError } from '../../errors.js'
import type { Client, ProbableLoss, Trust } from '../../index.js'
import type { Transport } from '../../transport/transport.js'
import { counted } from '../options.js'
import type { ChatEvent } from './chat-event.js'
import { indicatorOf, sameIndicator, type Indicator } from './indicator.js'
import { renameEntry } from './rename-entry.js'
import type { View } from './view.js'

/** How a text was sent, and how far the keys are trusted that it was encrypted for. */
export type Sent = { readonly sent: 'plaintext' } | { readonly sent: 'encrypted', readonly to: readonly { readonly trust: Trust }[] }

/** What all parts of a chat share. */
export interface ChatContext {
  readonly client: Client
  readonly transport: Transport
  readonly view: View
  /** Shows something to the person, and to the log. */
  readonly show: (event: ChatEvent) => void
}

/** The correspondent of a command that is being run. `peer` changes when they are renamed. */
export interface Held {
  readonly peer: string
}

/** The correspondents of a chat: how private each conversation is, what the person has been informed of, and who has which name. */
export class Correspondents {
  readonly #context: ChatContext
  readonly #answerTime: number
  /** The indicator of each conversation as it was last shown to the person. */
  readonly #told = new Map<string, Indicator>()
  /** Who has begun a verification and waits for our answer, with their question, if there was one. */
  readonly questions = new Map<string, string | undefined>()
  /** The other address that somebody has written from. What we write goes to the old one until the person says otherwise (`/otr follow`). */
  readonly movedTo = new Map<string, string>()
  /** Who is away, with their words for it. */
  readonly #away = new Map<string, string>()
  /** In whose conversation the person was reminded that it is in clear: once is enough. */
  readonly #reminded = new Set<string>()
  /** The correspondents for whom the person has read the warning that it is not known how their program reads text. */
  readonly #askedFormat = new Set<string>()
  /** The correspondents for whom the person has read the warning that their encrypted lines cannot be read. */
  readonly #unread = new Set<string>()
  /** Who seems to have lost the private conversation, while we are not connected ourselves. */
  readonly #unsaidLoss = new Set<string>()
  readonly #toldOnce = [this.#reminded, this.#askedFormat, this.#unread, this.#unsaidLoss]
  /** Renames that are under way, old key to new: the client still uses the old key in its events. */
  readonly #renaming = new Map<string, string>()
  #renamed: Promise<void> = Promise.resolve()
  readonly #held = new Set<{ peer: string }>()
  readonly #listeners: ((from: string, to: string) => void)[] = []

  /** `answerTime`: how long the answer to a line may take that waited for our connection, milliseconds. */
  constructor(context: ChatContext, answerTime = 30_000) {
    this.#context = context
    this.#answerTime = answerTime
  }

  /** Calls `listener` when a correspondent has another key from now on. */
  onMoved(listener: (from: string, to: string) => void): void {
    this.#listeners.push(listener)
  }

  /** Fulfilled when no rename is under way. Lines that come from the network after a rename wait for it. */
  get settled(): Promise<void> {
    return this.#renamed
  }

  /** Lines came that none of our keys can decrypt. Returns whether to inform the person: only the first time, until `canRead` is called. */
  cannotRead(peer: string): boolean {
    if (this.#unread.has(peer)) return false
    this.#unread.add(peer)
    return true
  }

  /** A private conversation is ready. */
  canRead(peer: string): void {
    this.#unread.delete(peer)
  }

  /** Whether a name is a channel's. Then it is no correspondent's address. */
  isChannel(name: string): boolean {
    return this.#context.transport.channels?.isChannel(name) === true
  }

  /** How people write the name of a correspondent or channel. */
  spelling(name: string): string {
    const { transport } = this.#context
    return this.isChannel(name) ? transport.channels?.spelling(name) ?? name : transport.spelling(name)
  }

  /** The key under which the network finds the correspondent whom the client calls `peer`: a rename may be under way. */
  reached(peer: string): string {
    let key = peer
    for (let to = this.#renaming.get(key); to !== undefined && to !== peer; to = this.#renaming.get(key)) key = to
    return key
  }

  /** Runs `work` for a correspondent. `held.peer` follows when they are renamed meanwhile. */
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

  /** Whether text may go to the session with this instance, whose key is trusted so far. */
  isWritable(peer: string, instance: number, trust: Trust | undefined): boolean {
    const { selected, floor } = this.#context.client.conversation(peer).status
    return instance === selected || trust === 'verified' || (trust === 'seen' && floor !== 'verified')
  }

  isPrivate(peer: string): boolean {
    return this.indicator(peer).standing === 'private'
  }

  /** Whether a text from this instance was encrypted with a verified key. */
  isVerified(peer: string, instance: number | undefined, version: number | undefined): boolean {
    // With two sessions under one instance tag, nobody knows in which one it came.
    const sessions = this.#context.client.conversation(peer).status.sessions.filter((one) => one.instance === instance && one.version === version)
    return sessions.length > 0 && sessions.every(({ trust }) => trust === 'verified')
  }

  /** The correspondents with whom the conversation is private now. */
  private(): string[] {
    return this.#context.client.peers().filter((peer) => this.isPrivate(peer))
  }

  /**
   * Reads a conversation's state again, and informs the person if something else will happen to their texts now. `announced`: the person has been
   * informed already. `by`: who ended the private conversation, if it has ended.
   */
  refresh(peer: string, { announced = false, by }: { readonly announced?: boolean, readonly by?: 'them' } = {}): void {
    const before = this.#told.get(peer)
    const now = this.indicator(peer)
    if (before !== undefined && sameIndicator(before, now)) return
    this.#told.set(peer, now)
    this.#context.view.indicate(peer, now)
    const { standing } = now
    // A conversation that begins in clear, or waiting, is no change.
    if (announced || before?.standing === standing || (before === undefined && (standing === 'clear' || standing === 'waiting'))) return
    const session = standing === 'private' || standing === 'unaccepted' ? this.#session(peer) : {}
    this.#context.show({ type: 'state', peer, state: standing, ...session, ...standing === 'ended' && by && { by } })
  }

  /** Refreshes all conversations whose indicator was shown to the person. */
  refreshAll(): void {
    for (const peer of this.#told.keys()) this.refresh(peer)
  }

  /** A text of the person's has left. `outcome`: what the library says it did with it. */
  sent(peer: string, text: string, outcome: Sent): void {
    const encrypted = outcome.sent === 'encrypted'
    this.#context.show({ type: 'sent', peer, privacy: encrypted ? 'private' : 'clear', verified: encrypted && outcome.to.every(({ trust }) => trust === 'verified'), text })
    if (!encrypted) this.remind(peer)
  }

  /** Somebody is away. The network says so after every line to them; the person is informed once. */
  away(peer: string, text: string): void {
    if (this.#away.get(peer) === text) return
    this.#away.set(peer, text)
    this.#context.show({ type: 'presence', peer, presence: 'away', detail: text })
  }

  /** A correspondent has written, so they are there. */
  isHere(peer: string): void {
    this.#away.delete(peer)
  }

  /** Says once that a conversation is in clear. */
  remind(peer: string): void {
    if (this.#reminded.has(peer)) return
    this.#reminded.add(peer)
    this.#context.show({ type: 'notice', peer, code: 'in-clear' })
  }

  /** Somebody has probably lost the private conversation. While our own connection is down, their silence is no sign of that. */
  suspect(peer: string, loss: ProbableLoss): void {
    const { show, transport } = this.#context
    // The event `program-gone` reports that.
    if (loss.sign === 'gone') return
    if (loss.sign === 'silence' && transport.status !== 'online') this.#unsaidLoss.add(peer)
    else show({ type: 'notice', peer, code: 'session-probably-lost', probablyLost: loss })
  }

  /** We are connected, perhaps again. Now the person learns who does not answer the lines that waited for the connection. */
  isOnline(): void {
    if (this.#unsaidLoss.size === 0) return
    setTimeout(() => {
      for (const peer of this.#unsaidLoss) {
        const loss = this.#context.client.conversation(peer).status.probablyLost
        if (loss !== undefined && this.#context.transport.status !== 'online') continue
        this.#unsaidLoss.delete(peer)
        if (loss !== undefined) this.suspect(peer, loss)
      }
    }, this.#answerTime).unref()
  }

  /** Whether to inform the person that nobody knows how this correspondent's program reads text. True only once. */
  asksForFormat(peer: string): boolean {
    if (this.#askedFormat.has(peer)) return false
    this.#askedFormat.add(peer)
    return true
  }

  /** Makes the client's lines fit the network. The limit depends on names and hosts; the shortest one met is used for all. */
  limit(peer: string): void {
    const { client, transport } = this.#context
    if (this.isChannel(peer)) return
    const most = transport.maxMessageLength(peer)
    const { maxMessageLength } = client.policy
    if (most > 0 && (maxMessageLength === 0 || most < maxMessageLength)) void client.setPolicy({ maxMessageLength: most })
  }

  /**
   * A correspondent has another name now, as the network or the person says. Resolves to whether the conversation goes on under it. Waits for `begun`
   * first.
   */
  async rename(from: string, to: string, begun: Promise<void> = Promise.resolve()): Promise<boolean> {
    // At once, so that lines which the client is sending go to the new name, too.
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
      // There is a conversation under the new name already. It may be with anybody, so nothing meant for the old name goes there.
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

  /** The person agrees that somebody who wrote from another address is found there. @throws OtrError `OTR_ARGUMENT` if nobody did */
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
   * Moves every conversation to the key that the network uses now: keys in a kept state may date from a time when names were compared differently.
   * If two conversations turn out to be with one correspondent, the remaining one is protected as strictly as either was.
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
    // The names in this object need not have a conversation.
    const named = [...this.#told.keys(), ...this.questions.keys(), ...this.movedTo.keys(), ...this.#away.keys(), ...this.#toldOnce.flatMap((told) => [...told])]
    for (const name of new Set([...named, ...[...this.#held].map(({ peer }) => peer)])) this.#follow(name, this.canonical(name))
    this.#context.view.follow((name) => this.canonical(name))
    this.refreshAll()
  }

  /** The key of a name. A string that is no name on this network is its own key. */
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
    for (const told of this.#toldOnce) if (told.delete(from)) told.add(to)
  }

  /** The session that text goes to, as fields of an event. */
  #session(peer: string): { readonly version?: number, readonly instance?: number, readonly key?: 'known' | 'changed', readonly verified: boolean, readonly fingerprint?: string } {
    const [selected] = this.#context.client.conversation(peer).status.sessions
    if (selected === undefined) return { verified: false }
    const { version, instance, trust, fingerprint } = selected
    return { version, instance, key: trust === 'changed' ? 'changed' : 'known', verified: trust === 'verified', ...fingerprint !== undefined && { fingerprint } }
  }
}

/** Whether a rename failed because there is a conversation under the new name already. */
function isTaken(error: unknown): boolean {
  return error instanceof OtrError && error.code === 'OTR_ARGUMENT'
}
