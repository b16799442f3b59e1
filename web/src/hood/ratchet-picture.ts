import { chainsOf, ownerOf, type Chain, type MessageMark } from './chains.js'
import type { Hood } from './hood.js'
import { box, colour, fit, label, line, paragraph, type Colour, type Picture, type Shape } from './shapes.js'
import type { HoodWords } from './words-en.js'

const rowHeight = 74
const markColours: Readonly<Record<MessageMark, Colour>> = { gone: 'good', kept: 'wait', unseen: 'soft', missing: 'bad' }

/** The chains of both sides from top to bottom, ours at the left; between them the root keys, and where each brace key comes from. */
export function drawRatchet(hood: Hood, words: HoodWords, width: number): Picture {
  const say = words.ratchet
  const { me, peer, session } = hood
  const { chains, earlier, otherSkipped } = chainsOf(hood)
  if (session?.state !== 'encrypted') return { title: say.title, words: [say.none], width, height: 40, shapes: [label(0, 22, fit(say.none, width, 13))] }
  const middle = Math.min(110, width * 0.28)
  const lane = (width - middle) / 2
  const centre = width / 2
  const told: string[] = session.ratchet === undefined ? [say.asSeen] : []
  const parts: Shape[] = [
    label(2, 20, fit(words.you(me), lane, 14), { strong: true, size: 14 }), label(width - 2, 20, fit(peer, lane, 14), { strong: true, size: 14, anchor: 'end' }),
    label(centre, 20, session.ratchet === undefined ? '' : say.root, { anchor: 'middle', size: 12, colour: 'soft' }),
  ]
  let y = 34
  const write = (text: string, size = 12): void => {
    const { shapes, height } = paragraph(centre, y + 14, text, width - 8, { anchor: 'middle', size, colour: 'soft' })
    parts.push(...shapes)
    y += height + 6
  }
  if (told[0] !== undefined) write(told[0])
  if (earlier > 0) {
    write(say.earlier(earlier))
    told.push(say.earlier(earlier))
  }
  const top = y
  const rows: Shape[] = []
  for (const chain of chains) {
    const name = session.ratchet === undefined ? say.keyId(chain.id) : say.chain(chain.id)
    rows.push(...drawChain(chain, name, chain.ours ? 0 : width - lane, lane, y, say), ...drawBrace(chain, centre, y, middle, say))
    const kept = chain.messages.filter((mark) => mark === 'kept').length
    const brace = chain.brace === 'none' ? say.brace.none : `${say.braceLabel}: ${say.brace[chain.brace]}`
    told.push([
      say.sentence(chain.ours ? me : peer, name, brace, chain.messages.length), ...kept > 0 ? [say.keptIn(kept)] : [], ...chain.macKeys > 0 ? [`${say.macKeys(chain.macKeys)}.`] : [],
    ].join(' '))
    y += rowHeight
  }
  if (chains.length > 0) parts.push(line(`M${centre} ${top}V${y}`, 'soft'))
  parts.push(...rows)
  y += 4
  const { ratchet } = session
  const after = ratchet === undefined ? [] : [say.next(ratchet.i, ownerOf(ratchet.i, session.initiator) ? say.ours : peer), ...otherSkipped > 0 ? [say.otherSkipped(otherSkipped)] : []]
  after.forEach((text) => { write(text, 13) })
  told.push(...after)
  for (const mark of ['gone', 'kept', 'unseen', 'missing'] as const) {
    if (mark !== 'gone' && !chains.some(({ messages }) => messages.includes(mark))) continue
    parts.push(drawMark(mark, 10, y + 9), label(24, y + 13, say.marks[mark], { size: 12, colour: 'soft' }))
    y += 20
  }
  return { title: say.title, words: told, width, height: y + 10, shapes: parts }
}

function drawChain({ messages, macKeys, current }: Chain, name: string, x: number, width: number, y: number, say: HoodWords['ratchet']): Shape[] {
  const fits = Math.max(1, Math.floor((width - 16) / 15))
  const shown = messages.length > fits ? messages.slice(-(fits - 2)) : messages
  const more = messages.length - shown.length
  const reveals = say.macKeys(macKeys)
  const isWide = fit(reveals, width - 14, 11) === reveals
  return [
    box(x + 1, y + 4, width - 2, rowHeight - 10, current ? 'fair-back' : 'card', current ? 'fair' : 'soft'),
    label(x + 9, y + 21, fit(name, width - 16, 13), { strong: true }),
    ...more > 0 ? [label(x + 9, y + 40, say.more(more), { size: 11, colour: 'soft' })] : [],
    ...shown.map((mark, at) => drawMark(mark, x + 15 + (at + (more > 0 ? 2 : 0)) * 15, y + 36)),
    ...macKeys > 0 ? [label(x + 9, y + 59, isWide ? reveals : say.macShort(macKeys), { size: 11, colour: 'bad' })] : [],
  ]
}

/** Filled, empty, dotted and crossed: the colours are not needed to tell them apart. */
function drawMark(mark: MessageMark, x: number, y: number): Shape {
  const name = markColours[mark]
  if (mark === 'missing') return { tag: 'path', attributes: { d: `M${x - 4} ${y - 4}l8 8m0 -8l-8 8`, stroke: colour(name), 'stroke-width': 2, fill: 'none' } }
  return {
    tag: 'circle',
    attributes: { cx: x, cy: y, r: 5, stroke: colour(name), 'stroke-width': 2, fill: mark === 'gone' ? colour(name) : 'none', ...mark === 'unseen' && { 'stroke-dasharray': '2 2' } },
  }
}

/** A large diamond where a DH key makes the brace key anew, a small disk where it is hashed on. */
function drawBrace({ ours, brace }: Chain, centre: number, y: number, width: number, say: HoodWords['ratchet']): Shape[] {
  const at = y + 21
  const isNew = brace === 'dh' || brace === 'exchange'
  const { shapes } = paragraph(centre, y + 44, say.brace[brace], width - 6, { anchor: 'middle', size: 10.5, colour: isNew ? 'accent' : 'soft' })
  const end = ours ? centre - width / 2 : centre + width / 2
  // Behind the words, so that the line of root keys does not run through them.
  const ground: Shape = { tag: 'rect', attributes: { x: centre - width / 2 + 2, y: y + 33, width: width - 4, height: shapes.length * 14 + 2, fill: colour('card') } }
  return [
    line(`M${centre} ${at}H${end}`, 'soft'),
    isNew
      ? { tag: 'path', attributes: { d: `M${centre} ${at - 10}l10 10l-10 10l-10 -10z`, fill: colour('accent') } }
      : { tag: 'circle', attributes: { cx: centre, cy: at, r: 5, fill: colour('soft') } },
    ground, ...shapes,
  ]
}
