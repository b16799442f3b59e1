/** Pictures as plain values. The page makes elements of them, the export a file; colours are the page's names for them in both. */

export interface Shape {
  readonly tag: 'circle' | 'path' | 'rect' | 'text'
  readonly attributes: Readonly<Record<string, string | number>>
  readonly text?: string
}

export interface Picture {
  readonly title: string
  /** The same in words, in the order of the picture. */
  readonly words: readonly string[]
  readonly width: number
  readonly height: number
  readonly shapes: readonly Shape[]
}

/** The colours of style.css, and those of the light theme in a file. */
const fileColours = {
  card: '#ffffff', ink: '#1a1d23', soft: '#565d6b', line: '#d8dce4', accent: '#1f5fbf', good: '#0e6b3c', 'good-back': '#e3f4ea', fair: '#1d53a5', 'fair-back': '#e5eefb',
  bad: '#a3230f', 'bad-back': '#fdebe7', wait: '#7a4b00', 'wait-back': '#fdf1dc',
} as const

export type Colour = keyof typeof fileColours

export const colour = (name: Colour): string => `var(--${name})`

/** Letters are this wide on average, in parts of their size: wide enough for German, and for bold. */
const letterWidth = 0.56

/** Breaks a text into lines of at most `width` units. A word that is longer than a line is cut. */
export function wrap(text: string, width: number, size: number): string[] {
  const most = Math.max(4, Math.floor(width / (size * letterWidth)))
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').flatMap((one) => pieces(one, most))) {
    if (line !== '' && line.length + 1 + word.length > most) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}

function pieces(word: string, most: number): string[] {
  const letters = Array.from(word)
  if (letters.length <= most) return [word]
  return Array.from({ length: Math.ceil(letters.length / most) }, (_, at) => letters.slice(at * most, (at + 1) * most).join(''))
}

/** A text on one line, cut to at most `width` units. */
export function fit(text: string, width: number, size: number): string {
  const most = Math.max(2, Math.floor(width / (size * letterWidth)))
  const letters = Array.from(text)
  return letters.length <= most ? text : `${letters.slice(0, most - 1).join('')}…`
}

export interface TextStyle {
  readonly anchor?: 'start' | 'middle' | 'end'
  readonly size?: number
  readonly strong?: boolean
  readonly colour?: Colour
}

export function label(x: number, y: number, text: string, { anchor = 'start', size = 13, strong = false, colour: name = 'ink' }: TextStyle = {}): Shape {
  return { tag: 'text', text, attributes: { x, y, 'font-size': size, 'text-anchor': anchor, fill: colour(name), ...strong && { 'font-weight': 650 } } }
}

/** A text of several lines. The first stands on `y`; `height` is what all of them take. */
export function paragraph(x: number, y: number, text: string, width: number, style: TextStyle = {}): { readonly shapes: Shape[], readonly height: number } {
  const { size = 13 } = style
  const lines = wrap(text, width, size)
  const step = Math.round(size * 1.35)
  return { shapes: lines.map((line, at) => label(x, y + at * step, line, style)), height: lines.length * step }
}

/** An arrow across, with its tip at `to`. */
export function arrow(from: number, to: number, y: number, name: Colour, isDashed = false): Shape[] {
  const back = to > from ? -8 : 8
  return [
    { tag: 'path', attributes: { d: `M${from} ${y}H${to + back}`, stroke: colour(name), 'stroke-width': 2, fill: 'none', ...isDashed && { 'stroke-dasharray': '5 4' } } },
    { tag: 'path', attributes: { d: `M${to} ${y}l${back} -5v10z`, fill: colour(name) } },
  ]
}

export function box(x: number, y: number, width: number, height: number, fill: Colour, stroke: Colour, isDashed = false): Shape {
  return { tag: 'rect', attributes: { x, y, width, height, rx: 6, fill: colour(fill), stroke: colour(stroke), ...isDashed && { 'stroke-dasharray': '4 3' } } }
}

export function line(d: string, name: Colour, dashes?: string): Shape {
  return { tag: 'path', attributes: { d, stroke: colour(name), fill: 'none', ...dashes !== undefined && { 'stroke-dasharray': dashes } } }
}

/** All pictures below one another as one SVG file, which contains no script, no style sheet and no link. */
export function svgFile(title: string, pictures: readonly Picture[]): string {
  const margin = 20
  const width = Math.max(...pictures.map((picture) => picture.width)) + 2 * margin
  const parts: string[] = []
  let y = margin
  for (const { title: name, words, shapes, height } of pictures) {
    parts.push(
      `<g transform="translate(${margin} ${y})"><title>${escapeXml(name)}</title><desc>${escapeXml(words.join(' '))}</desc>`,
      element(label(0, 18, name, { size: 16, strong: true })), `<g transform="translate(0 34)">`, ...shapes.map(element), '</g></g>',
    )
    y += height + 34 + margin
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" viewBox="0 0 ${width} ${y}" font-family="system-ui, sans-serif" role="img" aria-labelledby="title">`,
    `<title id="title">${escapeXml(title)}</title>`, `<rect width="${width}" height="${y}" fill="${fileColours.card}"/>`, ...parts, '</svg>', '',
  ].join('\n')
}

function element({ tag, attributes, text }: Shape): string {
  const written = Object.entries(attributes).map(([name, value]) => ` ${name}="${escapeXml(inFile(String(value)))}"`).join('')
  return text === undefined ? `<${tag}${written}/>` : `<${tag}${written}>${escapeXml(text)}</${tag}>`
}

/** A colour of the page as one of the file. */
function inFile(value: string): string {
  const [, name] = /^var\(--([a-z-]+)\)$/.exec(value) ?? []
  return name === undefined ? value : fileColours[name as Colour]
}

/** Text of others, too, stays text; characters that XML cannot have become U+FFFD. */
function escapeXml(text: string): string {
  return text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
