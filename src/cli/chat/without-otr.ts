/**
 * Replaces OTR lines inside a text in clear, such as an offer of old versions, by the word `(OTR)`. This changes only how such a text is shown: what
 * is said of its privacy never depends on it.
 */
export function withoutOtr(text: string): string {
  if (!text.includes('?OTR')) return text
  return text.replace(/\?OTR(?::[A-Za-z0-9+/=]*\.?|[|,][^\s]*|\??v[^\s?]*\?|\?)/g, '(OTR)')
}
