const mark = '?OTR'
/** An invisible character breaks the mark. */
const broken = '?\u200bOTR'

/** A text of people's in which no program can find OTR. */
export function escapeOtr(text: string): string {
  return text.replaceAll(mark, broken)
}

/** The text that `escapeOtr` was given. */
export function unescapeOtr(text: string): string {
  return text.replaceAll(broken, mark)
}
