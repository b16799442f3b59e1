/** The state of a client, sealed and kept. Runs in Node and in browsers. */
export { openBytes, sealBytes, type SealOptions } from './sealed-bytes.js'
export type { Passphrase } from './passphrase.js'
