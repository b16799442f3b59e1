import { expect } from 'chai'
import { ed448KeyPair, systemRandom } from '../../src/crypto/index.js'
import { ClientCore } from '../../src/index.js'
import { MemoryPrekeyStore, PrekeyClient, PrekeyServer, type PrekeyClientEvent, type PrekeyStep } from '../../src/prekey/index.js'
import { openTcpFront, type FrontEvent, type PrekeyFront } from '../../src/transport/prekey/index.js'
import { hexEncode } from '../../src/wire/index.js'
import { testAccount } from '../support/network.js'
import { tcpExchange } from '../support/prekey-tcp.js'
import { seededRandom } from '../support/seeded.js'

const clock = (): number => Date.now() / 1000

/** Lines of the users here: a publication takes dozens of them. */
const maxMessageLength = 300

describe('a prekey server behind TCP, with many connections at once', function () {
  this.timeout(60_000)
  const told: FrontEvent[] = []
  let server: PrekeyServer
  let front: PrekeyFront & { readonly port: number }
  let tags = 0x2000

  beforeEach(async () => {
    told.length = 0
    const plenty = { burst: 10_000, perSecond: 1 }
    server = new PrekeyServer({
      identity: 'prekey.example', key: ed448KeyPair(seededRandom('tcp')(57)), store: new MemoryPrekeyStore(), random: systemRandom, clock,
      limits: { dakes: plenty, fetchesByRequester: plenty, fetchesOfOwnerByRequester: plenty, fetchesOfOwner: plenty },
      maxMessageLength,
      pause: () => new Promise((resolve) => { setImmediate(resolve) }),
    })
    front = await openTcpFront({ host: '127.0.0.1', port: 0, answer: (from, text) => server.receive(from, text), tell: (event) => told.push(event) })
  })
  afterEach(() => front.close())

  /** A user; each of the lines of a step goes over a connection of its own, all at the same time. */
  function user(address: string, key: number): { client: PrekeyClient, run: (step: PrekeyStep) => Promise<PrekeyClientEvent[]> } {
    const owner = new ClientCore({ account: testAccount(address, tags++, key, '4', clock()), clock, random: systemRandom })
    const client = new PrekeyClient({ owner, server: { identity: 'prekey.example', fingerprint: hexEncode(server.fingerprint) }, random: systemRandom, clock, maxMessageLength })
    const run = async ({ send, events }: PrekeyStep): Promise<PrekeyClientEvent[]> => {
      const answers = await Promise.all(shuffled(send).map(({ message }) => tcpExchange(front.port, [[address, message]])))
      const next: PrekeyClientEvent[][] = []
      for (const answer of answers.flat()) next.push(await run(client.receive('prekey.example', answer)))
      return [...events, ...next.flat()]
    }
    return { client, run }
  }

  it('puts the fragments of several people together, whichever connection each comes over, and in any order', async () => {
    const people = ['alice', 'bob', 'carol', 'dave', 'erin'].map((name, at) => user(name, at % 4))
    const publish = people.map(({ client, run }) => run(client.publish(12)))
    for (const events of await Promise.all(publish)) expect(events).to.deep.equal([{ type: 'prekey', server: 'prekey.example', event: 'published', count: 12 }])
    for (const { client, run } of people) {
      expect(await run(client.status())).to.deep.equal([{ type: 'prekey', server: 'prekey.example', event: 'status', stored: 12 }])
    }
    expect(told).to.deep.equal([])
  })

  it('hands out each prekey once to a crowd that asks at the same time, and tells the others that there are none', async () => {
    const owner = user('alice', 0)
    await owner.run(owner.client.publish(10))
    const crowd = Array.from({ length: 25 }, (_, at) => user(`reader-${at}`, at % 4))
    const answers = (await Promise.all(crowd.map(({ client, run }) => run(client.fetch('alice'))))).flat()
    const given = answers.flatMap((event) => event.type === 'ensembles' ? event.ensembles : []).map(({ prekeyMessage }) => prekeyMessage.identifier)
    expect(given).to.have.length(10)
    expect(new Set(given).size).to.equal(10)
    expect(answers.filter((event) => event.type === 'prekey' && event.event === 'none')).to.have.length(15)
    expect(answers).to.have.length(25)
    expect(told).to.deep.equal([])
  })

  it('fetches and publications in fragments at the same time do not disturb each other', async () => {
    const owner = user('alice', 0)
    await owner.run(owner.client.publish(20))
    const publishers = Array.from({ length: 4 }, (_, at) => user(`publisher-${at}`, at))
    const readers = Array.from({ length: 12 }, (_, at) => user(`reader-${at}`, at % 4))
    const [more, published, read] = await Promise.all([
      owner.run(owner.client.publish(20)),
      Promise.all(publishers.map(({ client, run }) => run(client.publish(12)))),
      Promise.all(readers.map(({ client, run }) => run(client.fetch('alice')))),
    ])
    expect([...more, ...published.flat()].map((event) => event.type === 'prekey' && event.event)).to.deep.equal(Array.from({ length: 5 }, () => 'published'))
    const given = read.flat().flatMap((event) => event.type === 'ensembles' ? event.ensembles : []).map(({ prekeyMessage }) => prekeyMessage.identifier)
    expect(new Set(given).size).to.equal(12)
    expect(await owner.run(owner.client.status())).to.deep.equal([{ type: 'prekey', server: 'prekey.example', event: 'status', stored: 28 }])
    expect(told).to.deep.equal([])
  })
})

function shuffled<Item>(items: readonly Item[]): Item[] {
  const random = seededRandom(`order ${items.length}`)
  return items.map((item) => ({ item, at: random(4).join() })).sort((a, b) => a.at < b.at ? -1 : 1).map(({ item }) => item)
}
