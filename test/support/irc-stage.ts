import { generateDsaKey, generateEd448Keys, generateInstanceTag, systemRandom, type AccountKeys } from '../../src/index.js'
import { IrcTransport, type IrcOptions } from '../../src/transport/irc/index.js'
import { Person, type PersonOptions } from './chat-person.js'
import { IrcServer, type IrcServerOptions } from './irc-server.js'

const fast = { burst: 1000, intervalMs: 1 }

/** An IRC server with its users: transports alone, or persons at a chat. Close it after each test. */
export class IrcStage {
  #server: IrcServer | undefined
  readonly #transports: IrcTransport[] = []
  readonly #people: Person[] = []
  #keys: readonly AccountKeys[] = []

  get server(): IrcServer {
    if (this.#server === undefined) throw new Error('no server was started')
    return this.#server
  }

  /** `port`: the port of a server that was closed before. */
  async serve(options: IrcServerOptions = {}, port?: number): Promise<void> {
    this.#server = await new IrcServer(options).listen(port)
  }

  /** A connected transport. */
  async client(nick: string, options: Partial<IrcOptions> = {}): Promise<IrcTransport> {
    const transport = new IrcTransport({
      host: '127.0.0.1', port: this.server.port, nick, pace: fast, reconnect: { first: 10, most: 50 }, ...options,
    })
    this.add(transport)
    await transport.start()
    return transport
  }

  /** A transport that the test made itself is closed with the others. */
  add(transport: IrcTransport): void {
    this.#transports.push(transport)
  }

  /** Makes the keys of `count` persons. All tests may use them. */
  async makeKeys(count: number): Promise<void> {
    this.#keys = await Promise.all(Array.from({ length: count }, async () => ({
      dsa: await generateDsaKey(systemRandom), ed448: generateEd448Keys(systemRandom), instanceTag: generateInstanceTag(systemRandom),
    })))
  }

  /** Starts a chat of a person with the keys of that number. */
  async sit(nick: string, at: number, peer?: string, options: Partial<PersonOptions> = {}, pace = fast): Promise<Person> {
    const keys = this.#keys[at]
    if (keys === undefined) throw new Error(`there are no keys ${at}`)
    const transport = new IrcTransport({ host: '127.0.0.1', port: this.server.port, nick, pace })
    const person = await Person.sit(transport, { keys, ...peer !== undefined && { peer }, ...options })
    this.#people.push(person)
    return person
  }

  /** Whether a text was ever in clear in a line that the server received. */
  inClear(text: string): boolean {
    return this.server.peers.some(({ lines }) => lines.some((line) => line.text.includes(text)))
  }

  async close(): Promise<void> {
    for (const person of this.#people.splice(0)) await person.leave()
    for (const transport of this.#transports.splice(0)) await transport.close(0)
    await this.#server?.close()
    this.#server = undefined
  }
}

/** Begins a private conversation of two persons. */
export async function privately(one: Person, other: Person): Promise<void> {
  one.type('/otr start')
  for (const person of [one, other]) await person.sees((event) => event.type === 'state' && event.state === 'private', 'private')
}
