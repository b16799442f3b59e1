import { expect } from 'chai'
import { Client, type ClientEvent } from '../../src/index.js'
import { PrekeyClient, type PrekeyClientEvent, type PrekeyStep } from '../../src/prekey/index.js'
import { SERVER, PrekeyWorld, type PrekeyUser } from '../support/prekey-parties.js'

const lines = (events: readonly ClientEvent[]): string[] => events.flatMap((event) => event.type === 'send' ? [event.message] : [])
const texts = (events: readonly ClientEvent[]): string[] => events.flatMap((event) => event.type === 'message' && event.encrypted ? [event.text] : [])

/** Delivers all lines to a client. Returns the texts that it reads, and its automatic answers. */
function deliver(to: PrekeyUser, from: string, messages: readonly string[]): { readonly read: string[], readonly answers: string[] } {
  const events = messages.flatMap((message) => to.core.receive(from, message))
  return { read: texts(events), answers: lines(events) }
}

async function fetched(alice: PrekeyUser, of: string): Promise<Extract<PrekeyClientEvent, { type: 'ensembles' }>> {
  const [event] = await alice.fetch(of)
  if (event?.type !== 'ensembles') throw new Error('no ensembles')
  return event
}

describe('offline messages by a prekey server', () => {
  it('Bob publishes and goes; Alice fetches, writes and goes; Bob comes back, reads and answers', async () => {
    const world = new PrekeyWorld()
    const [alice, bob] = [world.user('alice@example.org'), world.user('bob@example.org')]
    await bob.publish(3)
    const { ensembles } = await fetched(alice, bob.address)
    const waiting = lines(alice.core.conversation(bob.address).sendOffline(ensembles, 'read this when you are back'))
    waiting.push(...lines(alice.core.conversation(bob.address).send('and this').events))

    world.now += 3 * 86_400
    const { read } = deliver(bob, alice.address, waiting)
    expect(read).to.deep.equal(['read this when you are back', 'and this'])
    expect(bob.core.prekeysLeft()).to.equal(2)
    const answer = lines(bob.core.conversation(alice.address).send('I am back').events)
    expect(deliver(alice, bob.address, answer).read).to.deep.equal(['I am back'])
    expect(await bob.status()).to.deep.equal([{ type: 'prekey', server: SERVER, event: 'status', stored: 2 }])
  })

  it('each of many who write first gets a prekey of their own, and Bob reads them all', async () => {
    const world = new PrekeyWorld()
    const bob = world.user('bob@example.org')
    await bob.publish(5)
    const friends = Array.from({ length: 5 }, (_, n) => world.user(`friend${n}@example.org`))
    const written = await Promise.all(friends.map(async (friend) => {
      const { ensembles } = await fetched(friend, bob.address)
      return { friend, identifier: ensembles[0]!.prekeyMessage.identifier, messages: lines(friend.core.conversation(bob.address).sendOffline(ensembles, friend.address)) }
    }))
    expect(new Set(written.map(({ identifier }) => identifier)).size).to.equal(5)
    for (const { friend, messages } of written.reverse()) expect(deliver(bob, friend.address, messages).read).to.deep.equal([friend.address])
    expect(bob.core.prekeysLeft()).to.equal(0)
  })

  it('a Client, which gives its publications by promise, can be the owner', async () => {
    const world = new PrekeyWorld()
    const bob = await Client.open({ account: 'bob@example.org', clock: () => world.now, keys: { instanceTag: 0x200 } })
    const client = new PrekeyClient({
      owner: bob, server: { identity: SERVER, fingerprint: world.fingerprint }, clock: () => world.now, random: (n) => crypto.getRandomValues(new Uint8Array(n)),
    })
    const run = async ({ send, events, later }: PrekeyStep): Promise<PrekeyClientEvent[]> => {
      const all = [...events]
      for (const { message } of send) for (const answer of await world.server.receive(bob.account, message)) all.push(...await run(client.receive(SERVER, answer)))
      return later === undefined ? all : [...all, ...await run(await later)]
    }
    expect(await run(client.publish(2))).to.deep.equal([{ type: 'prekey', server: SERVER, event: 'published', count: 2 }])
    const alice = world.user('alice@example.org')
    expect((await fetched(alice, bob.account)).ensembles).to.have.length(1)
    await bob.close()
  })

  it('V7: the copies of the secrets that the proofs needed are overwritten when the publication is on its way', async () => {
    const world = new PrekeyWorld()
    const copies: Uint8Array[] = []
    const bob = world.user('bob@example.org', {
      as: (core) => ({
        identityForPrekeys: () => core.identityForPrekeys(), prekeysLeft: () => core.prekeysLeft(),
        publication: (count) => {
          const publication = core.publication(count)
          copies.push(publication.secrets.d, ...publication.secrets.y, ...publication.secrets.b)
          return publication
        },
      }),
    })
    await bob.publish(3)
    expect(copies).to.have.length(7)
    for (const copy of copies) expect(copy.every((byte) => byte === 0)).to.equal(true)
    // The account's own are as they were.
    expect((await bob.publish(1))[0]).to.include({ event: 'published' })
    const alice = world.user('alice@example.org')
    const { ensembles } = await fetched(alice, bob.address)
    expect(deliver(bob, alice.address, lines(alice.core.conversation(bob.address).sendOffline(ensembles, 'still there'))).read).to.deep.equal(['still there'])
  })
})
