import type { Client, IrcMessage, IrcTextEvent } from 'irc-framework'
import { messageOfPiece } from '../../wire/fragment.js'
import { classify } from '../../wire/index.js'
import type { Emitter } from '../emitter.js'
import { FragmentProgress, type Progress } from '../fragment-progress.js'
import { RecentMap } from '../recent-map.js'
import type { IgnoredReason, MessageMeta, TransportEvents } from '../transport.js'
import { actionIn, ctcp } from './ctcp.js'
import type { NickBook } from './nick-book.js'
import { isPlaybackBatch, playedBack } from './playback.js'
import { parseServerTime, ServerClock } from './server-clock.js'
import { plainWords } from './server-text.js'

/** A line that is older than this, by the server's own clock, was stored by the server or by a bouncer. */
const keptAfterMs = 60_000
/** How many lines may wait until the server has said how it compares names. */
const maxEarly = 4096
/** How many correspondents are remembered that lines went to, to know when the server speaks of one of them. */
const maxTargets = 256

/** Numerics by which a server says that it did not pass a line on. Their second parameter is whom the line was for. */
const notPassedOn: ReadonlySet<string> = new Set(['401', '404', '407', '408', '415', '439', '477', '486', '487', '488', '489', '492', '505', '531', '716', '717'])

export interface IncomingParts {
  readonly emitter: Emitter<TransportEvents>
  readonly names: NickBook
  /** Our own nick now. */
  readonly own: () => string
  /** Nobody has this name now. Returns whom the server means, if an event should report it. */
  readonly nobody: (key: string) => string | undefined
}

/** Reads the lines of a server. Decides which of them a session may see, whose they are, and whether they were stored. */
export class Incoming {
  readonly #emitter: Emitter<TransportEvents>
  readonly #names: NickBook
  readonly #own: () => string
  readonly #nobody: IncomingParts['nobody']
  readonly #targets = new RecentMap<string, true>(maxTargets)
  readonly #pieces = new FragmentProgress()
  #clock = new ServerClock()
  #early: (() => void)[] | undefined

  constructor({ emitter, names, own, nobody }: IncomingParts) {
    this.#emitter = emitter
    this.#names = names
    this.#own = own
    this.#nobody = nobody
  }

