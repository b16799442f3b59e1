import { PeerFault } from './fault.js'
import { readResponse, type PeerLink, type RequestFields, type Response } from './link.js'

/** A peer in this process: our own client, without the cost of a program. */
export class LocalPeer implements PeerLink {
  readonly name: string
  #fault: PeerFault | undefined
  readonly #answer: (line: string) => Promise<string>
  readonly #close: () => Promise<void>
  #nextId = 1
  #over = false

  /** `answer`: answers one line of the peer protocol. */
  constructor(name: string, answer: (line: string) => Promise<string>, close: () => Promise<void>) {
    this.name = name
    this.#answer = answer
    this.#close = close
  }

  get fault(): PeerFault | undefined {
    return this.#fault
  }

  async ask(cmd: string, fields: RequestFields = {}): Promise<Response> {
    const line = JSON.stringify({ id: this.#nextId++, cmd, ...fields })
    if (this.#over) throw this.#fault ?? new PeerFault('died', this.name, 'it was ended', line)
    return readResponse(this.name, await this.#answer(line), line).response
  }

  kill(): void {
    this.#over = true
    this.#fault ??= new PeerFault('died', this.name, 'it was ended')
  }

  async close(): Promise<number> {
    this.#over = true
    await this.#close()
    return 0
  }
}
