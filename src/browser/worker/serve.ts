import type { Port } from '../messages.js'
import { ClientServer } from './client-server.js'
import type { Extension } from './extension.js'
import { openInDatabase, type Opener } from './open.js'

/** What a worker does besides having a client. */
export interface ServeOptions {
  /**
   * Runs when the client has been opened, and returns functions that the pages may call by `client.own`: what needs keys (files, prekeys), or
   * what all pages shall share (the connection, the history). What they take and return is copied.
   */
  readonly extend?: Extension
  /** @internal Another global scope, for tests. */
  readonly scope?: WorkerScope
  /** @internal Another store, for tests. */
  readonly open?: Opener
}

/** @internal The global scope of a worker: of a dedicated one, which is a port itself, or of a shared one. */
export type WorkerScope = Port | { onconnect: ((event: { readonly ports: readonly Port[] }) => void) | null }

/**
 * Makes this worker the place of one client, which its page opens by `openClient` of `otr4/browser`. It is the whole script of a worker, dedicated or
 * shared:
 *
 * ```ts
 * import { serveClient } from 'otr4/browser/worker'
 * serveClient()
 * ```
 *
 * Call it while the script is evaluated, before the first `await`.
 */
export function serveClient(options: ServeOptions = {}): void {
  const server = new ClientServer(options.open ?? openInDatabase, options.extend)
  const scope = options.scope ?? globalThis as unknown as WorkerScope
  if ('onconnect' in scope) {
    scope.onconnect = ({ ports: [port] }) => { if (port !== undefined) server.connect(port) }
  } else {
    server.connect(scope)
  }
}
