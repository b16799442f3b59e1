import { graphemes } from '../text-width.js'
import type { Key } from './keys.js'

/** A line that is being typed: the text before and behind the cursor. Plain data, replaced and never changed in place. */
export interface Line {
  readonly before: string
  readonly after: string
  /** What was cut out last, for Ctrl-Y. */
  readonly cutOut: string
  /** Lines typed earlier, oldest first, and which of them is shown; undefined for none. */
  readonly earlier: readonly string[]
  readonly at: number | undefined
  /** What was being typed when the person went back to an earlier line. */
  readonly set: string
}

export const emptyLine: Line = { before: '', after: '', cutOut: '', earlier: [], at: undefined, set: '' }

/** How many lines come back with the arrow keys. */
const maxEarlier = 200

/** The longest line, in UTF-16 units. */
const maxLine = 100_000

export function textOf({ before, after }: Line): string {
  return before + after
}

/** The same line with another text, the cursor behind it. */
export function withText(line: Line, text: string): Line {
  return { ...line, before: text, after: '' }
}

/** Inserts text at the cursor. Line ends and other control characters become spaces. Text that makes the line too long is not taken. */
export function insert(line: Line, text: string): Line {
  const clean = text.replace(/\p{Cc}/gu, ' ')
  return textOf(line).length + clean.length > maxLine ? line : { ...line, before: line.before + clean }
}

/** The next line, empty. It remembers this one for the arrow keys, unless `forget` is set. */
export function nextLine(line: Line, forget = false): Line {
  const text = textOf(line)
  const earlier = forget || text === '' || line.earlier.at(-1) === text ? line.earlier : [...line.earlier, text].slice(-maxEarlier)
  return { ...emptyLine, cutOut: forget ? '' : line.cutOut, earlier }
}

/** Applies a key to the line. A key that means nothing here returns the same object. */
export function edit(line: Line, key: Key): Line {
  if (key.kind === 'text') return insert(line, key.text)
  if (key.kind === 'paste') return line
  const does = key.alt ? withAlt[key.name] : key.ctrl ? withCtrl[key.name] : plain[key.name]
  return does?.(line) ?? line
}

type Edit = (line: Line) => Line

const left: Edit = (line) => move(line, -lastOf(line.before).length)
const right: Edit = (line) => move(line, firstOf(line.after).length)
const home: Edit = (line) => move(line, -line.before.length)
const end: Edit = (line) => move(line, line.after.length)
const wordLeft: Edit = (line) => move(line, -wordBefore(line.before).length)
const wordRight: Edit = (line) => move(line, wordAfter(line.after).length)
const eraseLeft: Edit = (line) => ({ ...line, before: line.before.slice(0, line.before.length - lastOf(line.before).length) })
const eraseRight: Edit = (line) => ({ ...line, after: line.after.slice(firstOf(line.after).length) })
const cutWordLeft: Edit = (line) => cut(line, wordBefore(line.before).length, 0)
const cutWordRight: Edit = (line) => cut(line, 0, wordAfter(line.after).length)

const plain: Readonly<Record<string, Edit>> = {
  left, right, home, end, backspace: eraseLeft, delete: eraseRight,
  up: (line) => earlier(line, -1),
  down: (line) => earlier(line, 1),
}

const withCtrl: Readonly<Record<string, Edit>> = {
  a: home, e: end, b: left, f: right, d: eraseRight, h: eraseLeft, left: wordLeft, right: wordRight, delete: cutWordRight,
  k: (line) => cut(line, 0, line.after.length),
  u: (line) => cut(line, line.before.length, 0),
  w: (line) => cut(line, /\S*\s*$/.exec(line.before)?.[0].length ?? 0, 0),
  y: (line) => insert(line, line.cutOut),
}

const withAlt: Readonly<Record<string, Edit>> = {
  b: wordLeft, f: wordRight, left: wordLeft, right: wordRight, d: cutWordRight, backspace: cutWordLeft,
}

/** Moves the cursor by so many UTF-16 units. */
function move(line: Line, by: number): Line {
  const text = textOf(line)
  const at = line.before.length + by
  return { ...line, before: text.slice(0, at), after: text.slice(at) }
}

function cut(line: Line, back: number, forward: number): Line {
  if (back + forward === 0) return line
  const at = line.before.length - back
  return { ...line, before: line.before.slice(0, at), after: line.after.slice(forward), cutOut: line.before.slice(at) + line.after.slice(0, forward) }
}

function earlier(line: Line, step: number): Line {
  const from = line.at ?? line.earlier.length
  const to = from + step
  if (to < 0 || to > line.earlier.length || to === from) return line
  const set = line.at === undefined ? textOf(line) : line.set
  return to === line.earlier.length ? { ...withText(line, set), at: undefined, set: '' } : { ...withText(line, line.earlier[to] ?? ''), at: to, set }
}

function lastOf(text: string): string {
  // Longer than any grapheme that people type.
  return graphemes(text.slice(-100)).at(-1) ?? ''
}

function firstOf(text: string): string {
  return graphemes(text.slice(0, 100))[0] ?? ''
}

function wordBefore(text: string): string {
  return /[\p{L}\p{N}\p{M}]*[^\p{L}\p{N}\p{M}]*$/u.exec(text)?.[0] ?? ''
}

function wordAfter(text: string): string {
  return /^[^\p{L}\p{N}\p{M}]*[\p{L}\p{N}\p{M}]*/u.exec(text)?.[0] ?? ''
}
