import { expect } from 'chai'
import { MemoryPrekeyStore, type PublishResult } from '../../src/prekey/index.js'
import { encodePrekeyProtocol, prekeyText, prekeyTextBytes } from '../../src/prekey/messages.js'
import { storageRequestMac } from '../../src/prekey/key-schedule.js'
import { base64Encode, Reader } from '../../src/wire/index.js'
import { PrekeyWorld, SERVER, type PrekeyUser } from '../support/prekey-parties.js'
import { patient, rawExchange } from '../support/raw-prekey-publisher.js'

const query = (identity: string): string => prekeyText({ kind: 'prekey-query', senderTag: 0x100, identity, versions: '4' })
const sigma = new Uint8Array(342)

/** Checks that a server and its clients, of whom Bob has published, still work after `attack`. */
async function serving(attack: (world: PrekeyWorld, bob: PrekeyUser) => Promise<void>): Promise<void> {
  const world = new PrekeyWorld({ limits: patient })
  const bob = world.user('bob@example.org')
  await bob.publish(3)
  await attack(world, bob)
  world.tamper = ({ text }) => text
  expect((await bob.status())[0]).to.include({ event: 'status', stored: 3 })
  expect((await world.user('alice@example.org').fetch(bob.address))[0]).to.include({ type: 'ensembles' })
  expect((await bob.publish(1))[0]).to.include({ event: 'published' })
  expect(world.server.load).to.deep.equal({ exchanges: 0, fragmentBytes: 0, working: 0 })
  expect(world.metrics.filter((metric) => metric.name === 'dropped' && metric.reason === 'internal')).to.deep.equal([])
}

