import type { DsaPublicKey } from '../crypto/dsa.js'
import type { V3Session } from './session.js'

/** What an application may show of a session. No secrets. */
export interface V3Status {
  /** As in the `state` events. `handshake`: a key exchange is under way, and the session is not encrypted. */
  readonly state: 'plaintext' | 'handshake' | 'encrypted' | 'finished'
  /** The message state, whether or not a key exchange is under way. */
  readonly messageState: 'plaintext' | 'encrypted' | 'finished'
  /** When the key exchange under way last made progress, seconds. An encrypted session may have one, too. */
  readonly handshakeSince?: number
  /** Whether we began that exchange and nobody has answered it yet. */
  readonly committed: boolean
  /** The other side's instance tag; 0 while it is not known. */
  readonly theirTag: number
  /** The secure session id, 8 bytes. This property and those below exist only in an encrypted session. */
  readonly ssid?: Uint8Array
  /** Which half of the session id is shown bold: `first` if we sent the Reveal Signature message. */
  readonly ssidBold?: 'first' | 'second'
  /** 20 bytes. */
  readonly theirFingerprint?: Uint8Array
  /** Their long-term key. */
  readonly theirPublicKey?: DsaPublicKey
  /** Whether we sent the Reveal Signature message. */
  readonly initiator?: boolean
  /** The serial number of our newest Diffie-Hellman key. */
  readonly ourKeyId?: number
  /** The serial number of their newest Diffie-Hellman key. */
  readonly theirKeyId?: number
  /** The state of SMP; `expect1`: no verification is under way. */
  readonly smp?: 'expect1' | 'asked' | 'expect2' | 'crossed' | 'expect3' | 'expect4'
}

/** Describes a session for the application. The byte arrays belong to the session: copy what you keep. */
export function describeSession(session: V3Session): V3Status {
  const { ake } = session
  return ake.kind === 'none' ? messageStatus(session) : { ...messageStatus(session), handshakeSince: ake.since }
}

/** Runs with every message, so all fields are written out: a spread would cost more than the rest. */
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
