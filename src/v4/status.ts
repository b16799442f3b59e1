import type { V4Correspondent } from './correspondent.js'
import type { LearnedDialect } from './dialect.js'
import type { V4Session } from './session.js'

/** What an application shows of a session. No secrets. */
export interface V4Status {
  /** As the `state` events say it: `handshake` where a DAKE is under way and no encrypted session runs. */
  readonly state: 'plaintext' | 'handshake' | 'encrypted' | 'finished'
  /** The message state alone. */
  readonly messageState: 'plaintext' | 'encrypted' | 'finished'
  /** How far a DAKE is, also beside an encrypted session. */
  readonly dake: 'none' | 'awaiting-auth-r' | 'awaiting-auth-i'
  /** When the DAKE under way (also beside an encrypted session) last went on, seconds. */
  readonly handshakeSince?: number
  /** The other side's instance tag; 0 while it is not known. */
  readonly theirTag: number
  /** Which forms the correspondent's program speaks, as far as it showed. */
  readonly learned: LearnedDialect
  /** What follows is there in an encrypted session only. 8 bytes. */
  readonly ssid?: Uint8Array
  /** Which half of `ssid` this side shows in bold; the other side shows the other half. */
  readonly ssidBold?: 'first' | 'second'
  /** Who is at the other side. */
  readonly them?: V4Correspondent
  /** Whether our message began the key exchange. */
  readonly initiator?: boolean
  /** Whether the key exchange was non-interactive. */
  readonly offline?: boolean
  /** How far a verification is; `expect1` for none. */
  readonly smp?: 'expect1' | 'asked' | 'expect2' | 'crossed' | 'expect3' | 'expect4'
  /**
   * i: the ratchet id of the newest chain in either direction; j and k: ids of the next message sent and received; pn: length of our
   * previous chain; stored: how many skipped message keys are kept.
   */
  readonly ratchet?: { readonly i: number, readonly j: number, readonly k: number, readonly pn: number, readonly stored: number }
}

/** The state of a session, for display and for decisions. The byte strings are the session's own: copy what you keep. */
export function describeSession(session: V4Session): V4Status {
  const { dake } = session
  return dake.kind === 'none' ? messageStatus(session) : { ...messageStatus(session), handshakeSince: dake.since }
}

/** Asked for with every message: objects are written out, for spreading them costs more than the rest. */
function messageStatus(session: V4Session): V4Status {
  const { state, theirTag, learned } = session
  const dake = session.dake.kind
  if (session.state !== 'encrypted') return { state: dake === 'none' ? state : 'handshake', messageState: state, dake, theirTag, learned }
  const { ratchet, initiator, offline } = session
  return {
    state,
    messageState: state,
    dake,
    theirTag,
    learned,
    ssid: session.ssid,
    // The first half is bold for whom the Auth-R or the Non-Interactive-Auth message came from.
    ssidBold: initiator === offline ? 'first' : 'second',
    them: session.them,
    initiator,
    offline,
    smp: session.smp.state,
    ratchet: {
      i: ratchet.ratchetId,
      j: ratchet.turn === 'theirs' ? ratchet.sending.messageId : 0,
      k: ratchet.receiving?.messageId ?? 0,
      pn: ratchet.turn === 'theirs' ? ratchet.sending.previousChain : ratchet.previousChain,
      stored: ratchet.skipped.length,
    },
  }
}
