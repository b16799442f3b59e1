/**
 * What every carrier of strings looks like to the rest of the program. A transport knows nothing of OTR's secrets: it hands over
 * lines as they came and sends lines as they are. It decides only what may reach a session at all (no carbons, no archives, no
 * group chats, no automatic notices) and how long a line may be.
 */
import { OtrError } from '../errors.js'
import type { LineKind } from '../wire/index.js'
import type { ChannelEvent, Channels } from './channels.js'
import type { Progress } from './fragment-progress.js'

/** `waiting`: the connection is gone and the next attempt is due later. `closed` is final. */
export type TransportStatus = 'offline' | 'connecting' | 'online' | 'waiting' | 'closed'

/** What is known of a line beside its text. Everything here is said by the network, not by the correspondent: unauthenticated. */
export interface MessageMeta {
  /**
   * Seconds since 1970-01-01 UTC at which the network says the line was sent, present only when it was stored meanwhile. A stored
   * offer must not be answered as if it were new: whoever answers tells the sender that they are there now.
   */
  readonly delayedSince?: number
  /** The network's own id of the delivery: the same line, delivered again from a history, has the same one. */
  readonly id?: string
  /** The exact address: full JID, `nick!user@host`. The conversation is still the one named by `from`. */
  readonly address?: string
  /** The text was sent as an action (`/me waves`). */
  readonly action?: boolean
  /** The sender's client marked or wrote the text as HTML; `text` is handed over unchanged. */
  readonly html?: boolean
}

/** Why a line that arrived is not handed over. */
export type IgnoredReason = 'carbon' | 'archive' | 'groupchat' | 'error' | 'notice' | 'headline' | 'own-echo' | 'malformed' | 'empty'

/** Everything a transport tells its owner. */
export interface TransportEvents {
  /**
   * A line for the session. `from` is the canonical name of its sender, which `send` takes to answer. Where the network keeps lines
   * until they were taken (the relay does), it forgets this one when the promises that listeners returned are fulfilled: return that
   * of `client.receive`.
   */
  readonly message: { readonly from: string, readonly text: string, readonly meta: MessageMeta }
  /** The connection changed. `detail` is for people. */
  readonly status: { readonly status: TransportStatus, readonly detail?: string }
  /** The network says that a correspondent goes by another name now (IRC). Both are canonical; lines will come from `to`. */
  readonly renamed: { readonly from: string, readonly to: string }
  /**
   * The network told late, or tells otherwise than before, how it compares names: canonical names of before are others now, and two of
   * them may have become one. `moved`: those that the transport met; ask `canonical` again for every other that you keep.
   */
  readonly comparison: { readonly moved: readonly { readonly from: string, readonly to: string }[] }
  /** Our own name is another one now. */
  readonly account: { readonly account: string }
  /**
   * A line that was taken by `send` could not be delivered. `detail`: why, in the network's words. `line`: which, as `send` was given it, where
   * the network tells; `conversation.undelivered(line)` finds the text that it carried. `kind`: what it was for. `more`: the person
   * knows already that nothing arrives there, and this says only which line was lost by that.
   */
  readonly undelivered: { readonly to: string, readonly detail: string, readonly line?: string, readonly kind?: LineKind, readonly more?: true }
  /**
   * A program of a correspondent from which lines came is not on the network any more (XMPP). What is for it goes to whichever is there, or
   * waits at the server. `instances`: the instance tags that were heard from it, by what the lines say of themselves.
   */
  readonly gone: { readonly who: string, readonly address: string, readonly instances: readonly number[] }
  /**
   * The network, or one of its services, says something to the person, also before it lets us in. It belongs to no conversation and is never
   * answered. `from`: who says it, where it is not the server. Text of others: make it inert.
   */
  readonly notice: { readonly text: string, readonly from?: string }
  /**
   * A message in several lines is on its way, and takes its time: told with each line after the first. While `receiving`, it is the other
   * side's program or server that lets its lines out slowly. `who` is canonical.
   */
  readonly progress: Progress & { readonly who: string }
  /** Somebody to whom we write is away, and left these words. `who` is canonical. */
  readonly away: { readonly who: string, readonly text: string }
  /** Something happened in a channel that we are in. It is never for a session. */
  readonly channel: ChannelEvent
  /** Something arrived that no session may see. */
  readonly ignored: { readonly reason: IgnoredReason, readonly from?: string }
}

