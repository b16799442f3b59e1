import type { IrcMessage } from 'irc-framework'
import { escapeOtr, parseWhitespaceTag } from '../../wire/index.js'
import type { Channels, ChannelDoing, ChannelEvent } from '../channels.js'
import { RecentMap } from '../recent-map.js'
import { transportError } from '../transport.js'
import { actionIn, ctcp } from './ctcp.js'
import type { NickBook } from './nick-book.js'
import { linesForPeople, type OutgoingLine } from './outgoing.js'
import { isPlaybackBatch } from './playback.js'
import { parseServerTime } from './server-clock.js'
import { plainWords } from './server-text.js'

/** What channels are made with. */
export interface ChannelsParts {
  readonly names: NickBook
  /** Our own nick now. */
  readonly own: () => string
  /** A token of numeric 005. */
  readonly token: (name: string) => unknown
  /** Writes a line to the server at once. */
  readonly write: (line: string) => void
  /** Puts lines behind those that wait. */
  readonly push: (lines: readonly OutgoingLine[]) => Promise<unknown>
  /** Bytes of text that fit into a line to this name. */
  readonly room: (name: string) => number
  readonly emit: (event: ChannelEvent) => void
  /** Somebody asks us into a channel. */
  readonly invited: (by: string, channel: string) => void
}

interface Channel {
  spelling: string
  readonly password: string | undefined
  /** We are in it, on this connection. */
  inside: boolean
  /** By their folded nicks. */
  members: Map<string, string>
  /** A list of names that is coming in. */
  listed: string[]
}

