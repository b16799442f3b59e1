import { pasteBegins, pasteEnds } from '../terminal/keys.js'

/** A line that was typed, or pasted alone; or how many lines were pasted at once. */
export type PastedLine = { readonly text: string, readonly pasted: boolean } | { readonly refused: number }

/**
 * Reads the marks that a terminal sets around what is pasted out of lines: one pasted line is text, whatever it looks like; more than one
 * are none at all. A paste without an end takes everything behind it with it: better nothing is sent than what nobody typed.
 */
export async function* pastedLines(lines: AsyncIterable<string>): AsyncIterable<PastedLine> {
  let open = false
  let pasted: string[] = []
  /** Something was typed in front of the paste that begins a command. */
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
    // What is typed in the line of a mark is sent with it, so it counts as pasted too; but a typed slash before the paste is a command's.
    if (text !== '') pasted.push(text)
    if (open) continue
    const [only, ...more] = pasted
    if (more.length > 0) yield { refused: pasted.length }
    else if (only !== undefined) yield { text: only, pasted: !command }
    pasted = []
  }
  if (pasted.length > 0) yield { refused: pasted.length }
}
