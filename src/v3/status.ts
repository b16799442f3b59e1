import { OtrError } from '../errors.js'
import type { DsaPublicKey } from '../crypto/dsa.js'
import type { V3Session } from './session.js'

/** What a host shows of a session. No secrets. */
export interface V3Status {
  /** As the `state` events say it: `handshake` where a key exchange is under way and no encrypted session runs. */
  readonly state: 'plaintext' | 'handshake' | 'encrypted' | 'finished'
  /** The message state alone. */
  readonly messageState: 'plaintext' | 'encrypted' | 'finished'
  /** When the key exchange under way (also beside an encrypted session) last went on, seconds. */
  readonly handshakeSince?: number
  /** Of the key exchange under way: whether we sent a D-H Commit message with receiver tag 0 or another, and wait for its answer. */
  readonly committed: boolean
  readonly theirTag: number
  /** What follows is there in an encrypted session only. 8 bytes. */
  readonly ssid?: Uint8Array
  readonly ssidBold?: 'first' | 'second'
  /** 20 bytes. */
  readonly theirFingerprint?: Uint8Array
  readonly theirPublicKey?: DsaPublicKey
  /** Whether we sent the Reveal Signature message. */
  readonly initiator?: boolean
  /** Serial numbers of the most recent keys. */
  readonly ourKeyId?: number
  readonly theirKeyId?: number
  readonly smp?: 'expect1' | 'asked' | 'expect2' | 'expect3' | 'expect4'
}

/** See `V3Status`. */
export function v3Status(session: V3Session): V3Status {
  throw new OtrError('OTR_INTERNAL', `not yet ${String(session)}`)
}
