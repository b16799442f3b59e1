import { generateEd448Keys, systemRandom, type Ed448Keys } from '../index.js'
import { UsageError, type Io } from './command.js'
import { inertLine } from './inert-text.js'
import { askChoice } from './terminal/choice.js'

/** What becomes of the secret of a new account's forging key. */
export type ForgingChoice = 'discard' | 'keep'

/** The value of `--forging-key`. @throws UsageError */
export function readForgingChoice(given: string | undefined): ForgingChoice | undefined {
  if (given !== undefined && given !== 'keep' && given !== 'discard') throw new UsageError('--forging-key is keep or discard')
  return given
}

/**
 * The question that a person is asked once, when the keys of an account are made. docs/deniability.md explains it at length.
 *
 * @throws UsageError when the person declines; nothing is made then
 */
export function askForgingChoice(io: Io, account: string): Promise<ForgingChoice> {
  return askChoice(io, { words: ['discard', 'keep'], usual: 'discard', explains: `
New keys are made for ${inertLine(account).slice(0, 55)}.
One thing is asked, this once.

Others get a second key of yours, the forging key. Whoever has its secret can
make private conversations with you that never took place, and can answer you
in the name of anybody.

  discard   its secret is never made: nobody can take it, and nobody can force
            you to hand it over. This is the usual choice.
  keep      its secret is kept with your other keys. You can forge
            conversations for those who ask you to. But whoever gets at your
            keys can then also deceive you about whom you talk to.

With either, what others recorded proves to nobody what you wrote.

` })
}

/** New keys of version 4, if something else than the usual is wanted. */
export function keysFor(choice: ForgingChoice): Ed448Keys | undefined {
  return choice === 'keep' ? generateEd448Keys(systemRandom, 'keep') : undefined
}
