import { fileError } from './s-expression.js'

/** Returns the lines of a text with their numbers from 1, without line ends. An empty last line is left out. */
export function numberedLines(text: string): { readonly line: string, readonly number: number }[] {
  const lines = text.split('\n').map((line, index) => ({ line: line.replace(/\r$/, ''), number: index + 1 }))
  if (lines.at(-1)?.line === '') lines.pop()
  return lines
}

/** A field between tabs; `OTR_FILE` for one that would break the line. */
export function checkedField(file: string, line: number, name: string, value: string): string {
  if (/[\t\r\n\0]/.test(value)) throw fileError(file, line, `${name} has a tab, a line end or a NUL in it: such files cannot hold it`)
  return value
}
