import { parseArgs, type ParseArgsConfig } from 'node:util'
import { UsageError } from './command.js'

/** What a command takes: options, and words without an option's name. */
export interface OptionSpec<Options extends NonNullable<ParseArgsConfig['options']>> {
  readonly options: Options
  /** What to call the words that must be given. */
  readonly words?: readonly string[]
  /** How many more words may follow. */
  readonly more?: number
}

/** The options that were given; `words` are those without a name. */
export type Parsed<Options extends NonNullable<ParseArgsConfig['options']>> = ReturnType<typeof parseArgs<{
  options: Options
  allowPositionals: true
  strict: true
}>>['values']

/** Reads the words behind a command's name. Throws `UsageError` for unknown options and for missing or superfluous words. */
export function parseOptions<Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[], spec: OptionSpec<Options>,
): { values: Parsed<Options>, words: string[] } {
  const { words = [], more = 0 } = spec
  let parsed: { values: unknown, positionals: string[] }
  try {
    parsed = parseArgs({ args: [...args], options: spec.options, allowPositionals: true, strict: true })
  } catch (error) {
    const [first = ''] = (error as Error).message.split(/\n|\. /)
    throw new UsageError(lowerFirst(first.replace(/\.$/, '')))
  }
  const { values, positionals } = parsed
  const missing = words[positionals.length]
  if (missing !== undefined) throw new UsageError(`${missing} is missing`)
  const extra = positionals[words.length + more]
  if (extra !== undefined) throw new UsageError(`too many words: '${printable(extra)}'`)
  return { values: values as Parsed<Options>, words: positionals }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

/** `1 key`, `2 keys`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Makes a word of the command line fit for an error message: short, on one line, without control characters. */
export function printable(text: string): string {
  const clean = text.replace(/\p{C}/gu, '?')
  return clean.length > 60 ? `${clean.slice(0, 57)}...` : clean
}
