/** Pictures of who says what to whom: two lines of life, arrows between them, notes beside them. Plain SVG that any viewer of Markdown shows. */

/** What happens in a picture, from top to bottom. */
export type Row =
  /** A message on its way. `texts`: the first stands in bold above the arrow, the others small below it. `accent`: it is of the other kind. */
  | { readonly row: 'message', readonly from: 'left' | 'right', readonly texts: readonly string[], readonly accent?: boolean }
  /** How one side stands from here on. */
  | { readonly row: 'note', readonly at: 'left' | 'right', readonly text: string, readonly accent?: boolean }
  /** A line across, with words: time passes, or what comes belongs together. */
  | { readonly row: 'break', readonly text: string }

export interface Picture {
  /** For those who cannot see it. */
  readonly title: string
  readonly left: string
  readonly right: string
  readonly rows: readonly Row[]
}

const width = 760
const [leftLine, rightLine] = [110, 650]
const lineHeight = 17

/** Its own ground, so that it can be read wherever it stands; the colours follow the reader's wish where the viewer tells it. */
export const style = `
  .ground { fill: #ffffff; stroke: #d5dbe3 }
  text { font: 14px system-ui, "Segoe UI", "Noto Sans", sans-serif; fill: #1f2733 }
  .strong { font-weight: 600 }
  .small { font-size: 12.5px; fill: #566273 }
  .name { font-weight: 600; font-size: 15px; fill: #ffffff }
  .head { fill: #2563a8 }
  .life { stroke: #aab4c2; stroke-dasharray: 3 4 }
  .arrow { stroke: #2563a8; stroke-width: 1.6 }
  .tip { fill: #2563a8 }
  .arrow.accent { stroke: #b3541e }
  .tip.accent { fill: #b3541e }
  .note { fill: #eef3f9; stroke: #b9c9dc }
  .note.accent { fill: #e6f4ea; stroke: #9cc9aa }
  .across { stroke: #d5dbe3 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #171c24; stroke: #364151 }
    text { fill: #dfe5ee }
    .small { fill: #a3afbf }
    .head { fill: #2f6fb5 }
    .life { stroke: #5a6779 }
    .arrow { stroke: #7db8f5 }
    .tip { fill: #7db8f5 }
    .arrow.accent { stroke: #f0a36b }
    .tip.accent { fill: #f0a36b }
    .note { fill: #212b38; stroke: #3d4d61 }
    .note.accent { fill: #1d3326; stroke: #3d6a4d }
    .across { stroke: #364151 }
  }`

export function draw({ title, left, right, rows }: Picture): string {
  const parts: string[] = []
  let y = 62
  let before: Row | undefined
  let paired = false
  for (const row of rows) {
    switch (row.row) {
      case 'message': {
        const [first = '', ...rest] = row.texts
        const [from, to, tip] = row.from === 'left' ? [leftLine, rightLine, -9] : [rightLine, leftLine, 9]
        const kind = row.accent === true ? ' accent' : ''
        y += 24
        parts.push(text(width / 2, y, first, 'strong'))
        y += 9
        parts.push(`<path class="arrow${kind}" d="M${from} ${y}H${to + tip}"/>`, `<path class="tip${kind}" d="M${to} ${y}l${tip} -5v10z"/>`)
        for (const one of rest) parts.push(text(width / 2, y += lineHeight, one, 'small'))
        y += 14
        break
      }
      case 'note': {
        // What both sides come to be at once stands side by side.
        const beside: boolean = before?.row === 'note' && before.at !== row.at && !paired
        if (beside) y -= 32
        paired = beside
        const noteWidth = Math.max(100, row.text.length * 7.6 + 24)
        const x = row.at === 'left' ? Math.max(12, leftLine - noteWidth / 2) : Math.min(width - 12 - noteWidth, rightLine - noteWidth / 2)
        parts.push(`<rect class="note${row.accent === true ? ' accent' : ''}" x="${round(x)}" y="${y + 2}" width="${round(noteWidth)}" height="24" rx="5"/>`)
        parts.push(text(x + noteWidth / 2, y + 19, row.text, 'plain'))
        y += 32
        break
      }
      case 'break':
        y += 16
        parts.push(`<path class="across" d="M24 ${y}H${width - 24}"/>`, text(width / 2, y + 18, row.text, 'small'))
        y += 26
        break
    }
    before = row
  }
  const height = y + 14
  const life = [leftLine, rightLine].map((x) => `<path class="life" d="M${x} 52V${height - 12}"/>`)
  const heads = ([[leftLine, left], [rightLine, right]] as const).flatMap(([x, name]) =>
    [`<rect class="head" x="${x - 62}" y="20" width="124" height="32" rx="6"/>`, text(x, 41, name, 'name')])
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title">`,
    `<title id="title">${escape(title)}</title>`, `<style>${style}\n</style>`,
    `<rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`, ...life, ...heads, ...parts, '</svg>', '',
  ].join('\n')
}

function text(x: number, y: number, content: string, kind: string): string {
  return `<text class="${kind}" x="${round(x)}" y="${y}" text-anchor="middle">${escape(content)}</text>`
}

export function round(value: number): string {
  return String(Math.round(value * 10) / 10)
}

export function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
