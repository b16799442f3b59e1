import type { Client } from '@xmpp/client'

const management = 'urn:xmpp:sm:3'

/**
 * Returns a function that calls `go` as soon as the package counts stanzas (XEP-0198), or at once where the server does not offer that.
 *
 * The package sets its counter to zero a moment after `<enabled/>`. A server that asks for the count right behind that gets too high a number, and
 * ends the connection (Prosody: "Client acknowledged more stanzas than sent by server"); we connect again, and so on for ever. Before we are present,
 * no stanzas come. So call `go` to become present.
 */
export function whenCounting(client: Client): (go: () => void) => void {
  let offered = false
  let waiting: (() => void) | undefined
  // The package's types declare neither the features nor the state.
  client.on('element', (element: { is(name: string, namespace?: string): boolean, getChild(name: string, namespace?: string): unknown }) => {
    if (element.is('features', 'http://etherx.jabber.org/streams')) {
      offered = element.getChild('sm', management) !== undefined
    } else if (waiting !== undefined && (element.is('enabled', management) || element.is('failed', management))) {
      // The package handles this element after us.
      setImmediate(waiting)
      waiting = undefined
    }
  })
  client.on('disconnect', () => { waiting = undefined })
  return (go) => {
    if (offered && !(client.streamManagement as unknown as { enabled: boolean }).enabled) waiting = go
    else go()
  }
}
