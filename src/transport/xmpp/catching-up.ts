import { momentMs } from '../moment.js'
import { bareJid } from './jid.js'
import type { XmlElement } from './xml-element.js'

/**
 * Why the server sends us lines now. `kept`: it delivers what it has stored while we were away. `again`: the connection broke for a moment, and the
 * server repeats what was under way then. `live`: neither.
 */
export type Coming = 'kept' | 'again' | 'live'

interface Delay {
  /** Who says that they stored it; undefined where the stamp names nobody. */
  readonly by: string | undefined
  /** Seconds. */
  readonly since: number
}

/**
 * When the network stored a message; undefined for one that is new. A stamp alone is no proof: the sender's program writes one, in its own name or in
 * none, on what it sends again after its connection broke, and a server writes one on what it repeats after ours did. What decides is who stored the
 * message; no clock is compared with another. `account`: our bare JID.
 */
export function keptSince(stanza: XmlElement, sender: string, coming: Coming, account?: string): number | undefined {
  if (coming === 'again') return undefined
  const delays = delaysOf(stanza)
  const from = bareJid(sender)
  // A message that we sent to ourselves may have been stored by our server, in our name.
  const ofSender = ({ by }: Delay): boolean => by !== undefined && bareJid(by) === from && from !== account
  const held = delays.filter((delay) => !ofSender(delay) && (delay.by !== undefined || coming === 'kept'))
  return held.length === 0 ? undefined : Math.min(...held.map(({ since }) => since))
}

/** All stamps, as in XEP-0203 and its older form. ejabberd adds none where the sender has written one in its name. */
function delaysOf(stanza: XmlElement): Delay[] {
  const found = [...stanza.getChildren('delay', 'urn:xmpp:delay'), ...stanza.getChildren('x', 'jabber:x:delay')]
  return found.map(({ attrs: { from, stamp } }) => ({ by: typeof from === 'string' && from !== '' ? from : undefined, since: secondsOf(stamp) }))
}

function secondsOf(stamp: unknown): number {
  if (typeof stamp !== 'string') return 0
  const time = Date.parse(stamp.replace(/^(\d{4})(\d{2})(\d{2})T([\d:]+)$/, '$1-$2-$3T$4Z'))
  // A stamp says that the message was stored, even if its time cannot be read.
  return Number.isNaN(time) ? 0 : Math.max(0, Math.floor(time / 1000))
}

/** Milliseconds of a clock that only runs forward, and of the calendar's clock, which goes on while the machine sleeps. */
export interface Moment {
  readonly running: number
  readonly calendar: number
}

/** Follows why the server sends lines. The server does one thing after another, so its answer to a question shows what it has finished. */
export class CatchingUp {
  #coming: Coming = 'kept'
  #heard: Moment = { running: 0, calendar: 0 }
  /** When the server was heard last before the connection broke. */
  #broken: Moment | undefined
  /** The id of the question whose answer ends the catching up. */
  #question: string | undefined

  get coming(): Coming {
    return this.#coming
  }

  /** Something came from the server. */
  heard(now: Moment): void {
    this.#heard = now
    if (this.#broken === undefined || this.#coming === 'kept') return
    // The package asks for a sign of life every 30 seconds, so a gap is not much longer than the break was.
    const gap = Math.max(now.running - this.#broken.running, Math.abs(now.calendar - this.#broken.calendar))
    this.#coming = gap <= momentMs ? 'again' : 'kept'
  }

  /** The connection broke. Lines that come on the next one before `logsIn` are repeated ones, unless stored lines were still due. */
  breaks(): void {
    this.#question = undefined
    if (this.#coming !== 'kept') this.#broken ??= this.#heard
  }

  /** We have become present: the server delivers what it has stored. */
  logsIn(): void {
    this.#coming = 'kept'
    this.#question = undefined
    this.#broken = undefined
  }

  /** The server was asked something: it answers behind those lines. */
  asked(id: string): void {
    this.#question = id
  }

  /** The server answered something. */
  answered(id: unknown): void {
    if (this.#question === undefined || id !== this.#question) return
    this.#question = undefined
    this.#broken = undefined
    this.#coming = 'live'
  }
}
