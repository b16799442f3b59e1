import type { ProbableLoss } from '../../index.js'
import type { NoticeCode } from '../../protocol/index.js'
import type { ChannelEvent } from '../../transport/channels.js'

/** How private a line was. `exposed`: it came in clear although the conversation is, was or must be private. */
export type Privacy = 'clear' | 'private' | 'exposed'

/**
 * What becomes of a text that is typed now. `clear`: it goes in clear. `private`: it goes encrypted. In all other states it waits: `starting`: until
 * the private conversation that is being set up is ready; `ended`: the private conversation has ended; `unaccepted`: nobody has accepted the key of
 * the private conversation; `waiting`: nothing may go in clear.
 */
export type Standing = 'clear' | 'starting' | 'private' | 'ended' | 'unaccepted' | 'waiting'

/**
 * Everything that the chat program shows, as data. Text in it may come from anybody: views make it inert (`inert-text.ts`). It never holds an OTR
 * line or a secret.
 */
export type ChatEvent =
  /** The network has let us in. */
  | { readonly type: 'ready', readonly account: string, readonly network: string }
  /** The person has another name there now. */
  | { readonly type: 'account', readonly account: string }
  /** The connection changed. */
  | { readonly type: 'connection', readonly status: string, readonly detail?: string }
  /** Somebody wrote. */
  | {
    readonly type: 'message', readonly peer: string, readonly privacy: Privacy, readonly verified: boolean, readonly text: string
    /** When it was sent, in seconds since 1970, where the network had stored it. */
    readonly sentAt?: number
    /** The address that it came from, where that is not the conversation's. */
    readonly via?: string
    /** `read`: it was HTML, and `text` is what it says. `perhaps`: it may be HTML, and `text` is as it came. */
    readonly html?: 'read' | 'perhaps'
    /** It came with a key exchange made while we were away. */
    readonly offline?: true
  }
  /** A text of the person's has left. */
  | { readonly type: 'sent', readonly peer: string, readonly privacy: 'clear' | 'private', readonly verified: boolean, readonly text: string }
  /** A text of the person's waits in the outbox, has left it, or was taken back. */
  | { readonly type: 'outbox', readonly peer: string, readonly event: 'held' | 'released' | 'cancelled', readonly number: number }
  /** The correspondent could perhaps not read a text of the person's. */
  | { readonly type: 'lost', readonly peer: string, readonly number: number, readonly text: string }
  /** What becomes of texts in a conversation has changed. */
  | {
    readonly type: 'state', readonly peer: string, readonly state: Standing
    readonly version?: number, readonly instance?: number
    readonly key?: 'new' | 'known' | 'changed', readonly verified?: boolean
    /** With `ended`: the other side ended it. */
    readonly by?: 'them'
    /** Hex. */
    readonly fingerprint?: string
    /** Hex, 16 digits. */
    readonly ssid?: string
  }
  /** Progress of a verification. `verified`: with `succeeded`, whether the other's key counts as verified now; it need not. */
  | { readonly type: 'smp', readonly peer: string, readonly event: SmpProgress, readonly question?: string, readonly attempts?: number, readonly verified?: boolean }
  /** The person or a verification changed the trust in a key. */
  | { readonly type: 'trust', readonly peer: string, readonly verified: boolean, readonly fingerprint: string }
  /** Somebody is known by another name now. */
  | { readonly type: 'renamed', readonly peer: string, readonly to: string }
  /** Something was ignored, refused or lost, or deserves a look. */
  | {
    readonly type: 'notice', readonly peer?: string, readonly code: NoticeCode | HostNotice, readonly detail?: string
    /** How many texts wait for the private conversation that the notice is about. */
    readonly held?: number
    /** The older versions that the person may choose instead. */
    readonly choices?: readonly (2 | 3 | 4)[]
    /** The versions that we offered, if we did. */
    readonly offered?: readonly (2 | 3 | 4)[]
    /** Another notice says in words what it means. */
    readonly beginning?: true
    readonly probablyLost?: ProbableLoss
  }
  /** Somebody is here, away, or not to be found, as the network says; `detail` is their word for it. */
  | { readonly type: 'presence', readonly peer: string, readonly presence: Presence, readonly detail?: string }
  /** Something happened in a channel, which all members and the server read. */
  | { readonly type: 'channel' } & ChannelEvent
  /** The network, or one of its services, says something to the person. */
  | { readonly type: 'service', readonly from: string, readonly text: string }
  /** A file goes or comes. `number`: for the commands. `verified`: whether the correspondent's key is. `detail`: where it is, or why it failed. */
  | {
    readonly type: 'file', readonly peer: string, readonly event: 'offered' | 'sending' | 'sent' | 'receiving' | 'received' | 'stopped' | 'refused' | 'failed'
    readonly number: number, readonly bytes: number, readonly verified: boolean, readonly name: string, readonly detail?: string
  }
  /** A message of several lines goes slowly. `done` of its lines have left or arrived. `direction`: whose side is slow. With `file`: bytes of a file of this name. */
  | {
    readonly type: 'progress', readonly peer: string, readonly direction: 'sending' | 'receiving', readonly done: number, readonly of: number
    /** An estimate. */
    readonly secondsLeft: number
    readonly file?: string
  }
  /** An answer to a command, such as help. `about`: the correspondent or channel that it is about. */
  | { readonly type: 'info', readonly text: string, readonly about?: string }
  /** What the person asked for cannot be done. */
  | { readonly type: 'error', readonly text: string, readonly about?: string }
  /** The last line. */
  | { readonly type: 'bye' }

export type Presence = 'here' | 'away' | 'absent'

export type SmpProgress = 'asked' | 'in-progress' | 'succeeded' | 'failed' | 'aborted' | 'cheated'

/** Notices of the chat program itself, beside those of the library. */
export type HostNotice =
  /** Encrypted lines came for keys that we do not have any more. */
  | 'lost-keys'
  /** A line could not be delivered. */
  | 'undelivered'
  /** The correspondent's program that has the private conversation has left the network. */
  | 'program-gone'
  /** The first text in clear of a conversation: reminds the person of what that means. */
  | 'in-clear'
