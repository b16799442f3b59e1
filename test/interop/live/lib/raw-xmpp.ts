/** A bare XMPP client, without anything of ours: for what a server does with a stanza. */
import type { Client } from '@xmpp/client'
import { randomUUID } from 'node:crypto'
import { domain, password } from './prosody.js'
import { until, type Workplace } from './programs.js'

type Module = typeof import('@xmpp/client')
export type Element = ReturnType<Module['xml']>

const carbons = 'urn:xmpp:carbons:2'

export class RawXmpp {
  readonly #client: Client
  readonly #xml: Module['xml']
  readonly address: string
  readonly #got: Element[] = []

  private constructor(client: Client, xml: Module['xml'], address: string) {
    this.#client = client
    this.#xml = xml
    this.address = address
    client.on('stanza', (stanza) => { this.#got.push(stanza) })
  }

  /** Logs in and asks for copies of what other clients of the account get; becomes present unless told not to. */
  static async open(workplace: Workplace, port: number, account: string, resource: string, { present = true } = {}): Promise<RawXmpp> {
    const { client: make, xml } = await import('@xmpp/client')
    const client = make({
      service: `xmpp://127.0.0.1:${port}`, domain, resource,
      credentials: async (authenticate) => {
        await (authenticate as unknown as (credentials: object, mechanism: string) => Promise<void>)({ username: account, password }, 'PLAIN')
      },
    })
    // A server on a busy machine takes longer than the two seconds that the package waits.
    client.timeout = 30_000
    client.on('error', () => undefined)
    client.reconnect.stop()
    // Left to itself the package is thrown out now and then for counting stanzas wrongly: hide that there is something to count.
    client.prependListener('element', (element: { is(name: string, ns?: string): boolean, children?: unknown[] }) => {
      if (element.is('features', 'http://etherx.jabber.org/streams')) element.children = element.children?.filter((child) => (child as { name?: string }).name !== 'sm') ?? []
    })
    const raw = new RawXmpp(client, xml, `${account}@${domain}/${resource}`)
    await client.start()
    workplace.onClose(() => raw.close())
    await raw.#ask(xml('enable', { xmlns: carbons }), 'set')
    if (present) await raw.becomePresent()
    return raw
  }

  async becomePresent(): Promise<void> {
    await this.#client.send(this.#xml('presence', {}))
    await this.settled()
  }

  /** Sends what is made under a new id. Gives the id. */
  async send(make: (xml: Module['xml'], id: string) => Element): Promise<string> {
    const id = randomUUID()
    await this.#client.send(make(this.#xml, id))
    await this.settled()
    return id
  }

  /** The server has done all that we asked before. */
  async settled(): Promise<void> {
    await this.#ask(this.#xml('ping', { xmlns: 'urn:xmpp:ping' }), 'get', domain)
  }

  /** The messages that came to it with this id, but no copies and nothing out of an archive. */
  messages(id: string): Element[] {
    return this.#got.filter((stanza) => stanza.is('message') && stanza.attrs['id'] === id)
  }

  /** Whether another client is said to be gone. */
  gone(address: string): boolean {
    return this.#got.findLast((stanza) => stanza.is('presence') && stanza.attrs['from'] === address)?.attrs['type'] === 'unavailable'
  }

  /** How many copies of it came, of what another client of the account got or sent. */
  copies(id: string): number {
    return this.#got.filter((stanza) => (stanza.getChild('received', carbons) ?? stanza.getChild('sent', carbons))?.toString().includes(`id="${id}"`) === true).length
  }

  /** How often it is in the account's archive. */
  async archived(id: string): Promise<number> {
    const before = this.#got.length
    await this.#ask(this.#xml('query', { xmlns: 'urn:xmpp:mam:2' }), 'set')
    return this.#got.slice(before).filter((stanza) => stanza.getChild('result', 'urn:xmpp:mam:2')?.toString().includes(`id="${id}"`) === true).length
  }

  async comes(id: string): Promise<Element> {
    return until(() => this.messages(id)[0], 20, () => `${this.address} gets no message ${id}`)
  }

  async close(): Promise<void> {
    await this.#client.stop().catch(() => undefined)
  }

  async #ask(question: Element, type: 'get' | 'set', to?: string): Promise<void> {
    // Its types know nothing of it.
    const { iqCaller } = this.#client as unknown as { iqCaller: { request(stanza: unknown): Promise<unknown> } }
    await iqCaller.request(this.#xml('iq', { type, ...to !== undefined && { to } }, question))
  }
}
