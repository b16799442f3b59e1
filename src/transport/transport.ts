/**
 * What every transport looks like to the rest of the program. A transport knows none of OTR's secrets: it hands over lines as they came and sends
 * lines as they are. It decides only which lines may reach a session (no carbons, archives, group chats or automatic notices) and how long a line
 * may be.
 */
import { OtrError } from '../errors.js'
import type { Delivery } from '../session/conversation/delivery.js'
import type { FileCarrier } from '../file/index.js'
import type { LineKind } from '../wire/index.js'
import type { ChannelEvent, Channels } from './channels.js'
import type { Progress } from './fragment-progress.js'

/** The status of a connection. `waiting`: it is gone, and the next attempt to connect is due later. `closed` is final. */
export type TransportStatus = 'offline' | 'connecting' | 'online' | 'waiting' | 'closed'

/**
 * What the network says of a line besides its text: pass it to `client.receive` as it is. `sentAt` is present only if the network stored the line
 * while we were away; without it the client would answer a stored offer, and so reveal to its sender that we are online now. Nothing here is
 * authenticated.
 */
export interface MessageMeta extends Pick<Delivery, 'id' | 'sentAt' | 'textFormat'> {
  /** The exact address of the sender: a full JID, or `nick!user@host`. The line belongs to the conversation with `from` all the same. */
  readonly address?: string
  /** The text was sent as an action (`/me waves`). */
  readonly action?: boolean
}

/** Why a line that arrived is not handed over. */
export type IgnoredReason = 'carbon' | 'archive' | 'groupchat' | 'error' | 'notice' | 'headline' | 'own-echo' | 'malformed' | 'empty'

/** The events of a transport. */
export interface TransportEvents {
  /**
   * A line for the session. `from` is the canonical name of its sender: give it to `send` to answer. The relay keeps a line until the client has
   * confirmed it, and the transport confirms it when the promises that listeners returned are fulfilled: return that of `client.receive`.
   */
  readonly message: { readonly from: string, readonly text: string, readonly meta: MessageMeta }
  /** The connection changed. `detail`: why, for people. */
  readonly status: { readonly status: TransportStatus, readonly detail?: string }
  /** The network says that a correspondent has another name now (IRC). Both names are canonical. Lines come from `to` from now on. */
  readonly renamed: { readonly from: string, readonly to: string }
  /**
   * The network has announced how it compares names, or compares them differently now. Canonical names from before may have changed, and two of them
   * may have become one. `moved`: the changed names among those that the transport has met. Call `canonical` again for every other name you keep.
   */
  readonly comparison: { readonly moved: readonly { readonly from: string, readonly to: string }[] }
  /** Our own name has changed. */
  readonly account: { readonly account: string }
  /**
   * A line that `send` had taken could not be delivered. `detail`: why, in the network's words. `line`: the line as `send` was given it, where
   * the network says which one it was; `conversation.undelivered(line)` finds the text in it. `kind`: what the line was for. `more`: an
   * earlier event has said already that nothing reaches this correspondent, and this one only names one more line that was lost.
   */
  readonly undelivered: { readonly to: string, readonly detail: string, readonly line?: string, readonly kind?: LineKind, readonly more?: true }
  /**
   * A program of a correspondent's that had sent us lines has left the network (XMPP). Lines for it go to another program of theirs, or wait at the
   * server. `instances`: the instance tags in the lines that came from it; nobody has authenticated them.
   */
  readonly gone: { readonly who: string, readonly address: string, readonly instances: readonly number[] }
  /**
   * The network, or one of its services, says something to the person, perhaps before it lets us in. It belongs to no conversation and is never
   * answered. `from`: the service; absent for the server itself. Text of others: escape control characters before you show it.
   */
  readonly notice: { readonly text: string, readonly from?: string }
  /**
   * A message in several lines is on its way, and takes a while: emitted with each line after the first. While `receiving`, it is the other
   * side's program or server that lets its lines out slowly. `who` is canonical.
   */
  readonly progress: Progress & { readonly who: string }
  /** Somebody to whom we write is away, and left these words. `who` is canonical. */
  readonly away: { readonly who: string, readonly text: string }
  /** Something happened in a channel that we are in. It is never for a session. */
  readonly channel: ChannelEvent
  /** A line arrived that no session may see. */
  readonly ignored: { readonly reason: IgnoredReason, readonly from?: string }
}

