/**
 * A transcript: what the network saw of a conversation, one JSON object a line. spec/transcript.md describes the format.
 */

/** One line of chat as the network carried it. */
export interface TranscriptLine {
  /** The address of who sent it; '' where the transcript does not say. */
  readonly from: string
  /** The address of who was to get it; '' where the transcript does not say. */
  readonly to: string
  /** The line itself: an encoded message, a fragment, a query, or text in clear. */
  readonly message: string
  /** When, in seconds since 1970. */
  readonly time?: number
  /** What it says, where whoever wrote the transcript knew. Nothing proves it. */
  readonly text?: string
}

/** A line of a transcript, and its place in the file. */
export interface NumberedLine extends TranscriptLine {
  /** Its number in the file, counted from 1. */
  readonly at: number
}

/** Something that is wrong with a line of a transcript. */
export interface TranscriptFault {
  /** The number of the line in the file, counted from 1. */
  readonly at: number
  /** What kind of fault: stable. */
  readonly fault: TranscriptFaultKind
  /** For people: what is wrong, and what cannot be done because of it. */
  readonly detail: string
}

/**
 * `malformed`: no line of a transcript, or a message that is not well formed. `version`: a message of another version than the rest.
 * `cut`: something before or after it is missing. `session`: it belongs to another session than the lines around it. `unverified`: a signature
 * or a MAC is wrong. `repeated`: the same message came before.
 */
export type TranscriptFaultKind = 'malformed' | 'version' | 'cut' | 'session' | 'unverified' | 'repeated'

/** What a file contained: its lines, and what is wrong with the others. */
export interface Transcript {
  /** Its lines, in order. */
  readonly lines: readonly NumberedLine[]
  /** The lines that are no lines of a transcript. */
  readonly faults: readonly TranscriptFault[]
}

const header = { transcript: 'otr', format: 1 } as const

/** The longest line of a transcript, in characters. Longer ones are refused before anything is decoded. */
const LONGEST_LINE = 16 << 20

/**
 * Reads a transcript. Lines that are not JSON and begin with `?OTR` are taken as they are, without addresses, so that a list of messages is a
 * transcript too. Never throws: what is no line of a transcript is among the faults, with its number.
 */
export function readTranscript(text: string): Transcript {
  const lines: NumberedLine[] = []
  const faults: TranscriptFault[] = []
  for (const [index, given] of text.split('\n').entries()) {
    const at = index + 1
    const line = given.endsWith('\r') ? given.slice(0, -1) : given
    if (line.trim() === '') continue
    const read = readLine(line)
    if (typeof read === 'string') faults.push({ at, fault: 'malformed', detail: read })
    else if (read !== undefined) lines.push({ ...read, at })
  }
  return { lines, faults }
}

/** The line; what is wrong with it; or nothing for the header. */
function readLine(line: string): TranscriptLine | string | undefined {
  if (line.length > LONGEST_LINE) return 'too long'
  if (line.startsWith('?OTR')) return { from: '', to: '', message: line }
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return 'neither JSON nor a message'
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'no JSON object'
  const fields = value as Record<string, unknown>
  if (fields.transcript !== undefined) {
    if (fields.transcript !== header.transcript) return 'a transcript of something else'
    return fields.format === header.format ? undefined : 'a format that this version does not know'
  }
  const { from = '', to = '', message, time, text } = fields
  if (typeof message !== 'string') return '"message" is no text'
  if (typeof from !== 'string' || typeof to !== 'string') return '"from" or "to" is no text'
  if (time !== undefined && (typeof time !== 'number' || !Number.isFinite(time))) return '"time" is no number'
  if (text !== undefined && typeof text !== 'string') return '"text" is no text'
  return { from, to, message, ...time !== undefined && { time }, ...text !== undefined && { text } }
}

/** The first line of a transcript: what it is, and in which format. */
export function transcriptHeader(): string {
  return `${JSON.stringify(header)}\n`
}

/** One line of a transcript, with its line feed. */
export function formatTranscriptLine({ from, to, message, time, text }: TranscriptLine): string {
  return `${JSON.stringify({ from, to, message, time, text })}\n`
}

/** A whole transcript as text, header included. */
export function formatTranscript(lines: readonly TranscriptLine[]): string {
  return transcriptHeader() + lines.map(formatTranscriptLine).join('')
}
