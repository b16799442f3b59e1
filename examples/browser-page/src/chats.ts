import type { Client, ClientMessageEvent, SendOutcome } from 'otr4'
import { sentence, type NoticeCode } from 'otr4/codes'

/** A line of a conversation as the page shows it. */
export interface Entry {
  readonly kind: 'theirs' | 'ours' | 'note'
  readonly text: string
  /** What stands before it: who could read it on the way. Absent for notes. */
  readonly mark?: 'private' | 'in clear' | 'waits'
  /** With `waits`: its number in the outbox. */
  readonly held?: number
  /** Text in clear in a conversation that is or was private: somebody on the way may have written it. */
  readonly warning?: true
}

/** Notices for developers, not for people. */
const quiet: ReadonlySet<NoticeCode> = new Set<NoticeCode>(['duplicate', 'other-instance', 'unexpected', 'fragment-discarded', 'old-offer', 'held', 'handshake-retry'])

/** What was said, by correspondent. It lives as long as the page: keeping what people said is a decision that this example does not make. */
export class Chats {
  readonly #entries = new Map<string, Entry[]>()
  /** The question of a verification that waits for an answer; the empty text where none was given. */
  readonly questions = new Map<string, string>()
  readonly #client: Client
  readonly #changed: (peer: string) => void

  constructor(client: Client, changed: (peer: string) => void) {
    this.#client = client
    this.#changed = changed
    client.on('message', (event) => { this.add(event.from, theirs(event)) })
    client.on('state', ({ peer }) => { changed(peer) })
    client.on('outbox', ({ peer, event, held }) => {
      if (event === 'released') this.#entries.set(peer, this.of(peer).map((entry) => entry.held === held ? { kind: 'ours', text: entry.text, mark: 'private' } : entry))
      changed(peer)
    })
    client.on('notice', ({ peer, code, beginning }) => {
      // Of these another notice tells people.
      if (beginning === true) return
      if (peer !== undefined && !quiet.has(code)) this.note(peer, sentence(code, { peer }))
    })
    client.on('lost', ({ peer, messages }) => {
      this.note(peer, `${peer} may not have read: ${messages.map(({ text }) => `“${text}”`).join(', ')}. Send it again if you like.`)
    })
    client.on('smp', ({ peer, event, question, trust }) => {
      if (event === 'asked') this.questions.set(peer, question ?? '')
      else this.questions.delete(peer)
      if (event === 'succeeded') {
        // Who answers a question has verified nobody: the other side chose it.
        this.note(peer, trust === 'verified' ? `The secrets are equal: it is ${peer}.` : `You gave the right answer. To verify ${peer} as well, ask something yourself.`)
      }
      if (event === 'failed') this.note(peer, 'The secrets differ. If it was no typing mistake, somebody else is at the other end.')
      if (event === 'aborted' || event === 'cheated') this.note(peer, 'The verification was broken off.')
      changed(peer)
    })
  }

  of(peer: string): readonly Entry[] {
    return this.#entries.get(peer) ?? []
  }

  /** Those to show: who is known, and who wrote. */
  peers(): string[] {
    return [...new Set([...this.#client.peers(), ...this.#entries.keys()])].sort()
  }

  note(peer: string, text: string): void {
    this.add(peer, { kind: 'note', text })
  }

  /** Notes what the person sent, by what became of it. */
  sent(peer: string, text: string, outcome: Exclude<SendOutcome, { readonly failed: unknown }>): void {
    if ('held' in outcome) this.add(peer, { kind: 'ours', text, mark: 'waits', held: outcome.held })
    else this.add(peer, { kind: 'ours', text, mark: outcome.sent === 'encrypted' ? 'private' : 'in clear' })
  }

  add(peer: string, entry: Entry): void {
    this.#entries.set(peer, [...this.of(peer), entry])
    this.#changed(peer)
  }
}

function theirs({ text, encrypted, unencrypted }: ClientMessageEvent): Entry {
  return {
    kind: 'theirs',
    text,
    // Only the event says what is private, never the text.
    mark: encrypted ? 'private' : 'in clear',
    ...unencrypted === true && { warning: true },
  }
}
