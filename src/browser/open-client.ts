import type { Port } from './messages.js'
import { WorkerClient, type OpenClientOptions, type OwnFunctions } from './worker-client.js'

/**
 * Opens a client in a worker that calls `serveClient` of `otr4/browser/worker`. In the worker are the keys, the sealed store (IndexedDB) and all
 * arithmetic, so the page is never busy with it.
 *
 * ```ts
 * const client = await openClient(new Worker(new URL('worker.js', import.meta.url), { type: 'module' }), { account: 'alice', passphrase })
 * client.on('send', ({ to, message }) => { network.send(to, message) })
 * await client.start()
 * ```
 *
 * @param worker - a `Worker`, for one page, or the `port` of a `SharedWorker`: then all pages of the origin have the same client. A worker has one client
 * @param options - `passphrase`, and what `openDatabase` takes
 * @throws (rejects) OtrError as `openDatabase` and `Client.open`: `OTR_STORE_PASSPHRASE`, `OTR_STORE_LOCKED`, `OTR_STORE_ROLLBACK`, …;
 *   `OTR_STORE_ACCOUNT` if the worker has another account open, or `moved` has another; `OTR_ARGUMENT` for an empty passphrase
 */
export async function openClient<Own extends OwnFunctions = OwnFunctions>(worker: Port, options: OpenClientOptions): Promise<WorkerClient<Own>> {
  const { onProgress = () => undefined, ...request } = options
  const client = new WorkerClient<Own>(worker, onProgress)
  await client.open(request)
  return client
}
