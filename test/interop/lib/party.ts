/** One peer at its place in the network: its program, its address, and everything that it has told. */
import type { PeerEvent, SessionState, SessionStatus, SmpOutcome } from './event.js'
import type { Network } from './network.js'
import type { PeerProcess, Response } from './peer-process.js'

type OfType<Type extends PeerEvent['type']> = Extract<PeerEvent, { readonly type: Type }>

export class Party {
  readonly address: string
  readonly process: PeerProcess
  readonly events: PeerEvent[] = []
  readonly #network: Network

  constructor(process: PeerProcess, address: string, network: Network) {
    this.process = process
    this.address = address
    this.#network = network
    network.join(this)
  }

  get name(): string {
    return this.process.name
  }

  /** Asks the program; its `send` events go on their way, and all events are kept. Throws what is not `ok`. */
  async call(cmd: string, fields: Readonly<Record<string, unknown>> = {}): Promise<Response> {
    const response = await this.process.request(cmd, fields)
    this.events.push(...response.out)
    for (const event of response.out) {
      if (event.type === 'send') this.#network.send({ from: this.address, to: event.to, message: event.message })
    }
    return response
  }

  /** The code of the refusal, or undefined when the peer did it after all. */
  async refusal(cmd: string, fields: Readonly<Record<string, unknown>> = {}): Promise<string | undefined> {
    const response = await this.process.ask(cmd, fields)
    this.events.push(...response.out)
    for (const event of response.out) {
      if (event.type === 'send') this.#network.send({ from: this.address, to: event.to, message: event.message })
    }
    return response.ok ? undefined : response.error?.code ?? '?'
  }

  of<Type extends PeerEvent['type']>(type: Type): OfType<Type>[] {
    return this.events.filter((event): event is OfType<Type> => event.type === type)
  }

  /** The texts of the encrypted messages that it has shown. */
  privateTexts(): string[] {
    return this.of('message').filter((event) => event.encrypted).map((event) => event.text)
  }

  clearTexts(): string[] {
    return this.of('message').filter((event) => !event.encrypted).map((event) => event.text)
  }

  notices(): string[] {
    return this.of('notice').map((event) => event.code)
  }

  /** What SMP told, without the steps on the way. */
  smpEvents(): SmpOutcome[] {
    return this.of('smp').map((event) => event.event).filter((event) => event !== 'in-progress')
  }

  forget(): void {
    this.events.length = 0
  }

  async sessions(of: Party): Promise<SessionStatus[]> {
    const response = await this.call('status', { of: of.address })
    return response.sessions as SessionStatus[]
  }

  /** The encrypted session with that correspondent, if there is exactly one. */
  async encrypted(of: Party): Promise<SessionStatus> {
    const sessions = (await this.sessions(of)).filter((session) => session.state === 'encrypted')
    const [session] = sessions
    if (!session || sessions.length > 1) throw new Error(`${this.name} has ${sessions.length} encrypted sessions with ${of.name}`)
    return session
  }

  async states(of: Party): Promise<SessionState[]> {
    return (await this.sessions(of)).map((session) => session.state)
  }
}
