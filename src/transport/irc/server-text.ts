/** The longest that is told of what a server says. */
const maxWords = 400

/** Control characters, and those that turn the direction of text. */
const marks = /[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu

/** What a server says, as words that can stand in a sentence of ours: without colours and control characters, bounded. */
export function plainWords(text: string): string {
  // eslint has a rule against control characters in patterns; this one is about them.
  const colours = new RegExp(`${String.fromCharCode(3)}(?:\\d{1,2}(?:,\\d{1,2})?)?`, 'g')
  return text.replace(colours, '').replace(marks, '').trim().slice(0, maxWords)
}