/** A carrier of strings between named parties. */
export interface Transport {
  /** Which network this is, as libotr names protocols in its files. */
  readonly protocol: string
  /** Our own name there: the relay name, the nick now in use as the server spells it, the bare JID. Correspondents call us by its canonical form. */
  readonly account: string
  /** How the connection stands. */
  readonly status: TransportStatus
  /** Whether other programs may be logged in to this account at the same time, so that lines come which are for them. */
  readonly shared: boolean
  /** Rooms in which everybody reads along, where the network has such. */
  readonly channels?: Channels
  /**
   * Connects. Resolves when the network has let us in; from then on the connection is kept up until `close`. Rejects with
   * `OTR_TRANSPORT_CONNECT` (nobody there), `OTR_TRANSPORT_REFUSED` (let in never: wrong password, name taken) or
   * `OTR_TRANSPORT_MISSING` (the optional package is not installed).
   */
  start(): Promise<void>
  /**
   * Sends one line, after all lines given earlier. Resolves when the network has taken it; while the connection is down it waits.
   * Rejects with `OTR_TRANSPORT_ADDRESS` (no such form of name), `OTR_TRANSPORT_TOO_LONG` (an OTR line over the limit: cut it into
   * fragments first), `OTR_TRANSPORT_TEXT` (text for people that would not arrive as it is: see `whatIsLost`), `OTR_TRANSPORT_FULL`
   * (too much waits already), `OTR_TRANSPORT_UNDELIVERED` or `OTR_TRANSPORT_CLOSED`.
   *
   * `action`: the line is `/me` and what somebody does, in clear, and shall go as the network's own form of that where it has one. Nothing is
   * made an action by its looks.
   */
  send(to: string, text: string, how?: { readonly action?: boolean }): Promise<void>
  /** What of a text in clear would not arrive as it was written, in words for the person, to be asked before it is sent; else undefined. */
  whatIsLost(text: string): string | undefined
  /** The longest line for `to` in bytes that arrives in one piece, or 0 for no limit. May change with names and hosts. */
  maxMessageLength(to: string): number
  /**
   * The one key for a correspondent, whatever spelling a person typed or the network wrote: `message` events name them so, and whoever
   * looks up a conversation by a typed name asks this first. Throws `OTR_TRANSPORT_ADDRESS` for what is no address.
   */
  canonical(name: string): string
  /** For people: how the name behind a canonical one is written, as far as that was met. */
  spelling(canonical: string): string
  /**
   * The person says that who was reached as `from` is reached as `to` now, where the network did not tell it (IRC does so only to those who are
   * in a channel with them). Gives how many lines of OTR go there now that could not be delivered. Absent where addresses do not change.
   */
  follow?(from: string, to: string): number
  /** Sends what waits (for at most `flushSeconds`, 5 by default), says good-bye and disconnects: nothing follows. */
  close(flushSeconds?: number): Promise<void>
  /** Listens. The returned function stops that. A listener that throws does not disturb the transport or the other listeners. */
  on<Name extends keyof TransportEvents>(name: Name, listener: (event: TransportEvents[Name]) => unknown): () => void
}

/** Makes the errors of this layer, so that the codes stand in one place. */
export function transportError(code: 'CONNECT' | 'REFUSED' | 'MISSING' | 'ADDRESS' | 'TOO_LONG' | 'TEXT' | 'FULL' | 'UNDELIVERED' | 'CLOSED' | 'INSECURE',
  message: string): OtrError {
  return new OtrError(`OTR_TRANSPORT_${code}`, message)
}
