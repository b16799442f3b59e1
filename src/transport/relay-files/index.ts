/** The relay as a carrier of sealed files, for pages too: it needs `fetch`, and nothing of Node's. `spec/relay.md` has the requests. */
export { RelayFiles, type RelayFilesOptions, type RelayPlace } from '../relay/files.js'
