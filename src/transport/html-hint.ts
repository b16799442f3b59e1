/** Tags that chat clients with rich text put around what people typed. `<3` and `a < b` are not among them. */
const tag = /<\/?(?:a|b|body|br|em|font|html|i|p|s|span|strong|u)(?:\s[^<>]*)?\/?>/i

/**
 * Whether a text looks like the HTML that some clients (Pidgin and its kin) send instead of plain text. A hint for display, no more:
 * nothing may be removed or unescaped because of it, since people write about HTML too.
 */
export function looksLikeHtml(text: string): boolean {
  return tag.test(text)
}