describe('whatever comes, the prekey server goes on serving', () => {
  it('O8: a publication and a storage request outside of a DAKE-3 are nothing, signed or not', () => serving(async (world, bob) => {
    const exchange = await rawExchange(world, bob)
    const publication = encodePrekeyProtocol(exchange.honest(bob.core.publication(1)))
    const request = encodePrekeyProtocol({ kind: 'prekey-storage-request', mac: storageRequestMac(exchange.keys.macKey) })
    for (const bytes of [publication, request]) expect(await world.server.receive(bob.address, `${base64Encode(bytes)}.`)).to.deep.equal([])
    expect(await exchange.request()).to.equal('prekey-storage-status')
  }))

  it('C1: AAQ1. and every other type with nothing behind it', () => serving(async (world, bob) => {
    for (const type of '123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0+/') {
      for (const text of [`AAQ${type}.`, `AAQ${type}`, `AAQ${type}AAAA.`, `AAQ${type}AAABAA==.`]) {
        expect(await world.server.receive(bob.address, text), text).to.deep.equal([])
      }
    }
    for (const text of ['', '.', '..', '=.', 'A.', 'AA==.', '====.', '?OTR:AAQ1.', '?OTRP', '?OTRP|', ' AAQ1.', 'AAQ1.\n', '\0.', '\ud800.']) {
      expect(await world.server.receive(bob.address, text), JSON.stringify(text)).to.deep.equal([])
    }
  }))

  it('O8: a DAKE-3 without a session, with tag 0, and with a session of another tag', () => serving(async (world, bob) => {
    const exchange = await rawExchange(world, bob)
    const attached = encodePrekeyProtocol({ kind: 'prekey-storage-request', mac: storageRequestMac(exchange.keys.macKey) })
    for (const senderTag of [0, 1, 0xff, 0x100, 0xffffffff, exchange.tag ^ 1]) {
      for (const what of [attached, new Uint8Array(0), new Uint8Array(1000)]) {
        expect(await world.server.receive(bob.address, prekeyText({ kind: 'prekey-dake-3', senderTag, sigma, attached: what }))).to.deep.equal([])
      }
    }
    expect(await world.server.receive('nobody@example.org', exchange.dake3(attached))).to.deep.equal([])
    expect(await exchange.request()).to.equal('prekey-storage-status')
  }))

  it('I1: tags that nobody may have', () => serving(async (world, bob) => {
    const dake1 = prekeyTextBytes(bob.client.publish(0).send[0]!.message)
    for (const tag of [0, 1, 0xff]) {
      const bytes = dake1.slice()
      new DataView(bytes.buffer).setUint32(3, tag)
      expect(await world.server.receive(bob.address, `${base64Encode(bytes)}.`)).to.deep.equal([])
      expect(await world.server.receive(bob.address, prekeyText({ kind: 'prekey-query', senderTag: tag, identity: bob.address, versions: '4' }))).to.deep.equal([])
    }
    // That client still waits: let it give up.
    await giveUp(world, bob)
  }))

  it('O9: an empty fragment piece, and announcements of 65,535 pieces', () => serving(async (world, bob) => {
    expect(await world.server.receive(bob.address, '?OTRP|1|200|0,1,1,,')).to.deep.equal([])
    for (let n = 0; n < 1000; n++) expect(await world.server.receive(bob.address, `?OTRP|${n.toString(16)}|200|0,1,65535,A,`)).to.deep.equal([])
    expect(world.server.load.fragmentBytes).to.be.lessThan(3000)
    world.now += 121
    await world.server.tick(world.now)
  }))

  it('O9: fragments, queries, key exchanges and publications of many users at the same time', () => serving(async (world) => {
    const users = Array.from({ length: 12 }, (_, n) => world.user(`user${n}@example.org`, n % 2 === 0 ? { maxMessageLength: 300 } : {}))
    const done = await Promise.all(users.flatMap((user) => [
      user.publish(2),
      ...Array.from({ length: 10 }, (_, n) => world.server.receive(user.address, query(`user${n}@example.org`)).then(() => [])),
      ...Array.from({ length: 10 }, (_, n) => world.server.receive(`noise${n}@example.org`, `?OTRP|${n}|200|0,${n + 1},11,AAQ1,`).then(() => [])),
    ]))
    expect(done.flat().filter((event) => event.type === 'prekey' && event.event === 'published')).to.have.length(12)
    world.now += 121
    await world.server.tick(world.now)
  }))

  it('O5: another key\'s Client Profile cannot be published under one\'s name, nor do a DAKE for it', () => serving(async (world, bob) => {
    const mallory = world.user('mallory@example.org', { tag: bob.core.identityForPrekeys().instanceTag })
    const { clientProfile } = bob.core.identityForPrekeys()
    const exchange = await rawExchange(world, mallory)
    const { contents } = exchange.honest(mallory.core.publication(1))
    expect(await exchange.publish({ ...contents, clientProfile })).to.equal('prekey-failure')
    // With Bob's profile in her DAKE-1 she cannot sign the DAKE-3.
    const foreign = await rawExchange(world, mallory, { clientProfile, identity: bob.core.identityForPrekeys().identity }).catch(() => undefined)
    expect(foreign).to.not.equal(undefined)
    const forged = await rawExchange(world, mallory, { clientProfile }).catch((error: unknown) => String(error))
    expect(forged).to.equal('Error: no good DAKE-2')
    world.now += 121
    await world.server.tick(world.now)
  }))

  it('O5: a failed write is answered by a Failure, and nothing is stored', async () => {
    class Full extends MemoryPrekeyStore {
      full = true
      override publish(...args: Parameters<MemoryPrekeyStore['publish']>): Promise<PublishResult> {
        return this.full ? Promise.reject(new Error('no space left on device')) : super.publish(...args)
      }
    }
    const store = new Full()
    const world = new PrekeyWorld({ store })
    const bob = world.user('bob@example.org')
    expect(await bob.publish(1)).to.deep.equal([{ type: 'prekey', server: SERVER, event: 'failed', reason: 'refused' }])
    store.full = false
    expect((await bob.status())[0]).to.include({ event: 'status', stored: 0 })
    expect((await bob.publish(1))[0]).to.include({ event: 'published' })
  })

  it('O8: a DAKE-3 with a storage request cannot be replayed', () => serving(async (world, bob) => {
    await bob.status()
    const dake3 = world.passed.filter(({ text }) => text.startsWith('AAQ3')).at(-1)!.text
    expect(await world.server.receive(bob.address, dake3)).to.deep.equal([])
    // Nor in the exchange that a replayed DAKE-1 begins: the server's key is another.
    const dake1 = world.passed.filter(({ text }) => text.startsWith('AAQ1')).at(-1)!.text
    expect((await world.server.receive(bob.address, dake1))[0]).to.match(/^AAQ2/)
    expect(await world.server.receive(bob.address, dake3)).to.deep.equal([])
  }))

  it('C9: a message above the limit is not decoded, whatever it holds', () => serving(async (world, bob) => {
    expect(await world.server.receive(bob.address, `AAQ3${'A'.repeat(300_000)}.`)).to.deep.equal([])
    expect(await world.server.receive(bob.address, `?OTRP|1|200|0,1,2,${'A'.repeat(300_000)},`)).to.deep.equal([])
    expect(await world.server.receive('x'.repeat(5000), query('bob'))).to.deep.equal([])
    expect(await world.server.receive('', query('bob'))).to.deep.equal([])
    expect(await world.server.receive('alice', query('x'.repeat(5000)))).to.deep.equal([])
    expect(await world.server.receive('alice', query(''))).to.deep.equal([])
  }))

  it('C6: a list of 2^32 - 1 ensembles, and a field of 2^32 - 1 bytes, allocate nothing', () => {
    const world = new PrekeyWorld()
    const alice = world.user('alice@example.org')
    const tag = alice.core.identityForPrekeys().instanceTag
    alice.client.fetch('bob')
    const head = prekeyTextBytes(prekeyText({ kind: 'prekey-none', receiverTag: tag, identity: 'bob', detail: '' }))
    head[2] = 0x13
    for (const end of [0xffffffff, 0x7fffffff, 1]) {
      new DataView(head.buffer, head.byteOffset).setUint32(head.length - 4, end)
      expect(new Reader(head, head.length - 4).int('L')).to.equal(end)
      expect(alice.client.receive(SERVER, `${base64Encode(head)}.`).events.map((event) => event.type === 'notice' && event.code)).to.deep.equal(['malformed'])
    }
    expect(alice.client.receive(SERVER, prekeyText({ kind: 'prekey-none', receiverTag: tag, identity: 'bob', detail: 'x'.repeat(10_000) })).events[0])
      .to.deep.include({ event: 'none', detail: 'x'.repeat(200) })
  })

  it('O8: no more messages than the limit are processed at once; the rest is dropped, and counted', async () => {
    const world = new PrekeyWorld({ limits: { ...patient, concurrent: 5 } })
    const bob = world.user('bob@example.org')
    await bob.publish(1)
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => world.server.receive(`user${n}`, query('nobody'))))
    expect(answers.filter(({ length }) => length > 0)).to.have.length(5)
    expect(world.counted('limited')).to.equal(15)
    expect((await bob.status())[0]).to.include({ event: 'status' })
  })

  it('K9: a random source that fails makes a DAKE-1 fail closed, and nothing stops', async () => {
    let works = false
    const world = new PrekeyWorld({ random: (length) => {
      if (!works) throw new Error('no entropy')
      return crypto.getRandomValues(new Uint8Array(length))
    } })
    const bob = world.user('bob@example.org')
    const [dake1] = bob.client.publish(1).send
    expect(await world.server.receive(bob.address, dake1!.message)).to.deep.equal([])
    expect(world.server.load.exchanges).to.equal(0)
    works = true
    const [dake2] = await world.server.receive(bob.address, dake1!.message)
    expect((await bob.run(bob.client.receive(SERVER, dake2!))).at(-1)).to.include({ event: 'published' })
  })
})

/** Lets the client of this user give up the requests that it waits for. */
async function giveUp(world: PrekeyWorld, user: PrekeyUser): Promise<void> {
  world.tamper = () => undefined
  for (let n = 0; n < 3; n++) {
    world.now += 31
    await user.tick()
  }
}
