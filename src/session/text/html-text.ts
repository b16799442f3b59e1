/** The tags that old clients generate. Anything else between angle brackets was typed by a person. */
const known: ReadonlySet<string> = new Set(['a', 'b', 'body', 'br', 'em', 'font', 'html', 'i', 'p', 's', 'span', 'strong', 'u'])

const entities: Readonly<Record<string, string>> = { apos: '\'', nbsp: '\u00a0' }

/** The longest tag that clients generate. The bound keeps the time linear, even for a text of nothing but `<`. */
const LONGEST_TAG = 4096

const marks = ['<', '&', '"']

/** The longest name of an entity. */
const LONGEST_NAME = 40

/** A text, read as HTML. */
export interface HtmlReading {
  /** What a program that reads HTML shows. */
  readonly text: string
  /**
   * What the text reveals about the program that wrote it. A program that writes HTML sends no bare `"` outside a tag, no `<` that opens none of its tags
   * and no `&` that begins no entity: one of these proves `plain`. Without any of them, `&lt;`, `&quot;` or a tag in a form that only Pidgin writes
   * indicates `html`. Everything else reveals nothing.
   */
  readonly sign: 'plain' | 'html' | undefined
}

/** Reads a text as HTML, see `htmlToText`, and returns whether it can be. Takes time linear in the length, whatever the text is. */
export function readHtml(html: string): HtmlReading {
  const tags = new TagFinder(html)
  const finder = new MarkFinder(html, marks)
  let text = ''
  let isPlain = false
  let isHtml = false
  let links: { readonly address: string, readonly from: number }[] = []
  let copied = 0
  for (let at = finder.next(0); at < html.length; at = finder.next(copied)) {
    text += html.slice(copied, at)
    const mark = html.charAt(at)
    const tag = mark === '<' ? tags.at(at) : undefined
    if (tag === undefined) {
      const entity = mark === '&' ? entityAt(html, at) : undefined
      text += entity?.character ?? mark
      copied = at + (entity?.length ?? 1)
      if (entity === undefined) isPlain ||= mark !== '&' || !isEntity(html, at)
      else isHtml ||= entity.isSign
      continue
    }
    copied = at + tag.length
    isHtml ||= /^<(?:A HREF="|SPAN style="direction:rtl)/.test(html.slice(at, at + 30))
    if (tag.name === 'br') text += '\n'
    if (tag.name === 'a' && !tag.closes) links = [...links, { address: tag.href, from: text.length }].slice(-8)
    if (tag.name === 'a' && tag.closes) {
      const link = links.pop()
      if (link !== undefined && link.address !== '' && text.slice(link.from) !== link.address) text += ` (${link.address})`
    }
  }
  return { text: text + html.slice(copied), sign: isPlain ? 'plain' : isHtml ? 'html' : undefined }
}

/**
 * Returns the text of a message that a client wrote as HTML (Pidgin, bitlbee and Tkabber do so in version 3). Tags that such clients generate
 * are removed, `<br>` becomes a line feed, the address of a link is appended to its text, entities are decoded once. Anything else that looks
 * like a tag stays: `<3`, `a < b`, `hello <foo> bar`. Use it only for texts of such programs: plain text may look like HTML too.
 *
 * The result is plain text: never show it as HTML. Takes time linear in the length, whatever the text is.
 */
export function htmlToText(html: string): string {
  return readHtml(html).text
}

/**
 * Finds the next of some characters. Each is looked for once, so the time is linear; `indexOf` for one character is many times as fast as a regular
 * expression for all of them, and most texts have none. Those that do not occur are forgotten at once.
 */
export class MarkFinder {
  readonly #text: string
  readonly #marks: string[] = []
  /** Where each of them is next. */
  readonly #positions: number[] = []

  constructor(text: string, marks: readonly string[]) {
    this.#text = text
    for (const mark of marks) {
      const first = text.indexOf(mark)
      if (first < 0) continue
      this.#marks.push(mark)
      this.#positions.push(first)
    }
  }

