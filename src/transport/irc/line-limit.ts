/** An IRC line has at most 512 bytes with its CRLF, unless numeric 005 says otherwise (`LINELEN`). */
const defaultLineLength = 512

/** Longest host name that common servers show (`HOSTLEN` in 005 where they say so). */
const defaultHostLength = 63

/** What a server puts before our text when it passes a line on: `:nick!user@host PRIVMSG target :`. */
export interface LinePrefix {
  /** Our nick. */
  readonly nick: string
  /** As the server shows it, with the `~` of an unidentified user. */
  readonly user: string
  /** Undefined while unknown: then room is left for the longest possible one. */
  readonly host: string | undefined
  /** The longest line in bytes, with its CRLF; 512 by default. */
  readonly lineLength?: number
  /** The longest host name that the server shows, in bytes; 63 by default. */
  readonly hostLength?: number
  /** The longest nick that the server allows. Room is left for it: either side may change its nick while lines are under way. */
  readonly nickLength?: number
}

const encoder = new TextEncoder()

function bytes(text: string): number {
  return encoder.encode(text).length
}

/**
 * How many bytes of text reach `target` in one line. The server puts our full address in front of the line and cuts off what is too long without a
 * word. So the address counts, and not only the command that we send.
 */
export function maxTextBytes(prefix: LinePrefix, target: string): number {
  const host = prefix.host === undefined ? prefix.hostLength ?? defaultHostLength : bytes(prefix.host)
  const nick = (name: string): number => Math.max(bytes(name), prefix.nickLength ?? 0)
  const before = nick(prefix.nick) + nick(target) + bytes(`:!${prefix.user}@ PRIVMSG  :`) + host
  return Math.max(1, (prefix.lineLength ?? defaultLineLength) - before - 2)
}

/** Reads a whole number from a token of numeric 005, within sane bounds. */
export function parseLength(token: unknown, least: number, most: number): number | undefined {
  const value = typeof token === 'string' && /^\d{1,6}$/.test(token) ? Number(token) : NaN
  return value >= least && value <= most ? value : undefined
}

/**
 * Cuts text for people into lines of at most `limit` bytes: at line ends, else before white space, else between characters. A run of white space
 * is not cut where that can be avoided: it may be a whitespace tag. Empty lines are left out, since IRC has none.
 */
export function splitText(text: string, limit: number): string[] {
  const pieces: string[] = []
  for (const line of text.replaceAll('\0', '\uFFFD').split(/\r\n|\r|\n/)) {
    let piece = ''
    let used = 0
    const flush = (): void => {
      if (piece !== '') pieces.push(piece)
      piece = ''
      used = 0
    }
    for (const word of line.match(/\s+|\S+/g) ?? []) {
      const length = bytes(word)
      if (used + length > limit) {
        flush()
        // Drops the one space at which the line was cut.
        if (word === ' ') continue
      }
      if (length <= limit) {
        piece += word
        used += length
        continue
      }
      for (const character of word) {
        const size = bytes(character)
        if (used + size > limit) flush()
        piece += character
        used += size
      }
    }
    flush()
  }
  return pieces
}
