/** Users of a prekey server that accepts plain frames, each with a client of their own. */
import { connect } from 'node:net'
import { systemRandom } from '../../src/crypto/index.js'
import { ClientCore } from '../../src/index.js'
import { PrekeyClient, type PrekeyClientEvent, type PrekeyStep } from '../../src/prekey/index.js'
import type { Ensemble } from '../../src/wire/index.js'
import { testAccount } from './network.js'

function frame(bytes: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** The requests over one connection, by their senders. */
export function tcpExchange(port: number, questions: readonly (readonly [string, string])[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let ended = false
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    socket.on('error', reject)
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('end', () => {
      ended = true
      socket.destroy()
    })
    socket.on('close', () => {
      const bytes = Buffer.concat(chunks)
      const answers: string[] = []
      let at = 0
      while (at + 2 <= bytes.length && at + 2 + bytes.readUInt16BE(at) <= bytes.length) {
        const end = at + 2 + bytes.readUInt16BE(at)
        answers.push(bytes.subarray(at + 2, end).toString('utf8'))
        at = end
      }
      // Complete answers are used, whatever happened to the rest.
      if (at === bytes.length && (ended || answers.length > 0)) resolve(answers)
      else reject(new Error('the connection broke'))
    })
    for (const [from, text] of questions) {
      socket.write(frame(Buffer.from(from)))
      socket.write(frame(Buffer.from(text)))
    }
    socket.end()
  })
}

/** The server does not answer: it was killed, or has not started yet. */
export class Unanswered extends Error {
  /** There was no server: the request cannot have had an effect. */
  readonly refused: boolean

  constructor(refused = false) {
    super('no answer')
    this.refused = refused
  }
}

let tags = 0x1000
const now = (): number => Math.floor(Date.now() / 1000)

/** One person with one device. */
export class TcpUser {
  readonly address: string
  readonly core: ClientCore
  /** The identifiers of the prekey messages that were made last for a publication. */
  made: readonly number[] = []
  #client: PrekeyClient
  readonly #port: () => number
  readonly #server: { identity: string, fingerprint: string }

  /** `key`: the number of the test account. `port`: the current port of the server. */
  constructor(address: string, key: number, port: () => number, server: { identity: string, fingerprint: string }) {
    this.address = address
    this.#port = port
    this.#server = server
    this.core = new ClientCore({ account: testAccount(address, tags++, key, '4', now()), clock: now, random: systemRandom })
    this.#client = this.#newClient()
  }

  get client(): PrekeyClient {
    return this.#client
  }

  #newClient(): PrekeyClient {
    const { core } = this
    return new PrekeyClient({
      owner: {
        identityForPrekeys: () => core.identityForPrekeys(),
        prekeysLeft: () => core.prekeysLeft(),
        publication: (count) => {
          const publication = core.publication(count)
          this.made = publication.messages.map(({ identifier }) => identifier)
          return publication
        },
      },
      server: this.#server, random: systemRandom, clock: now,
    })
  }

  /** Connects again, after the server did not answer. */
  reset(): void {
    this.#client = this.#newClient()
    this.made = []
  }

  /** Publishes. Returns whether the server confirmed that it stored the publication. @throws Unanswered */
  async publish(count: number): Promise<boolean> {
    // Those of the previous publication do not belong to this one, which may end before it has any.
    this.made = []
    const events = await this.run(this.client.publish(count))
    return answered(events, (event) => event.type === 'prekey' && (event.event === 'published' || event.event === 'failed'))
      .some((event) => event.type === 'prekey' && event.event === 'published')
  }

  /** How many prekey messages the server has. @throws Unanswered */
  async stored(): Promise<number> {
    for (const event of await this.run(this.client.status())) if (event.type === 'prekey' && event.event === 'status') return event.stored
    throw new Unanswered()
  }

  /** Fetches somebody's ensembles. @throws Unanswered */
  async fetch(of: string): Promise<readonly Ensemble[]> {
    const events = answered(await this.run(this.client.fetch(of)), (event) => event.type === 'ensembles' || (event.type === 'prekey' && event.event === 'none'))
    return events.flatMap((event) => event.type === 'ensembles' ? event.ensembles : [])
  }

  async run(step: PrekeyStep): Promise<PrekeyClientEvent[]> {
    const events = [...step.events]
    if (step.send.length > 0) {
      const answers = await tcpExchange(this.#port(), step.send.map(({ message }) => [this.address, message] as const))
        .catch((error: unknown) => { throw new Unanswered(error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED') })
      for (const answer of answers) events.push(...await this.run(this.client.receive(this.client.server, answer)))
    }
    return events
  }
}

function answered(events: PrekeyClientEvent[], isAnswer: (event: PrekeyClientEvent) => boolean): PrekeyClientEvent[] {
  if (!events.some(isAnswer)) throw new Unanswered()
  return events
}
