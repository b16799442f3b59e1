import { textOption, type Protocol } from '../protocol.js'
import { canonicalJid, parseJid } from './jid.js'

/** XMPP, once called Jabber. */
export const xmppProtocol: Protocol = {
  name: 'prpl-jabber',
  otherNames: ['jabber', 'xmpp'],
  serverComparesNames: false,
  // Pidgin writes the slash of a resource also where there is none.
  canonical: (name) => canonicalJid(name.replace(/^([^/]*)\/$/, '$1')),
  commandLine: {
    option: 'xmpp',
    usage: 'JID [--server HOST:PORT]',
    options: { server: { type: 'string' } },
    help: `
  --server H:P     the XMPP server, when it is not found by the domain`,
    hasServices: true,
    open: async (jid, { values, insecure, services }) => {
      const { domain } = parseJid(jid)
      const server = textOption(values, 'server')
      const { XmppTransport } = await import('./client.js')
      return {
        label: server ?? domain,
        password: { variable: 'OTR4_PASSWORD', what: 'the XMPP account' },
        make: (password) => new XmppTransport({ jid, password, insecure, services, ...server !== undefined && { server } }),
      }
    },
  },
}
