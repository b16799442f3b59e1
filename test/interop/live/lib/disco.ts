import type { Client } from '@xmpp/client'

interface Node {
  readonly attrs: Readonly<Record<string, string>>
  getChild(name: string): Node | undefined
  getChildren(name: string): Node[]
}

interface Asked {
  readonly items: string[]
  readonly identities: { category: string | undefined, type: string | undefined }[]
  readonly features: (string | undefined)[]
  readonly fingerprint: string | undefined
}

/** Looks for a prekey server as the specification says: the server's items, the component's information, and its items. */
export async function disco({ port, jid, password, component, domain }: { port: number, jid: string, password: string, component: string, domain: string }): Promise<Asked> {
  const { client, xml } = await import('@xmpp/client')
  const xmpp: Client = client({
    service: `xmpp://127.0.0.1:${port}`, domain, resource: 'disco',
    credentials: async (authenticate) => {
      await (authenticate as unknown as (credentials: object, mechanism: string) => Promise<void>)({ username: jid.split('@')[0], password }, 'PLAIN')
    },
  })
  xmpp.on('error', () => undefined)
  await xmpp.start()
  try {
    const ask = async (to: string, what: 'info' | 'items'): Promise<Node> => {
      // Its types know nothing of it.
      const { iqCaller } = xmpp as unknown as { iqCaller: { request(stanza: unknown): Promise<Node> } }
      const answer = await iqCaller.request(xml('iq', { type: 'get', to }, xml('query', { xmlns: `http://jabber.org/protocol/disco#${what}` })))
      return answer.getChild('query')!
    }
    const items = await ask(domain, 'items')
    const info = await ask(component, 'info')
    const own = await ask(component, 'items')
    return {
      items: items.getChildren('item').map(({ attrs }) => attrs['jid'] ?? ''),
      identities: info.getChildren('identity').map(({ attrs }) => ({ category: attrs['category'], type: attrs['type'] })),
      features: info.getChildren('feature').map(({ attrs }) => attrs['var']),
      fingerprint: own.getChildren('item').find(({ attrs }) => attrs['node'] === 'fingerprint')?.attrs['name'],
    }
  } finally {
    await xmpp.stop()
  }
}
