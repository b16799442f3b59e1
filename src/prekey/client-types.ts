import type { RandomSource } from '../crypto/index.js'
import type { NoticeCode } from '../protocol/index.js'
import type { PrekeyIdentity, Publication } from '../session/account/prekeys.js'
import type { Ensemble } from '../wire/index.js'

/** Whose prekeys are published: a `ClientCore` or a `Client` is one. */
export interface PrekeyOwner {
  /** Who does the key exchange with the server. Throws `OTR_POLICY` for an account without version 4. */
  identityForPrekeys(): PrekeyIdentity
  /** Fresh prekey messages with both profiles. Their private halves are safe once this returned, or its promise is fulfilled. */
  publication(count: number): Publication | Promise<Publication>
  /** How many of the published prekey messages nobody has used. */
  prekeysLeft(): number
}

/** A prekey server as its users know it. */
export interface PrekeyServerAddress {
  /** Its address: for XMPP the bare JID. */
  readonly identity: string
  /**
   * 56 bytes in hex, of either case. Get it from where the server's operator publishes it. Without it the first key that the server
   * shows is taken and, as long as this client lives, no other; a notice `prekey-server-key` says so.
   */
  readonly fingerprint?: string
}

/** How a client looks after its store by itself: it publishes when few prekeys are left, and before its profiles end. */
export interface PrekeyKeeping {
  /** Publish when fewer are stored ... */
  readonly low: number
  /** ... up to so many. */
  readonly full: number
  /** Ask for the number after so many seconds at the latest. */
  readonly askEvery: number
}

/** 100 prekeys, filled up below 30; asked four times a day. */
export const defaultPrekeyKeeping: PrekeyKeeping = { low: 30, full: 100, askEvery: 21_600 }

/** What a `PrekeyClient` is made of. */
export interface PrekeyClientOptions {
  /** Whose prekeys are published. */
  readonly owner: PrekeyOwner
  /** Where they are published, and from where those of others are fetched. */
  readonly server: PrekeyServerAddress
  /** Gives random bytes: `systemRandom`. */
  readonly random: RandomSource
  /** Seconds since 1970. */
  readonly clock: () => number
  /** Longest line that the network carries, in characters. Default 0: no limit. */
  readonly maxMessageLength?: number
  /** Seconds until an answer must be there; then everything of which nothing came is tried again. Default 30. */
  readonly answerWithin?: number
  /** How often everything is tried of which nothing comes. Default 3. */
  readonly attempts?: number
  /** Default: nothing happens by itself. */
  readonly keep?: PrekeyKeeping
}

/** One string for the network. */
export interface PrekeySend {
  /** The address that it goes to. */
  readonly to: string
  /** The line, as it goes out. */
  readonly message: string
}

/** Why something could not be done. Stable. */
export type PrekeyFailure =
  /** The server did not answer, all attempts long. */
  | 'no-answer'
  /**
   * Something came that may be the answer, and could not be read. It is not asked for again: every answer to a fetch uses up prekeys of
   * the other side, and every publication leaves more of ours.
   */
  | 'unreadable'
  /** The server says that it did not store the publication, or could not look. */
  | 'refused'
  /** The server showed another key than its fingerprint promises. Nothing was told to it. */
  | 'server-key'
  /** There was no publication to be had: `detail` has the error's code. */
  | 'own'

/** What a `PrekeyClient` tells its application. */
export type PrekeyClientEvent =
  /** Somebody's ensembles, each verified, at most one of each of their instances' prekey messages. */
  | { readonly type: 'ensembles', readonly of: string, readonly ensembles: readonly Ensemble[] }
  | { readonly type: 'prekey', readonly server: string, readonly event: 'published', readonly count: number }
  | { readonly type: 'prekey', readonly server: string, readonly event: 'status', readonly stored: number }
  /**
   * The server has no ensembles of `of`. `detail` is its text: unauthenticated, inert, cut to a limit. `refused`: so many came, and none was
   * valid. They are used up, and others would hardly be better: do not ask again without a person's word.
   */
  | { readonly type: 'prekey', readonly server: string, readonly event: 'none', readonly of: string, readonly detail: string, readonly refused?: number }
  /** `of`: it was a fetch. */
  | { readonly type: 'prekey', readonly server: string, readonly event: 'failed', readonly reason: PrekeyFailure, readonly of?: string, readonly detail?: string }
  | { readonly type: 'notice', readonly peer: string, readonly code: NoticeCode, readonly detail?: string }

/** What comes of a call: send first, then tell. */
export interface PrekeyStep {
  /** What goes to the network, in this order. */
  readonly send: readonly PrekeySend[]
  /** What happened, in this order. */
  readonly events: readonly PrekeyClientEvent[]
  /** More to come, when the owner gives publications by promise. Never rejects. */
  readonly later?: Promise<PrekeyStep>
}
