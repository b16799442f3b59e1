import type { Hood, HoodLine } from './hood.js'
import { arrow, fit, label, paragraph, type Picture, type Shape } from './shapes.js'
import { betweenTwo, sidesOf } from './two-sides.js'
import type { HoodWords } from './words-en.js'

/** More would make a picture that nobody looks through. */
const mostLines = 30

/** What a line is, in a few words: for a message its name in the specification. */
export function lineTitle({ parts, fault }: HoodLine, say: HoodWords['network']): string {
  const part = parts.at(-1)
  if (part === undefined || fault !== undefined) return say.kinds['fault'] ?? ''
  const known = say.kinds[part.kind]
  const { ratchetId, messageId } = part.facts
  if (known !== undefined) return known
  return ratchetId === undefined ? part.title : `${part.title}: ${ratchetId}/${messageId ?? 0}`
}

/** The last lines, as arrows from top to bottom. A line without visible effect is dashed. */
export function drawNetwork(hood: Hood, words: HoodWords, width: number): Picture {
  const say = words.network
  const { me, peer, lines } = hood
  if (lines.length === 0) return { title: say.title, words: [say.none], width, height: 40, shapes: [label(0, 22, fit(say.none, width, 13))] }
  const shown = lines.slice(-mostLines)
  const parts: Shape[] = []
  const told: string[] = []
  const [left, right] = sidesOf(width)
  let y = 40
  if (shown.length < lines.length) {
    parts.push(label(width / 2, y + 10, say.last(shown.length, lines.length), { anchor: 'middle', size: 12, colour: 'soft' }))
    y += 18
  }
  for (const one of shown) {
    const title = lineTitle(one, say)
    const macKeys = one.parts.at(-1)?.facts.macKeys ?? 0
    const reveals = macKeys > 0 ? words.ratchet.macKeys(macKeys) : ''
    const { shapes, height } = paragraph(width / 2, y + 14, title, width - 50, { anchor: 'middle', size: 12 })
    parts.push(...shapes)
    y += height + 8
    const isPlain = one.parts.at(-1)?.kind === 'plaintext'
    parts.push(...arrow(one.ours ? left : right, one.ours ? right : left, y, isPlain ? 'bad' : 'accent', one.effect === 'none'))
    if (reveals !== '') {
      parts.push(label(width / 2, y + 14, fit(reveals, width - 50, 11), { anchor: 'middle', size: 11, colour: 'bad' }))
      y += 14
    }
    y += 6
    told.push(`${one.ours ? me : peer}: ${title}, ${say.effects[one.effect]}${reveals === '' ? '' : `, ${reveals}`}.`)
  }
  const height = y + 12
  return betweenTwo({ title: say.title, words: told, width, height, me: words.you(me), peer, shapes: parts })
}
