/**
 * `otr4/forge`: the forging operations of version 4, and libotr's toolkit for version 3. Pure functions of values: nothing here opens a socket, reads a file
 * or asks for the time, and randomness is a parameter. `forgeTranscript` is where to begin.
 *
 * @see [OTRv4, "Forging Transcripts"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#forging-transcripts)
 */
export { examineTranscript, type Examination } from './examine.js'
export { decodeTranscript, type DecodedTranscript, type MessageLine } from './decode.js'
export {
  formatTranscript, formatTranscriptLine, readTranscript, transcriptHeader,
  type NumberedLine, type Transcript, type TranscriptFault, type TranscriptFaultKind, type TranscriptLine,
} from './transcript.js'
export { TranscriptRecorder, type RecorderOptions } from './recorder.js'
export { parse, type ParsedMessage } from './parse.js'
export {
  isAuthenticatedBy, macKeyLength, modifyDataMessage, readAndForge, reMac, showMacKey,
  type AnyDataMessage, type Modification, type ReadAndForged, type ReadingKey,
} from './data-message.js'
export { publishedMacKeys, type PublishedMacKey } from './published.js'
export { forgeDake, type DakeForgery, type ForgedDake, type Signer } from './dake.js'
export {
  falsePrekeyEnsemble, forgeNonInteractiveAuth, type EnsembleForgery, type FalseEnsemble, type ForgedNonInteractiveDake, type NonInteractiveForgery,
} from './non-interactive.js'
export { impersonate, type ForgedSide, type Impersonation } from './side.js'
export { forgeTranscript, type ForgedText, type Role, type TranscriptForgery } from './forge-transcript.js'
export { forgeAfterAke, type AfterAkeForgery } from './after-ake.js'
export {
  forgeAke, forgeTranscriptV3, sessionKeysV3, type AkeForgery, type ForgedAke, type ForgedSideV3, type SessionKeysV3, type TranscriptForgeryV3,
} from './v3.js'
