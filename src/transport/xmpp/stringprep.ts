/**
 * How servers compare the parts of an XMPP address: by Nodeprep and Nameprep (RFC 6122), which Prosody and ejabberd still use. The successor
 * (RFC 8265) keeps some names apart that these fold together, such as `ß` and `ss`. If we kept names apart that the server does not, we would have
 * two conversations with one person.
 */

/** Characters that are left out (RFC 3454, table B.1). */
const invisible = /\u00AD|\u034F|\u1806|[\u180B-\u180D]|[\u200B-\u200D]|\u2060|[\uFE00-\uFE0F]|\uFEFF/gu

/**
 * Capitals whose small letters are newer than Unicode 3.2, the version that the profiles use: servers leave them as they are. And the dotless `ı`,
 * which is the small letter of `I` in Turkish only.
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

/** A domain as servers compare it: all full stops of Nameprep are equal, and one at the end does not count. */
export function foldDomain(domain: string): string {
  return foldName(domain.replace(/[\u3002\uFF0E\uFF61]/g, '.')).replace(/\.$/, '')
}
