import { protocolNamed } from './protocols.js'
import { transportError } from './transport.js'

/**
 * The key of a correspondent's conversation, for programs that have a name and no connection: those that read other programs' files, or look
 * into a state. A connected transport's `canonical` knows more: how its server compares names. Names of a network that is not known are their
 * own key.
 *
 * @param protocol - as libotr's programs name the network in their files
 * @throws OtrError `OTR_TRANSPORT_ADDRESS` for a string that is no name on the network
 */
export function canonicalName(protocol: string, name: string): string {
  const known = protocolNamed(protocol)
  if (known !== undefined) return known.canonical(name)
  if (name === '') throw transportError('ADDRESS', 'no name')
  return name
}
