import type { DsaPublicKey } from '../crypto/dsa.js'
import type { V3Session } from './session.js'

/** What an application shows of a session. No secrets. */
export interface V3Status {
  /** As the `state` events say it: `handshake` where a key exchange is under way and no encrypted session runs. */
  readonly state: 'plaintext' | 'handshake' | 'encrypted' | 'finished'
  /** The message state alone. */
  readonly messageState: 'plaintext' | 'encrypted' | 'finished'
  /** When the key exchange under way (also beside an encrypted session) last went on, seconds. */
  readonly handshakeSince?: number
  /** Whether that exchange is one that we began and that nobody has answered yet. */
  readonly committed: boolean
  /** The other side's instance tag; 0 while it is not known. */
  readonly theirTag: number
  /** What follows is there in an encrypted session only. 8 bytes. */
  readonly ssid?: Uint8Array
  /** Which half of the session id is shown bold: the first for who sent the Reveal Signature message. */
  readonly ssidBold?: 'first' | 'second'
  /** 20 bytes. */
  readonly theirFingerprint?: Uint8Array
  /** Their long-term key. */
  readonly theirPublicKey?: DsaPublicKey
  /** Whether we sent the Reveal Signature message. */
  readonly initiator?: boolean
  /** Serial numbers of the most recent keys. */
  readonly ourKeyId?: number
  /** The number of their newest Diffie-Hellman key. */
  readonly theirKeyId?: number
  /** How far a verification is; `expect1` for none. */
  readonly smp?: 'expect1' | 'asked' | 'expect2' | 'crossed' | 'expect3' | 'expect4'
}

/** See `V3Status`. The byte strings are the session's own: copy what you keep. */
export function describeSession(session: V3Session): V3Status {
  const { ake } = session
  return ake.kind === 'none' ? messageStatus(session) : { ...messageStatus(session), handshakeSince: ake.since }
}

/** Asked for with every message: objects are written out, for spreading them costs more than the rest. */
function messageStatus(session: V3Session): V3Status {
  const { ake, state, theirTag } = session
  const committed = ake.kind === 'awaiting-dh-key'
  if (session.state !== 'encrypted') return { state: ake.kind === 'none' ? state : 'handshake', messageState: state, committed, theirTag }
  return {
    state,
    messageState: state,
    committed,
    theirTag,
    ssid: session.ssid,
    ssidBold: session.initiator ? 'first' : 'second',
    theirFingerprint: session.theirFingerprint,
    theirPublicKey: session.theirPublicKey,
    initiator: session.initiator,
    ourKeyId: session.keys.ourKeyId,
    theirKeyId: session.keys.theirKeyId,
    smp: session.smp.state,
  }
}
