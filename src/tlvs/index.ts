/** What the TLVs behind a text mean: one table of handlers for all versions, and the reader that goes by it. */
export { tlvReader } from './read.js'
export type { TlvReading } from './reading.js'
