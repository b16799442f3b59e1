/** A relay's client for pages, after `spec/relay.md`. (`RelayTransport` of the package needs Node.) Put your own network in its place. */

export interface Line {
  readonly from: string
  readonly text: string
  /** The same line, delivered again, has the same one. */
  readonly id: string
  /** Seconds that it waited at the relay; absent for a line that came at once. */
  readonly waited?: number
}

export interface RelayEvents {
  /** The relay forgets the line when the promise is fulfilled. */
  readonly line: (line: Line) => Promise<void>
  readonly status: (status: 'online' | 'waiting', why?: string) => void
  /** The relay did not take a line. */
  readonly rejected: (to: string, text: string) => void
}

interface Pending {
  readonly id: number
  readonly to: string
  readonly text: string
  readonly taken: () => void
}

const longestPause = 15_000

/** Keeps a connection up, sends each line once and in order, and hands over each line once and in order. */
export class RelaySocket {
  readonly #url: string
  readonly #name: string
  readonly #events: RelayEvents
  readonly #session = crypto.randomUUID()
  #socket: WebSocket | undefined
  #pause = 250
  #nextId = 1
  #pending: Pending[] = []
  #epoch: string | undefined
  #seen = 0
  #got = 0
  #taking = Promise.resolve()

  constructor(url: string, name: string, events: RelayEvents) {
    this.#url = url
    this.#name = name
    this.#events = events
    this.#connect()
  }

  /** Fulfilled when the relay has taken the line, or said that it never will. Until then the library keeps it, over a reload too. */
  send(to: string, text: string): Promise<void> {
    return new Promise((taken) => {
      const line = { id: this.#nextId++, to, text, taken }
      this.#pending.push(line)
      if (this.#epoch !== undefined) this.#tell({ type: 'send', id: line.id, to, text })
    })
  }

  #connect(): void {
    const socket = new WebSocket(this.#url)
    this.#socket = socket
    let why = 'no connection to the relay'
    socket.addEventListener('open', () => {
      const resume = this.#epoch === undefined ? {} : { epoch: this.#epoch, got: this.#got }
      this.#tell({ type: 'register', name: this.#name, session: this.#session, ...resume })
    })
    socket.addEventListener('message', ({ data }) => { why = this.#handle(data) ?? why })
    socket.addEventListener('close', () => {
      this.#events.status('waiting', why)
      // Also when the name is taken: after a reload the relay may not know yet that the page before is gone.
      setTimeout(() => { this.#connect() }, this.#pause * (0.5 + Math.random()))
      this.#pause = Math.min(this.#pause * 2, longestPause)
    })
  }

  /** Gives a reason to close, where the relay says one. */
  #handle(data: unknown): string | undefined {
    const frame = parse(data)
    switch (frame['type']) {
      case 'registered': {
        if (frame['epoch'] !== this.#epoch) {
          // Another relay, or the same one started anew: it counts from the beginning.
          this.#epoch = string(frame['epoch'])
          this.#seen = this.#got = 0
        }
        this.#pause = 250
        const accepted = number(frame['accepted'])
        this.#drop(({ id }) => id <= accepted)
        for (const { id, to, text } of this.#pending) this.#tell({ type: 'send', id, to, text })
        this.#events.status('online')
        return undefined
      }
      case 'refused': return frame['reason'] === 'name-taken' ? 'somebody is connected under this name' : `the relay refuses us: ${string(frame['reason'])}`
      case 'accepted': {
        this.#drop(({ id }) => id === frame['id'])
        return undefined
      }
      case 'rejected': {
        const line = this.#pending.find(({ id }) => id === frame['id'])
        if (line !== undefined) this.#events.rejected(line.to, line.text)
        this.#drop(({ id }) => id === frame['id'])
        return undefined
      }
      case 'message': {
        const seq = number(frame['seq'])
        if (seq <= this.#seen) return undefined
        this.#seen = seq
        const waited = frame['waited'] === undefined ? {} : { waited: number(frame['waited']) }
        const taken = this.#events.line({ from: string(frame['from']), text: string(frame['text']), id: `${this.#epoch ?? ''}/${seq}`, ...waited })
        this.#took(seq, taken)
        return undefined
      }
      default: return undefined
    }
  }

  /** Says `got` when this line and all before it are safe. What nobody took comes again after the next reload. */
  #took(seq: number, taken: Promise<void>): void {
    const epoch = this.#epoch
    this.#taking = Promise.all([this.#taking, taken]).then(() => {
      if (epoch !== this.#epoch) return
      this.#got = seq
      this.#tell({ type: 'got', seq })
    })
    this.#taking.catch(() => undefined)
  }

  #drop(which: (line: Pending) => boolean): void {
    const ended = this.#pending.filter(which)
    this.#pending = this.#pending.filter((line) => !which(line))
    for (const { taken } of ended) taken()
  }

  #tell(frame: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame))
  }
}

function parse(data: unknown): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(string(data))
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

const string = (value: unknown): string => typeof value === 'string' ? value : ''
const number = (value: unknown): number => typeof value === 'number' ? value : 0
