import type { ContentEvent, ExtraKeyEvent, NoticeCode, RevealedMacKeysEvent, TlvEvent } from '../protocol/index.js'
import { errorCauseOf, errorCodeOf } from './error-details.js'
import type { KeyTrust, Trust } from './known/key-trust.js'
import type { ProbableLoss } from './conversation/probable-loss.js'
import type { LostMessage } from './conversation/sent-message.js'
import type { KeyVersion, Version } from './versions/version.js'

export type { KeyVersion, Trust, Version }

/** The events that a client emits, in the order in which they happened. Only `send` requires an action: give the string to the network. */
export type ClientEvent =
  | ClientSendEvent
  | ClientMessageEvent
  | ClientStateEvent
  | ClientSmpEvent
  | ClientContentEvent
  | ClientOutboxEvent
  | ClientLostEvent
  | ClientNoticeEvent

/** Fields that a client with a `Persistence` adds to every event. */
export interface Journaled {
  /** Counts up over the life of the account. An event that is delivered again has the same id. */
  readonly id?: number
  /** The event may have been delivered before, because the program ended before every listener had settled. Compare `id` with what you have. */
  readonly replayed?: true
}

/** Where an event comes from: the correspondent's address, the instance tag and the version of the session. */
export interface Origin extends Journaled {
  /** The correspondent's address. */
  readonly peer: string
  /** The correspondent's instance tag, unsigned, at least 0x100; 0 in the `handshake` state while no instance has answered, and always in version 2, which has no tags. */
  readonly instance: number
  /** The protocol version of the session. */
  readonly version: Version
}

/** One string for the network, to be delivered to `to` unchanged. Each fragment is an event of its own. */
export interface ClientSendEvent extends Journaled {
  /** Distinguishes this event from the others. */
  readonly type: 'send'
  /** The correspondent's address. */
  readonly to: string
  /** The line. Give it to the network unchanged. */
  readonly message: string
  /** It was made of a text in clear that was sent with the option `action`: the transport may use the network's own form of an action. */
  readonly action?: true
}

/** Text for the person to read. Never interpret it as HTML or commands. */
export interface ClientMessageEvent extends Journaled {
  /** Distinguishes this event from the others. */
  readonly type: 'message'
  /** The correspondent's address. */
  readonly from: string
  /** What they typed, as far as their program's format is known: Unicode without lone surrogates. */
  readonly text: string
  /** What their program sent, if it differs from `text`: a person may want to see it when `text` looks wrong. Plain text, like `text`. */
  readonly raw?: string
  /**
   * What their program sent. `text`: text as typed, which it always is in clear and in version 4. `html`: HTML, which was decoded into `text`.
   * `unknown`: nobody knows, so `text` is unchanged (see `Policy.textFormat`). `query`: a query message that offers neither version 3 nor 4; the
   * notice `unsupported` says so in words, so a program may omit the text.
   */
  readonly contentType: 'text' | 'html' | 'unknown' | 'query'
  /** Whether the text was encrypted and authenticated. `false` for everything that came in clear. */
  readonly encrypted: boolean
  /** Only with `encrypted: false`: the conversation is, was or must be private. Show the text with a warning. Blank lines do not have it. */
  readonly unencrypted?: true
  /** The correspondent's instance tag, if the text came in a session. */
  readonly instance?: number
  /** The version of that session. */
  readonly version?: Version
  /** It was sent while we were away, with a non-interactive key exchange: weaker deniability for its sender. */
  readonly offline?: true
  /** When it was sent according to the network, seconds: see `Delivery`. */
  readonly sentAt?: number
  /**
   * The address that it came from, if that is not `from`. It was read in the session with `from`, so this correspondent wrote it. Answers go
   * to `from` until the application calls `rename`. A notice `moved` says so too.
   */
  readonly via?: string
}

/** A session changed its state. `encrypted` is emitted again when a key exchange has renewed the session. */
export interface ClientStateEvent extends Origin {
  /** Distinguishes this event from the others. */
  readonly type: 'state'
  /** The new state. `finished`: the session ended, and text does not go in clear. */
  readonly state: 'plaintext' | 'handshake' | 'encrypted' | 'finished'
  /** 8 bytes in hex, with `encrypted`. */
  readonly ssid?: string
  /** The correspondent's fingerprint in hex, with `encrypted`: 40 digits in version 3, 112 in version 4. */
  readonly fingerprint?: string
  /** With `encrypted`: the key exchange was non-interactive, so the person who began it has weaker deniability. A notice `offline` says so too. */
  readonly offline?: true
  /** With `encrypted`. */
  readonly trust?: Trust
  /** With `encrypted`: the key, the trust in it, since when, and what set it. */
  readonly keyTrust?: KeyTrust
  /** With `encrypted`: whether the key is the correspondent's first, was known before, or differs from those known before. */
  readonly key?: 'new' | 'known' | 'changed'
}

