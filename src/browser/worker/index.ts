/** The worker's side of `otr4/browser`: one client, with its keys and its store, for the pages of an origin. */
export { serveClient, type ServeOptions } from './serve.js'
export type { Extension, WorkerParts } from './extension.js'
export type { OwnFunctions } from '../worker-client.js'
