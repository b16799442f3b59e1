import type { Hood } from './hood.js'
import { secretsOf } from './secrets.js'
import { box, fit, label, paragraph, type Picture, type Shape } from './shapes.js'
import type { HoodWords } from './words-en.js'

/** Each kind of secret: whether it exists now, and what ends it. */
export function drawSecrets(hood: Hood, words: HoodWords, width: number): Picture {
  const say = words.secrets
  const rows = secretsOf(hood)
  if (rows.length === 0) return { title: say.title, words: [say.none], width, height: 40, shapes: [label(0, 22, fit(say.none, width, 13))] }
  const parts: Shape[] = []
  const told: string[] = []
  let y = 4
  for (const { name, held, number = 0 } of rows) {
    const row = say.rows[name]
    const state = held ? say.held : say.wiped
    const head = paragraph(12, y + 20, row.name, width - 112, { strong: true })
    const ends = paragraph(12, y + 20 + head.height, row.ends(number), width - 24, { size: 12, colour: 'soft' })
    const height = head.height + ends.height + 18
    parts.push(
      box(1, y, width - 2, height, held ? 'fair-back' : 'card', held ? 'fair' : 'line', !held), ...head.shapes, ...ends.shapes,
      label(width - 12, y + 20, state, { anchor: 'end', strong: true, colour: held ? 'fair' : 'good' }),
    )
    told.push(`${row.name}: ${state}. ${row.ends(number)}`)
    y += height + 6
  }
  return { title: say.title, words: told, width, height: y + 4, shapes: parts }
}
