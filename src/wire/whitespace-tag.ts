/** The parts of a text with a whitespace tag. */
export interface TaggedText {
  /** The numbered versions that the first tag offers, each once, in the order they came; 1 and 2 too. */
  readonly versions: number[]
  /** The text without any tag. */
  readonly text: string
}

/**
 * Eight characters of white space are the bits of one ASCII character, tab for 1. The base spells `OT`, version 1 `R`, the others
 * their digit.
 */
const GROUP = 8
const base = ' \t  \t\t\t\t \t \t \t  '

function spell(character: string): string {
  return character.charCodeAt(0).toString(2).padStart(GROUP, '0').replaceAll('0', ' ').replaceAll('1', '\t')
}

/**
 * The character that the eight positions from `at` on encode; `undefined` when it is not printable, or when they begin the next tag.
 */
function spelled(text: string, at: number): string | undefined {
  if (text.startsWith(base, at)) return undefined
  let code = 0
  for (let i = at; i < at + GROUP; i++) {
    const place = text[i]
    if (place !== ' ' && place !== '\t') return undefined
    code = code * 2 + (place === '\t' ? 1 : 0)
  }
  return code > 0x20 && code < 0x7f ? String.fromCharCode(code) : undefined
}

function versionOf(character: string): number | undefined {
  if (character === 'R') return 1
  return character >= '2' && character <= '9' ? Number(character) : undefined
}

/**
 * The tag that offers `versions`, ascending. Append it to a text.
 *
 * @see [OTRv3, "Tagged plaintext messages"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 * @see [OTRv4, "Whitespace Tags"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#whitespace-tags)
 */
export function whitespaceTag(versions: readonly (2 | 3 | 4)[]): string {
  return base + [...new Set(versions)].sort((a, b) => a - b).map((version) => spell(version.toString())).join('')
}

/**
 * Finds a whitespace tag at any position. The first one counts; all are removed from the text. Groups that encode another printable
 * character belong to the tag as unknown versions; other white space, and an incomplete group, belong to the text. Returns `undefined`
 * when there is no tag.
 *
 * @see [OTRv3, "Tagged plaintext messages"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 * @see [OTRv4, "Whitespace Tags"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#whitespace-tags)
 */
export function parseWhitespaceTag(text: string): TaggedText | undefined {
  let at = text.indexOf(base)
  if (at < 0) return undefined
  const tags: Set<number>[] = []
  const rest: string[] = []
  let from = 0
  for (; at >= 0; at = text.indexOf(base, from)) {
    rest.push(text.slice(from, at))
    const versions = new Set<number>()
    from = at + base.length
    for (let character = spelled(text, from); character !== undefined; character = spelled(text, from)) {
      const version = versionOf(character)
      if (version !== undefined) versions.add(version)
      from += GROUP
    }
    tags.push(versions)
  }
  rest.push(text.slice(from))
  return { versions: [...tags[0] ?? []], text: rest.join('') }
}