  /** The position of the next mark, the text's length if there is none. To be asked from the front to the back. */
  next(from: number): number {
    let next = this.#text.length
    for (let i = 0; i < this.#marks.length; i++) {
      let position = this.#positions[i] ?? next
      if (position < from) {
        const found = this.#text.indexOf(this.#marks[i] ?? '', from)
        position = found < 0 ? this.#text.length : found
        this.#positions[i] = position
      }
      if (position < next) next = position
    }
    return next
  }
}

/** A tag that clients write by themselves. */
interface Tag {
  /** Lower case. */
  readonly name: string
  readonly closes: boolean
  /** The decoded `href` of `<a>`; empty if there is none. */
  readonly href: string
  /** The length of the whole tag, in characters. */
  readonly length: number
}

/** Finds the tags of clients in a text. Each `>` is looked for once, so a text of nothing but `<a ` costs no more than its length. */
class TagFinder {
  readonly #html: string
  #nextClose = -1

  constructor(html: string) {
    this.#html = html
  }

  /** The tag that begins here, if one does. To be asked from the front to the back. */
  at(at: number): Tag | undefined {
    const head = /^<(\/?)([a-z]{1,6})(?=[\s/>])/i.exec(this.#html.slice(at, at + 9))
    const name = head?.[2]?.toLowerCase()
    if (head === null || name === undefined || !known.has(name)) return undefined
    if (this.#nextClose < at) {
      const found = this.#html.indexOf('>', at)
      this.#nextClose = found < 0 ? Infinity : found
    }
    const end = this.#nextClose - at
    if (end >= LONGEST_TAG) return undefined
    const address = name === 'a' ? /\shref\s*=\s*(?:"([^"]*)"|'([^']*)')/i.exec(this.#html.slice(at, at + end)) : null
    return { name, closes: head[1] === '/', href: decoded(address?.[1] ?? address?.[2] ?? ''), length: end + 1 }
  }
}

function decoded(value: string): string {
  return value.replaceAll(/&[#a-z0-9]{1,8};/gi, (entity) => entityAt(entity, 0)?.character ?? entity)
}

interface Entity {
  readonly character: string
  /** The length of the whole entity, in characters. */
  readonly length: number
  /** It encodes a character that people type, and that has to be written as an entity only in HTML. */
  readonly isSign: boolean
}

/** The entities that such clients write, which need no pattern: that takes longer than all else. */
const written: Readonly<Partial<Record<string, readonly [name: string, entity: Entity]>>> = {
  l: ['lt;', { character: '<', length: 4, isSign: true }],
  g: ['gt;', { character: '>', length: 4, isSign: false }],
  a: ['amp;', { character: '&', length: 5, isSign: false }],
  q: ['quot;', { character: '"', length: 6, isSign: true }],
}

/** At the position where it is asked, which saves cutting a piece out of the text for each. */
const entityPattern = /&(#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,4});/iy

/** The entity that begins here, if it is one that can be decoded. */
function entityAt(html: string, at: number): Entity | undefined {
  const usual = written[html.charAt(at + 1)]
  if (usual !== undefined && html.startsWith(usual[0], at + 1)) return usual[1]
  entityPattern.lastIndex = at
  const [entity, name = ''] = entityPattern.exec(html) ?? []
  if (entity === undefined) return undefined
  const character = name.startsWith('#') ? numbered(name) : Object.hasOwn(entities, name) ? entities[name] : undefined
  return character === undefined ? undefined : { character, length: entity.length, isSign: false }
}

function numbered(name: string): string | undefined {
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
  const isCharacter = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
  return isCharacter ? String.fromCodePoint(code) : undefined
}

/** Whether an entity begins here, though perhaps one that is not decoded. */
function isEntity(html: string, at: number): boolean {
  return /^&(?:#\d+|#x[0-9a-f]+|[a-z][a-z0-9]*);/i.test(html.slice(at, at + LONGEST_NAME))
}