  /** A connection begins. Lines of people wait until `release` is called. */
  listen(client: Client): void {
    this.#clock = new ServerClock()
    this.#early = []
    client.on('privmsg', (event: IrcTextEvent) => { this.#privmsg(event) })
    client.on('action', (event: IrcTextEvent) => { this.#text(event, event.message === ctcp ? '' : event.message, true) })
    client.on('notice', (event: IrcTextEvent) => { this.#notice(event) })
    client.on('ctcp request', (event: IrcTextEvent) => { this.ignore('notice', event.nick) })
    client.on('ctcp response', (event: IrcTextEvent) => { this.ignore('notice', event.nick) })
    client.on('away', ({ nick, message, self }: { nick: string, message: string, self: boolean }) => {
      if (!self) this.#emitter.emit('away', { who: this.#names.heard(nick), text: plainWords(message) })
    })
  }

  /** Hands over the lines that waited: the server has said how it compares names, or the connection is over. */
  release(): void {
    const early = this.#early ?? []
    this.#early = undefined
    for (const hand of early) hand()
  }

  /** Every line, before anything else sees it. */
  line({ command, prefix, params, tags }: IrcMessage): void {
    const told = parseServerTime(tags['time'])
    if (told !== undefined) this.#clock.note(told, performance.now(), command === 'PONG' ? 'answer' : prefix.includes('!') ? 'anybody' : 'server')
    const [, target] = params
    if (!notPassedOn.has(command) || target === undefined || params.length < 3) return
    const name = this.#names.fold(target)
    const to = command === '401' ? this.#nobody(name) : name
    // A server answers other commands with the same numerics.
    if (to === undefined || !this.#targets.has(to)) return
    this.#emitter.emit('undelivered', { to, detail: command === '401' ? 'nobody of this nick is here' : plainWords(params.at(-1) ?? '') })
  }

  /** These lines reached nobody. Reports it once for each message, however many fragments it has. */
  lost(to: string, lines: readonly string[]): void {
    const messages = new Map(lines.map((line) => [messageOf(line), line]))
    for (const line of messages.values()) this.#emitter.emit('undelivered', { to, detail: 'nobody of this nick is here', line, more: true })
  }

  /** Calls `work` when all lines that came before have been handed over. */
  inOrder(work: () => void): void {
    if (this.#early === undefined) work()
    else this.#early.push(work)
  }

  /** A correspondent has another name, or another key. */
  renamed(from: string, to: string): void {
    if (this.#targets.take(from) === true) this.sentTo(to)
    this.#pieces.renamed(from, to)
  }

  /** A line is on its way to a correspondent. */
  sentTo(key: string): void {
    this.#targets.set(key, true)
  }

  /** A line to or from a correspondent has left or arrived. */
  progress(who: string, direction: Progress['direction'], line: string): void {
    const progress = this.#pieces.note(who, direction, line, performance.now())
    if (progress !== undefined) this.#emitter.emit('progress', { who, ...progress })
  }

  ignore(reason: IgnoredReason, from?: string): void {
    this.#emitter.emit('ignored', { reason, ...from === undefined ? {} : { from } })
  }

  #privmsg(event: IrcTextEvent): void {
    const { message } = event
    // Also an action whose end was cut off on the way.
    const action = actionIn(message)
    if (action !== undefined) this.#text(event, action, true)
    else if (message.startsWith(ctcp)) this.ignore('notice', event.nick)
    else this.#text(event, message, false)
  }

  #text(event: IrcTextEvent, text: string, action: boolean): void {
    // Its age, and whether it is for us, are decided now, not when it is handed over.
    const age = this.#age(event)
    const own = this.#own()
    if (this.#early !== undefined && this.#early.length < maxEarly) this.#early.push(() => { this.#hand(event, text, { action, age, own }) })
    else this.#hand(event, text, { action, age, own })
  }

  #hand(event: IrcTextEvent, text: string, { action, age, own }: { readonly action: boolean, readonly age: number | undefined, readonly own: string }): void {
    const { nick, ident, hostname, target } = event
    if (event.from_server === true || nick === '') this.ignore('notice')
    else if (this.#names.same(nick, own)) this.ignore('own-echo', nick)
    else if (!this.#names.same(target, own)) this.ignore('groupchat', nick)
    else if (text.trim() === '' && action) this.ignore('empty', nick)
    // No program sends OTR as an action, and people should not have to read it.
    else if (action && classify(text).kind !== 'plaintext') this.ignore('malformed', nick)
    else {
      // A server that gives times puts no stamp into the text: then the stamp is the sender's own text.
      const behindStamp = event.time === undefined ? playedBack(text) : undefined
      const kept = behindStamp !== undefined || isPlaybackBatch(event.batch?.type) || (age !== undefined && age > keptAfterMs)
      // In our own time, as far as both clocks can be compared.
      const since = age === undefined ? event.time ?? 0 : Date.now() - age
      const meta: MessageMeta = {
        address: `${nick}!${ident}@${hostname}`,
        ...kept ? { sentAt: Math.floor(since / 1000) } : {},
        ...action ? { action } : {},
      }
      const from = this.#names.heard(nick)
      if (!kept) this.progress(from, 'receiving', text)
      this.#emitter.emit('message', { from, text: behindStamp ?? text, meta })
    }
  }

  #age({ time }: IrcTextEvent): number | undefined {
    return time === undefined ? undefined : this.#clock.age(time, performance.now())
  }

  /** The server, or a service, says something to the person. It belongs to no conversation and is never answered. */
  #notice(event: IrcTextEvent): void {
    this.ignore('notice', event.nick)
    const { nick, message } = event
    if (this.#names.same(nick, this.#own()) || classify(message).kind !== 'plaintext') return
    this.#emitter.emit('notice', { text: message, ...event.from_server === true || nick === '' ? {} : { from: nick } })
  }
}

/** Which message a line belongs to: the same string for all fragments of one message. */
function messageOf(line: string): string {
  const classified = classify(line)
  return classified.kind === 'fragment' ? messageOfPiece(classified.fragment) : line
}
