/** What the worker tells the pages: everything that they show, as values that can be copied. */
import type { NoticeCode, OtrErrorCode } from 'otr4'

/** What becomes of a text that is written now. `waits`: nothing goes out, and nothing goes in clear. */
export type Look = 'verified' | 'private' | 'clear' | 'waits'

/** How a text was carried. */
export type Seal = 'verified' | 'private' | 'clear'

/** What has become of a text of ours. */
export type TextState = 'waits' | 'sending' | 'sent' | 'delivered' | 'lost' | 'cancelled'

/** Something that the client says in a conversation. The page has the words. */
export type NoteCode =
  | NoticeCode
  | 'began' | 'began-new-key' | 'renewed' | 'ended-by-them' | 'ended'
  | 'smp-verified' | 'smp-answered' | 'smp-failed' | 'smp-aborted' | 'key-accepted' | 'words-verified' | 'in-clear-now'
  | 'written-offline' | 'no-prekeys' | 'unknown-name' | 'file-coming' | 'file-unreadable'

export interface Entry {
  /** Within its conversation. */
  readonly id: string
  readonly kind: 'theirs' | 'ours' | 'note'
  /** Milliseconds since 1970. */
  readonly at: number
  /** What somebody wrote. Plain text. Empty for a note. */
  readonly text: string
  readonly note?: NoteCode
  readonly seal?: Seal
  /** It came in clear although the conversation is, was or must be private: anybody may have written it. */
  readonly warn?: true
  /** It was written while the other side was away. */
  readonly offline?: true
  readonly state?: TextState
  /** With `waits`: its number in the outbox. */
  readonly held?: number
  /** With `lost`: what `resend` and `discard` take. */
  readonly handle?: number
}

/** `offered`: the person has not decided. `done`: the whole file came, or is stored for the other side. `broken`: it is not what was offered, or has changed. */
export type FileState = 'offered' | 'running' | 'stopped' | 'failed' | 'broken' | 'done'

/** A file that goes beside the conversation. */
export interface FileView {
  readonly number: number
  readonly direction: 'ours' | 'theirs'
  /** Fit to be a name; what it says was chosen by the sender. */
  readonly name: string
  readonly type: string
  readonly length: number
  /** Whether the other side was verified when it was offered. */
  readonly verified: boolean
  readonly state: FileState
  /** 0 to 1. */
  readonly done: number
}

export interface DeviceView {
  readonly instance: number
  readonly name?: string
  readonly version: number
  readonly state: string
  readonly trust: string
  readonly lastSeen: number
}

export interface ContactView {
  readonly peer: string
  readonly entries: readonly Entry[]
  readonly unread: number
  readonly look: Look
  /** A key exchange is under way. */
  readonly pending: boolean
  /** The conversation was private before: text goes in clear only if the person says so. */
  readonly latched: boolean
  /** There is a private session, whether texts go to it or not. */
  readonly established: boolean
  /** Text may go in clear: the person chose it for this correspondent. */
  readonly allowsClear: boolean
  /** The key of the session that texts go to. */
  readonly key?: { readonly version: 3 | 4, readonly fingerprint: string, readonly verified: boolean }
  /** A key that nobody accepted: texts do not go to it. */
  readonly newKey?: { readonly version: 3 | 4, readonly fingerprint: string }
  /** They want to verify us: their question, or an empty text. */
  readonly asked?: string
  /** A verification that we began is under way. */
  readonly verifying: boolean
  /** Something waits, they seem to be away, and the person has not decided yet. */
  readonly away: boolean
  /** They spoke a newer version before: somebody on the way may be lowering it. */
  readonly downgraded: boolean
  readonly devices: readonly DeviceView[]
  readonly files: readonly FileView[]
}

export interface Settings {
  /** Whether what was said is kept, sealed with the account. */
  readonly history: boolean
  /** Whether correspondents learn that their texts have arrived and were decrypted. */
  readonly receipts: boolean
  /** Whether to write to those who are away. */
  readonly offline: 'ask' | 'yes' | 'no'
}

export const defaultSettings: Settings = { history: false, receipts: true, offline: 'ask' }

export interface NetworkView {
  readonly status: 'online' | 'waiting'
  /** Why not. */
  readonly why?: 'no-connection' | 'name-taken' | 'refused' | 'not-saved'
  /** Too many strangers write: lines of others were dropped. */
  readonly crowded?: true
}

/** What a page shows. */
export interface Snapshot {
  readonly contacts: readonly ContactView[]
  readonly settings: Settings
  readonly network: NetworkView
  /** How many of our prekeys the server has: absent before it has said it. */
  readonly prekeys?: number
}

/** From the worker to the pages. */
export type Told =
  | { readonly type: 'contact', readonly contact: ContactView }
  | { readonly type: 'forgotten', readonly peer: string }
  | { readonly type: 'settings', readonly settings: Settings }
  | { readonly type: 'network', readonly network: NetworkView }
  | { readonly type: 'prekeys', readonly prekeys: number }
  /** A text came: for a notification, which says nothing of it. */
  | { readonly type: 'arrived', readonly peer: string }
  /** A line came or went: for those who look under the hood. */
  | { readonly type: 'line', readonly peer: string }
  | { readonly type: 'failed', readonly code: OtrErrorCode }
  | { readonly type: 'locked' }
