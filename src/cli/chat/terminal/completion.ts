import { withText, type Line } from '../../terminal/line.js'

/** A completion, with the other candidates: pressing the key again takes the next one. */
export interface Completion {
  /** The line with the completion. */
  readonly line: Line
  /** The line as it was typed. */
  readonly stem: Line
  /** The forms that the text before the cursor may have. */
  readonly candidates: readonly string[]
  readonly at: number
}

/** What a person may complete at the beginning of a line. */
const commands = ['/help', '/quit', '/msg ', '/with ', '/who', '/me ', '/clear', '/close', '/join #', '/part', '/names', '/send ', '/files', '/get ', '/refuse', '/stop', '/resume', '/window ', '/log', '/otr start', '/otr end',
  '/otr trust', '/otr distrust', '/otr smp', '/otr answer', '/otr abort', '/otr status', '/otr clear', '/otr outbox', '/otr cancel', '/otr instance ',
  '/otr fingerprint', '/otr fingerprint words', '/otr fingerprint qr', '/otr compare ', '/otr accept', '/otr devices', '/otr device ', '/otr lost',
  '/otr resend', '/otr discard', '/otr offline', '/otr policy', '/otr tell', '/otr follow', '/otr format ', '/otr help '].sort()

/**
 * Completes the command or name before the cursor. `last`: the completion before; if the line has not changed since, the next candidate is taken.
 * Undefined if nothing fits.
 */
export function complete(line: Line, names: readonly string[], last: Completion | undefined): Completion | undefined {
  if (last !== undefined && last.line.before === line.before && last.line.after === line.after) return taken(last.stem, last.candidates, (last.at + 1) % last.candidates.length)
  const { before } = line
  const found = before.startsWith('/') ? commands.filter((one) => one.startsWith(before) && one !== before) : []
  return taken(line, found.length > 0 ? found : completed(before, names), 0)
}

function completed(before: string, names: readonly string[]): string[] {
  const word = /\S*$/.exec(before)?.[0] ?? ''
  if (word === '') return []
  const start = before.slice(0, before.length - word.length)
  // A name at the beginning of a text says whom it is meant for.
  const behind = start === '' ? ': ' : ' '
  return names.filter((name) => name.toLowerCase().startsWith(word.toLowerCase())).sort().map((name) => `${start}${name}${behind}`)
}

function taken(stem: Line, candidates: readonly string[], at: number): Completion | undefined {
  const before = candidates[at]
  return before === undefined ? undefined : { stem, candidates, at, line: { ...withText(stem, before), after: stem.after } }
}
