import { PeerFault } from './fault.js'
import { readResponse, type PeerLink, type RawAnswer, type RequestFields, type Response } from './link.js'

/** A peer in this process: our own client, without the cost of starting a program. */
export class LocalPeer implements PeerLink {
  readonly name: string
  #fault: PeerFault | undefined
  readonly #answer: (line: string) => Promise<string>
  readonly #close: () => Promise<void>
  #nextId = 1
  #over = false
  /** Settles when the previous request is done: a peer handles one request at a time. */
  #busy: Promise<unknown> = Promise.resolve()

  /** `answer`: answers one line of the peer protocol. */
  constructor(name: string, answer: (line: string) => Promise<string>, close: () => Promise<void>) {
    this.name = name
    this.#answer = answer
    this.#close = close
  }

  get fault(): PeerFault | undefined {
    return this.#fault
  }

  get closed(): boolean {
    return this.#over
  }

  async ask(cmd: string, fields: RequestFields = {}): Promise<Response> {
    return (await this.askRaw(JSON.stringify({ id: this.#nextId++, cmd, ...fields }))).response
  }

  async askRaw(line: string): Promise<RawAnswer> {
    const answer = this.#busy.then(async () => {
      if (this.#over) throw this.#fault ?? new PeerFault('died', this.name, 'it was ended', line)
      return readResponse(this.name, await this.#answer(line), line)
    })
    this.#busy = answer.catch(() => undefined)
    return answer
  }

  async leave(): Promise<number> {
    await this.ask('bye')
    return this.close()
  }

  kill(): void {
    this.#over = true
    this.#fault ??= new PeerFault('died', this.name, 'it was ended')
  }

  async close(): Promise<number> {
    if (!this.#over) {
      this.#over = true
      await this.#close()
    }
    return 0
  }
}
