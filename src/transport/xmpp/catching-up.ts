import { momentMs } from '../moment.js'
import { bareJid } from './jid.js'
import type { XmlElement } from './xml-element.js'

/**
 * What the server is doing as lines come. `kept`: it gives us what it had put by while we were away. `again`: the connection was broken
 * for a moment, and it repeats what was under way then. `live`: neither.
 */
export type Coming = 'kept' | 'again' | 'live'

interface Delay {
  /** Who says that they held it; absent where nobody is named. */
  readonly by: string | undefined
  /** Seconds. */
  readonly since: number
}

/**
 * When the network put a message by; undefined for what is of now. A stamp is no proof of that: the sender's own program writes one, in its
 * own name or in none, on what it sends again after a bad moment, and a server writes one on what it repeats to us after ours.
 * Who held the line decides, and no clock is compared with another. `account`: our bare JID.
 */
export function keptSince(stanza: XmlElement, sender: string, coming: Coming, account?: string): number | undefined {
  if (coming === 'again') return undefined
  const delays = delaysOf(stanza)
  const from = bareJid(sender)
  // What we send to ourselves our server may have held in our name.
  const ofSender = ({ by }: Delay): boolean => by !== undefined && bareJid(by) === from && from !== account
  const held = delays.filter((delay) => !ofSender(delay) && (delay.by !== undefined || coming === 'kept'))
  return held.length === 0 ? undefined : Math.min(...held.map(({ since }) => since))
}

/** XEP-0203 and its older form, all of them: ejabberd adds none where the sender has written one in its name. */
function delaysOf(stanza: XmlElement): Delay[] {
  const found = [...stanza.getChildren('delay', 'urn:xmpp:delay'), ...stanza.getChildren('x', 'jabber:x:delay')]
  return found.map(({ attrs: { from, stamp } }) => ({ by: typeof from === 'string' && from !== '' ? from : undefined, since: secondsOf(stamp) }))
}

function secondsOf(stamp: unknown): number {
  if (typeof stamp !== 'string') return 0
  const time = Date.parse(stamp.replace(/^(\d{4})(\d{2})(\d{2})T([\d:]+)$/, '$1-$2-$3T$4Z'))
  // It says that it was held, so a time that cannot be read is no reason to take it for new.
  return Number.isNaN(time) ? 0 : Math.max(0, Math.floor(time / 1000))
}

/** Milliseconds of a clock that runs forward, and of the calendar, which goes on while the machine sleeps. */
export interface Moment {
  readonly running: number
  readonly calendar: number
}

/** Knows what the server is doing, by what it was asked and has answered: it does one thing after another. */
export class CatchingUp {
  #coming: Coming = 'kept'
  #heard: Moment = { running: 0, calendar: 0 }
  /** The connection broke: when it was heard last before. */
  #broken: Moment | undefined
  /** The id of the question whose answer ends the catching up. */
  #question: string | undefined

  get coming(): Coming {
    return this.#coming
  }

  /** Something came. */
  heard(now: Moment): void {
    this.#heard = now
    if (this.#broken === undefined || this.#coming === 'kept') return
    // The package asks for a sign of life every 30 seconds, so a gap is not much longer than the break was.
    const gap = Math.max(now.running - this.#broken.running, Math.abs(now.calendar - this.#broken.calendar))
    this.#coming = gap <= momentMs ? 'again' : 'kept'
  }

  /** The connection broke. What comes on the next one before `logsIn` is repeated; what was not caught up with goes on as it is. */
  breaks(): void {
    this.#question = undefined
    if (this.#coming !== 'kept') this.#broken ??= this.#heard
  }

  /** We become present: the server gives what it had put by. */
  logsIn(): void {
    this.#coming = 'kept'
    this.#question = undefined
    this.#broken = undefined
  }

  /** It was asked something behind all that. */
  asked(id: string): void {
    this.#question = id
  }

  /** It answered something. */
  answered(id: unknown): void {
    if (this.#question === undefined || id !== this.#question) return
    this.#question = undefined
    this.#broken = undefined
    this.#coming = 'live'
  }
}
