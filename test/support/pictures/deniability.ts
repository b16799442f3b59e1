/** What docs/pictures/ shows of a large run of the judge: for each game, how features are distributed, and how sure the judge is. */
import type { DeniabilityRecord, Distribution, GameRecord, KindRecord } from '../../deniability/record.js'
import { escape, round, style } from './svg.js'

const width = 760

/** The names of the files, in the order of the games. */
const files = ['message', 'interactive', 'offline', 'participation'] as const

/** The judge says that they can tell the two apart if the chance of such a difference, over all features together, is below this. */
const threshold = 1e-4

/** How small a chance is drawn; smaller ones are at the edge. */
const smallest = -32

const ownStyle = `${style}
  .real { fill: #c9d2dd }
  .simulated { fill: none; stroke: #2563a8; stroke-width: 1.6 }
  .control { fill: none; stroke: #b3541e; stroke-width: 1.4; stroke-dasharray: 4 3 }
  .dot { fill: #2563a8 }
  .dot.caught { fill: #b3541e }
  .limit { stroke: #566273; stroke-dasharray: 2 3 }
  @media (prefers-color-scheme: dark) {
    .real { fill: #46556a }
    .simulated { stroke: #7db8f5 }
    .control { stroke: #f0a36b }
    .dot { fill: #7db8f5 }
    .dot.caught { fill: #f0a36b }
    .limit { stroke: #a3afbf }
  }`

export function deniabilityPictures({ date, games }: DeniabilityRecord): ReadonlyMap<string, string> {
  return new Map(games.map((game, at) => [`deniability-${files[at] ?? at}.svg`, drawGame(game, date)]))
}

function drawGame({ name, distributions, kinds }: GameRecord, date: string): string {
  const title = name.charAt(0).toUpperCase() + name.slice(1)
  const most = Math.max(...kinds.map(({ runs }) => runs))
  const parts = [label(24, 34, title, 'strong'), label(width - 24, 34, `up to ${most.toLocaleString('en')} runs of each kind, ${date}`, 'small', 'end')]
  const panel = (width - 48 - 24 * (distributions.length - 1)) / distributions.length
  distributions.forEach((one, at) => parts.push(...drawDistribution(one, kinds, { x: 24 + at * (panel + 24), y: 62, width: panel, height: 110 })))
  parts.push(...legend(212), label(24, 248, 'How likely such a difference is if there is none, over all features together', 'strong'))
  const rows = kinds.map((kind, at) => drawVerdict(kind, 268 + at * 26))
  const end = 268 + kinds.length * 26
  parts.push(...rows.flat(), `<path class="limit" d="M${round(place(threshold))} 258V${end - 4}"/>`)
  for (const power of [0, -4, -16, smallest]) parts.push(label(place(10 ** power), end + 12, power === 0 ? '1' : `10${superscript(power)}`, 'small', 'middle'))
  const height = end + 30
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title">`,
    `<title id="title">${escape(`${title}: ${kinds.map(({ how, told }) => `${how}, ${told > 0 ? 'told apart' : 'cannot be told'}`).join('; ')}`)}</title>`, `<style>${ownStyle}\n</style>`,
    `<rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`, ...parts, '</svg>', '',
  ].join('\n')
}

interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** The runs that happened as bars; each kind of simulated ones as a line over them. */
function drawDistribution({ feature, bins, shares }: Distribution, kinds: readonly KindRecord[], { x, y, width: across, height }: Box): string[] {
  const most = Math.max(...Object.values(shares).flat())
  const step = across / bins.length
  const top = (share: number): string => round(y + height - height * share / most)
  const [real = []] = [shares['real']]
  const isClass = feature.includes('#')
  const bars = real.map((share, at) => `<rect class="real" x="${round(x + at * step + (isClass ? 4 : 0.5))}" y="${top(share)}" width="${round(step - (isClass ? 8 : 1))}" height="${round(height * share / most)}"/>`)
  const lines = kinds.map(({ how, control }) => {
    const [first, ...rest] = (shares[how] ?? []).map((share, at) => `${round(x + at * step)} ${top(share)}H${round(x + (at + 1) * step)}`)
    return `<path class="${control ? 'control' : 'simulated'}" d="M${first ?? ''}${rest.map((one) => `L${one}`).join('')}"/>`
  })
  const names = isClass ? bins.map((bin, at) => label(x + (at + 0.5) * step, y + height + 15, String(bin), 'small', 'middle'))
    : [label(x, y + height + 15, 'small values', 'small'), label(x + across, y + height + 15, 'large ones', 'small', 'end')]
  return [label(x + across / 2, y - 8, feature.replace(' #', ''), 'small', 'middle'), ...bars, ...lines, ...names]
}

function legend(y: number): string[] {
  return [
    `<rect class="real" x="24" y="${y - 9}" width="22" height="10"/>`, label(52, y, 'happened', 'small'),
    `<path class="simulated" d="M140 ${y - 4}H162"/>`, label(168, y, 'simulated', 'small'),
    `<path class="control" d="M260 ${y - 4}H282"/>`, label(288, y, 'simulated badly, to be caught', 'small'),
  ]
}

function drawVerdict({ how, told, features, closest, runs }: KindRecord, y: number): string[] {
  const chance = Math.min(1, closest.p * features)
  return [
    label(24, y + 4, how, 'small'), `<circle class="dot${told > 0 ? ' caught' : ''}" cx="${round(place(chance))}" cy="${y}" r="4.5"/>`,
    label(width - 24, y + 4, told > 0 ? `told by ${told} of ${features} features` : `cannot tell (${runs.toLocaleString('en')} runs)`, 'small', 'end'),
  ]
}

/** Where a probability is: the certain at the left, the unlikely at the right. */
function place(p: number): number {
  const [left, right] = [345, 560]
  return left + (right - left) * Math.min(1, Math.log10(Math.max(p, 1e-300)) / smallest)
}

function superscript(power: number): string {
  return `\u207b${Array.from(String(-power), (digit) => '\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079'[Number(digit)] ?? '').join('')}`
}

function label(x: number, y: number, content: string, kind: string, anchor?: 'middle' | 'end'): string {
  return `<text class="${kind}" x="${round(x)}" y="${y}"${anchor === undefined ? '' : ` text-anchor="${anchor}"`}>${escape(content)}</text>`
}
