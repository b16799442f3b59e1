import type { Key } from './keys.js'
import { edit, insert, textOf, type Line } from './line.js'

/**
 * Applies a key to the line in which a question is answered. `done`: the line is the answer. `left`: the person declines (Escape, Ctrl-C, or Ctrl-D
 * in an empty line). `refused`: more than one line was pasted, or the paste was incomplete, and nothing of it was taken.
 */
export function answerKey(line: Line, key: Key): Line | 'done' | 'left' | 'refused' {
  if (key.kind === 'paste') {
    // A copied password often ends with a line end.
    const pasted = key.text.replace(/[\r\n]+$/, '')
    return key.cut || /[\r\n]/.test(pasted) ? 'refused' : insert(line, pasted)
  }
  if (key.kind === 'key' && key.name === 'enter') return 'done'
  if (key.kind === 'key' && (key.name === 'escape' || (key.ctrl && (key.name === 'c' || (key.name === 'd' && textOf(line) === ''))))) return 'left'
  return edit(line, key)
}
