/** What was said, for as long as the program runs. Components come and go; this stays, so that no message is lost while none is shown. */
import { OtrError, type Client, type ClientEvent } from 'otr4'
import { sentence } from 'otr4/codes'

/** A line of a conversation, to be shown as text and never as HTML. */
export interface Line {
  readonly id: number
  readonly from: 'them' | 'us' | 'program'
  readonly text: string
  /** Who could read it on the way. Only the event of the library says so, never the text. Absent for words of the program. */
  readonly privacy?: 'private' | 'clear' | 'waits'
}

/** What is known of one conversation beside its status. A new value with every change: components may compare it by identity. */
export interface Chat {
  readonly lines: readonly Line[]
  /** The other side wants to compare a secret: its question, or the empty text where it asked none. */
  readonly asked: string | undefined
}

const nothing: Chat = { lines: [], asked: undefined }

/** Make one for each client, before its first call, and `close` it with the client. */
export class Chats {
  readonly client: Client
  readonly #chats = new Map<string, Chat>()
  readonly #listeners = new Map<string, Set<() => void>>()
  readonly #stops: readonly (() => void)[]
  /** Lines that wait, by their number in the outbox. */
  readonly #held = new Map<string, number>()
  #nextLine = 1

  constructor(client: Client) {
    this.client = client
    this.#stops = [
      client.on('message', ({ from, text, encrypted }) => {
        this.#add(from, { from: 'them', text, privacy: encrypted ? 'private' : 'clear' })
      }),
      client.on('state', ({ peer }) => { this.#tell(peer) }),
      client.on('outbox', ({ peer, held, event }) => { this.#outbox(peer, held, event) }),
      client.on('smp', (event) => { this.#verification(event) }),
      client.on('notice', ({ peer, code }) => {
        if (peer === undefined) return
        if (code === 'key-changed' || code === 'unencrypted' || code === 'handshake-timeout' || code === 'no-answer' || code === 'older-draft' || code === 'incompatible') this.#add(peer, { from: 'program', text: sentence(code, { peer }) })
        else this.#tell(peer)
      }),
    ]
  }

  /** The conversation's lines now. */
  of(peer: string): Chat {
    return this.#chats.get(peer) ?? nothing
  }

  /** Calls `listener` whenever something of this conversation may have changed, its status too. Call the result to stop. */
  subscribe(peer: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(peer) ?? new Set()
    this.#listeners.set(peer, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(peer) === listeners) this.#listeners.delete(peer)
    }
  }

  /** How many listen now: for tests. */
  get listeners(): number {
    return [...this.#listeners.values()].reduce((sum, { size }) => sum + size, 0)
  }

  /** Sends, and notes the line with what became of it. Rejects as `conversation.send`: nothing is noted then. */
  async send(peer: string, text: string): Promise<void> {
    const outcome = await this.client.conversation(peer).send(text)
    const privacy = 'held' in outcome ? 'waits' : outcome.sent === 'encrypted' ? 'private' : 'clear'
    if ('held' in outcome) this.#held.set(`${peer} ${outcome.held}`, this.#nextLine)
    this.#add(peer, { from: 'us', text, privacy })
  }

  /** Runs what a person asked for. What the library refuses is said in the conversation, by its code. */
  async run(peer: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof OtrError)) throw error
      this.#add(peer, { from: 'program', text: sentence(error.code, { peer }) })
    }
    this.#tell(peer)
  }

  close(): void {
    for (const stop of this.#stops) stop()
    this.#listeners.clear()
  }

  #outbox(peer: string, held: number, event: 'held' | 'released' | 'cancelled'): void {
    const key = `${peer} ${held}`
    const id = this.#held.get(key)
    if (event !== 'held') this.#held.delete(key)
    if (event === 'released' && id !== undefined) {
      const { lines, asked } = this.of(peer)
      this.#chats.set(peer, { asked, lines: lines.map((line) => line.id === id ? { ...line, privacy: 'private' } : line) })
    }
    this.#tell(peer)
  }

  #verification({ peer, event, question = '', trust }: Extract<ClientEvent, { type: 'smp' }>): void {
    this.#chats.set(peer, { ...this.of(peer), asked: event === 'asked' ? question : undefined })
    switch (event) {
      case 'succeeded':
        // Who answers a question has verified nobody: the other side chose it. `trust` knows.
        this.#add(peer, { from: 'program', text: trust === 'verified' ? `It is ${peer}: the secrets are equal.` : `Right answer. To verify ${peer}, ask something yourself.` })
        break
      case 'failed':
        this.#add(peer, { from: 'program', text: 'The secrets differ. If that was no typing mistake, somebody else is there.' })
        break
      case 'aborted':
      case 'cheated':
        this.#add(peer, { from: 'program', text: 'The verification was broken off.' })
        break
      case 'asked':
      case 'in-progress': this.#tell(peer)
    }
  }

  #add(peer: string, line: Omit<Line, 'id'>): void {
    const { lines, asked } = this.of(peer)
    this.#chats.set(peer, { asked, lines: [...lines, { id: this.#nextLine++, ...line }] })
    this.#tell(peer)
  }

  #tell(peer: string): void {
    for (const listener of [...this.#listeners.get(peer) ?? []]) listener()
  }
}
