import { ircProtocol } from './irc/protocol.js'
import type { Protocol } from './protocol.js'
import { relayProtocol } from './relay/protocol.js'
import { xmppProtocol } from './xmpp/protocol.js'

/** Every network that there is a transport for. A new transport adds a line here; nothing else enumerates them. */
export const protocols: readonly Protocol[] = [relayProtocol, ircProtocol, xmppProtocol]

/** The network of a name, however a program writes it. Undefined for one that there is no transport for. */
export function protocolNamed(name: string): Protocol | undefined {
  return protocols.find((one) => one.name === name || one.otherNames.includes(name))
}
