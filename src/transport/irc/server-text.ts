/** Longer texts are cut. */
const maxWords = 400

/** Control characters, and characters that change the direction of text. */
const marks = /[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu

/** A server's text as it may stand in a sentence of ours: short, without colours and control characters. */
export function plainWords(text: string): string {
  // eslint refuses control characters in patterns, and this pattern looks for one.
  const colours = new RegExp(`${String.fromCharCode(3)}(?:\\d{1,2}(?:,\\d{1,2})?)?`, 'g')
  return text.replace(colours, '').replace(marks, '').trim().slice(0, maxWords)
}
