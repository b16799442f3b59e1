import { insert, textOf, type Line } from '../../terminal/line.js'

/** What becomes of pasted text. */
export type Pasting =
  /** It was inserted into the line that is being typed. */
  | { readonly kind: 'typed', readonly line: Line }
  /** It has several lines: show them, and send them only if the person agrees. */
  | { readonly kind: 'ask', readonly lines: readonly string[] }
  /** It is not taken. `why`: for people. */
  | { readonly kind: 'refused', readonly why: string }

/** More lines than this are a file, not a message. */
const maxLines = 200

/**
 * Pastes text into the line of messages. It is never a command: a slash at its beginning is doubled, as a person would type it. Empty lines are left
 * out.
 */
export function paste(line: Line, { text, cut }: { readonly text: string, readonly cut: boolean }): Pasting {
  if (cut) return { kind: 'refused', why: 'what was pasted did not arrive whole, or is too long: nothing was taken' }
  const whole = `${line.before}${text}${line.after}`
  const lines = text.split(/\r\n|[\r\n]/)
  const [only = '', ...more] = lines.filter((one) => one.trim() !== '')
  if (more.length === 0) {
    const typed = insert(line, line.before === '' && only.startsWith('/') ? `/${only}` : only)
    return typed === line ? { kind: 'refused', why: 'what was pasted is too long for one line: nothing was taken' } : { kind: 'typed', line: typed }
  }
  if (textOf(line).startsWith('/')) return { kind: 'refused', why: 'a command takes one line: nothing was pasted' }
  const all = whole.split(/\r\n|[\r\n]/).filter((one) => one.trim() !== '').map((one) => one.replace(/\p{Cc}/gu, ' '))
  if (all.length > maxLines) return { kind: 'refused', why: `${all.length} lines are too many for a chat: nothing was pasted` }
  return { kind: 'ask', lines: all }
}
