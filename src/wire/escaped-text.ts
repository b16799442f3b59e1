const mark = '?OTR'
/** An invisible character that breaks the mark. */
const broken = '?\u200bOTR'

/** Changes a person's text so that no program finds OTR in it. */
export function escapeOtr(text: string): string {
  return text.replaceAll(mark, broken)
}
