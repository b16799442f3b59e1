import type { Network, Parcel, Receiver } from './network.js'
import { isSessionStatus, type PeerEvent, type SessionState, type SessionStatus, type SmpOutcome } from './peer-event.js'
import { accepted, type PeerLink, type RawAnswer, type RequestFields, type Response } from './link.js'
import { Unmet } from './expectation.js'

type OfType<Type extends PeerEvent['type']> = Extract<PeerEvent, { readonly type: Type }>

/** Called with each request and its answer. */
export type Witness = (cmd: string, fields: RequestFields, response: Response) => void

/** One peer in the network: its program, its address, and all events that it has reported. */
export class Party implements Receiver {
  readonly address: string
  readonly link: PeerLink
  readonly events: PeerEvent[] = []
  readonly #network: Network
  readonly #witness: Witness | undefined

  constructor(link: PeerLink, address: string, network: Network, witness?: Witness) {
    this.link = link
    this.address = address
    this.#network = network
    this.#witness = witness
    network.join(this)
  }

  get name(): string {
    return this.link.name
  }

  /** Asks the program. Its `send` events go on their way, and all events are kept. Throws a `PeerError` where the answer is not `ok`. */
  async call(cmd: string, fields: RequestFields = {}): Promise<Response> {
    return accepted(this.name, cmd, await this.attempt(cmd, fields))
  }

  /** Writes a line that may not be a request. Returns the answer and its id, whatever they are. */
  async attemptRaw(line: string): Promise<RawAnswer> {
    const answer = await this.link.askRaw(line)
    this.#witness?.('(a line as it stands)', { line }, answer.response)
    return answer
  }

  /** The code of the refusal; undefined if the program did it after all. */
  async refusal(cmd: string, fields: RequestFields = {}): Promise<string | undefined> {
    const response = await this.attempt(cmd, fields)
    return response.ok ? undefined : response.error?.code ?? '?'
  }

  /** Like `call`, for a request that may be refused. */
  async attempt(cmd: string, fields: RequestFields = {}): Promise<Response> {
    const response = await this.link.ask(cmd, fields)
    this.#witness?.(cmd, fields, response)
    this.events.push(...response.out)
    for (const event of response.out) {
      if (event.type === 'send') this.#network.send({ from: this.address, to: event.to, message: event.message })
    }
    return response
  }

  async receive({ from, message }: Parcel): Promise<void> {
    await this.call('receive', { from, message })
  }

  of<Type extends PeerEvent['type']>(type: Type): OfType<Type>[] {
    return this.events.filter((event): event is OfType<Type> => event.type === type)
  }

  /** The texts of the private messages that it has shown. */
  privateTexts(): string[] {
    return this.of('message').filter((event) => event.encrypted).map((event) => event.text)
  }

  clearTexts(): string[] {
    return this.of('message').filter((event) => !event.encrypted).map((event) => event.text)
  }

  notices(): string[] {
    return this.of('notice').map((event) => event.code)
  }

  /** The results of SMP that the program reported, without the steps before them. */
  smpEvents(): SmpOutcome[] {
    return this.of('smp').map((event) => event.event).filter((event) => event !== 'in-progress')
  }

  /** Forgets the events so far. */
  forget(): void {
    this.events.length = 0
  }

  async sessions(of: Party): Promise<SessionStatus[]> {
    const { sessions } = await this.call('status', { of: of.address })
    if (!Array.isArray(sessions)) throw new Unmet(`${this.name}: the answer to "status" has no list "sessions"`)
    return sessions.filter(isSessionStatus)
  }

  /** The private session with that correspondent, if there is exactly one. */
  async encrypted(of: Party): Promise<SessionStatus> {
    const sessions = (await this.sessions(of)).filter((session) => session.state === 'encrypted')
    const [session] = sessions
    if (!session || sessions.length > 1) throw new Unmet(`${this.name} has ${sessions.length} private sessions with ${of.name}, expected one`)
    return session
  }

  async states(of: Party): Promise<SessionState[]> {
    return (await this.sessions(of)).map((session) => session.state)
  }
}
