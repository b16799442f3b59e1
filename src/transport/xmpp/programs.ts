import type { TextFormat } from '../../session/text/text-format.js'
import { RecentMap } from '../recent-map.js'
import { resourceOf } from './jid.js'
import type { XmlElement } from './xml-element.js'

/**
 * How programs that name themselves in their presence (XEP-0115) write and read private text of OTR version 3, as measured with Pidgin 2.14.12,
 * bitlbee 3.6, Tkabber 1.1.2 and mcabber 1.1.2.
 */
const formats: ReadonlyMap<string, TextFormat> = new Map([
  ['http://pidgin.im/', 'html'],
  ['http://bitlbee.org/xmpp/caps', 'html'],
  ['http://tkabber.jabber.ru/', 'html'],
  ['http://mcabber.com/caps', 'escapes'],
])

/** Clients whose programs are remembered. */
const maxClients = 4096

/** The programs of the clients that are online, by their full JIDs: as their presence names them, so unauthenticated. */
export class Programs {
  readonly #formats = new RecentMap<string, TextFormat>(maxClients)

  /** Takes in a presence stanza; others are left alone. */
  heard(stanza: XmlElement): void {
    const from = stanza.attrs['from']
    if (!stanza.is('presence') || typeof from !== 'string' || resourceOf(from) === undefined) return
    const node = stanza.attrs['type'] === undefined ? stanza.getChild('c', 'http://jabber.org/protocol/caps')?.attrs['node'] : undefined
    const format = typeof node === 'string' ? formats.get(node) : undefined
    if (format === undefined) this.#formats.delete(from)
    else this.#formats.set(from, format)
  }

  /** How this client writes and reads private text; `undefined`: nothing is known of its program. */
  format(address: string): TextFormat | undefined {
    return this.#formats.get(address)
  }

  /** The connection is gone: everybody shows their presence again. */
  clear(): void {
    this.#formats.clear()
  }
}
