import { htmlToText, MarkFinder, TagFinder, writtenEntity } from './html-text.js'

/**
 * How a correspondent's program writes and reads private text in version 3, which does not say. In clear, and in version 4, text is as typed.
 *
 * - `plain`: writes and shows text as it was typed (irssi, Profanity, this library).
 * - `html`: writes HTML and reads what comes as HTML (Pidgin, bitlbee, Tkabber). Text that is not escaped loses words there.
 * - `escapes`: writes text as typed, but decodes `&lt;`, `&gt;` and `&amp;` in what comes (mcabber, hexchat-otr).
 */
export type TextFormat = 'plain' | 'html' | 'escapes'

/** What is known about how a device writes and reads private text. */
export interface KnownFormat {
  readonly format: TextFormat
  /** The source of this knowledge. `program`: the network named its program; `text`: a text that it wrote shows it. */
  readonly by: 'program' | 'text'
}

/** Encodes a private text so that the other program shows what was typed. `undefined`: nothing is known about that program. */
export function writeText(typed: string, format: TextFormat | undefined): string {
  switch (format) {
    case 'html': return escaped(typed, marksForHtml)
    case 'escapes': return escaped(typed, marksForEscapes)
    case 'plain':
    case undefined: return typed
  }
}

/** Decodes a private text into what the person typed in the other program. The result is plain text: never show it as HTML. */
export function readText(received: string, format: TextFormat | undefined): string {
  return format === 'html' ? htmlToText(received) : received
}

/** Whether a text may reach a program that reads HTML with words missing, unless it is escaped. */
export function needsEscaping(typed: string): boolean {
  return /[&<>]/.test(typed)
}

/**
 * What a text reveals about the program that wrote it. A program that writes HTML sends no bare `"` outside a tag, no `<` that opens none of its tags
 * and no `&` that begins no entity: one of these proves `plain`. Without any of them, `&lt;`, `&quot;` or a tag in a form that only Pidgin writes
 * indicates `html`. Everything else reveals nothing. Takes time linear in the length.
 */
export function formatSign(received: string): 'plain' | 'html' | undefined {
  const tags = new TagFinder(received)
  const marks = new MarkFinder(received, marksOfSigns)
  let sign: 'html' | undefined
  for (let at = marks.next(0); at < received.length; at = marks.next(at)) {
    const tag = received[at] === '<' ? tags.at(at) : undefined
    if (tag !== undefined) {
      if (/^<(?:A HREF="|SPAN style="direction:rtl)/.test(received.slice(at, at + 30))) sign = 'html'
      at += tag.length
      continue
    }
    const usual = received[at] === '&' ? writtenEntity(received, at) : undefined
    if (usual !== undefined) {
      if (usual[1] === '<' || usual[1] === '"') sign = 'html'
      at += usual[0].length + 1
      continue
    }
    const [entity] = received[at] === '&' ? /^&(?:#\d+|#x[0-9a-f]+|[a-z][a-z0-9]*);/i.exec(received.slice(at, at + LONGEST_NAME)) ?? [] : []
    if (entity === undefined) return 'plain'
    at += entity.length
  }
  return sign
}

const marksOfSigns = ['"', '&', '<']

/** The longest name of an entity. */
const LONGEST_NAME = 40

const marksForEscapes = ['&', '<', '>']
const marksForHtml = [...marksForEscapes, '\n']

/** In one pass, which takes half the time of a `replaceAll` for each mark. */
function escaped(text: string, marks: readonly string[]): string {
  const finder = new MarkFinder(text, marks)
  let result = ''
  let copied = 0
  for (let at = finder.next(0); at < text.length; at = finder.next(copied)) {
    result += text.slice(copied, at) + escape(text.charAt(at))
    copied = at + 1
  }
  return result + text.slice(copied)
}

function escape(mark: string): string {
  switch (mark) {
    case '&': return '&amp;'
    case '<': return '&lt;'
    case '>': return '&gt;'
    default: return '<br>'
  }
}
