import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { UsageError, type Io } from './command.js'

/** Asks for a line that is not shown. Empty when the person declines. */
function ask(io: Io, question: string): Promise<string> {
  io.stdout.write(question)
  const silent = new Writable({ write: (_chunk, _encoding, done) => { done() } })
  const lines = createInterface({ input: io.stdin, output: silent, terminal: true, historySize: 0 })
  return new Promise((resolve) => {
    let answer = ''
    lines.on('SIGINT', () => { lines.close() })
    lines.on('line', (line) => {
      answer = line
      lines.close()
    })
    lines.on('close', () => {
      io.stdout.write('\n')
      resolve(answer)
    })
  })
}

/** Asks for a passphrase, or a password, that exists. Throws `UsageError` when nothing was typed. */
export async function askKnown(io: Io, question: string): Promise<string> {
  const passphrase = await ask(io, question)
  if (passphrase === '') throw new UsageError('nothing was typed')
  return passphrase
}

/** Asks twice: a mistyped passphrase would lock its owner out. Throws `UsageError` when nothing was typed, or two different things. */
export async function askNew(io: Io, question: string): Promise<string> {
  const passphrase = await askKnown(io, question)
  if (await ask(io, 'once more: ') !== passphrase) throw new UsageError('these were two different passphrases')
  return passphrase
}

/**
 * The passphrase, or whatever `word` calls it, in an environment variable, or what a person at a terminal types.
 * @param what what it opens, for people: `the store`
 * @throws UsageError where there is neither
 */
export async function passphraseOf(
  io: Io, variable: string, what: string, { isNew = false, word = 'passphrase' }: { readonly isNew?: boolean, readonly word?: string } = {},
): Promise<string> {
  const given = io.env[variable]
  if (given !== undefined && given !== '') return given
  if (!io.terminal) throw new UsageError(`set ${variable} to the ${word} of ${what}`)
  return isNew ? askNew(io, `a ${word} for ${what}: `) : askKnown(io, `${word} of ${what}: `)
}
