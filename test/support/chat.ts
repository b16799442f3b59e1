import { Chat } from '../../src/cli/chat/chat.js'
import type { Shown, View } from '../../src/cli/chat/shown.js'
import { Client, type AccountKeys, type PolicyChanges } from '../../src/index.js'
import type { Transport } from '../../src/transport/transport.js'
import { until } from './transport.js'

/** A person at a chat: types lines, and has everything before them that was shown. */
export class Person {
  readonly client: Client
  readonly transport: Transport
  readonly shown: Shown[] = []
  readonly #typed: string[] = []
  #wake: () => void = () => undefined
  #left = false
  readonly #over: Promise<number>

  private constructor(client: Client, transport: Transport, peer: string | undefined) {
    this.client = client
    this.transport = transport
    const view: View = {
      show: (event) => { this.shown.push(event) },
      prompt: () => undefined,
      lines: () => this.#lines(),
      secret: () => Promise.resolve(undefined),
      clear: () => undefined,
      close: () => undefined,
    }
    this.#over = new Chat({ client, transport, view, network: 'test', ...peer !== undefined && { peer } }).run()
    this.#over.catch(() => undefined)
  }

  /** Sits down, and waits until the network has let them in. */
  static async sit(transport: Transport, options: { keys: AccountKeys, peer?: string, policy?: PolicyChanges }): Promise<Person> {
    const { keys, peer, policy = {} } = options
    const client = await Client.open({ account: transport.account, keys, policy, clock: () => Date.now() / 1000 })
    const person = new Person(client, transport, peer)
    await Promise.race([person.sees(({ type }) => type === 'ready', 'ready'), person.#over])
    return person
  }

  type(line: string): void {
    this.#typed.push(line)
    this.#wake()
  }

  /** Waits until something was shown. */
  async sees(wanted: (event: Shown) => boolean, what = 'it'): Promise<Shown> {
    await until(() => this.shown.some(wanted), what)
    return this.shown.find(wanted) ?? { type: 'bye' }
  }

  async leave(): Promise<number> {
    this.#left = true
    this.#wake()
    return this.#over
  }

  async* #lines(): AsyncGenerator<string> {
    for (;;) {
      const line = this.#typed.shift()
      if (line !== undefined) yield line
      else if (this.#left) return
      else await new Promise<void>((resolve) => { this.#wake = resolve })
    }
  }
}
