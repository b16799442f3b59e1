/** The parts of a query message. */
export interface Query {
  /**
   * The numbered versions it offers, each once, in the order they came; 1 and 2 too. Identifiers that are not digits are left out.
   */
  readonly versions: number[]
  /**
   * The text around the query string: an explanation for people without OTR, often HTML. Show it as plain text. When the query starts
   * nothing, show the whole line.
   */
  readonly text: string
}

// `?OTR?`: version 1. `?OTRv23?`: 2 and 3. `?OTR?v2?`: 1 and 2. `?OTR?v?`: 1.
// An identifier is any character but ? and white space.
const form = /\?OTR(?:(\?)(?:v([^\s?]*)\?)?|v([^\s?]*)\?)/

/**
 * What may precede a query: blanks, IRC's formatting characters, and HTML, in whose attributes some clients hide it. Words, a name, a quotation
 * mark or a time may not: they come from people who write about OTR and quote what they have read.
 */
const lead = new RegExp([
  // mIRC's colours: the control character, then numbers.
  String.raw`^(?:${String.fromCharCode(3)}\d{0,2}(?:,\d{1,2})?|[\s\p{Cc}]|&nbsp;`,
  String.raw`|</?(?:a|b|body|br|div|em|font|html|i|p|s|span|strong|u)(?:\s[^<>]*)?/?>)*(?:<[a-z]+\s[^<>]*)?$`,
].join(''), 'iu')

/**
 * Parses the query at the beginning of a text, after markup at most. (The drafts allow it anywhere: see spec/decisions.md, 51.) Returns
 * `undefined` when there is none. Start something for versions 3 and 4 only, and for 2 where a person allowed it.
 *
 * @see [OTRv3, "OTR Query Messages"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 * @see [OTRv4, "Query Messages"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#query-messages)
 */
export function parseQuery(text: string): Query | undefined {
  const found = form.exec(text)
  if (found === null || !lead.test(text.slice(0, found.index))) return undefined
  const [whole, first, afterFirst, alone] = found
  const identifiers = (first === undefined ? '' : '1') + (afterFirst ?? alone ?? '')
  const versions = (identifiers.match(/[1-9]/g) ?? []).map(Number)
  return {
    versions: [...new Set(versions)],
    text: text.slice(0, found.index) + text.slice(found.index + whole.length),
  }
}

/**
 * A query message that offers `versions`, ascending, and an explanation for people whose client shows it as text. The explanation
 * should say nothing about either of the two people.
 *
 * @see [OTRv3, "OTR Query Messages"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 * @see [OTRv4, "Query Messages"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#query-messages)
 */
export function queryMessage(versions: readonly (2 | 3 | 4)[], text = ''): string {
  const query = `?OTRv${[...new Set(versions)].sort((a, b) => a - b).join('')}?`
  return text === '' ? query : `${query} ${text}`
}
