/**
 * Under which key a correspondent is found, for programs that have a name and no connection: those that read other programs' files, or
 * look into a state. A connected transport's `canonical` knows more: how its server compares names.
 */
import { canonicalNick } from './irc/case-mapping.js'
import { canonicalRelayName } from './relay/frames.js'
import { transportError } from './transport.js'
import { canonicalJid } from './xmpp/jid.js'

/**
 * The key of a correspondent's conversation. `protocol`: as libotr's programs name the network in their files. Names of a network that
 * is not known are their own key. Throws `OTR_TRANSPORT_ADDRESS` for what is no name there.
 */
export function canonicalName(protocol: string, name: string): string {
  switch (protocol) {
    case 'prpl-jabber':
    case 'jabber':
    case 'xmpp':
      // Pidgin writes the slash of a resource also where there is none.
      return canonicalJid(name.replace(/\/$/, ''))
    case 'IRC':
    case 'irc':
    case 'prpl-irc':
      return canonicalNick(name)
    case 'relay':
      return canonicalRelayName(name)
    default:
      if (name === '') throw transportError('ADDRESS', 'no name')
      return name
  }
}
