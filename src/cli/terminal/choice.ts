import { UsageError, type Io } from '../command.js'
import { inertLine } from '../inert-text.js'
import { answerKey } from './answer.js'
import { terminalInput } from './input.js'
import { emptyLine, textOf } from './line.js'

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
    const typed = await askShown(io, prompt)
    if (typed === undefined) throw new UsageError('nothing was chosen')
    const word = typed.trim().toLowerCase()
    const found = word === '' ? usual : words.find((one) => one === word)
    if (found !== undefined) return found
  }
}

function askShown(io: Io, prompt: string): Promise<string | undefined> {
  const input = terminalInput(io)
  io.stdout.write(prompt)
  if (input.over) {
    io.stdout.write('\n')
    return Promise.resolve(undefined)
  }
  return new Promise((resolve) => {
    let line = emptyLine
    const done = (answer: string | undefined): void => {
      stop()
      io.stdout.write('\n')
      resolve(answer)
    }
    const stop = input.listen((key) => {
      const next = answerKey(line, key)
      if (next === 'done') done(textOf(line))
      else if (next === 'left') done(undefined)
      else if (next !== 'refused') {
        line = next
        // The keyboard echoes nothing. Only what fits beside the question is shown.
        io.stdout.write(`\r${prompt}${inertLine(textOf(line)).slice(-20)}\u001b[K`)
      }
    }, () => { done(undefined) })
  })
}
