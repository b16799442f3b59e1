import type { Io } from '../command.js'
import { answerKey } from './answer.js'
import { terminalInput } from './input.js'
import { emptyLine, textOf } from './line.js'

/** What else the keys of a person do while they type a line. */
export interface Typing {
  /** The line has changed, to this text. The keyboard echoes nothing. */
  readonly changed?: (text: string) => void
  /** Several lines were pasted, and not taken. */
  readonly refused?: () => void
}

/** Shows a prompt and takes one line; `undefined` when the person declines (Ctrl-C, Ctrl-D, Escape) or the input is over. */
export function typedLine(io: Io, prompt: string, { changed, refused }: Typing): Promise<string | undefined> {
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
      if (next === 'refused') {
        refused?.()
      } else if (next === 'done') {
        done(textOf(line))
      } else if (next === 'left') {
        done(undefined)
      } else {
        line = next
        changed?.(textOf(line))
      }
    }, () => { done(undefined) })
  })
}
