/** Tags that chat clients with rich text put around what people type. `<3` and `a < b` do not match. */
const tag = /<\/?(?:a|b|body|br|em|font|html|i|p|s|span|strong|u)(?:\s[^<>]*)?\/?>/i

/**
 * Whether a text looks like the HTML that Pidgin and similar clients send instead of plain text. A hint for display and no more: never remove or
 * unescape anything because of it, since people write about HTML too.
 */
export function looksLikeHtml(text: string): boolean {
  return tag.test(text)
}
