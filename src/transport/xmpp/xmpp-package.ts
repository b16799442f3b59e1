import type { client as makeClient, Client } from '@xmpp/client'
import { transportError } from '../transport.js'
import type { XmlFactory } from './xml-element.js'

/** An element as the package makes it. */
export type Element = Parameters<Client['send']>[0]

/** What we use of the package. */
export interface XmppModule {
  client: typeof makeClient
  xml: XmlFactory<Element>
}

/** Loads the optional package. @throws OtrError `OTR_TRANSPORT_MISSING` */
export async function loadXmpp(): Promise<XmppModule> {
  try {
    return await import('@xmpp/client')
  } catch {
    throw transportError('MISSING', 'XMPP needs the package @xmpp/client: npm install @xmpp/client')
  }
}

/** Calls `onBad` for a stanza with invalid addresses. By itself the package throws out of the socket's listener, which would end the process. */
export function surviveBadStanzas(client: Client, onBad: () => void): void {
  const inner = client as unknown as { _onElement: (element: unknown) => void }
  const handle = inner._onElement.bind(client)
  inner._onElement = (element) => {
    try {
      handle(element)
    } catch {
      onBad()
    }
  }
}

/** Hides a server's offer of TLS from the package, which would use it wherever it is offered and accepts only certificates that Node accepts. */
export function skipTls(client: Client): void {
  client.prependListener('element', (element: { is(name: string, ns?: string): boolean, children?: unknown[] }) => {
    if (!element.is('features', 'http://etherx.jabber.org/streams') || element.children === undefined) return
    element.children = element.children.filter((child) => (child as { name?: string }).name !== 'starttls')
  })
}
