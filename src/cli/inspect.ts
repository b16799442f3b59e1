import { statSync } from 'node:fs'
import { readTranscript } from '../forge/index.js'
import { UsageError, type Command, type Io } from './command.js'
import { readIfThere } from './files.js'
import type { Description } from './describe-message.js'
import { inertJson, inertLine } from './inert-text.js'
import { descriptionText, LineInspector } from './line-inspector.js'
import { parseOptions } from './options.js'
import { readAll } from './read-all.js'

export const command: Command = {
  summary: 'print every field of an OTR message, versions 2, 3 and 4',
  help: `
usage: otr4 inspect [--json] MESSAGE
       otr4 inspect [--json] FILE       reads the lines of a file
       otr4 inspect [--json] -          reads lines from standard input

Prints what a line of OTR says in clear: version, type, instance tags, keys,
profiles with their dates, counters, revealed MAC keys. What is encrypted
stays so: nothing here needs or takes a key, and no signature is checked.
Fragments that stand in the input one after another are put together.

The input may be a transcript (spec/transcript.md), as otr4 chat --record
writes it: then each message is named with its line and its two addresses, and
a line that is malformed does not keep the others from being shown. otr4 forge
examine checks the signatures of a transcript.

  --json   one JSON object a line; byte strings in hex

exit codes: 0 all lines are OTR, 1 a line is plain text, 2 a line is malformed
  or an option is wrong
`,
  async run(args, io) {
    const { values, words: [word = ''] } = parseOptions(args, { options: { json: { type: 'boolean' } }, words: ['MESSAGE'] })
    const text = word === '-' ? await readAll(io.stdin) : isFile(word) ? readIfThere(word) : undefined
    const lines = (text === undefined ? [word] : text.split(/\r?\n/)).map((line, at) => ({ line, at: at + 1 })).filter(({ line }) => text === undefined || line !== '')
    if (lines.length === 0) throw new UsageError('the input is empty')
    const json = values.json === true
    if (isTranscript(lines[0]?.line ?? '')) return printTranscript(lines, io, json)
    const inspector = new LineInspector()
    // Reads all lines before it prints one: half an answer would look like a complete one.
    const descriptions = lines.flatMap(({ line, at }) => inspector.read(line, lines.length > 1 ? `line ${at}: ` : ''))
    for (const description of descriptions) print(io, description, json)
    return descriptions.some(({ kind }) => kind === 'plaintext') ? 1 : 0
  },
}

function isFile(word: string): boolean {
  if (word.startsWith('?OTR')) return false
  try {
    return statSync(word).isFile()
  } catch {
    // A text is no path: it may be too long for one.
    return false
  }
}

function isTranscript(line: string): boolean {
  return line.startsWith('{') && readTranscript(line).faults.length === 0
}

/** A transcript has lines of everybody who wrote: what one of them sent must not hide the rest. */
function printTranscript(given: readonly { readonly line: string, readonly at: number }[], io: Io, json: boolean): number {
  const directions = new Map<string, LineInspector>()
  let code = 0
  for (const { line, at } of given) {
    const { lines: [read], faults: [fault] } = readTranscript(line)
    if (read === undefined && fault === undefined) continue
    const { from = '', to = '' } = read ?? {}
    const where = [['line', 'Line', at, String(at)], ['from', 'From', from, inertLine(from)], ['to', 'To', to, inertLine(to)]] as const
    const fields = where.filter(([, , value]) => value !== '').map(([key, name, value, shown]) => ({ key, name, value, shown }))
    const tell = ({ kind, title, fields: more }: Description): void => { print(io, { kind, title, fields: [...fields, ...more] }, json) }
    // Fragments of the two sides come in turns.
    const direction = JSON.stringify([from, to])
    const inspector = directions.get(direction) ?? new LineInspector()
    directions.set(direction, inspector)
    try {
      if (fault !== undefined) throw new UsageError(`no line of a transcript: ${inertLine(fault.detail)}`)
      const descriptions = inspector.read(read?.message ?? '', '')
      descriptions.forEach(tell)
      if (code === 0 && descriptions.some(({ kind }) => kind === 'plaintext')) code = 1
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      tell({ kind: 'malformed', title: `Cannot be read: ${error.message}`, fields: [] })
      code = 2
    }
  }
  return code
}

function print(io: Io, description: Description, json: boolean): void {
  if (json) {
    const { title, kind, fields } = description
    io.stdout.write(`${inertJson({ kind, title, ...Object.fromEntries(fields.filter(({ key }) => !key.includes('.')).map(({ key, value }) => [key, value])) })}\n`)
    return
  }
  io.stdout.write(descriptionText(description))
}