interface Joining {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

const answerWithinMs = 20_000
/** In the largest channels, further members are neither remembered nor listed. */
const maxMembers = 20_000
const maxListed = 400
const maxSpellings = 1000

/** What a channel's name looks like on every network. No nick begins like this (`canonicalNick`). */
const form = /^[#&+!][^\s,:\p{Cc}\p{Cs}]{0,199}$/u

/** Commands by which a server reports that people or channels have changed. */
const movements: ReadonlySet<string> = new Set(['JOIN', 'PART', 'KICK', 'QUIT', 'NICK', 'TOPIC', 'INVITE'])

/** The channels of one connection: who is in them, what is said there, and what we say. */
export class IrcChannels implements Channels {
  readonly #parts: ChannelsParts
  readonly #channels = new Map<string, Channel>()
  /** Spellings by key, also of channels that we have left. */
  readonly #spellings = new RecentMap<string, string>(maxSpellings)
  readonly #joining = new Map<string, Joining>()
  readonly #batches = new Map<string, string>()

  constructor(parts: ChannelsParts) {
    this.#parts = parts
  }

  isChannel(name: string): boolean {
    const types = this.#parts.token('CHANTYPES')
    const known = Array.isArray(types) ? types.join('') : typeof types === 'string' ? types : '#&'
    return form.test(name) && known.includes(name.charAt(0))
  }

  canonical(name: string): string {
    if (!this.isChannel(name)) throw transportError('ADDRESS', 'no channel; their names begin with #')
    return this.#parts.names.fold(name)
  }

  spelling(canonical: string): string {
    return this.#spellings.get(canonical) ?? canonical
  }

  async join(name: string, password?: string): Promise<void> {
    const key = this.canonical(name)
    if (password !== undefined && /[\s,\p{Cc}]/u.test(password)) throw transportError('ADDRESS', 'no password of a channel')
    if (this.#channels.get(key)?.inside === true) return
    if (!this.#channels.has(key)) this.#channels.set(key, { spelling: name, password, inside: false, members: new Map(), listed: [] })
    this.#settle(key, transportError('REFUSED', `${name} was asked for again`))
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => { this.#refuse(key, 'the server gives no answer') }, answerWithinMs)
      this.#joining.set(key, { resolve, reject, timer })
      this.#parts.write(`JOIN ${name}${password === undefined ? '' : ` ${password}`}`)
    })
  }

  part(name: string): void {
    const { spelling } = this.#inside(name)
    this.#parts.write(`PART ${spelling}`)
  }

  names(name: string): void {
    const channel = this.#inside(name)
    channel.listed = []
    this.#parts.write(`NAMES ${channel.spelling}`)
  }

  async say(name: string, text: string, { action = false }: { readonly action?: boolean } = {}): Promise<void> {
    const { spelling } = this.#inside(name)
    // No member's program may take the text for OTR.
    const plain = escapeOtr(parseWhitespaceTag(text)?.text ?? text)
    await this.#parts.push(linesForPeople(this.canonical(name), plain, action, this.#parts.room(spelling)))
  }

  /** The connection is up: joins the channels that we were in before it broke. */
  begin(): void {
    for (const { spelling, password } of this.#channels.values()) this.#parts.write(`JOIN ${spelling}${password === undefined ? '' : ` ${password}`}`)
  }

  /** The connection is over. */
  end(why: Error): void {
    for (const key of [...this.#joining.keys()]) {
      this.#settle(key, why)
      this.#channels.delete(key)
    }
    for (const channel of this.#channels.values()) channel.inside = false
    this.#batches.clear()
  }

  /** The server compares names differently now: makes all keys anew. */
  refold(): { readonly from: string, readonly to: string }[] {
    const before = [...this.#channels]
    this.#channels.clear()
    return before.flatMap(([from, channel]) => {
      const to = this.#parts.names.fold(channel.spelling)
      channel.members = new Map([...channel.members.values()].map((nick) => [this.#parts.names.fold(nick), nick]))
      this.#channels.set(to, channel)
      this.#spellings.set(to, channel.spelling)
      const joining = this.#joining.get(from)
      if (from === to) return []
      this.#joining.delete(from)
      if (joining !== undefined) this.#joining.set(to, joining)
      return [{ from, to }]
    })
  }

  /** Handles a line of the server's. */
  line(message: IrcMessage): void {
    const { command, params, nick, tags } = message
    const [first = '', second = '', third = ''] = params
    const playedBack = isPlaybackBatch(this.#batches.get(tags['batch'] ?? ''))
    // Who came, went or changed at that time is no news.
    if (playedBack && movements.has(command)) return
    switch (command) {
      case 'BATCH':
        if (first.startsWith('+')) this.#batches.set(first.slice(1), second)
        else this.#batches.delete(first.slice(1))
        return
      case 'PRIVMSG':
      case 'NOTICE':
        this.#spoken(message, playedBack)
        return
      case 'JOIN':
        this.#came(first, nick)
        return
      case 'PART':
        this.#went(first, nick, second)
        return
      case 'KICK':
        this.#went(first, second, `taken out by ${nick || 'the server'}${third === '' || third === second ? '' : `: ${third}`}`)
        return
      case 'QUIT':
        this.#everywhere(nick, (key, channel, folded) => {
          channel.members.delete(folded)
          this.#tell(key, 'left', nick, plainWords(first))
        })
        return
      case 'NICK':
        this.#everywhere(nick, (key, channel, folded) => {
          channel.members.delete(folded)
          channel.members.set(this.#parts.names.fold(first), first)
          this.#tell(key, 'renamed', nick, first)
        })
        return
      case 'TOPIC':
        this.#about(first, nick || 'the server', second)
        return
      case 'INVITE':
        if (this.#isOwn(first) && this.isChannel(second)) this.#parts.invited(nick || 'the server', second)
        return
      case '332':
        this.#about(second, 'the server', third)
        return
      case '353':
        this.#listed(third, params.at(-1) ?? '')
        return
      case '366':
        this.#allListed(second)
        return
      default:
        if (/^[45]\d\d$/.test(command) && params.length > 2) this.#refused(second, plainWords(params.at(-1) ?? ''))
    }
  }

  /** How the channel of a key is spelled; undefined where we are not in it. */
  spelledInQueue(key: string): string | undefined {
    return this.#channels.get(key)?.spelling
  }

  #inside(name: string): Channel {
    const channel = this.#channels.get(this.canonical(name))
    if (channel?.inside !== true) throw transportError('ADDRESS', `you are not in ${name}: /join ${name}`)
    return channel
  }

  #find(name: string): { readonly key: string, readonly channel: Channel } | undefined {
    const key = this.#parts.names.fold(name)
    const channel = this.#channels.get(key)
    return channel && { key, channel }
  }

  #isOwn(nick: string): boolean {
    return this.#parts.names.same(nick, this.#parts.own())
  }

  #spoken({ command, params, nick, prefix, tags }: IrcMessage, playedBack: boolean): void {
    const [target = '', text = ''] = params
    // A line to the operators alone, say, has their sign in front of the channel's name.
    const found = this.#find(target) ?? (/^[~&@%+]+[#&+!]/.test(target) ? this.#find(target.replace(/^[~&@%+]+(?=[#&+!])/, '')) : undefined)
    if (found === undefined) return
    const action = actionIn(text)
    // CTCP requests are not answered.
    if (action === undefined && text.startsWith(ctcp)) return
    const said = action ?? text
    if (said.trim() === '') return
    const time = playedBack ? parseServerTime(tags['time']) : undefined
    this.#tell(found.key, action !== undefined && command === 'PRIVMSG' ? 'did' : 'said', nick || prefix, said, time === undefined ? {} : { sentAt: Math.floor(time / 1000) })
  }

  #came(name: string, nick: string): void {
    const key = this.#parts.names.fold(name)
    if (this.#isOwn(nick)) {
      const known = this.#channels.get(key)
      this.#channels.set(key, { spelling: name, password: known?.password, inside: true, members: new Map(), listed: [] })
      this.#spellings.set(key, name)
    }
    const channel = this.#channels.get(key)
    if (channel === undefined) return
    if (channel.members.size < maxMembers) channel.members.set(this.#parts.names.fold(nick), nick)
    this.#tell(key, 'joined', nick, '')
    if (this.#isOwn(nick)) this.#settle(key, undefined)
  }

  #went(name: string, nick: string, why: string): void {
    const found = this.#find(name)
    if (found === undefined) return
    found.channel.members.delete(this.#parts.names.fold(nick))
    this.#tell(found.key, 'left', nick, plainWords(why === name ? '' : why))
    if (this.#isOwn(nick)) this.#channels.delete(found.key)
  }

  #everywhere(nick: string, work: (key: string, channel: Channel, folded: string) => void): void {
    const folded = this.#parts.names.fold(nick)
    for (const [key, channel] of this.#channels) if (channel.members.has(folded)) work(key, channel, folded)
  }

  #about(name: string, who: string, text: string): void {
    const found = this.#find(name)
    if (found !== undefined && text !== '') this.#tell(found.key, 'topic', who, text)
  }

  #listed(name: string, text: string): void {
    const found = this.#find(name)
    if (found === undefined) return
    for (const entry of text.split(' ').filter((one) => one !== '')) {
      // `@+nick!user@host`, given the capabilities that we ask for.
      const [, signs = '', nick = ''] = /^([~&@%+!.]*)([^!]*)/.exec(entry) ?? []
      if (nick === '' || found.channel.members.size >= maxMembers) continue
      found.channel.members.set(this.#parts.names.fold(nick), nick)
      found.channel.listed.push(`${signs.charAt(0)}${nick}`)
    }
  }

  #allListed(name: string): void {
    const found = this.#find(name)
    if (found === undefined || found.channel.listed.length === 0) return
    const { listed } = found.channel
    found.channel.listed = []
    const more = listed.length > maxListed ? ` and ${listed.length - maxListed} more` : ''
    this.#tell(found.key, 'names', 'the server', `${listed.slice(0, maxListed).join(' ')}${more}`)
  }

  #refused(name: string, words: string): void {
    const found = this.#find(name)
    if (found === undefined) return
    if (this.#joining.has(found.key) || !found.channel.inside) this.#refuse(found.key, words)
    else this.#tell(found.key, 'refused', 'the server', words)
  }

  #refuse(key: string, words: string): void {
    const channel = this.#channels.get(key)
    const { spelling = key } = channel ?? {}
    if (channel?.inside === false) this.#channels.delete(key)
    if (this.#joining.has(key)) this.#settle(key, transportError('REFUSED', `${spelling} will not let you in: ${words}`))
    // We were in it before the connection broke, and no call of `join` waits.
    else this.#parts.emit({ channel: key, event: 'refused', who: 'the server', text: `you are not in ${spelling} any more: ${words}` })
  }

  #settle(key: string, error: Error | undefined): void {
    const joining = this.#joining.get(key)
    this.#joining.delete(key)
    clearTimeout(joining?.timer)
    if (error === undefined) joining?.resolve()
    else joining?.reject(error)
  }

  #tell(channel: string, event: ChannelDoing, who: string, text: string, more: { readonly sentAt?: number } = {}): void {
    this.#parts.emit({ channel, event, who, text, ...this.#isOwn(who) && { own: true }, ...more })
  }
}
