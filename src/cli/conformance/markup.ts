import { inertLine } from '../inert-text.js'

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/**
 * Text of others for HTML and XML: for content, and for attributes in quotation marks. Line ends and control characters, which XML does not allow, become
 * symbols.
 */
export function markupText(text: string): string {
  return inertLine(text).replace(/[&<>"']/g, (character) => entities[character] ?? '')
}

/** The same for text of several lines. */
export function markupLines(text: string): string {
  return text.split('\n').map(markupText).join('\n')
}
