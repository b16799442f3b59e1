import type { Emitter } from './emitter.js'
import { transportError, type TransportEvents, type TransportStatus } from './transport.js'

/** The status of a transport's connection. Every change is emitted once, as an event `status`; nothing follows `closed`. */
export class ConnectionStatus {
  readonly #emitter: Emitter<TransportEvents>
  #now: TransportStatus = 'offline'
  #wasOnline = false

  constructor(emitter: Emitter<TransportEvents>) {
    this.#emitter = emitter
  }

  get now(): TransportStatus {
    return this.#now
  }

  /** Whether the network has let us in, at least once. */
  get wasOnline(): boolean {
    return this.#wasOnline
  }

  /** `detail`: why, for people. */
  set(status: TransportStatus, detail?: string): void {
    if (this.#now === status || this.#now === 'closed') return
    this.#now = status
    if (status === 'online') this.#wasOnline = true
    this.#emitter.emit('status', { status, ...detail === undefined ? {} : { detail } })
  }

  /** For `start`, which may be called once. @throws OtrError `OTR_TRANSPORT_CLOSED` */
  requireUnstarted(): void {
    if (this.#now !== 'offline') throw transportError('CLOSED', 'started before')
  }

  /** For `send`. @throws OtrError `OTR_TRANSPORT_CLOSED` */
  requireOpen(): void {
    if (this.#now === 'closed') throw connectionClosed()
  }
}

/** What everything is rejected with that can no longer happen. */
export function connectionClosed(): Error {
  return transportError('CLOSED', 'the connection is closed')
}
