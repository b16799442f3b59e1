import type { Client } from '@xmpp/client'

const management = 'urn:xmpp:sm:3'

/**
 * Gives a function that calls `go` when the package counts what comes (XEP-0198), or at once where the server does not offer that.
 *
 * The package sets its counter to zero a moment after `<enabled/>`. A server that asks right behind it gets a count of what came before, more
 * than it has sent, and throws us out for that; we come back, and so on for ever (Prosody: "Client acknowledged more stanzas than sent
 * by server"). Before we are present nothing comes: so that waits.
 */
export function whenCounting(client: Client): (go: () => void) => void {
  let offered = false
  let waiting: (() => void) | undefined
  // Its types know nothing of the features, nor of the state.
  client.on('element', (element: { is(name: string, namespace?: string): boolean, getChild(name: string, namespace?: string): unknown }) => {
    if (element.is('features', 'http://etherx.jabber.org/streams')) {
      offered = element.getChild('sm', management) !== undefined
    } else if (waiting !== undefined && (element.is('enabled', management) || element.is('failed', management))) {
      // The package has not looked at it yet.
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
