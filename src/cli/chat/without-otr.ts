/** A line of OTR that came as text, such as an offer of versions that are not spoken any more: people read what it is, not the line. */
export function withoutOtr(text: string): string {
  if (!text.includes('?OTR')) return text
  return text.replace(/\?OTR(?::[A-Za-z0-9+/=]*\.?|[|,][^\s]*|\??v[^\s?]*\?|\?)/g, '(OTR)')
}
