import type { ContentEvent, ExtraKeyEvent, NoticeCode, RevealedMacKeysEvent, TlvEvent } from '../protocol/index.js'
import { errorCauseOf, errorCodeOf } from './error-details.js'
import type { KeyTrust, Trust } from './known/key-trust.js'
import type { PeerText } from './policy.js'
import type { LostMessage } from './conversation/sent-message.js'
import type { Version } from './versions/version.js'

export type { Trust, Version }

/** What a client tells its application, in the order in which it happened. Only `send` asks for something: give the string to the network. */
export type ClientEvent =
  | ClientSendEvent
  | ClientMessageEvent
  | ClientStateEvent
  | ClientSmpEvent
  | ClientContentEvent
  | ClientOutboxEvent
  | ClientLostEvent
  | ClientNoticeEvent

/** What a client that keeps its state says of every event beside what happened: see `Persistence`. */
export interface Journaled {
  /** Counts up over the life of the account; the same event has the same number when it is delivered again. */
  readonly id?: number
  /** It may have been delivered before: the program ended before every listener had settled. Compare `id` with what you have. */
  readonly replayed?: true
}

/** Where an event comes from: the correspondent's address and, inside a session, the instance tag and the version. */
export interface Origin extends Journaled {
  /** The correspondent's address. */
  readonly peer: string
  /** The correspondent's instance tag, unsigned, at least 0x100; 0 in the `handshake` state while it is not known who answers. */
  readonly instance: number
  /** The version that the session speaks. */
  readonly version: Version
}

/** One string for the network, to be delivered to `to` as it stands. Each fragment is an event of its own. */
export interface ClientSendEvent extends Journaled {
  /** Tells this event from the others. */
  readonly type: 'send'
  /** The correspondent's address. */
  readonly to: string
  /** The line. Give it to the network unchanged. */
  readonly message: string
}

/** Text for the person to read. Inert: never interpret it as HTML or commands. */
export interface ClientMessageEvent extends Journaled {
  /** Tells this event from the others. */
  readonly type: 'message'
  /** The correspondent's address. */
  readonly from: string
  /** What they wrote, as Unicode without lone surrogates. */
  readonly text: string
  /**
   * What the text is, by what is known of its writer and never by its looks: `text`, as typed, for everything in clear and in version 4; in
   * version 3 what `policy.peerText` says. `html`: show what `htmlToText` makes of it. `unknown`: show it as it is, and keep it at hand.
   * `query`: a query message that offers no version from 3 on. The notice `unsupported` says so in words, so a program may leave the text out.
   */
  readonly contentType: PeerText | 'query'
  /** Authenticated and private. `false` for everything that came in clear. */
  readonly encrypted: boolean
  /** Only with `encrypted: false`: the conversation is or was private, or has to be. Show it with a warning. */
  readonly unencrypted?: true
  /** The correspondent's instance tag, where it came in a session. */
  readonly instance?: number
  /** The version of the session that it came in. */
  readonly version?: Version
  /** Written while we were away, with a non-interactive key exchange: weaker deniability for its sender. */
  readonly offline?: true
  /** When the network says that it was sent, seconds: see `Delivery`. */
  readonly sentAt?: number
  /**
   * The address that it came from, where that is not the correspondent's own: it was read in the session with `from`, so it is theirs. What
   * is answered goes to `from`, until the application calls `rename`. A notice `moved` says so too.
   */
  readonly via?: string
}

/** A session changed its state; `encrypted` is said again when a key exchange renewed it. */
export interface ClientStateEvent extends Origin {
  /** Tells this event from the others. */
  readonly type: 'state'
  /** The state from now on. `finished`: the other side ended the session, and text waits. */
  readonly state: 'plaintext' | 'handshake' | 'encrypted' | 'finished'
  /** 8 bytes in hex, with `encrypted`. */
  readonly ssid?: string
  /** The correspondent's fingerprint in hex, with `encrypted`: 40 digits in version 3, 112 in version 4. */
  readonly fingerprint?: string
  /** With `encrypted`: one side was away, so the one who began it can deny less well that they took part. A notice `offline` says so too. */
  readonly offline?: true
  /** With `encrypted`. */
  readonly trust?: Trust
  /** With `encrypted`: the key, what it is worth, since when, and what made it so. */
  readonly keyTrust?: KeyTrust
  /** With `encrypted`: never seen from this correspondent, seen before, or other than the one(s) seen before. */
  readonly key?: 'new' | 'known' | 'changed'
}

