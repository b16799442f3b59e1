import type { Key } from './keys.js'
import { edit, insert, textOf, type Line } from './line.js'

/**
 * What a key makes of a line that answers a question. `done`: it is the answer. `left`: the person declines (Escape, Ctrl-C, or Ctrl-D where
 * nothing stands). `refused`: what was pasted is more than a line, or not whole, and nothing of it was taken.
 */
export function answerKey(line: Line, key: Key): Line | 'done' | 'left' | 'refused' {
  if (key.kind === 'paste') {
    // A password that was copied often has its line's end with it.
    const pasted = key.text.replace(/[\r\n]+$/, '')
    return key.cut || /[\r\n]/.test(pasted) ? 'refused' : insert(line, pasted)
  }
  if (key.kind === 'key' && key.name === 'enter') return 'done'
  if (key.kind === 'key' && (key.name === 'escape' || (key.ctrl && (key.name === 'c' || (key.name === 'd' && textOf(line) === ''))))) return 'left'
  return edit(line, key)
}
