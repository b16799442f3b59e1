import { formatted } from '../../formatting.js'
import { inertLine } from '../../inert-text.js'
import { answerKey } from '../../terminal/answer.js'
import { emptyLine, textOf, type Line } from '../../terminal/line.js'
import type { Key } from '../../terminal/keys.js'
import { filled, type Row } from '../../terminal/paint.js'
import { wrap } from '../../text-width.js'
import type { Question } from '../view.js'

/**
 * Something that the person must answer before they can type messages again. It is drawn in reverse video, above a line of its own. Plain data;
 * `panelKey` applies a key to it.
 */
export type Panel =
  | { readonly kind: 'question', readonly question: Question, readonly line: Line, readonly remark: string }
  /** A yes or a no. */
  | { readonly kind: 'confirm', readonly text: string }
  /** Pasted lines, as they would be sent. `from`: the first row that is visible. */
  | { readonly kind: 'paste', readonly lines: readonly string[], readonly to: string, readonly from: number }
  /** Rows on the whole screen, until a key is pressed. */
  | { readonly kind: 'whole', readonly rows: readonly string[] }

/** The person's answer: a text to a question, `yes` to anything else, `no` if they decline. */
export type Decision = { readonly decided: 'text', readonly text: string } | { readonly decided: 'yes' | 'no' }

const yes: Decision = { decided: 'yes' }
const no: Decision = { decided: 'no' }

export function askPanel(question: Question): Panel {
  return { kind: 'question', question, line: emptyLine, remark: '' }
}

/** Applies a key. Pasted text presses no keys, so it cannot say yes. */
export function panelKey(panel: Panel, key: Key): Panel | Decision {
  switch (panel.kind) {
    case 'whole':
      return key.kind === 'paste' ? panel : yes
    case 'question':
      return questionKey(panel, key)
    case 'confirm':
    case 'paste':
      if (key.kind === 'key' && (key.name === 'escape' || (key.ctrl && (key.name === 'c' || key.name === 'd')))) return no
      if (key.kind === 'text' && /^n/i.test(key.text)) return no
      if (key.kind === 'text' && key.text.toLowerCase() === 'y') return yes
      return panel.kind === 'paste' && key.kind === 'key' ? { ...panel, from: Math.max(0, panel.from + (scrolls[key.name] ?? 0)) } : panel
  }
}

const scrolls: Readonly<Record<string, number>> = { up: -1, down: 1, pageup: -5, pagedown: 5 }

function questionKey(panel: Extract<Panel, { kind: 'question' }>, key: Key): Panel | Decision {
  const next = answerKey(panel.line, key)
  switch (next) {
    case 'done': return { decided: 'text', text: textOf(panel.line) }
    case 'left': return no
    case 'refused': return { ...panel, remark: 'One line is wanted: what was pasted was not taken.' }
    default: return { ...panel, line: next, remark: '' }
  }
}

/** The rows of a panel above the bar, at most `most` of them. */
export function panelRows(panel: Panel, words: { readonly to: string }, columns: number, most: number): Row[] {
  const sentence = (text: string): Row[] => wrap(formatted(text).text, Math.max(1, columns - 2)).map((row) => filled(` ${row}`, columns, 'panel'))
  switch (panel.kind) {
    case 'whole':
      return []
    case 'confirm':
      return sentence(`${panel.text} y: yes, n: no`).slice(-most)
    case 'question':
      return [...sentence(panel.question.title), ...panel.remark === '' ? [] : sentence(panel.remark), ...sentence('Return goes on, Escape leaves the question.')].slice(-most)
    case 'paste': {
      const head = sentence(`You pasted ${panel.lines.length} lines. Send them to ${words.to} as ${panel.lines.length} messages? y: yes, n: no`)
      const room = Math.max(1, most - head.length - 1)
      const all = panel.lines.flatMap((line) => wrap(inertLine(line), Math.max(1, columns - 4)).map((row, at): Row => [{ text: `${at === 0 ? '> ' : '  '}${row}`, style: 'plain' }]))
      if (all.length <= room) return [...head, ...all].slice(0, most)
      const from = Math.min(panel.from, all.length - room)
      return [...head, ...all.slice(from, from + room), filled(` rows ${from + 1} to ${from + room} of ${all.length}: arrows and PageDown show the others`, columns, 'panel')].slice(0, most)
    }
  }
}
