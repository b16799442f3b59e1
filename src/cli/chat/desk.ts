import type { Client } from '../../index.js'
import type { Transport } from '../../transport/transport.js'
import type { Standing, View } from './shown.js'

/** What the network's side of a chat and the person's side share: whom he talks with, what that is worth, where he is told of it. */
export class Desk {
  readonly client: Client
  readonly transport: Transport
  readonly view: View
  /** With whom the person talks. */
  peer: string | undefined
  /** Instances chosen by hand. */
  readonly instances = new Map<string, number>()
  /** With whom the person goes on in clear just now. */
  leaving: string | undefined
  /** Whom text in clear was sent to or came from already: one reminder is enough. */
  readonly #reminded = new Set<string>()

  constructor({ client, transport, view }: Pick<Desk, 'client' | 'transport' | 'view'>) {
    this.client = client
    this.transport = transport
    this.view = view
  }

  /** How private the conversation with somebody is. */
  standing(peer: string): Standing {
    const { sessions, pending, latched } = this.client.conversation(peer).status
    if (sessions.some(({ state }) => state === 'encrypted')) return 'private'
    if (pending || sessions.some(({ state }) => state === 'handshake')) return 'starting'
    return latched || sessions.some(({ state }) => state === 'finished') ? 'ended' : 'clear'
  }

  /** Whether what is written to somebody goes to a key that was verified. */
  verified(peer: string): boolean {
    const { sessions } = this.client.conversation(peer).status
    const [selected] = sessions
    return selected?.state === 'encrypted' && selected.trust === 'verified'
  }

  /** Shows before the line that is typed to whom it goes, and how private that is. */
  prompt(): void {
    const peer = this.peer
    if (peer === undefined) this.view.prompt(undefined, 'clear', false)
    else this.view.prompt(peer, this.standing(peer), this.verified(peer))
  }

  /** An answer to the person. */
  inform(text: string): void {
    this.view.show({ type: 'info', text })
  }

  /** Why something was not done. */
  explain(error: unknown): void {
    this.view.show({ type: 'error', text: error instanceof Error ? error.message : 'something went wrong' })
  }

  /** What the person wrote has left. */
  sent(peer: string, text: string, encrypted = true): void {
    this.view.show({ type: 'sent', peer, privacy: encrypted ? 'private' : 'clear', verified: encrypted && this.verified(peer), text })
    if (!encrypted) this.remind(peer)
  }

  /** Says once that a conversation is in clear. */
  remind(peer: string): void {
    if (this.#reminded.has(peer)) return
    this.#reminded.add(peer)
    this.view.show({ type: 'notice', peer, code: 'in-clear' })
  }

  /** Lines must fit the network. Its limit depends on names and hosts; the shortest one met holds for all. */
  limit(peer: string): void {
    const most = this.transport.maxMessageLength(peer)
    const { maxMessageLength } = this.client.policy
    if (most > 0 && (maxMessageLength === 0 || most < maxMessageLength)) void this.client.setPolicy({ maxMessageLength: most })
  }

  /** The network says that somebody has another name now. */
  async rename(from: string, to: string): Promise<void> {
    try {
      await this.client.rename(from, to)
    } catch {
      // Something is known of the new name: it may be anybody's, so nothing goes there that was meant for the old one.
      this.inform(`the network says that ${from} is ${to} now; but you know somebody by that name already, and stay with ${from}: /with ${to} goes there`)
      return
    }
    this.#follow(from, to)
    this.view.show({ type: 'renamed', peer: from, to })
    this.prompt()
  }

  /**
   * Moves every conversation to the key under which the network finds its correspondent: what is kept may be from a time when names were
   * compared otherwise. Where two turn out to be with one correspondent, what protected either protects the one that goes on.
   */
  async adoptNames(): Promise<void> {
    this.client.changeAddress(this.transport.canonical(this.transport.account))
    for (const peer of this.client.peers()) {
      const key = this.#canonical(peer)
      if (key === peer) continue
      try {
        await this.client.rename(peer, key)
      } catch {
        const { latched, sessions } = this.client.conversation(peer).status
        if (latched || sessions.length > 0) await this.client.conversation(key).setPolicy({ requireEncryption: true })
        this.inform(`${peer} and ${key} are one name here: the conversation goes on as ${key}`)
      }
    }
    // Not all that is held here was ever written to.
    for (const name of [...this.instances.keys(), ...this.#reminded, ...this.peer === undefined ? [] : [this.peer]]) this.#follow(name, this.#canonical(name))
    this.prompt()
  }

  /** The key of a name that was kept; one that is no name here stays what it is. */
  #canonical(name: string): string {
    try {
      return this.transport.canonical(name)
    } catch {
      return name
    }
  }

  #follow(from: string, to: string): void {
    if (from === to) return
    const instance = this.instances.get(from)
    if (instance !== undefined) this.instances.set(to, instance)
    this.instances.delete(from)
    if (this.#reminded.has(from)) this.#reminded.add(to)
    if (this.peer === from) this.peer = to
  }
}
