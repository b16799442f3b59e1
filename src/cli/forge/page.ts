import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { UsageError, type Io } from '../command.js'
import { readIfThere, writePrivately } from '../files.js'
import { parseOptions, printable } from '../options.js'

/** What the build makes of page/. The path is the same from src/ and from dist/. */
const built = fileURLToPath(new URL('../../../dist/cli/forge/page.html', import.meta.url))

/** `otr4 forge --page FILE [--force]`: writes the page in which a person rewrites a transcript. */
export function writePage(args: readonly string[], io: Io): number {
  const { values: { page: file = '', force } } = parseOptions(args, { options: { page: { type: 'string' }, force: { type: 'boolean' } } })
  if (file === '') throw new UsageError('--page needs the name of a file')
  if (existsSync(file) && force !== true) throw new UsageError(`${printable(file)}: exists already; --force replaces it`)
  const text = readIfThere(built)
  if (text === undefined) throw new UsageError('the page is not there: `npm run build` makes it')
  writePrivately(file, text)
  io.stdout.write(`wrote ${printable(file)}: open it in a browser; it works without a network\n`)
  return 0
}
