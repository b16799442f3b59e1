import type { NoticeCode } from '../../protocol/index.js'

/** How private a line was: `exposed` came in clear where it should have been private. */
export type Privacy = 'clear' | 'private' | 'exposed'

/** What people call the state of a conversation. */
export type Standing = 'clear' | 'starting' | 'private' | 'ended'

/**
 * Everything that the chat program shows, before it has a form. Text in it may come from anybody: a view makes it inert. No line of
 * OTR's own and no secret is ever in it.
 */
export type Shown =
  /** Let in by the network. */
  | { readonly type: 'ready', readonly account: string, readonly network: string }
  /** The connection changed. */
  | { readonly type: 'connection', readonly status: string, readonly detail?: string }
  /** Somebody wrote. */
  | {
    readonly type: 'message', readonly peer: string, readonly privacy: Privacy, readonly verified: boolean, readonly text: string
    /** Seconds since 1970, when the network had kept it. */
    readonly sentAt?: number
    /** Looks as if the other program sends HTML. */
    readonly html?: true
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
    /** Hex. */
    readonly fingerprint?: string
    /** Hex, 16 digits. */
    readonly ssid?: string
  }
  /** Progress of a verification. `verified`: whether the key counts as verified now. */
  | { readonly type: 'smp', readonly peer: string, readonly event: SmpProgress, readonly question?: string, readonly attempts?: number, readonly verified?: boolean }
  /** The person or a verification changed what a key is worth. */
  | { readonly type: 'trust', readonly peer: string, readonly verified: boolean, readonly fingerprint: string }
  /** Somebody is known by another name now. */
  | { readonly type: 'renamed', readonly peer: string, readonly to: string }
  /** Something was ignored, refused, lost, or deserves a look. */
  | { readonly type: 'notice', readonly peer?: string, readonly code: NoticeCode | HostNotice, readonly detail?: string }
  /** An answer to the person: help, status. */
  | { readonly type: 'info', readonly text: string }
  /** What the person asked for cannot be done. */
  | { readonly type: 'error', readonly text: string }
  /** The last line. */
  | { readonly type: 'bye' }

export type SmpProgress = 'asked' | 'in-progress' | 'succeeded' | 'failed' | 'aborted' | 'cheated'

/** Notices of the chat program itself, beside those of the library. */
export type HostNotice =
  /** An offer that the network had kept: not answered, because it is old. */
  | 'old-offer'
  /** A line could not be delivered. */
  | 'undelivered'
  /** The first text in clear in a conversation: a reminder of what that means. */
  | 'in-clear'

/** Where the chat program shows things and reads what the person types. */
export interface View {
  show(event: Shown): void
  /** The person's state of mind: whom he writes to, and how private that is. */
  prompt(peer: string | undefined, standing: Standing, verified: boolean): void
  /** Lines that the person typed, until the end of input. */
  lines(): AsyncIterable<string>
  /** Asks for something that must not be seen nor remembered. Undefined when there is nobody to ask or he declines. */
  secret(question: string): Promise<string | undefined>
  /** Empties the screen, where there is one. */
  clear(): void
  close(): void
}
