import { counted } from '../../options.js'
import { filled, type Row } from '../../terminal/paint.js'
import { shortened, width } from '../../text-width.js'
import type { ChatEvent, Presence } from '../chat-event.js'
import { inWords, type Indicator } from '../indicator.js'
import { frontOf, type Windows } from './windows.js'

/** What the status bar shows. */
export interface BarParts {
  readonly account: string
  readonly network: string
  /** The last status of the connection. */
  readonly connection: string
  readonly windows: Windows
  readonly isChannel: (name: string) => boolean
  /** How people write a name. */
  readonly spelled: (name: string) => string
  /** Of the correspondent in front; undefined if it is none. */
  readonly indicator: Indicator | undefined
  readonly presence: Presence | undefined
  /** A message that goes slowly. */
  readonly progress: Extract<ChatEvent, { type: 'progress' }> | undefined
  /** There are newer rows than those on the screen. */
  readonly below: boolean
}

/** How much is left out, from nothing to all but the most important. */
const levels = [0, 1, 2, 3] as const

/** One row for `columns`: who we are, with whom we talk, how private that is, what is new and where. */
export function statusBar(parts: BarParts, columns: number): Row {
  const alarm = parts.connection !== 'online' || parts.windows.all.some((window) => window.alarm)
  const texts = levels.map((level) => ` ${segments(parts, level).filter((segment) => segment !== '').join(' | ')}`)
  return filled(texts.find((text) => width(text) <= columns) ?? texts.at(-1) ?? '', columns, alarm ? 'bar-alarm' : 'bar')
}

function segments(parts: BarParts, level: (typeof levels)[number]): string[] {
  const { account, network, connection, windows, progress, below, spelled } = parts
  const longest = [40, 24, 16, 10][level] ?? 10
  const online = connection === 'online' ? '' : `NOT CONNECTED${level < 2 ? `: ${connection}` : ''}`
  return [
    online,
    level === 0 ? `${account} on ${network}` : level === 1 ? shortened(account, longest) : '',
    front(parts, level, longest),
    progress === undefined ? '' : slowly(progress, shortened(spelled(progress.peer), longest), level),
    unread(windows, longest, level, spelled),
    below ? level < 2 ? 'PageDown: newer' : 'more' : '',
  ]
}

function slowly({ direction, done, of, secondsLeft, file }: NonNullable<BarParts['progress']>, name: string, level: number): string {
  if (done >= of) return ''
  if (file !== undefined) {
    const share = Math.floor(100 * done / of)
    if (level >= 2) return `${share} % ${direction === 'sending' ? 'sent' : 'come'}`
    const bar = '#'.repeat(Math.floor(share / 10)).padEnd(10, '.')
    return `[${bar}] ${share} % ${direction === 'sending' ? 'to' : 'from'} ${name}, ${secondsLeft} s`
  }
  if (level >= 2) return `${done}/${of} lines ${direction === 'sending' ? 'sent' : 'come'}`
  const lines = `${done} of ${counted(of, 'line')}`
  return direction === 'sending' ? `waiting for ${name}, ${lines} sent, ${secondsLeft} s` : `${name} sends slowly, ${lines} come, ${secondsLeft} s`
}

function front({ windows, isChannel, spelled, indicator, presence }: BarParts, level: number, longest: number): string {
  const { name } = frontOf(windows)
  const number = windows.front + 1
  if (name === undefined) return `${number}: nobody${level < 2 ? ' in front; /with NAME' : ''}`
  const shown = `${number}:${shortened(spelled(name), longest)}`
  if (isChannel(name)) return `${shown} in clear${level < 2 ? ', everybody reads' : ''}`
  if (indicator === undefined) return shown
  const devices = indicator.devices > 1 && level < 3 ? `, ${counted(indicator.devices, 'device')}` : ''
  const held = indicator.held > 0 ? `, ${indicator.held} waiting` : ''
  const asking = indicator.asking && indicator.standing === 'clear' ? ', asked' : ''
  const away = presence === 'away' ? ', away' : presence === 'absent' ? ', not there' : ''
  return `${shown} ${inWords(indicator, true)}${asking}${devices}${held}${away}`
}

function unread({ all, front: at }: Windows, longest: number, level: number, spelled: (name: string) => string): string {
  const behind = all.map((window, place) => ({ window, place })).filter(({ window, place }) => window.unread > 0 && place !== at)
  if (behind.length === 0) return ''
  const said = behind.map(({ window: { name, unread: count, alarm }, place }) =>
    level >= 3 ? `${place + 1}${alarm ? '!' : ''}` : `${place + 1}:${name === undefined ? 'network' : shortened(spelled(name), Math.min(longest, 16))}(${count}${alarm ? '!' : ''})`)
  return `new: ${said.join(' ')}`
}
