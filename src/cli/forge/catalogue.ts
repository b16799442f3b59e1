import { ake, forgeTranscriptOperation } from './forge-transcript.js'
import { auth, dake, examine, falseEnsemble, modify, parseOperation, readForge, remac, sessionKeys, showMac, type ForgeOperation } from './operations.js'

/** An operation, and how a command line gives it its fields. */
export interface CatalogueEntry {
  readonly run: ForgeOperation
  /** The field that the first word or standard input gives; `object`: a JSON object with all fields. */
  readonly main: 'message' | 'transcript' | 'key' | 'privateKey' | 'object'
  /** Fields that options give, by the option's name: whether the value is a number. */
  readonly options: Readonly<Record<string, { readonly field: string, readonly number?: true, readonly file?: true }>>
  /** For the list in the help. */
  readonly says: string
}

/** Every operation by its name in the peer protocol and on the command line. */
export const operations: Readonly<Record<string, CatalogueEntry>> = {
  'parse': { run: parseOperation, main: 'message', options: {}, says: 'shows every field of a message' },
  'examine': { run: examine, main: 'transcript', options: {}, says: 'what is wrong with a transcript, and what it lets anybody do' },
  'modify': {
    run: modify, main: 'transcript', says: 'changes guessed text, with a published MAC key',
    options: { 'old': { field: 'old' }, 'new': { field: 'new' }, 'offset': { field: 'offset', number: true }, 'line': { field: 'line', number: true }, 'mac-key': { field: 'macKey' } },
  },
  'read-forge': {
    run: readForge, main: 'message', says: 'reads a message with its key, and replaces its text',
    options: { 'key': { field: 'key' }, 'key-of': { field: 'keyOf' }, 'key-at': { field: 'keyAt', number: true }, 'new': { field: 'new' } },
  },
  'show-mac': { run: showMac, main: 'key', options: {}, says: 'the MAC key that belongs to a message key' },
  'remac': { run: remac, main: 'message', options: { 'mac-key': { field: 'macKey' } }, says: 'makes the MAC of a message anew' },
  'session-keys': { run: sessionKeys, main: 'privateKey', options: { 'their-public-key': { field: 'theirPublicKey' } }, says: 'version 3: what a private and a public key give' },
  'forge-transcript': {
    run: forgeTranscriptOperation, main: 'object', says: 'a whole conversation that nobody held', options: { 'like': { field: 'like', file: true } },
  },
  'forge-dake': { run: dake, main: 'object', options: {}, says: 'version 4: a key exchange that nobody held' },
  'forge-auth': { run: auth, main: 'object', options: {}, says: 'version 4: a first message to somebody who was away' },
  'false-ensemble': { run: falseEnsemble, main: 'object', options: {}, says: 'version 4: prekeys in somebody\'s name' },
  'forge-ake': { run: ake, main: 'object', options: {}, says: 'version 3: a key exchange, from both long-term keys' },
}
