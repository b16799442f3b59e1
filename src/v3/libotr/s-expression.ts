import { OtrError } from '../../errors.js'
import { base64Decode, hexDecode, hexEncode, utf8Decode, utf8Encode } from '../../wire/index.js'
import { copySecret, secretBytes } from '../../crypto/secret.js'

/** An S-expression as libgcrypt reads it: bytes, or a list. `line` is where it begins, counted from 1. */
export type SExpression = SAtom | SList

export interface SAtom {
  readonly kind: 'atom'
  readonly bytes: Uint8Array
  readonly line: number
}

export interface SList {
  readonly kind: 'list'
  readonly items: readonly SExpression[]
  readonly line: number
}

/** Makes the error for a broken file: `OTR_FILE` with the kind of file, the line and the problem. It never quotes the content. */
export function fileError(file: string, line: number, problem: string): OtrError {
  return new OtrError('OTR_FILE', `${file}, line ${line}: ${problem}`)
}

const MAX_DEPTH = 32

const code = (character: string): number => character.charCodeAt(0)
const OPEN = code('(')
const CLOSE = code(')')
const QUOTE = code('"')
const HASH = code('#')
const BAR = code('|')
const BACKSLASH = code('\\')
const COLON = code(':')
const CR = code('\r')
const LF = code('\n')

const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39
/** Letters, digits and the marks that libgcrypt allows in a token. */
const isTokenByte = (byte: number): boolean => /[A-Za-z0-9\-./_:*+=]/.test(String.fromCharCode(byte))

const ESCAPES = new Map([
  ['b', 0x08], ['t', 0x09], ['v', 0x0b], ['n', 0x0a], ['f', 0x0c], ['r', 0x0d], ['"', QUOTE], ['\'', 0x27], ['\\', BACKSLASH],
].map(([character, byte]) => [code(String(character)), Number(byte)] as const))

/**
 * Parses the text of a file that consists of one list in the advanced form: tokens, "quoted strings", #hexadecimal#, |base64| and 5:bytes.
 * Text after the list is ignored, unless it contains a parenthesis.
 *
 * @param file - the name of the file for errors
 * @throws OtrError `OTR_FILE` with line and problem
 */
export function parseSExpression(text: string, file: string): SList {
  return new Parser(utf8Encode(text), file).file()
}

class Parser {
  readonly #bytes: Uint8Array
  readonly #file: string
  #at = 0
  #counted = { at: 0, line: 1 }

  constructor(bytes: Uint8Array, file: string) {
    this.#bytes = bytes
    this.#file = file
  }

