/** OTR over XMPP. Needs the optional package `@xmpp/client`. */
export { XmppTransport, type XmppOptions } from './client.js'
export type { ReconnectPauses } from '../backoff.js'
export { readMessage, writeMessage, type IncomingStanza } from './stanza.js'
export type { Coming } from './catching-up.js'
export type { XmlElement, XmlFactory } from './xml-element.js'
export { bareJid, canonicalJid, parseJid, resourceOf, type Jid } from './jid.js'
export { peekTags, Routes } from './routes.js'
export type { Transport, TransportEvents, TransportStatus, MessageMeta, IgnoredReason } from '../transport.js'
