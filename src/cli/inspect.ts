import {
  addFragment, classify, decodePrekeyMessage, defaultWireLimits, emptyFragmentAssembler, unarmor, type Classified, type FragmentAssembler,
} from '../wire/index.js'
import { readTranscript } from '../forge/index.js'
import { UsageError, type Command, type Io } from './command.js'
import { describe, type Description } from './describe-message.js'
import { inertJson, inertLine } from './inert-text.js'
import { parseOptions } from './options.js'
import { readAll } from './read-all.js'

export const command: Command = {
  summary: 'print every field of an OTR message, versions 3 and 4',
  help: `
usage: otr4 inspect [--json] MESSAGE
       otr4 inspect [--json] -          reads lines from standard input

Prints what a line of OTR says in clear: version, type, instance tags, keys,
profiles with their dates, counters, revealed MAC keys. What is encrypted
stays so: nothing here needs or takes a key, and no signature is checked.
Fragments that stand in the input one after another are put together. The lines
of a transcript (spec/transcript.md) are read as the messages in them.

  --json   one JSON object a line; byte strings in hex

exit codes: 0 all lines are OTR, 1 a line is plain text, 2 a line is malformed
  or an option is wrong
`,
  async run(args, io) {
    const { values, words: [word = ''] } = parseOptions(args, { options: { json: { type: 'boolean' } }, words: ['MESSAGE'] })
    const lines = word === '-' ? (await readAll(io.stdin)).split(/\r?\n/).filter((line) => line !== '') : [word]
    if (lines.length === 0) throw new UsageError('standard input is empty')
    const inspector = new LineInspector()
    // Reads all lines before it prints one: half an answer would look like a complete one.
    const descriptions = lines.flatMap((line, at) => inspector.read(line, lines.length > 1 ? `line ${at + 1}: ` : ''))
    for (const description of descriptions) print(io, description, values.json === true)
    return descriptions.some(({ kind }) => kind === 'plaintext') ? 1 : 0
  },
}

const limits = { ...defaultWireLimits, maxMessageLength: 16 << 20, maxFragmentLength: 16 << 20 }

/** Reads lines one after another, keeping the fragments among them. */
export class LineInspector {
  #fragments: FragmentAssembler = emptyFragmentAssembler

  /** Throws a `UsageError` for a line that is not well formed. */
  read(given: string, where: string): Description[] {
    const line = transcriptMessage(given)
    if (line === undefined) return []
    const classified = this.#classify(line)
    const description = this.#describe(classified, line, where)
    if (classified.kind !== 'fragment') return [description]
    const { state, complete } = addFragment(this.#fragments, classified.fragment, 0, limits)
    this.#fragments = state
    return complete === undefined ? [description] : [description, ...this.read(complete, `${where}put together: `)]
  }

  /** Classifies a line as it is, since blanks may be a whitespace tag. Blanks at either end are cut off only if the line becomes a message by that. */
  #classify(line: string): Classified {
    const exact = classify(line, limits)
    const mayBeMore = exact.kind === 'malformed' || (exact.kind === 'plaintext' && exact.versions === undefined)
    const trimmed = mayBeMore && line.trim() !== '' ? classify(line.trim(), limits) : exact
    return trimmed.kind === 'plaintext' ? exact : trimmed
  }

  #describe(classified: Classified, line: string, where: string): Description {
    if (classified.kind === 'malformed') throw new UsageError(`${where}malformed: ${inertLine(classified.error.message)}`)
    if (classified.kind === 'too-large') throw new UsageError(`${where}too large: ${classified.length} characters`)
    if (classified.kind === 'unsupported') {
      const prekey = readPrekeyMessage(line)
      if (prekey !== undefined) return describe({ kind: 'message', message: prekey })
      throw new UsageError(`${where}version ${classified.version}, type 0x${classified.type.toString(16).padStart(2, '0')} is not known`)
    }
    return describe(classified)
  }
}

/** The message in a line of a transcript; of its header, nothing; any other line as it is. */
function transcriptMessage(line: string): string | undefined {
  if (!line.startsWith('{')) return line
  const { lines: [first], faults } = readTranscript(line)
  return first?.message ?? (faults.length === 0 ? undefined : line)
}

/** Prekey Messages are on servers and are no chat messages, but people meet them in the same encoding. */
function readPrekeyMessage(line: string): ReturnType<typeof decodePrekeyMessage> | undefined {
  try {
    return decodePrekeyMessage(unarmor(line.trim()))
  } catch {
    return undefined
  }
}

function print(io: Io, description: Description, json: boolean): void {
  if (json) {
    const { title, kind, fields } = description
    io.stdout.write(`${inertJson({ kind, title, ...Object.fromEntries(fields.filter(({ key }) => !key.includes('.')).map(({ key, value }) => [key, value])) })}\n`)
    return
  }
  io.stdout.write(descriptionText(description))
}

function descriptionText({ title, fields }: Description): string {
  const longest = Math.max(...fields.map(({ name }) => name.length), 0)
  return `${title}\n${fields.map(({ name, shown }) => `  ${name.padEnd(longest)}  ${shown}\n`).join('')}`
}

/** What this command prints of a line; of one that is not well formed, why. Never throws. */
export function inspectLine(inspector: LineInspector, line: string): string {
  try {
    return inspector.read(line, '').map(descriptionText).join('').trimEnd()
  } catch (error) {
    if (error instanceof UsageError) return error.message
    throw error
  }
}
