import { pasteBegins, pasteEnds } from '../terminal/keys.js'

/** A line that was typed, or pasted alone; or how many lines were pasted at once. */
export type PastedLine = { readonly text: string, readonly pasted: boolean } | { readonly refused: number }

/**
 * Finds the marks that a terminal sets around pasted text. One pasted line is text, whatever it looks like; several lines are refused. A paste
 * without an end mark swallows all lines behind it: it is better to send nothing than what nobody typed.
 */
export async function* pastedLines(lines: AsyncIterable<string>): AsyncIterable<PastedLine> {
  let open = false
  let pasted: string[] = []
  /** The beginning of a command was typed in front of the paste. */
  let command = false
  for await (const line of lines) {
    const begin = line.lastIndexOf(pasteBegins)
    const end = line.lastIndexOf(pasteEnds)
    const marked = open || begin >= 0
    if (marked && !open) command = line.startsWith('/') && line.indexOf(pasteBegins) > 1
    open = begin > end || (open && end < 0)
    const text = line.replaceAll(pasteBegins, '').replaceAll(pasteEnds, '')
    if (!marked) {
      yield { text, pasted: false }
      continue
    }
    // What is typed in the same line counts as pasted, too, but a slash typed in front of the paste begins a command.
    if (text !== '') pasted.push(text)
    if (open) continue
    const [only, ...more] = pasted
    if (more.length > 0) yield { refused: pasted.length }
    else if (only !== undefined) yield { text: only, pasted: !command }
    pasted = []
  }
  if (pasted.length > 0) yield { refused: pasted.length }
}
