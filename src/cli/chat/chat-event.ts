import type { NoticeCode } from '../../protocol/index.js'
import type { ChannelEvent } from '../../transport/channels.js'

/** How private a line was: `exposed` came in clear where it should have been private. */
export type Privacy = 'clear' | 'private' | 'exposed'

/**
 * What becomes of a text that is typed now, in a word: it goes in `clear`; it is `private`; or it waits: until the conversation that is
 * `starting` is private, because a private conversation has `ended`, because the key of the one that stands was `unaccepted`, or because
 * nothing may go in clear (`waiting`).
 */
export type Standing = 'clear' | 'starting' | 'private' | 'ended' | 'unaccepted' | 'waiting'

/**
 * Everything that the chat program shows, before it has a form. Text in it may come from anybody: a view makes it inert. No line of
 * OTR's own and no secret is ever in it.
 */
export type ChatEvent =
  /** Let in by the network. */
  | { readonly type: 'ready', readonly account: string, readonly network: string }
  /** The person has another name there now. */
  | { readonly type: 'account', readonly account: string }
  /** The connection changed. */
  | { readonly type: 'connection', readonly status: string, readonly detail?: string }
  /** Somebody wrote. */
  | {
    readonly type: 'message', readonly peer: string, readonly privacy: Privacy, readonly verified: boolean, readonly text: string
    /** Seconds since 1970, when the network had kept it. */
    readonly sentAt?: number
    /** The address that it came from, where that is not the one of the conversation. */
    readonly via?: string
    /** The other program writes HTML, and this is its text; or perhaps it does, and this is as it came. */
    readonly html?: 'read' | 'perhaps'
    /** Came with a key exchange that the receiver was not there for. */
    readonly offline?: true
  }
  /** What the person wrote has left. */
  | { readonly type: 'sent', readonly peer: string, readonly privacy: 'clear' | 'private', readonly verified: boolean, readonly text: string }
  /** What the person wrote waits, goes on its way, or was taken back. */
  | { readonly type: 'outbox', readonly peer: string, readonly event: 'held' | 'released' | 'cancelled', readonly number: number }
  /** What the person wrote was perhaps not read. */
  | { readonly type: 'lost', readonly peer: string, readonly number: number, readonly text: string }
  /** A conversation's privacy changed. */
  | {
    readonly type: 'state', readonly peer: string, readonly state: Standing
    readonly version?: number, readonly instance?: number
    readonly key?: 'new' | 'known' | 'changed', readonly verified?: boolean
    /** With `ended`: it was the other side's doing. */
    readonly by?: 'them'
    /** Hex. */
    readonly fingerprint?: string
    /** Hex, 16 digits. */
    readonly ssid?: string
  }
  /** Progress of a verification. `verified`: with `succeeded`, whether the other's key counts as verified now; it need not. */
  | { readonly type: 'smp', readonly peer: string, readonly event: SmpProgress, readonly question?: string, readonly attempts?: number, readonly verified?: boolean }
  /** The person or a verification changed what a key is worth. */
  | { readonly type: 'trust', readonly peer: string, readonly verified: boolean, readonly fingerprint: string }
  /** Somebody is known by another name now. */
  | { readonly type: 'renamed', readonly peer: string, readonly to: string }
  /** Something was ignored, refused, lost, or deserves a look. */
  | { readonly type: 'notice', readonly peer?: string, readonly code: NoticeCode | HostNotice, readonly detail?: string }
  /** Somebody is here, away, or not to be found, as the network says; `detail` is their word for it. */
  | { readonly type: 'presence', readonly peer: string, readonly presence: Presence, readonly detail?: string }
  /** Something in a channel, where everybody reads along. */
  | { readonly type: 'channel' } & ChannelEvent
  /** The network, or a service of its, told the person something. */
  | { readonly type: 'service', readonly from: string, readonly text: string }
  /** A message in several lines goes slowly: so many of them have left or come. `direction`: whose side is slow. */
  | {
    readonly type: 'progress', readonly peer: string, readonly direction: 'sending' | 'receiving', readonly done: number, readonly of: number
    /** Until the last one, as far as can be told. */
    readonly secondsLeft: number
  }
  /** An answer to the person: help, status. `about`: the correspondent or channel that it is about. */
  | { readonly type: 'info', readonly text: string, readonly about?: string }
  /** What the person asked for cannot be done. */
  | { readonly type: 'error', readonly text: string, readonly about?: string }
  /** The last line. */
  | { readonly type: 'bye' }

export type Presence = 'here' | 'away' | 'absent'

export type SmpProgress = 'asked' | 'in-progress' | 'succeeded' | 'failed' | 'aborted' | 'cheated'

/** Notices of the chat program itself, beside those of the library. */
export type HostNotice =
  /** Private lines came for keys that are gone. */
  | 'lost-keys'
  /** A line could not be delivered. */
  | 'undelivered'
  /** The program with which the private conversation stands has left the network. */
  | 'program-gone'
  /** The first text in clear in a conversation: a reminder of what that means. */
  | 'in-clear'