/** Progress of a verification by a shared secret. */
export interface ClientSmpEvent extends Origin {
  /** Distinguishes this event from the others. */
  readonly type: 'smp'
  /** What happened. `asked`: call `answer`. `failed`: the secrets differ. `cheated`: a proof of the other side was false. */
  readonly event: 'asked' | 'in-progress' | 'succeeded' | 'failed' | 'aborted' | 'cheated'
  /** With `asked`: the question, if there is one. Text from the other side: show it as plain text only. */
  readonly question?: string
  /** How many attempts the other side has begun with this key, in all sessions. */
  readonly attempts?: number
  /**
   * With `succeeded`: the trust in the key of the session now. Only `verified` means that this side has verified the other: answering a question
   * verifies nobody, because the other side chose the question.
   */
  readonly trust?: Trust
  /** With `succeeded`: the same, with the key, since when, and what set the trust. */
  readonly keyTrust?: KeyTrust
}

/** What a data message contained besides its text, and where it came from. */
export type ClientContentEvent = Origin & ContentEvent

/** The correspondent announced that they use the extra symmetric key for `context` and `data`. */
export interface ClientExtraKeyEvent extends Origin, ExtraKeyEvent {}

/** A TLV that this library does not handle itself. */
export interface ClientTlvEvent extends Origin, TlvEvent {}

/** MAC keys that the correspondent revealed. */
export interface ClientRevealedMacKeysEvent extends Origin, RevealedMacKeysEvent {}

/** Something happened to a message in the outbox. `released`: it was encrypted, and its `send` events came before this one. */
export interface ClientOutboxEvent extends Journaled {
  /** Distinguishes this event from the others. */
  readonly type: 'outbox'
  /** The correspondent's address. */
  readonly peer: string
  /** What happened to the message. */
  readonly event: 'held' | 'released' | 'cancelled'
  /** The `id` of the message in `outbox`. */
  readonly held: number
}

/**
 * Messages that the other side may have missed: it reported that it could not read, or the network reported a line as not delivered. Offer
 * them to the person, then call `resend` or `discard` for each. Nothing is sent again automatically. Some may have been read after all.
 */
export interface ClientLostEvent extends Journaled {
  /** Distinguishes this event from the others. */
  readonly type: 'lost'
  /** The correspondent's address. */
  readonly peer: string
  /** There is a new session with the correspondent they were sent to. `false`: there is none, and the report was not authenticated. */
  readonly renewed: boolean
  /** In the order in which they were sent. */
  readonly messages: readonly LostMessage[]
}

/** Something was ignored, dropped, refused or unreadable, or deserves attention. `code` is stable and meant to be translated. */
export interface ClientNoticeEvent extends Journaled {
  /** Distinguishes this event from the others. */
  readonly type: 'notice'
  /** The correspondent's address; absent if the notice is about the account itself. */
  readonly peer?: string
  /** The correspondent's instance tag, if the notice is about one instance. */
  readonly instance?: number
  /** What the notice is about: see `docs/codes.md`. */
  readonly code: NoticeCode
  /** For people and logs: never key bytes, never the text of a private message. */
  readonly detail?: string
  /** With `no-answer`, `older-draft`, `incompatible`, `handshake-timeout`, `unsupported`: the versions that we offered, if we did. */
  readonly offered?: readonly Version[]
  /** With the same: how many texts wait in the outbox. */
  readonly held?: number
  /**
   * With `malformed`, `handshake-failed` and `handshake-timeout`: it is about the beginning of a private conversation, of which another notice
   * (`older-draft`, `incompatible`, `no-answer`) tells people, at most one a minute. A program need not show this one.
   */
  readonly beginning?: true
  /** With `session-probably-lost`: since when, what says so, and which texts are concerned. */
  readonly probablyLost?: ProbableLoss
  /**
   * With `internal`, a fault of this library or of its platform: the name of the error and its stack frames, one a line, without any values.
   * Please report it.
   */
  readonly cause?: string
}

/** The notice for a fault of this library or of its platform. */
export function internalNotice(error: unknown, peer?: string): ClientNoticeEvent {
  const cause = errorCauseOf(error)
  return { type: 'notice', ...(peer !== undefined && { peer }), code: 'internal', detail: errorCodeOf(error), ...(cause !== undefined && { cause }) }
}
