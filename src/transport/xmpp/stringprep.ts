/**
 * How servers compare the parts of an XMPP address: Nodeprep and Nameprep (RFC 6122), which Prosody and ejabberd still use. Its
 * successor (RFC 8265) keeps apart what these fold together, `ß` and `ss` for one; whoever keeps apart what the server does not has two
 * conversations with one person.
 */

/** What is mapped to nothing (RFC 3454, table B.1). */
const invisible = /\u00AD|\u034F|\u1806|[\u180B-\u180D]|[\u200B-\u200D]|\u2060|[\uFE00-\uFE0F]|\uFEFF/gu

/**
 * Capitals that got their small letters after Unicode 3.2, which is the one that the profiles know: servers leave them as they are, and
 * fold them nowhere. The dotless `ı` is the small letter of `I` in Turkish alone.
 */
const unfolded = /[\u0131\u04C0\u10A0-\u10C5\u13A0-\u13F4\u2132\u2183]/u

/** The form in which two spellings of a name's part are equal (table B.2, then NFKC). */
export function foldName(part: string): string {
  const fold = (text: string): string => Array.from(text, (character) =>
    // Down, up, down: that is how `ẞ` becomes `ss` and the final sigma an ordinary one.
    unfolded.test(character) ? character : character.toLowerCase().toUpperCase().toLowerCase()).join('').normalize('NFKC')
  // Twice: NFKC makes letters of symbols.
  return fold(fold(part.replace(invisible, '')))
}

/** A domain as servers compare it: every full stop of Nameprep is one, the last says nothing. */
export function foldDomain(domain: string): string {
  return foldName(domain.replace(/[\u3002\uFF0E\uFF61]/g, '.')).replace(/\.$/, '')
}
