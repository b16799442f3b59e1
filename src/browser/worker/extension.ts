import type { Client } from '../../session/client/client.js'
import type { OwnFunctions } from '../worker-client.js'

/** What code beside the client in the worker is given. */
export interface WorkerParts {
  /** The client, open, before its first event: add listeners now. It has the keys, so do not hand it on. */
  readonly client: Client
  /** Sends a value to all pages, which get copies: see `WorkerClient.onTold`. */
  readonly tell: (message: unknown) => void
}

/** Code beside the client: it runs when the client has been opened, and returns functions for the pages. */
export type Extension = (parts: WorkerParts) => OwnFunctions | Promise<OwnFunctions>