/** Progress of a verification by a shared secret. */
export interface ClientSmpEvent extends Origin {
  /** Tells this event from the others. */
  readonly type: 'smp'
  /** What happened. `asked`: call `answer`. `failed`: the secrets differ. `cheated`: a proof of the other side was false. */
  readonly event: 'asked' | 'in-progress' | 'succeeded' | 'failed' | 'aborted' | 'cheated'
  /** With `asked`, where there is one: inert text of the other side. */
  readonly question?: string
  /** How many attempts the other side has begun with this key, in whatever session. */
  readonly attempts?: number
  /**
   * With `succeeded`: what the key of the session is worth now. Only `verified` says that this side has verified the other: whoever
   * answered a question has verified nobody, for the other side chose it.
   */
  readonly trust?: Trust
  /** With `succeeded`: the same, with the key, since when, and what made it so. */
  readonly keyTrust?: KeyTrust
}

/** What stood in a data message beside its text, with where it came from. */
export type ClientContentEvent = Origin & ContentEvent

/** The correspondent uses the extra symmetric key for `context` and `data`. */
export interface ClientExtraKeyEvent extends Origin, ExtraKeyEvent {}

/** A TLV that this library does not handle itself. */
export interface ClientTlvEvent extends Origin, TlvEvent {}

/** MAC keys which the correspondent revealed. */
export interface ClientRevealedMacKeysEvent extends Origin, RevealedMacKeysEvent {}

/** Something happened to a message that waits in the outbox. `released`: it was encrypted, its `send` events stand before this one. */
export interface ClientOutboxEvent extends Journaled {
  /** Tells this event from the others. */
  readonly type: 'outbox'
  /** The correspondent's address. */
  readonly peer: string
  /** What happened to it. */
  readonly event: 'held' | 'released' | 'cancelled'
  /** The message's number in `outbox(peer)`. */
  readonly held: number
}

/**
 * The other side said that it could not read, and these messages are those that it may have missed: offer them to the person, then
 * call `resend` or `discard` for each. Nothing is sent again by itself. Some of them may have been read after all.
 */
export interface ClientLostEvent extends Journaled {
  /** Tells this event from the others. */
  readonly type: 'lost'
  /** The correspondent's address. */
  readonly peer: string
  /** A new session stands with the one that they had gone to. `false`: nobody answered the renewal; anybody could have said so. */
  readonly renewed: boolean
  /** In the order in which they were sent. */
  readonly messages: readonly LostMessage[]
}

/** Something was ignored, dropped, refused or unreadable, or deserves a look. `code` is stable and meant to be translated. */
export interface ClientNoticeEvent extends Journaled {
  /** Tells this event from the others. */
  readonly type: 'notice'
  /** The correspondent's address; absent where it is about the account itself. */
  readonly peer?: string
  /** The correspondent's instance tag, where it came in a session. */
  readonly instance?: number
  /** What it is about: see `docs/codes.md`. */
  readonly code: NoticeCode
  /** For people and logs: never key bytes, never the text of a private message. */
  readonly detail?: string
  /**
   * With `internal`, a fault of this library or of its platform: the kind of error and where in the code it arose, a line each, without any
   * value. Please report it.
   */
  readonly cause?: string
}

/** The notice of a fault of this library or of its platform. */
export function internalNotice(error: unknown, peer?: string): ClientNoticeEvent {
  const cause = errorCauseOf(error)
  return { type: 'notice', ...(peer !== undefined && { peer }), code: 'internal', detail: errorCodeOf(error), ...(cause !== undefined && { cause }) }
}
