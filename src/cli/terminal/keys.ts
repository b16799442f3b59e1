/**
 * Reads what a terminal sends as keys. Pure: characters in, keys out. Pasted text is one key of its own, whatever it contains: it is never read as
 * keys, so it cannot press any.
 */

export type Key =
  /** Letters, signs, spaces. */
  | { readonly kind: 'text', readonly text: string }
  /** `name` is `enter`, `up`, `pagedown` and so on, or with `ctrl` or `alt` a letter or digit. */
  | { readonly kind: 'key', readonly name: string, readonly ctrl: boolean, readonly alt: boolean }
  /** Everything that was pasted at once. `cut`: it was too long, or its end never came. Then it must not be used. */
  | { readonly kind: 'paste', readonly text: string, readonly cut: boolean }

/**
 * The state of the reader. `keys`: `waiting` is the beginning of an escape sequence. `paste`: between the two marks of a paste. `settling`: behind a
 * paste; what follows without a pause still belongs to it, or else a paste that contains an end mark could type the rest.
 */
export interface KeyState {
  readonly mode: 'keys' | 'paste' | 'settling'
  readonly waiting: string
  readonly cut: boolean
}

export const noKeys: KeyState = { mode: 'keys', waiting: '', cut: false }

/** Switches the marks around pasted text on and off. */
export const bracketedPaste = { on: '\u001b[?2004h', off: '\u001b[?2004l' } as const

/** The marks. */
export const pasteBegins = '\u001b[200~'
export const pasteEnds = '\u001b[201~'

/** Longest paste, in UTF-16 units. */
const maxPaste = 200_000

/** In a terminal without marks: nobody types so many characters at once, and more of them may come. */
const maxTyped = 1000

/** Reads the characters that came. An incomplete key waits in the state. */
export function readKeys({ mode, waiting, cut }: KeyState, chunk: string): { readonly state: KeyState, readonly keys: readonly Key[] } {
  if (mode === 'paste') {
    // The end mark does not come, and the person presses Ctrl-C to have their keyboard back.
    if (chunk === '\u0003') return { state: noKeys, keys: [{ kind: 'paste', text: '', cut: true }] }
    return { state: pasting(waiting + chunk, cut), keys: [] }
  }
  if (mode === 'settling') return { state: settling(waiting, chunk, cut), keys: [] }
  const all = waiting + chunk
  const at = all.indexOf(pasteBegins)
  const typed = at < 0 ? all : all.slice(0, at)
  if (isBurst(typed)) return { state: settling('', all.replaceAll(pasteBegins, ''), false), keys: [] }
  const { keys, rest } = parse(typed)
  if (at < 0) return { state: { ...noKeys, waiting: rest }, keys }
  return { state: pasting(all.slice(at + pasteBegins.length), false), keys }
}

/** Nothing has come for a while: a lone escape character is the Escape key, and a paste is over. */
export function keysPause({ mode, waiting, cut }: KeyState): { readonly state: KeyState, readonly keys: readonly Key[] } {
  switch (mode) {
    case 'keys':
      return { state: noKeys, keys: waiting === '' ? [] : [{ kind: 'key', name: 'escape', ctrl: false, alt: false }] }
    case 'settling':
      return { state: noKeys, keys: [{ kind: 'paste', text: cut ? '' : waiting, cut }] }
    case 'paste':
      return { state: noKeys, keys: [{ kind: 'paste', text: '', cut: true }] }
  }
}

function pasting(text: string, cut: boolean): KeyState {
  const end = text.indexOf(pasteEnds)
  if (end >= 0) return settling('', text.slice(0, end) + text.slice(end + pasteEnds.length), cut)
  // The end mark may arrive in two parts.
  return text.length > maxPaste ? { mode: 'paste', waiting: text.slice(-pasteEnds.length), cut: true } : { mode: 'paste', waiting: text, cut }
}

function settling(before: string, more: string, cut: boolean): KeyState {
  const text = (before + more).replaceAll(pasteEnds, '').replaceAll(pasteBegins, '')
  return text.length > maxPaste ? { mode: 'settling', waiting: '', cut: true } : { mode: 'settling', waiting: text, cut }
}

/**
 * Whether characters that came at once were pasted, in a terminal without marks: several lines, or more than anybody types. A single line with its
 * end may have been typed over a slow connection, and counts as typed.
 */
function isBurst(text: string): boolean {
  if (text.length > maxTyped) return true
  const end = text.search(/[\r\n]/)
  return end >= 0 && /[^\p{Cc}]/u.test(text.slice(end).replace(sequences, ''))
}

const esc = '\u001b'

/** What follows the escape character of a key: CSI with parameters, SS3, or a character that was pressed with Alt. */
const sequence = /^(?:\[([0-9;:<=>?]*)([ -/]*)([@-~])|O([ -~])|([^[O]))/u
const sequences = new RegExp(String.raw`${esc}(?:\[[0-9;:<=>?]*[ -/]*[@-~]|O[ -~]|[^${esc}[O])`, 'gu')
const incomplete = /^(?:\[[0-9;:<=>?]{0,32}[ -/]{0,4}|O)?$/

const byFinal: Readonly<Record<string, string>> = { A: 'up', B: 'down', C: 'right', D: 'left', H: 'home', F: 'end', M: 'enter', Z: 'backtab' }
const byNumber: Readonly<Record<string, string>> = { 1: 'home', 2: 'insert', 3: 'delete', 4: 'end', 5: 'pageup', 6: 'pagedown', 7: 'home', 8: 'end' }

function parse(text: string): { readonly keys: Key[], readonly rest: string } {
  const keys: Key[] = []
  let rest = text
  while (rest !== '') {
    const run = /^[^\p{Cc}]+/u.exec(rest)?.[0]
    if (run !== undefined) {
      keys.push({ kind: 'text', text: run })
      rest = rest.slice(run.length)
    } else if (!rest.startsWith(esc)) {
      const key = control(rest.charCodeAt(0))
      if (key !== undefined) keys.push(key)
      rest = rest.slice(1)
    } else if (incomplete.test(rest.slice(1))) {
      return { keys, rest }
    } else {
      const behind = rest.slice(1)
      const match = behind.startsWith(esc) ? null : sequence.exec(behind)
      const key = match === null ? named('escape') : escaped(match)
      if (key !== undefined) keys.push(key)
      rest = rest.slice(1 + (match?.[0].length ?? 0))
    }
  }
  return { keys, rest }
}

function named(name: string, ctrl = false, alt = false): Key {
  return { kind: 'key', name, ctrl, alt }
}

function control(code: number): Key | undefined {
  switch (code) {
    case 0x09: return named('tab')
    case 0x0a:
    case 0x0d: return named('enter')
    case 0x08:
    case 0x7f: return named('backspace')
    default: return code >= 1 && code <= 26 ? named(String.fromCharCode(0x60 + code), true) : undefined
  }
}

function escaped([, parameters = '', between = '', final, ss3, character]: RegExpExecArray): Key | undefined {
  if (character !== undefined) {
    const inner = control(character.charCodeAt(0))
    if (inner?.kind === 'key') return { ...inner, alt: true }
    return named(character.toLowerCase(), false, true)
  }
  if (between !== '') return undefined
  const [number = '', modifiers = '1'] = parameters.split(';')
  const name = final === '~' ? byNumber[number] : byFinal[final ?? ss3 ?? '']
  if (name === undefined) return undefined
  const bits = Number(modifiers) - 1
  return named(name, (bits & 4) !== 0, (bits & 2) !== 0)
}
