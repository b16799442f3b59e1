/** The events of the peer protocol that scenarios read. */
export type PeerEvent =
  | { readonly type: 'send', readonly to: string, readonly message: string }
  | {
    readonly type: 'message', readonly from: string, readonly text: string, readonly encrypted: boolean, readonly version?: number, readonly instance?: number
    readonly offline?: boolean
  }
  | {
    readonly type: 'state', readonly peer: string, readonly instance?: number, readonly state: SessionState
    readonly version?: number, readonly ssid?: string, readonly fingerprint?: string
  }
  | { readonly type: 'smp', readonly peer: string, readonly event: SmpOutcome, readonly question?: string }
  | { readonly type: 'extra-key', readonly peer: string, readonly key: string, readonly context: number, readonly data: string }
  | { readonly type: 'tlv', readonly peer: string, readonly tlvType: number, readonly value: string }
  | { readonly type: 'revealed-mac-keys', readonly peer: string, readonly keys: string }
  | { readonly type: 'ensembles', readonly of: string, readonly ensembles: readonly unknown[] }
  | { readonly type: 'prekey', readonly server: string, readonly event: string, readonly stored?: number }
  | { readonly type: 'notice', readonly peer?: string, readonly code: string, readonly detail?: string, readonly beginning?: boolean }

export type SessionState = 'plaintext' | 'handshake' | 'encrypted' | 'finished'

export type SmpOutcome = 'asked' | 'in-progress' | 'succeeded' | 'failed' | 'aborted' | 'cheated'

/** One entry of the `sessions` that the command `status` returns. */
export interface SessionStatus {
  readonly instance?: number
  readonly state: SessionState
  readonly version?: number
  readonly ssid?: string
  readonly ssidBold?: 'first' | 'second'
  readonly fingerprint?: string
  readonly trust?: string
  readonly offline?: boolean
  readonly initiator?: boolean
  readonly ratchet?: { readonly i: number, readonly j: number, readonly k: number, readonly pn: number, readonly stored: number }
}

type FieldType = 'string' | 'number' | 'boolean' | 'list'

/** The fields that an event of each type must have. Other fields may be missing. */
const required: { readonly [Type in PeerEvent['type']]: Readonly<Record<string, FieldType>> } = {
  'send': { to: 'string', message: 'string' },
  'message': { from: 'string', text: 'string', encrypted: 'boolean' },
  'state': { peer: 'string', state: 'string' },
  'smp': { peer: 'string', event: 'string' },
  'extra-key': { peer: 'string', key: 'string', context: 'number' },
  'tlv': { peer: 'string', tlvType: 'number' },
  'revealed-mac-keys': { keys: 'string' },
  'ensembles': { of: 'string', ensembles: 'list' },
  'prekey': { server: 'string', event: 'string' },
  'notice': { code: 'string' },
}

/** What is wrong with an event that a program wrote; undefined if nothing is. Types that the protocol does not know are no fault. */
export function eventProblem(value: unknown): string | undefined {
  if (!isJsonObject(value) || typeof value['type'] !== 'string') return 'an event without a type'
  const type = value['type']
  if (!isEventType(type)) return undefined
  for (const [name, kind] of Object.entries(required[type])) {
    const field = value[name]
    if (kind === 'list' ? !Array.isArray(field) : typeof field !== kind) return `an event "${type}" whose "${name}" is no ${kind}`
  }
  return undefined
}

/** Whether this is an event of the protocol, with the fields that it must have. */
export function isPeerEvent(value: unknown): value is PeerEvent {
  return isJsonObject(value) && typeof value['type'] === 'string' && isEventType(value['type']) && eventProblem(value) === undefined
}

/** Whether this is an entry of `sessions`. */
export function isSessionStatus(value: unknown): value is SessionStatus {
  return isJsonObject(value) && typeof value['state'] === 'string'
}

export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isEventType(type: string): type is PeerEvent['type'] {
  return Object.hasOwn(required, type)
}
