import type { ClientEvent } from '../session/event.js'
import type { PolicyChanges, Policy } from '../session/policy.js'
import type { ConversationValues } from './conversation-members.js'

/** One end of a channel between a page and a worker: what `Worker`, `MessagePort` and the global scope of a worker have in common. */
export interface Port {
  /** Sends a value to the other end, which gets a copy. */
  postMessage(message: unknown): void
  /** Calls `listener` for every value from the other end. */
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  /** A `MessagePort` delivers nothing before this. */
  start?(): void
}

/** How a worker opens a client: all of it can be copied to another thread. */
export interface OpenRequest {
  /** Own address. */
  readonly account: string
  /** The name of the IndexedDB database; any text. Default: `account`. */
  readonly name?: string
  /**
   * The passphrase of the sealed store. Without one, a page only joins a client that another page has open in the same `SharedWorker`; if there is none: `OTR_STORE_PASSPHRASE`.
   */
  readonly passphrase?: string
  /** Whether to create a store that does not exist. Default: true. Otherwise: `OTR_STORE_MISSING`. */
  readonly create?: boolean
  /** What to do while another worker or page has the store open: see `openDatabase`. Default: `refuse`. */
  readonly whenLocked?: 'refuse' | 'wait'
  /** What to do with a store that may be an older copy of itself: see `openDatabase`. Default: `refuse`. */
  readonly onRollback?: 'refuse' | 'new-sessions'
  /** The account's policy. What the store has counts more. */
  readonly policy?: PolicyChanges
  /**
   * For a new store: the account that `exportAccount` or `sealAccount` sealed on another device, as bytes of any length, with the passphrase that
   * opens it. Its address must be `account`.
   */
  readonly moved?: { readonly sealed: Uint8Array, readonly passphrase: string }
}

/** The values of a client at one moment. */
export interface ClientValues {
  readonly account: string
  readonly fingerprint3: string
  readonly fingerprint4?: string
  readonly constantTime: boolean
  readonly policy: Policy
  readonly peers: readonly string[]
  readonly prekeysLeft: number
}

/** What a call asks for: something of the client, a command of a conversation, or a function that the worker's author added. */
export type Target =
  | { readonly of: 'client', readonly name: string }
  | { readonly of: 'conversation', readonly peer: string, readonly name: string }
  | { readonly of: 'own', readonly name: string }

/** From a page to the worker. */
export type PageMessage =
  /** The first message. `lock`: a Web Lock that the page holds as long as it lives. */
  | { readonly kind: 'hello', readonly lock?: string }
  | { readonly kind: 'open', readonly id: number, readonly request: OpenRequest }
  | { readonly kind: 'call', readonly id: number, readonly target: Target, readonly given: readonly unknown[] }
  /** The page's listeners have settled. */
  | { readonly kind: 'settled', readonly event: number }

/** How an error is copied. Without a code it is none of this library's. */
export interface CopiedError {
  readonly code?: string
  readonly message: string
}

/** From the worker to a page. A `values` comes before the event or the answer that it belongs to. */
export type WorkerMessage =
  | { readonly kind: 'progress', readonly done: number }
  | { readonly kind: 'values', readonly client?: ClientValues, readonly conversations: readonly (readonly [string, ConversationValues])[] }
  | { readonly kind: 'event', readonly number: number, readonly event: ClientEvent }
  | { readonly kind: 'told', readonly message: unknown }
  | { readonly kind: 'answer', readonly id: number, readonly result?: unknown, readonly error?: CopiedError }
  | { readonly kind: 'closed' }

/** The correspondent that an event is about. */
export function peerOf(event: ClientEvent): string | undefined {
  switch (event.type) {
    case 'send': return event.to
    case 'message': return event.from
    default: return event.peer
  }
}
