import { emptyLine, textOf, type Line } from '../../terminal/line.js'
import type { Worded } from '../wording.js'

/** A message or notice in a window. */
export interface Entry {
  /** A number that counts up over all windows. */
  readonly id: number
  /** Such as `12:05`. */
  readonly time: string
  readonly said: Worded
  /** It answers a command. Its lines begin further left, since there may be many. */
  readonly isAnswer: boolean
}

/** A window. One at a time is in front of the person. */
export interface Window {
  /** The correspondent or channel; undefined: the first window, which is the program's and the network's. */
  readonly name: string | undefined
  readonly entries: readonly Entry[]
  /** How many entries came while another window was in front, and whether one of them is an alarm. */
  readonly unread: number
  readonly alarm: boolean
  /** The last visible entry, and how many of its rows are visible, counted from the first; undefined for the newest. */
  readonly last: { readonly entry: number, readonly rows: number } | undefined
  /** The line that is being typed in this window. */
  readonly line: Line
}

/** All windows, in the order of their numbers. Plain data, replaced and never changed in place. */
export interface Windows {
  readonly all: readonly Window[]
  /** Which is in front. */
  readonly front: number
  readonly nextEntry: number
}

/** How many entries a window keeps. */
const maxEntries = 2000

const emptyWindow = (name: string | undefined): Window => ({ name, entries: [], unread: 0, alarm: false, last: undefined, line: emptyLine })

export const firstWindow: Windows = { all: [emptyWindow(undefined)], front: 0, nextEntry: 1 }

export function frontOf({ all, front }: Windows): Window {
  const window = all[front]
  if (window === undefined) throw new Error('no window is in front')
  return window
}

/** Finds the window of a name, or makes one. */
export function withWindow(windows: Windows, name: string | undefined): { readonly windows: Windows, readonly at: number } {
  const at = windows.all.findIndex((one) => one.name === name)
  return at >= 0 ? { windows, at } : { windows: { ...windows, all: [...windows.all, emptyWindow(name)] }, at: windows.all.length }
}

/** Adds an entry to the window of a name. `counts`: how it counts if the window is not in front. */
export function add(windows: Windows, name: string | undefined, entry: Omit<Entry, 'id'>, counts: 'unread' | 'alarm' | 'no'): Windows {
  const { windows: made, at } = withWindow(windows, name)
  const id = made.nextEntry
  return change({ ...made, nextEntry: id + 1 }, at, (window) => ({
    ...window,
    entries: [...window.entries.slice(1 - maxEntries), { ...entry, id }],
    ...(at !== made.front || window.last !== undefined) && counts !== 'no' && { unread: window.unread + 1, alarm: window.alarm || counts === 'alarm' },
  }))
}

/** Puts the window at an index in front. An index without a window changes nothing. */
export function bringToFront(windows: Windows, at: number): Windows {
  const window = windows.all[at]
  if (window === undefined) return windows
  return change({ ...windows, front: at }, at, (one) => ({ ...one, ...one.last === undefined && { unread: 0, alarm: false } }))
}

/** Puts the next window, or the one before, in front; behind the last comes the first. */
export function step(windows: Windows, by: 1 | -1): Windows {
  return bringToFront(windows, (windows.front + by + windows.all.length) % windows.all.length)
}

/** Puts a window with unread entries in front; those with alarms come first. */
export function nextUnread(windows: Windows): Windows {
  const behind = windows.all.map((window, at) => ({ window, at })).filter(({ at }) => at !== windows.front)
  const found = behind.find(({ window }) => window.alarm) ?? behind.find(({ window }) => window.unread > 0)
  return found === undefined ? windows : bringToFront(windows, found.at)
}

/** Closes the window of a name. The first window cannot be closed. */
export function close(windows: Windows, name: string): Windows {
  const at = windows.all.findIndex((one) => one.name === name)
  if (at < 1) return windows
  const front = windows.front > at || windows.front === windows.all.length - 1 ? windows.front - 1 : windows.front
  return bringToFront({ ...windows, all: windows.all.filter((_, place) => place !== at), front }, front)
}

/**
 * A correspondent has another name. If there is a window of that name already, the two become one with the entries of both. The line of the old window
 * is kept only if the line of the other one is empty.
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

/** Scrolls the window in front to another place; undefined for the newest entry. */
export function lookAt(windows: Windows, last: Window['last']): Windows {
  return change(windows, windows.front, (window) => ({ ...window, last, ...last === undefined && { unread: 0, alarm: false } }))
}

function change(windows: Windows, at: number, by: (window: Window) => Window): Windows {
  return { ...windows, all: windows.all.map((window, place) => place === at ? by(window) : window) }
}
