import type { Client } from 'irc-framework'
import { maxTextBytes, parseLength } from './line-limit.js'

/** No room is left for longer nicks, whatever a server says. */
const maxNickBytes = 64

/** Our address as the server shows it to others, `nick!user@host`. The server writes it before every line of ours, so it counts for the length. */
export class OwnAddress {
  nick: string
  /** Undefined until the server has announced it: until then we leave room for the longest. */
  host: string | undefined
  #user: string

  /** `user`: before the server has announced which one it shows. */
  constructor(nick: string, user: string) {
    this.nick = nick
    this.#user = user
  }

  /** Reads the answer to USERHOST, `nick*=+user@host`. `isOwn`: whether a nick is ours. */
  learn(reply: string, isOwn: (nick: string) => boolean): void {
    const match = /^([^\s=*]+)\*?=[+-]?([^\s@]+)@(\S+)$/.exec(reply.trim())
    if (match === null || !isOwn(match[1] ?? '')) return
    this.#user = match[2] ?? this.#user
    this.host = match[3]
  }

  /** Bytes of text that arrive at `to` in one line. `tokens`: those of numeric 005. */
  room(to: string, tokens: Client['network']['options']): number {
    const lineLength = parseLength(tokens['LINELEN'], 128, 65_536)
    const hostLength = parseLength(tokens['HOSTLEN'], 1, 255)
    const told = parseLength(tokens['NICKLEN'] ?? tokens['MAXNICKLEN'], 1, 65_536)
    const nickLength = told && Math.min(told, maxNickBytes)
    return maxTextBytes({
      nick: this.nick,
      user: this.#user,
      host: this.host,
      ...lineLength === undefined ? {} : { lineLength },
      ...hostLength === undefined ? {} : { hostLength },
      ...nickLength === undefined ? {} : { nickLength },
    }, to)
  }
}
