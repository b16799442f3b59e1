import { UsageError, type Io } from '../command.js'
import { inertLine } from '../inert-text.js'
import { typedLine } from './typed-line.js'

/** A question that is answered with one of some words. */
export interface Choice<Word extends string> {
  /** What the person reads first. */
  readonly explains: string
  readonly words: readonly Word[]
  /** What an empty line means. */
  readonly usual: Word
}

/**
 * Asks a person at a terminal for one of some words, and shows what they type. Any other word is asked for again.
 *
 * @throws UsageError when the person declines (Ctrl-C, Ctrl-D, Escape) or the input is over
 */
export async function askChoice<Word extends string>(io: Io, { explains, words, usual }: Choice<Word>): Promise<Word> {
  const prompt = `${words.join(' or ')}? [${usual}] `
  io.stdout.write(explains)
  for (;;) {
    // Only what fits beside the question is shown.
    const typed = await typedLine(io, prompt, { changed: (text) => io.stdout.write(`\r${prompt}${inertLine(text).slice(-20)}\u001b[K`) })
    if (typed === undefined) throw new UsageError('nothing was chosen')
    const word = typed.trim().toLowerCase()
    const found = word === '' ? usual : words.find((one) => one === word)
    if (found !== undefined) return found
  }
}
