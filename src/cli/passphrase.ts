import { OtrError } from '../errors.js'
import { UsageError, type Io } from './command.js'
import { inertLine } from './inert-text.js'
import { terminalInput } from './terminal/input.js'
import { typedLine } from './terminal/typed-line.js'

/** How many times a person may try. */
const tries = 3

/** After the last try, input is thrown away until nobody has typed for `quietMs` milliseconds, and at most for `longestPauseMs`. */
const quietMs = 5000
const longestPauseMs = 20_000

/**
 * Asks for a line that is not shown. Asks again when nothing was typed.
 * @throws UsageError when the person declines (Ctrl-C, Ctrl-D, Escape) or the input is over
 */
async function ask(io: Io, question: string): Promise<string> {
  const prompt = inertLine(question)
  const refused = (): void => { io.stdout.write(`\none line is wanted; what was pasted was not taken\n${prompt}`) }
  for (let left = tries; left > 0; left--) {
    const answer = await typedLine(io, prompt, { refused })
    if (answer === undefined) throw new UsageError('nothing was typed')
    if (answer !== '') return answer
  }
  return giveUp(io, new UsageError('nothing was typed'))
}

/** Asks twice: a mistyped passphrase would lock its owner out. @throws UsageError when the person declines, or when two answers differ three times */
async function askNew(io: Io, question: string): Promise<string> {
  for (let left = tries; left > 0; left--) {
    const passphrase = await ask(io, question)
    if (await ask(io, 'once more: ') === passphrase) return passphrase
    io.stdout.write('these were two different ones\n')
  }
  return giveUp(io, new UsageError('these were two different passphrases'))
}

/**
 * Ends after the last try. A person may not notice that, and type once more. That must not go to the shell, which would show and store it: input is
 * ignored until they stop.
 */
async function giveUp(io: Io, reason: unknown): Promise<never> {
  io.stdout.write('that was the last try; what you type now is not read\n')
  await silence(io)
  throw reason
}

function silence(io: Io): Promise<void> {
  const input = terminalInput(io)
  if (input.over) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(longest)
      clearTimeout(quiet)
      stop()
      resolve()
    }
    const longest = setTimeout(done, longestPauseMs)
    let quiet = setTimeout(done, quietMs)
    const stop = input.listen((key) => {
      clearTimeout(quiet)
      quiet = setTimeout(done, quietMs)
      if (key.kind === 'key' && key.ctrl && key.name === 'c') done()
    }, done)
  })
}

/** A secret that is needed, and where it may come from. */
export interface SecretWanted {
  /** The environment variable that may hold it. */
  readonly variable: string
  /** What it opens, for people: `the store`. */
  readonly what: string
  /** What to call it; `passphrase` by default. */
  readonly word?: string
  /** It is a new one: the person types it twice. */
  readonly isNew?: boolean
}

/** The passphrase of a store. */
export const storePassphrase: SecretWanted = { variable: 'OTR4_PASSPHRASE', what: 'the store' }

/** @throws UsageError if the variable is not set and nobody can be asked */
export function requireSomebody({ env, terminal }: Io, { variable, what, word = 'passphrase' }: SecretWanted): void {
  if (!terminal && (env[variable] ?? '') === '') throw new UsageError(`set ${variable} to the ${word} of ${what}`)
}

/**
 * Calls `use` with the secret in the environment variable or with what a person at a terminal types. They may try three times, and what they type is
 * not shown.
 *
 * @param use - rejects with an error for which `isWrong` is true if the secret is wrong; any other error ends the asking
 * @throws UsageError if the variable is not set and nobody can be asked, or when the person declines; what `use` throws
 */
export async function withSecret<Result>(
  io: Io, { variable, what, word = 'passphrase', isNew = false }: SecretWanted, use: (secret: string) => Promise<Result>,
  isWrong: (error: unknown) => boolean = isWrongPassphrase,
): Promise<Result> {
  requireSomebody(io, { variable, what, word })
  const given = io.env[variable]
  if (given !== undefined && given !== '') return use(given)
  if (isNew) return use(await askNew(io, `a ${word} for ${what}: `))
  for (let left = tries; ; left--) {
    const secret = await ask(io, `${word} of ${what}: `)
    try {
      return await use(secret)
    } catch (error) {
      if (!isWrong(error)) throw error
      if (left <= 1) return await giveUp(io, error)
      const why = error instanceof Error ? `: ${inertLine(error.message)}` : ''
      io.stdout.write(`that did not open it${why}\n`)
    }
  }
}

/** Whether a store or a sealed file did not open because the passphrase is wrong. */
export function isWrongPassphrase(error: unknown): boolean {
  return error instanceof OtrError && error.code === 'OTR_STORE_PASSPHRASE'
}