/** Transports lines between us and correspondents on one network. */
export interface Transport {
  /** The kind of network, as libotr names it in its files: `relay`, `IRC`, `prpl-jabber`. */
  readonly protocol: string
  /** Our own name there: the relay name, the bare JID, or the nick that is in use, as the server spells it. Its canonical form is our address. */
  readonly account: string
  /** The status of the connection. */
  readonly status: TransportStatus
  /** Whether other programs may be logged in to this account at the same time. Then lines come to us that are for them. */
  readonly shared: boolean
  /** The network's channels; absent where it has none. */
  readonly channels?: Channels
  /** Carries sealed files; absent where the network does not, or while it is not known. */
  readonly files?: FileCarrier | undefined
  /**
   * Connects. Resolves when the network has let us in. From then on the transport connects again by itself until `close` is called. Rejects with
   * `OTR_TRANSPORT_CONNECT` (no server answers there), `OTR_TRANSPORT_REFUSED` (wrong password, name taken) or `OTR_TRANSPORT_MISSING` (the
   * optional package is not installed). A transport whose `start` was rejected is closed: make another one.
   */
  start(): Promise<void>
  /**
   * Sends one line, after all lines given earlier. Resolves when the network has taken it; while the connection is down, the line waits.
   *
   * `how.action`: the line is `/me` and what the person does, in clear. It is sent in the network's own form of an action, if there is one. A line
   * is never made an action because of what it looks like: pass on `action` of the client's `send` event.
   *
   * @throws OtrError `OTR_TRANSPORT_ADDRESS` (no name can look like this), `OTR_TRANSPORT_TOO_LONG` (an OTR line over the limit: cut it into
   *   fragments first), `OTR_TRANSPORT_TEXT` (text for people that would arrive changed: see `whatIsLost`), `OTR_TRANSPORT_FULL` (too many
   *   lines wait already), `OTR_TRANSPORT_UNDELIVERED` or `OTR_TRANSPORT_CLOSED`
   */
  send(to: string, text: string, how?: { readonly action?: boolean }): Promise<void>
  /** Call this before a text goes in clear: describes, for the person, what would not arrive as it was written. Undefined if all of it would. */
  whatIsLost(text: string): string | undefined
  /** The longest line, in bytes, that reaches `to` in one piece; 0 for no limit. It may change when names or hosts do. */
  maxMessageLength(to: string): number
  /**
   * The one key of a correspondent, however a person or the network spells the name. Events name correspondents by it; call this before you look
   * up a conversation by a name that was typed.
   *
   * @throws OtrError `OTR_TRANSPORT_ADDRESS` for what is no address
   */
  canonical(name: string): string
  /** For people: how the name behind a key is spelled, if the transport has met it; else the key. */
  spelling(canonical: string): string
  /**
   * The person says that the correspondent `from` has the name `to` now. For networks that do not always report it: IRC informs only those who share a
   * channel with them. OTR lines that could not be delivered to `from` go to `to`; returns how many. Absent where addresses do not change.
   */
  follow?(from: string, to: string): number
  /** Sends the lines that wait, for at most `flushSeconds` (5 by default), then disconnects for good. */
  close(flushSeconds?: number): Promise<void>
  /** Adds a listener; the returned function removes it. A listener that throws does not disturb the transport or the other listeners. */
  on<Name extends keyof TransportEvents>(name: Name, listener: (event: TransportEvents[Name]) => unknown): () => void
}

/** Makes the errors of this layer. */
export function transportError(code: 'CONNECT' | 'REFUSED' | 'MISSING' | 'ADDRESS' | 'TOO_LONG' | 'TEXT' | 'FULL' | 'UNDELIVERED' | 'CLOSED' | 'INSECURE',
  message: string): OtrError {
  return new OtrError(`OTR_TRANSPORT_${code}`, message)
}
