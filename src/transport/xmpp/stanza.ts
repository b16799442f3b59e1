import type { LineKind } from '../../wire/index.js'
import { transportError, type IgnoredReason, type MessageMeta } from '../transport.js'
import { bareJid, resourceOf } from './jid.js'
import { keptSince, type Coming } from './catching-up.js'
import type { XmlElement, XmlFactory } from './xml-element.js'

/** What a message stanza is to us. */
export type IncomingStanza =
  | { readonly kind: 'text', readonly from: string, readonly address: string, readonly text: string, readonly meta: MessageMeta }
  | { readonly kind: 'ignored', readonly reason: IgnoredReason, readonly from?: string }
  /**
   * A message of ours came back. `text` says why, `id` which one it was. The body, which ejabberd returns, is our own text. `absent`: the server says
   * that nobody is at `address`.
   */
  | { readonly kind: 'error', readonly from: string, readonly address: string, readonly id: unknown, readonly text: string, readonly absent: boolean }
  /** Typing notices, receipts and the like. */
  | { readonly kind: 'nothing' }

const carbons = 'urn:xmpp:carbons:2'
const forward = 'urn:xmpp:forward:0'
const hints = 'urn:xmpp:hints'

/**
 * Decides what of a message stanza a session may see: text of type `chat` or `normal` that one person sent to us directly. Copies from another
 * client of ours, lines from an archive and lines from a room are not for this session, or were answered before; answering them again starts the
 * loops for which OTR over XMPP is known. `account`: our own bare JID; only its server may give an id to a delivery. `coming`: why that server sends
 * lines now. The attribute `to` says nothing: ejabberd writes another client's address there when it delivers a line to that client.
 */
export function readMessage(stanza: XmlElement, account?: string, coming: Coming = 'kept'): IncomingStanza {
  const address = stanza.attrs['from']
  // Without `from` it is our own server speaking for our own account.
  if (typeof address !== 'string' || address === '') return { kind: 'ignored', reason: 'headline' }
  const from = bareJid(address)
  const ignored = (reason: IgnoredReason): IncomingStanza => ({ kind: 'ignored', reason, from })
  if (stanza.getChild('received', carbons) !== undefined || stanza.getChild('sent', carbons) !== undefined) return ignored('carbon')
  if (['urn:xmpp:mam:2', 'urn:xmpp:mam:1', 'urn:xmpp:mam:0'].some((archive) => stanza.getChild('result', archive) !== undefined)) {
    return ignored('archive')
  }
  if (stanza.getChild('forwarded', forward) !== undefined) return ignored('archive')
  // A private message inside a room comes from `room/nick`: all members would be one correspondent.
  if (stanza.getChild('x', 'http://jabber.org/protocol/muc#user') !== undefined) return ignored('groupchat')
  switch (stanza.attrs['type']) {
    case undefined:
    case 'chat':
    case 'normal':
      break
    case 'groupchat':
      return ignored('groupchat')
    case 'error':
      return { kind: 'error', from, address, id: stanza.attrs['id'], text: errorText(stanza), absent: isAbsent(stanza) }
    default:
      return ignored('headline')
  }
  const text = stanza.getChildText('body')
  if (text === null) return { kind: 'nothing' }
  const sentAt = keptSince(stanza, address, coming, account)
  // The id must be our own server's (XEP-0359): a sender can write such an element in anybody's name. The stanza's attribute `id` is the
  // sender's choice, and may come twice.
  const id = stanza.getChildren('stanza-id', 'urn:xmpp:sid:0')
    .find(({ attrs: { by } }) => account !== undefined && typeof by === 'string' && by !== '' && bareJid(by) === account)?.attrs['id']
  const meta: MessageMeta = {
    address,
    ...typeof id === 'string' && id !== '' && id.length <= 256 ? { id } : {},
    ...sentAt === undefined ? {} : { sentAt },
  }
  return { kind: 'text', from, address, text, meta }
}

function errorText(stanza: XmlElement): string {
  const error = stanza.getChild('error')
  const told = error?.getChildText('text')
  if (told !== undefined && told !== null && told !== '') return told.slice(0, 200)
  const conditions = ['service-unavailable', 'item-not-found', 'remote-server-not-found', 'remote-server-timeout', 'recipient-unavailable',
    'not-allowed', 'forbidden', 'not-acceptable', 'policy-violation', 'resource-constraint']
  return conditions.find((condition) => error?.getChild(condition) !== undefined) ?? 'the server returned it'
}

/** Conditions by which servers say that nobody is at this address (RFC 6121, 8.5). */
const absences = ['service-unavailable', 'recipient-unavailable', 'item-not-found', 'gone']

function isAbsent(stanza: XmlElement): boolean {
  const error = stanza.getChild('error')
  return absences.some((condition) => error?.getChild(condition) !== undefined)
}

/** Characters that XML 1.0 cannot contain, not even escaped. One of them would end the stream. */
const notXml = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu

/** Names, in words, the characters of a text for people that XML cannot contain; undefined if the text arrives unchanged. */
export function whatXmlLoses(text: string): string | undefined {
  const found = text.match(notXml)?.[0]
  return found === undefined ? undefined : `XMPP cannot carry U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}

/**
 * Makes the stanza for one line. OTR's own lines are for one client: they have the marks against copies and archives. Offers, key exchanges and
 * errors are useless to somebody who comes later: they are marked not to be stored at all. Encrypted lines may be stored, and have the mark that
 * explains to clients without OTR what they are (XEP-0380). Text in clear has no mark.
 *
 * @param forMachines - the line is for a service
 * @throws OtrError `OTR_TRANSPORT_TEXT` for text of people that XML cannot contain
 */
export function writeMessage<Element>(xml: XmlFactory<Element>, to: string, text: string, id: string, kind: LineKind, forMachines = false): Element {
  const loss = kind === 'text' ? whatXmlLoses(text) : undefined
  if (loss !== undefined) throw transportError('TEXT', loss)
  const children: Element[] = [xml('body', {}, text.replace(notXml, '\uFFFD'))]
  if (forMachines || kind !== 'text') {
    children.push(
      xml('private', { xmlns: carbons }),
      xml('no-copy', { xmlns: hints }),
      xml('no-permanent-store', { xmlns: hints }),
    )
    if (!forMachines && (kind === 'offer' || kind === 'handshake' || kind === 'error')) children.push(xml('no-store', { xmlns: hints }))
  }
  if (!forMachines && (kind === 'handshake' || kind === 'data' || kind === 'offline')) {
    children.push(xml('encryption', { xmlns: 'urn:xmpp:eme:0', namespace: 'urn:xmpp:otr:0', name: 'OTR' }))
  }
  return xml('message', { to, type: 'chat', id }, ...children)
}

/** The full JID of a client that has gone, from its presence stanza; undefined for any other stanza. */
export function goneAddress(stanza: XmlElement): string | undefined {
  const from = stanza.attrs['from']
  if (!stanza.is('presence') || typeof from !== 'string') return undefined
  const type = stanza.attrs['type']
  return (type === 'unavailable' || type === 'error') && resourceOf(from) !== undefined ? from : undefined
}
