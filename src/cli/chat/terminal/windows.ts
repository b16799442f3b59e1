import { emptyLine, textOf, type Line } from '../../terminal/line.js'
import type { Worded } from '../wording.js'

/** Something that was shown in a window. */
export interface Entry {
  /** Counts up over all windows. */
  readonly id: number
  /** `12:05` */
  readonly time: string
  readonly said: Worded
  /** Lines of an answer to the person: they stand further left, for there are many of them. */
  readonly isAnswer: boolean
}

/** What stands in front of the person, one at a time. */
export interface Window {
  /** The correspondent or channel; undefined: the first window, which is the program's and the network's. */
  readonly name: string | undefined
  readonly entries: readonly Entry[]
  /** What came while another window was in front, and whether some of it is an alarm. */
  readonly unread: number
  readonly alarm: boolean
  /** The last entry that is looked at, and how many of its rows, counted from its first, are seen; undefined: the newest. */
  readonly last: { readonly entry: number, readonly rows: number } | undefined
  /** What is being typed here: it goes nowhere else. */
  readonly line: Line
}

/** All windows, in the order of their numbers. Plain data, replaced and never changed in place. */
export interface Windows {
  readonly all: readonly Window[]
  /** Which is in front. */
  readonly front: number
  readonly nextEntry: number
}

/** So many entries of a window can be looked back at. */
const maxEntries = 2000

const emptyWindow = (name: string | undefined): Window => ({ name, entries: [], unread: 0, alarm: false, last: undefined, line: emptyLine })

export const firstWindow: Windows = { all: [emptyWindow(undefined)], front: 0, nextEntry: 1 }

export function frontOf({ all, front }: Windows): Window {
  const window = all[front]
  if (window === undefined) throw new Error('no window is in front')
  return window
}

/** The window of somebody, made if there is none. */
export function withWindow(windows: Windows, name: string | undefined): { readonly windows: Windows, readonly at: number } {
  const at = windows.all.findIndex((one) => one.name === name)
  return at >= 0 ? { windows, at } : { windows: { ...windows, all: [...windows.all, emptyWindow(name)] }, at: windows.all.length }
}

/** Shows something in somebody's window. `counts`: the person should know that it is there. */
export function add(windows: Windows, name: string | undefined, entry: Omit<Entry, 'id'>, counts: 'unread' | 'alarm' | 'no'): Windows {
  const { windows: made, at } = withWindow(windows, name)
  const id = made.nextEntry
  return change({ ...made, nextEntry: id + 1 }, at, (window) => ({
    ...window,
    entries: [...window.entries.slice(1 - maxEntries), { ...entry, id }],
    ...(at !== made.front || window.last !== undefined) && counts !== 'no' && { unread: window.unread + 1, alarm: window.alarm || counts === 'alarm' },
  }))
}

/** Puts a window in front: by its place, counted from 0. One that does not exist changes nothing. */
export function bringToFront(windows: Windows, at: number): Windows {
  const window = windows.all[at]
  if (window === undefined) return windows
  return change({ ...windows, front: at }, at, (one) => ({ ...one, ...one.last === undefined && { unread: 0, alarm: false } }))
}

/** The next window, or the one before, round and round. */
export function step(windows: Windows, by: 1 | -1): Windows {
  return bringToFront(windows, (windows.front + by + windows.all.length) % windows.all.length)
}

/** A window where something new is: alarms first. */
export function nextUnread(windows: Windows): Windows {
  const behind = windows.all.map((window, at) => ({ window, at })).filter(({ at }) => at !== windows.front)
  const found = behind.find(({ window }) => window.alarm) ?? behind.find(({ window }) => window.unread > 0)
  return found === undefined ? windows : bringToFront(windows, found.at)
}

/** Takes somebody's window away. The first one stays. */
export function close(windows: Windows, name: string): Windows {
  const at = windows.all.findIndex((one) => one.name === name)
  if (at < 1) return windows
  const front = windows.front > at || windows.front === windows.all.length - 1 ? windows.front - 1 : windows.front
  return bringToFront({ ...windows, all: windows.all.filter((_, place) => place !== at), front }, front)
}

/**
 * Somebody has another name. Where there is a window of that name already, the two become one, which has the entries of both; what was
 * being typed in the old one is kept only where nothing was being typed in the other.
 */
export function rename(windows: Windows, from: string, to: string): Windows {
  const at = windows.all.findIndex((one) => one.name === from)
  if (at < 1 || from === to) return windows
  const other = windows.all.findIndex((one) => one.name === to)
  if (other < 0) return change(windows, at, (window) => ({ ...window, name: to }))
  const gone = windows.all[at]
  const merged = change(windows, other, (window) => ({
    ...window,
    entries: [...gone?.entries ?? [], ...window.entries].sort((one, two) => one.id - two.id).slice(-maxEntries),
    line: textOf(window.line) === '' && gone !== undefined ? gone.line : window.line,
  }))
  const closed = close(merged, from)
  return windows.front === at ? bringToFront(closed, closed.all.findIndex((one) => one.name === to)) : closed
}

/** Forgets what was shown in the window in front. */
export function clear(windows: Windows): Windows {
  return change(windows, windows.front, (window) => ({ ...window, entries: [], last: undefined }))
}

/** Changes what is typed in the window in front. */
export function typeIn(windows: Windows, line: Line): Windows {
  return change(windows, windows.front, (window) => ({ ...window, line }))
}

/** Looks at another place of the window in front; undefined: at the newest. */
export function lookAt(windows: Windows, last: Window['last']): Windows {
  return change(windows, windows.front, (window) => ({ ...window, last, ...last === undefined && { unread: 0, alarm: false } }))
}

function change(windows: Windows, at: number, by: (window: Window) => Window): Windows {
  return { ...windows, all: windows.all.map((window, place) => place === at ? by(window) : window) }
}
