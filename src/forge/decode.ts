import { addFragment, classify, defaultWireLimits, emptyFragmentAssembler, type Classified, type FragmentAssembler, type OtrMessage } from '../wire/index.js'
import type { NumberedLine, Transcript, TranscriptFault } from './transcript.js'

/** An encoded message of a transcript, decoded. Of a message in fragments, the line of the last one. */
export interface MessageLine {
  /** The number of its line in the file, counted from 1. */
  readonly at: number
  /** The address of who sent it; '' where the transcript does not say. */
  readonly from: string
  /** The address of who was to get it; '' where the transcript does not say. */
  readonly to: string
  /** The message. Nothing in it is verified. */
  readonly message: OtrMessage
  /** What it says, where whoever wrote the transcript knew. */
  readonly text?: string
}

/** The messages of a transcript, and the lines in which something is wrong. */
export interface DecodedTranscript {
  /** The messages, in the order of the file. */
  readonly messages: readonly MessageLine[]
  /** What is wrong, in the order of the file. */
  readonly faults: readonly TranscriptFault[]
}

const limits = { ...defaultWireLimits, maxMessageLength: 16 << 20, maxFragmentLength: 16 << 20 }

/**
 * Decodes the messages of a transcript and puts fragments together. Text in clear, queries and error messages are passed over. Never throws: what
 * is not well formed is among the faults, and so is a message of which fragments are missing.
 *
 * @see [OTRv4, "Forging Transcripts"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#forging-transcripts)
 */
export function decodeTranscript(transcript: Transcript): DecodedTranscript {
  const messages: MessageLine[] = []
  const faults: TranscriptFault[] = [...transcript.faults]
  /** Fragments of each direction, and the last line that had one. */
  const open = new Map<string, { readonly assembler: FragmentAssembler, readonly at: number }>()
  for (const line of transcript.lines) {
    const { at, from, to, text } = line
    const classified = assembled(line, open)
    switch (classified?.kind) {
      case 'message':
        messages.push({ at, from, to, message: classified.message, ...text !== undefined && { text } })
        break
      case 'malformed':
        faults.push({ at, fault: 'malformed', detail: classified.error.message })
        break
      case 'too-large':
        faults.push({ at, fault: 'malformed', detail: `${classified.length} characters are too many` })
        break
      case 'unsupported':
        faults.push({ at, fault: 'version', detail: `version ${classified.version}, type ${classified.type} is not known` })
        break
      default:
    }
  }
  for (const { assembler, at } of open.values()) {
    for (const { total, received } of assembler.open) {
      faults.push({ at, fault: 'cut', detail: `${total - received} of ${total} fragments of a message are missing: it cannot be read` })
    }
  }
  return { messages, faults: faults.sort((a, b) => a.at - b.at) }
}

/** The message of a line. For the last fragment of a message it is that message; for the other fragments, `undefined`. */
function assembled(
  { at, from, to, message }: NumberedLine, open: Map<string, { readonly assembler: FragmentAssembler, readonly at: number }>,
): Classified | undefined {
  const classified = classify(message, limits)
  if (classified.kind !== 'fragment') return classified
  const key = JSON.stringify([from, to])
  const { state, complete } = addFragment(open.get(key)?.assembler ?? emptyFragmentAssembler, classified.fragment, 0, limits)
  open.set(key, { assembler: state, at })
  return complete === undefined ? undefined : classify(complete, limits)
}
