import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { Client, generateEd448Keys, generateInstanceTag, parsePrivateKeys, systemRandom } from '../../src/index.js'
import { looksLikePrekeyText, PrekeyClient, type PrekeyClientEvent, type PrekeyStep } from '../../src/prekey/index.js'
import { XmppTransport } from '../../src/transport/xmpp/index.js'
import { PrekeyProcess } from './lib/prekey-process.js'
import { needs, until, Workplace } from './live/lib/programs.js'
import { domain, password, prekeyComponent } from './live/lib/prosody.js'
import { disco } from './live/lib/disco.js'

const dsa = parsePrivateKeys(readFileSync(new URL('../vectors/data/v3-libotr/keys/alice.private_key', import.meta.url), 'utf8'))[0]!.key

/** One person: a client, its prekey client, and a connection to Prosody. */
class Person {
  readonly client: Client
  readonly transport: XmppTransport
  readonly prekeys: PrekeyClient
  readonly events: PrekeyClientEvent[] = []
  readonly heard: { from: string, text: string, encrypted: boolean, offline?: boolean }[] = []
  readonly #server: string

  constructor(name: string, port: number, server: { identity: string, fingerprint: string }) {
    this.#server = server.identity
    const jid = `${name}@${domain}`
    this.client = new Client({ account: jid, keys: { dsa, ed448: generateEd448Keys(systemRandom), instanceTag: generateInstanceTag(systemRandom) }, clock: () => Date.now() / 1000 })
    this.transport = new XmppTransport({ jid, password, server: `127.0.0.1:${port}`, services: [server.identity] })
    this.prekeys = new PrekeyClient({
      owner: this.client, server, random: systemRandom, clock: () => Date.now() / 1000, maxMessageLength: this.transport.maxMessageLength(),
    })
    this.client.on('send', ({ to, message }) => { void this.transport.send(to, message) })
    this.client.on('message', ({ from, text, encrypted, offline }) => { this.heard.push({ from, text, encrypted, ...offline !== undefined && { offline } }) })
    this.transport.on('message', ({ from, text }) => {
      if (from === this.#server && looksLikePrekeyText(text)) this.run(this.prekeys.receive(from, text))
      else void this.client.receive(from, text)
    })
  }

  run(step: PrekeyStep): void {
    this.events.push(...step.events)
    for (const { to, message } of step.send) void this.transport.send(to, message)
    void step.later?.then((later) => { this.run(later) })
  }

  /** Waits for an event of the prekey client. */
  async sees<Kind extends PrekeyClientEvent['type']>(type: Kind, event?: string): Promise<Extract<PrekeyClientEvent, { type: Kind }>> {
    return until(() => {
      const at = this.events.findIndex((one) => one.type === type && (event === undefined || ('event' in one && one.event === event)))
      return at < 0 ? undefined : this.events.splice(at, 1)[0] as Extract<PrekeyClientEvent, { type: Kind }>
    }, 60, () => `no ${type} ${event ?? ''} in ${JSON.stringify(this.events)}`)
  }
}

describe('our prekey server as a component of Prosody', () => {
  let workplace: Workplace | undefined
  let server: PrekeyProcess | undefined
  let port = 0
  let componentPort = 0
  const people: Person[] = []

  before(async function () {
    needs(this, ['prosody'])
    this.timeout(120_000)
    workplace = new Workplace()
    const component = prekeyComponent(workplace)
    ;({ port, componentPort } = await component.start(['alice', 'bob']))
    server = await PrekeyProcess.start(
      ['--identity', `prekey.${domain}`, '--store', workplace.path('prekeys'), '--xmpp-component', `127.0.0.1:${componentPort}`],
      { OTR4_COMPONENT_SECRET: component.secret },
    )
  })

  after(async () => {
    for (const { transport } of people) await transport.close()
    await server?.end('SIGTERM')
    await workplace?.close()
  })

  async function join(name: string): Promise<Person> {
    const person = new Person(name, port, server!)
    people.push(person)
    await person.transport.start()
    return person
  }

  it('is found by service discovery, with its fingerprint', async () => {
    const asked = await disco({ port, jid: `alice@${domain}`, password, component: `prekey.${domain}`, domain })
    expect(asked.items).to.include(`prekey.${domain}`)
    expect(asked.identities).to.deep.include({ category: 'auth', type: 'otr-prekey' })
    expect(asked.features).to.include('http://jabber.org/protocol/otrv4-prekey-server')
    expect(asked.fingerprint).to.match(/^[0-9A-F]{112}$/).and.equal(server?.fingerprint.toUpperCase())
  })

  it('carries a message to somebody who is away: publish, fetch, write, read, answer', async () => {
    const bob = await join('bob')
    bob.run(bob.prekeys.publish(20))
    expect(await bob.sees('prekey', 'published')).to.include({ count: 20 })
    bob.run(bob.prekeys.status())
    expect(await bob.sees('prekey', 'status')).to.include({ stored: 20 })
    await bob.transport.close()

    const alice = await join('alice')
    alice.run(alice.prekeys.fetch(`BOB@${domain}`))
    alice.run(alice.prekeys.fetch(`carol@${domain}`))
    const { ensembles } = await alice.sees('ensembles')
    expect(await alice.sees('prekey', 'none')).to.include({ of: `carol@${domain}` })
    const carried: string[] = []
    // Prosody keeps nothing for who is away here: the test does.
    alice.client.on('send', ({ message }) => { carried.push(message) })
    await alice.client.conversation(`bob@${domain}`).sendOffline(ensembles, 'read this when you are back')

    const back = new XmppTransport({ jid: `bob@${domain}`, password, server: `127.0.0.1:${port}`, services: [`prekey.${domain}`] })
    await back.start()
    back.on('message', ({ from, text }) => { void bob.client.receive(from, text) })
    bob.client.on('send', ({ to, message }) => { void back.send(to, message) })
    for (const message of carried) await bob.client.receive(`alice@${domain}`, message)
    expect(bob.heard.at(-1)).to.deep.include({ text: 'read this when you are back', encrypted: true, offline: true })
    await bob.client.conversation(`alice@${domain}`).send('I have read it')
    await until(() => alice.heard.some(({ text, encrypted }) => text === 'I have read it' && encrypted) ? true : undefined, 60, () => JSON.stringify(alice.heard))
    await back.close()
  }).timeout(180_000)

  it('is there again after Prosody was away', async () => {
    const again = prekeyComponent(workplace!)
    await again.stop()
    await again.start(['alice', 'bob'], port, componentPort)
    const carol = await until(async () => {
      const person = new Person('bob', port, server!)
      return person.transport.start().then(() => person, () => undefined)
    }, 60, () => 'Prosody does not come back')
    people.push(carol)
    // The component comes back by itself, a moment after.
    const asked = await until(async () => {
      carol.run(carol.prekeys.fetch(`bob@${domain}`))
      await new Promise((resolve) => { setTimeout(resolve, 1000) })
      carol.run(carol.prekeys.tick(Date.now() / 1000 + 40))
      return carol.events.find((event) => event.type === 'ensembles')
    }, 60, () => JSON.stringify(carol.events))
    expect(asked.type).to.equal('ensembles')
  }).timeout(180_000)
})
