import { handshakeOf } from './handshake.js'
import type { Hood } from './hood.js'
import { arrow, box, paragraph, type Colour, type Picture, type Shape } from './shapes.js'
import { betweenTwo, sidesOf } from './two-sides.js'
import type { HoodWords } from './words-en.js'

const proofColours = { nothing: ['wait-back', 'wait'], one: ['good-back', 'good'], all: ['fair-back', 'fair'] } as const satisfies Record<string, readonly [Colour, Colour]>

/** The key exchange as messages between two lines of life, each with what it shows and proves. */
export function drawHandshake(hood: Hood, words: HoodWords, width: number): Picture {
  const { me, peer, session } = hood
  const say = words.handshake
  const { kind, done, steps } = handshakeOf(hood)
  const told: string[] = []
  const parts: Shape[] = []
  const [left, right] = sidesOf(width)
  let y = 44
  const write = (text: string, strong = false, colour: Colour = 'ink', size = 13): void => {
    const { shapes, height } = paragraph(width / 2, y + size, text, width - 60, { anchor: 'middle', strong, colour, size })
    parts.push(...shapes)
    y += height
  }
  write(say.kinds[kind], false, 'soft')
  told.push(say.kinds[kind])
  for (const { name, ours, proof, line: seen } of steps) {
    const [by, to] = ours ? [me, peer] : [peer, me]
    const step = say.steps[name]
    const status = seen !== undefined ? words.network.bytes(seen.parts.at(-1)?.facts.bytes ?? 0) : done || name === 'prekey' ? say.unseen : say.waits
    y += 12
    write(`${step.name} (${status})`, true)
    y += 8
    parts.push(...ours ? arrow(left, right, y, 'accent', seen === undefined) : arrow(right, left, y, 'accent', seen === undefined))
    y += 6
    write(step.shows(by), false, 'soft', 12)
    y += 6
    const [back, ink] = proofColours[proof]
    const proves = say.proofs[proof](by, to)
    const { shapes, height } = paragraph(width / 2, y + 17, proves, width - 76, { anchor: 'middle', size: 12, colour: ink })
    parts.push(box(28, y, width - 56, height + 10, back, ink, seen === undefined && !done), ...shapes)
    y += height + 14
    told.push(`${step.name} (${status}). ${step.shows(by)} ${proves}`)
  }
  if (steps.length > 0) {
    const last = done
      ? [say.done, ...kind === 'non-interactive' && session?.initiator === true ? [say.offlineLater(peer)] : [], session?.verified === true ? say.verified(peer) : say.unverified(peer)]
      : [say.notDone]
    y += 10
    last.forEach((text, at) => { write(text, at === 0, done ? 'ink' : 'wait') })
    told.push(...last)
  }
  const height = y + 16
  return betweenTwo({ title: say.title, words: told, width, height, me: words.you(me), peer, shapes: parts })
}