  file(): SList {
    this.#skipSpace()
    if (this.#peek() === undefined) this.#fail('the file is empty')
    if (this.#peek() !== OPEN) this.#fail('a list in parentheses is expected')
    const list = this.#list(1)
    // libotr ignores text after the list, and files that people have edited contain some. But another list must not be lost in silence.
    const more = this.#bytes.findIndex((byte, at) => at >= this.#at && (byte === OPEN || byte === CLOSE))
    if (more >= 0) this.#fail('something follows the closing parenthesis that may be a part of it', more)
    return list
  }

  #peek(): number | undefined {
    return this.#bytes[this.#at]
  }

  /** Returns the number of the line at `at`. It counts from the last position that was asked for, so that reading a whole file stays linear. */
  #line(at = this.#at): number {
    if (at < this.#counted.at) this.#counted = { at: 0, line: 1 }
    let { at: from, line } = this.#counted
    for (; from < at; from++) if (this.#bytes[from] === LF) line++
    this.#counted = { at, line }
    return line
  }

  #fail(problem: string, at = this.#at): never {
    throw fileError(this.#file, this.#line(at), problem)
  }

  #skipSpace(): void {
    while (isSpace(this.#peek() ?? 0)) this.#at++
  }

  #list(depth: number): SList {
    const start = this.#at
    const line = this.#line()
    if (depth > MAX_DEPTH) this.#fail('lists are nested too deeply')
    this.#at++
    const items: SExpression[] = []
    for (;;) {
      this.#skipSpace()
      const next = this.#peek()
      if (next === undefined) this.#fail('a closing parenthesis is missing', start)
      if (next === CLOSE) break
      items.push(next === OPEN ? this.#list(depth + 1) : this.#atom(next))
    }
    this.#at++
    return { kind: 'list', items, line }
  }

  #atom(first: number): SAtom {
    const line = this.#line()
    if (first === QUOTE) return { kind: 'atom', bytes: this.#quoted(), line }
    if (first === HASH) return { kind: 'atom', bytes: this.#enclosed(HASH, 'hexadecimal', (text) => hexDecode(text)), line }
    if (first === BAR) return { kind: 'atom', bytes: this.#enclosed(BAR, 'base64', (text) => base64Decode(text)), line }
    if (isDigit(first)) return { kind: 'atom', bytes: this.#prefixed(), line }
    if (!isTokenByte(first)) this.#fail('an unexpected character')
    const start = this.#at
    while (isTokenByte(this.#peek() ?? 0)) this.#at++
    return { kind: 'atom', bytes: copySecret(this.#bytes, start, this.#at), line }
  }

  /** Reads a decimal length, a colon, and that many raw bytes. */
  #prefixed(): Uint8Array {
    const start = this.#at
    // Too many digits give Infinity, which is refused as too long.
    let length = 0
    while (isDigit(this.#peek() ?? 0)) length = length * 10 + (this.#bytes[this.#at++] ?? 0) - 0x30
    if (this.#peek() !== COLON) this.#fail('a length must be followed by a colon', start)
    this.#at++
    if (length > this.#bytes.length - this.#at) this.#fail('a string is shorter than its length says', start)
    this.#at += length
    return copySecret(this.#bytes, this.#at - length, this.#at)
  }

  /** Reads text between two marks, and ignores white space in it. */
  #enclosed(mark: number, name: string, decode: (text: string) => Uint8Array): Uint8Array {
    const start = this.#at++
    const end = this.#bytes.indexOf(mark, this.#at)
    if (end < 0) this.#fail(`the end of a ${name} value is missing`, start)
    let text = ''
    for (const byte of this.#bytes.subarray(this.#at, end)) if (!isSpace(byte)) text += String.fromCharCode(byte)
    this.#at = end + 1
    try {
      return decode(text)
    } catch {
      return this.#fail(`a broken ${name} value`, start)
    }
  }

  #quoted(): Uint8Array {
    const start = this.#at++
    const bytes: number[] = []
    for (;;) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) this.#fail('the end of a quoted string is missing', start)
      if (byte === QUOTE) break
      if (byte !== BACKSLASH) bytes.push(byte)
      else bytes.push(...this.#escape())
    }
    const all = secretBytes(bytes.length)
    all.set(bytes)
    return all
  }

  /** Reads what follows a backslash: a letter, three octal digits, x and two hexadecimal digits, or a line end, which gives nothing. */
  #escape(): readonly number[] {
    const start = this.#at - 1
    const byte = this.#bytes[this.#at++] ?? this.#fail('the end of a quoted string is missing', start)
    const simple = ESCAPES.get(byte)
    if (simple !== undefined) return [simple]
    if (byte === CR || byte === LF) {
      if (this.#peek() === (byte === CR ? LF : CR)) this.#at++
      return []
    }
    const rest = utf8Decode(this.#bytes.subarray(this.#at - 1, this.#at + 2)).text
    const octal = /^[0-3][0-7]{2}$/.test(rest) ? Number.parseInt(rest, 8) : undefined
    const hexadecimal = /^x[0-9a-fA-F]{2}$/.test(rest) ? Number.parseInt(rest.slice(1), 16) : undefined
    const value = octal ?? hexadecimal ?? this.#fail('an unknown escape in a quoted string', start)
    this.#at += 2
    return [value]
  }
}

const hexOf = (bytes: Uint8Array): string => hexEncode(bytes).toUpperCase()

/** Formats a number as libgcrypt does: hexadecimal, with a zero byte in front if the highest bit is set. */
export function formatInteger(value: Uint8Array): string {
  return `#${(value[0] ?? 0) >= 0x80 ? '00' : ''}${hexOf(value)}#`
}

/** Formats text in the form that libgcrypt would choose for its UTF-8: a token, a quoted string, or hexadecimal. */
export function formatString(text: string): string {
  const bytes = utf8Encode(text)
  const first = bytes[0]
  if (first === undefined) return '""'
  // libgcrypt treats text that begins with a zero byte or a high bit as a number, and text with control bytes as binary.
  const binary = first === 0 || first >= 0x80
    || bytes.some((byte) => (byte < 0x20 || (byte >= 0x7f && byte <= 0xa0)) && !(byte >= 0x08 && byte <= 0x0d))
  if (binary) return `#${hexOf(bytes)}#`
  if (!isDigit(first) && bytes.every(isTokenByte)) return text
  return `"${text.replace(/[\b\t\v\n\f\r"'\\]/g, (character) => escaped.get(character) ?? character)}"`
}

const escaped = new Map([
  ['\b', '\\b'], ['\t', '\\t'], ['\v', '\\v'], ['\n', '\\n'], ['\f', '\\f'], ['\r', '\\r'], ['"', '\\"'], ['\'', '\\\''], ['\\', '\\\\'],
])
