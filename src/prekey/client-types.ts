import type { RandomSource } from '../crypto/index.js'
import type { NoticeCode } from '../protocol/index.js'
import type { PrekeyIdentity, Publication } from '../session/account/prekeys.js'
import type { Ensemble } from '../wire/index.js'

/** The account whose prekeys are published. `ClientCore` and `Client` implement it. */
export interface PrekeyOwner {
  /** The identity for the key exchange with the server. @throws OtrError `OTR_POLICY` for an account without version 4 */
  identityForPrekeys(): PrekeyIdentity
  /** New prekey messages with both profiles. Their private halves are saved once this has returned, or its promise is fulfilled. */
  publication(count: number): Publication | Promise<Publication>
  /** The number of published prekey messages that nobody has used yet. */
  prekeysLeft(): number
}

/** A prekey server as its users know it. */
export interface PrekeyServerAddress {
  /** Its address: for XMPP the bare JID. */
  readonly identity: string
  /**
   * The server's fingerprint: 56 bytes in hexadecimal, upper or lower case. Take it from where the server's operator publishes it. Without
   * it the client accepts the first key that the server shows and reports it with a notice `prekey-server-key`; as long as this client
   * exists it then accepts no other key.
   */
  readonly fingerprint?: string
}

/** How a client keeps its prekeys available by itself: it publishes when few are left, and before its profiles expire. */
export interface PrekeyKeeping {
  /** The client publishes when the server stores fewer prekey messages than this. */
  readonly low: number
  /** The number of stored prekey messages up to which it then publishes. */
  readonly full: number
  /** The longest time between two questions about the number that is stored, in seconds. */
  readonly askEvery: number
}

/** 100 prekeys, filled up when fewer than 30 are left; the client asks four times a day. */
export const defaultPrekeyKeeping: PrekeyKeeping = { low: 30, full: 100, askEvery: 21_600 }

/** The options of a `PrekeyClient`. */
export interface PrekeyClientOptions {
  /** The account whose prekeys are published. */
  readonly owner: PrekeyOwner
  /** The server to which the client publishes, and from which it fetches the ensembles of others. */
  readonly server: PrekeyServerAddress
  /** The source of random bytes: `systemRandom`. */
  readonly random: RandomSource
  /** The current time, in seconds since 1970. */
  readonly clock: () => number
  /** The longest line that the network transports, in characters. Default 0: no limit. */
  readonly maxMessageLength?: number
  /** How long to wait for an answer, in seconds. After that, the request is sent again. Default 30. */
  readonly answerWithin?: number
  /** How often a request without an answer is sent. Default 3. */
  readonly attempts?: number
  /** How the client keeps prekeys available by itself. Default: it does nothing by itself. */
  readonly keep?: PrekeyKeeping
}

/** A line for the network. */
export interface PrekeySend {
  /** The address to which it goes. */
  readonly to: string
  /** The line. Send it unchanged. */
  readonly message: string
}

/** Why a request failed. These values are stable. */
export type PrekeyFailure =
  /** The server answered none of the attempts. */
  | 'no-answer'
  /**
   * Something came that may be the answer, but it could not be read. The client does not ask again: every answer to a fetch uses up
   * prekeys of the other side, and every publication adds more of ours.
   */
  | 'unreadable'
  /** The server says that it did not store the publication, or could not look up the number. */
  | 'refused'
  /** The server's key does not match its fingerprint. The key exchange ended there: nothing was signed for this server or published to it. */
  | 'server-key'
  /** The account gave no publication. `detail` has the error's code. */
  | 'own'

/** An event of a `PrekeyClient`. */
export type PrekeyClientEvent =
  /** Somebody's ensembles. Each is verified, and no two are identical. */
  | { readonly type: 'ensembles', readonly of: string, readonly ensembles: readonly Ensemble[] }
  | { readonly type: 'prekey', readonly server: string, readonly event: 'published', readonly count: number }
  | { readonly type: 'prekey', readonly server: string, readonly event: 'status', readonly stored: number }
  /**
   * The server has no ensembles of `of`. `detail` is its text: unauthenticated, inert, cut to a limit. `refused`: the number of ensembles
   * that came, none of which was valid. They are used up, and others would hardly be better: ask again only if a person wants it.
   */
  | { readonly type: 'prekey', readonly server: string, readonly event: 'none', readonly of: string, readonly detail: string, readonly refused?: number }
  /** A request failed. `of` is there if it was a fetch: whose ensembles were asked for. */
  | { readonly type: 'prekey', readonly server: string, readonly event: 'failed', readonly reason: PrekeyFailure, readonly of?: string, readonly detail?: string }
  | { readonly type: 'notice', readonly peer: string, readonly code: NoticeCode, readonly detail?: string }

/** The result of a call. First send the lines, then handle the events. */
export interface PrekeyStep {
  /** The lines to send, in this order. */
  readonly send: readonly PrekeySend[]
  /** The events, in the order in which they happened. */
  readonly events: readonly PrekeyClientEvent[]
  /** A further step, if the owner returns publications as promises. Never rejects. */
  readonly later?: Promise<PrekeyStep>
}
