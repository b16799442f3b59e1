/** What a program can do wrong as a peer, whatever it says about OTR. */
export const faultKinds = {
  'not-started': 'it could not be started',
  'silent': 'it gave no answer in time',
  'died': 'it ended without being asked',
  'flooded': 'it wrote more than any answer may have',
  'not-json': 'it answered with a line that is no JSON object',
  'bad-answer': 'its answer lacks what the peer protocol asks for',
  'wrong-id': 'its answer has an id that was never asked',
  'out-of-order': 'it answered requests in another order',
  'unasked': 'it wrote a line that nobody asked for',
} as const

export type FaultKind = keyof typeof faultKinds

/** A program broke the peer protocol. It is ended then: nothing that it writes later can be trusted to belong to a request. */
export class PeerFault extends Error {
  readonly kind: FaultKind
  /** The name of the program. */
  readonly peer: string
  /** The request that was not answered, or the last one that was, as it was written. */
  readonly preceding: string | undefined

  constructor(kind: FaultKind, peer: string, detail: string, preceding?: string) {
    super(`${peer}: ${faultKinds[kind]}${detail === '' ? '' : `: ${detail}`}`)
    this.name = 'PeerFault'
    this.kind = kind
    this.peer = peer
    this.preceding = preceding
  }
}

/** A program answered `ok: false`. The code is its own. */
export class PeerError extends Error {
  readonly peer: string
  readonly cmd: string
  readonly code: string

  constructor(peer: string, cmd: string, code: string, message: string) {
    super(`${peer} refused ${cmd}: ${code}: ${message}`)
    this.name = 'PeerError'
    this.peer = peer
    this.cmd = cmd
    this.code = code
  }
}
