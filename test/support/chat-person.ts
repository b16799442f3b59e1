import { Chat } from '../../src/cli/chat/chat.js'
import type { ChatEvent } from '../../src/cli/chat/chat-event.js'
import type { Question, TypedLine, View } from '../../src/cli/chat/view.js'
import { Client, type AccountKeys, type Persistence, type PolicyChanges } from '../../src/index.js'
import type { Transport } from '../../src/transport/transport.js'
import { until } from './transport-events.js'

/** How a person starts the chat. */
export interface PersonOptions {
  readonly keys: AccountKeys
  readonly peer?: string
  readonly policy?: PolicyChanges
  readonly persistence?: Persistence
  /** See `ChatParts`. */
  readonly answerTime?: number
  /** Seconds since 1970; default: the system's clock. */
  readonly clock?: () => number
  /** Their answers to questions. */
  readonly ask?: (question: Question) => Promise<string | undefined>
}

/** A person at a chat: types lines, and sees everything that was shown. */
export class Person {
  readonly client: Client
  readonly transport: Transport
  readonly shown: ChatEvent[] = []
  readonly #typed: string[] = []
  #wake: () => void = () => undefined
  #left = false
  readonly #over: Promise<number>

  private constructor(client: Client, transport: Transport, { peer, ask, kept, answerTime }: { peer: string | undefined, ask: PersonOptions['ask'], kept: boolean, answerTime: number | undefined }) {
    this.client = client
    this.transport = transport
    let current: string | undefined
    const view: View = {
      open: () => Promise.resolve(),
      show: (event) => {
        if (event.type === 'renamed' && current === event.peer) current = event.to
        this.shown.push(event)
      },
      indicate: () => undefined,
      get current() { return current },
      turnTo: (name) => { current = name },
      turnToNumber: () => undefined,
      follow: (key) => { current = current && key(current) },
      forget: () => undefined,
      lines: () => this.#lines(() => current),
      ask: ask ?? (() => Promise.resolve(undefined)),
      confirm: () => Promise.resolve(true),
      wholeScreen: () => undefined,
      showWhole: () => Promise.resolve(),
      know: () => undefined,
      clear: () => undefined,
      close: () => Promise.resolve(),
    }
    const chat = new Chat({ client, view, network: 'test', kept, ...peer !== undefined && { peer }, ...answerTime !== undefined && { answerTime } })
    this.#over = chat.connect(transport).then(() => chat.run())
    this.#over.catch(() => undefined)
  }

  /** Starts the chat, and waits until it is connected. */
  static async sit(transport: Transport, options: PersonOptions): Promise<Person> {
    const { keys, peer, policy = {}, persistence, ask, answerTime, clock = () => Date.now() / 1000 } = options
    const client = await Client.open({ account: transport.account, keys, policy, clock, ...persistence !== undefined && { persistence } })
    const person = new Person(client, transport, { peer, ask, kept: persistence !== undefined, answerTime })
    await Promise.race([person.sees(({ type }) => type === 'ready', 'ready'), person.#over])
    return person
  }

  type(line: string): void {
    this.#typed.push(line)
    this.#wake()
  }

  /** Waits until something was shown. */
  async sees(wanted: (event: ChatEvent) => boolean, what = 'it'): Promise<ChatEvent> {
    await until(() => this.shown.some(wanted), what)
    return this.shown.find(wanted) ?? { type: 'bye' }
  }

  async leave(): Promise<number> {
    this.#left = true
    this.#wake()
    return this.#over
  }

  async* #lines(current: () => string | undefined): AsyncGenerator<TypedLine> {
    for (;;) {
      const text = this.#typed.shift()
      if (text !== undefined) yield { text, to: current(), pasted: false }
      else if (this.#left) return
      else await new Promise<void>((resolve) => { this.#wake = resolve })
    }
  }
}
