import { expect } from 'chai'
import type { EnsembleRecord, PrekeyClientEvent } from '../../src/prekey/index.js'
import { MemoryPrekeyStore } from '../../src/prekey/index.js'
import { fragmentPrekeyText } from '../../src/prekey/fragment.js'
import { decodeToClient, prekeyText, prekeyTextBytes } from '../../src/prekey/messages.js'
import { RateLimit } from '../../src/prekey/rate-limit.js'
import { NOW, PrekeyWorld, SERVER, type PrekeyUser, type PrekeyUserOptions } from '../support/prekey-parties.js'
import { publicationRecord } from '../support/prekey-store-suite.js'

const wide = { instancesPerIdentity: 10, prekeysPerIdentity: 100_000 }
const query = (identity: string, versions = '4'): string => prekeyText({ kind: 'prekey-query', senderTag: 0x100, identity, versions })

/** A world in which these owners have so many prekeys, of made-up bytes. */
async function stocked(owners: readonly string[], prekeys: number): Promise<PrekeyWorld> {
  const store = new MemoryPrekeyStore()
  for (const owner of owners) await store.publish(publicationRecord(owner, 0x200, Array.from({ length: prekeys }, (_, n) => n)), wide, NOW)
  return new PrekeyWorld({ store })
}

const left = (world: PrekeyWorld, owner: string): Promise<number> => world.store.count(owner, 0x200, new Uint8Array(56).fill(1), world.now)

describe('attacks on the stock of prekeys', () => {
  it('O4: 10,000 fetches of one requester take what the limit says from an owner, and no more', async () => {
    const world = await stocked(['bob'], 1000)
    let answers = 0
    for (let n = 0; n < 10_000; n++) answers += (await world.server.receive('mallory', query('bob'))).filter((text) => text.startsWith('AAQT')).length
    expect(answers).to.equal(5)
    expect(await left(world, 'bob')).to.equal(995)
    // An hour later: one every five minutes.
    world.now += 3600
    for (let n = 0; n < 1000; n++) await world.server.receive('mallory', query('bob'))
    expect(await left(world, 'bob')).to.equal(990)
    // Others get theirs as before.
    expect((await world.server.receive('alice', query('bob')))[0]).to.match(/^AAQT/)
  })

  it('O4: at the same time is no faster than one after the other', async () => {
    const world = await stocked(['bob'], 1000)
    await Promise.all(Array.from({ length: 500 }, () => world.server.receive('mallory', query('bob'))))
    expect(await left(world, 'bob')).to.equal(995)
  })

  it('O4: many requesters together are held by the limit of the owner', async () => {
    const world = await stocked(['bob', 'carol'], 1000)
    for (let n = 0; n < 500; n++) await world.server.receive(`mallory${n}`, query('bob'))
    expect(await left(world, 'bob')).to.equal(950)
    world.now += 60
    for (let n = 0; n < 500; n++) await world.server.receive(`other${n}`, query('bob'))
    expect(await left(world, 'bob')).to.equal(940)
    expect((await world.server.receive('alice', query('carol')))[0]).to.match(/^AAQT/)
  })

  it('O4: one requester who asks for everybody is held by the limit of the requester, and asking for nobody forgets no limit', async () => {
    const owners = Array.from({ length: 100 }, (_, n) => `owner${n}`)
    const world = await stocked([...owners, 'bob'], 100)
    for (let n = 0; n < 5; n++) await world.server.receive('mallory', query('bob'))
    let answers = 0
    for (const owner of owners) answers += (await world.server.receive('mallory', query(owner))).filter((text) => text.startsWith('AAQT')).length
    expect(answers).to.equal(55)
    for (let n = 0; n < 2000; n++) await world.server.receive(`m${n}`, query(`nobody${n}`))
    expect(await left(world, 'bob')).to.equal(95)
    await world.server.receive('mallory', query('bob'))
    expect(await left(world, 'bob')).to.equal(95)
  })

  it('O4: fetches that find nothing cost the owner nothing, and the requester is told to wait', async () => {
    const world = await stocked([], 0)
    for (let n = 0; n < 70; n++) expect((await world.server.receive('alice', query('bob')))[0]).to.match(/^AAQO/)
    expect(world.metrics.filter((metric) => metric.name === 'limited')).to.have.length(10)
    const [text] = await world.server.receive('alice', query('bob'))
    expect(Buffer.from(text!, 'base64').toString('latin1')).to.include('Too many requests')
  })

  it('O4: the owner is told when an instance runs low, and when it has nothing left', async () => {
    const world = await stocked(['bob'], 12)
    for (let n = 0; n < 15; n++) await world.server.receive(`requester${n}`, query('bob'))
    expect(world.low.map(({ owner, left: number }) => [owner, number])).to.deep.equal([['bob', 10], ['bob', 0]])
    expect(world.low[0]!.notice).to.match(/^AAQO/)
  })

  it('O4: an application whose callback fails, for an event or a metric, stops nothing', async () => {
    const store = new MemoryPrekeyStore()
    await store.publish(publicationRecord('bob', 0x200, [1]), wide, NOW)
    const fail = (): never => { throw new Error('of the host') }
    const world = new PrekeyWorld({ store, onLow: fail, metrics: fail })
    expect((await world.server.receive('alice', query('bob')))[0]).to.match(/^AAQT/)
  })

  it('O4: versions are honoured: a request for versions that are not there gets nothing and uses up nothing', async () => {
    const world = await stocked(['bob'], 10)
    for (const versions of ['', '3', '5', '35']) expect((await world.server.receive('alice', query('bob', versions)))[0]).to.match(/^AAQO/)
    expect(await left(world, 'bob')).to.equal(10)
    expect((await world.server.receive('alice', query('bob', '954')))[0]).to.match(/^AAQT/)
  })

  it('O6: while the store fails, nothing is handed out or revealed, and the server goes on', async () => {
    class Failing extends MemoryPrekeyStore {
      broken = false
      override take(...args: Parameters<MemoryPrekeyStore['take']>): Promise<readonly EnsembleRecord[]> {
        return this.broken ? Promise.reject(new Error('the disk is gone')) : super.take(...args)
      }
    }
    const store = new Failing()
    await store.publish(publicationRecord('bob', 0x200, [1, 2]), wide, NOW)
    const world = new PrekeyWorld({ store })
    store.broken = true
    expect(await world.server.receive('alice', query('bob'))).to.deep.equal([])
    store.broken = false
    expect((await world.server.receive('alice', query('bob')))[0]).to.match(/^AAQT/)
  })

  describe('O4: a client that cannot read an answer does not ask for another, which would use up more prekeys', () => {
    const minutes = async (world: PrekeyWorld, user: PrekeyUser, count: number): Promise<PrekeyClientEvent[]> => {
      const events: PrekeyClientEvent[] = []
      for (let n = 0; n < 12 * count; n++) {
        world.now += 5
        events.push(...await user.run(user.client.tick()))
      }
      return events
    }
    const failed = { type: 'prekey', server: SERVER, event: 'failed', reason: 'unreadable', of: 'bob@example.org' }
    const party = async (options: PrekeyUserOptions = {}): Promise<{ world: PrekeyWorld, alice: PrekeyUser, taken: () => Promise<number> }> => {
      const world = new PrekeyWorld()
      const bob = world.user('bob@example.org')
      await bob.publish(20)
      const stored = async (): Promise<number> => (await bob.status()).flatMap((event) => event.type === 'prekey' && event.event === 'status' ? [event.stored] : [])[0] ?? -1
      return { world, alice: world.user('alice@example.org', options), taken: async () => 20 - await stored() }
    }

    const spoiled: [name: string, change: (text: string) => string | undefined][] = [
      ['cut off', (text) => `${text.slice(0, 400)}.`],
      ['of another version', (text) => text.replace('AAQT', 'AAUT')],
      ['of another type', (text) => text.replace('AAQT', 'AAQx')],
      ['without its end', (text) => text.slice(0, -1)],
      ['no base64', () => 'AAQT****.'],
      ['noise', () => 'noise'],
    ]
    for (const [name, change] of spoiled) {
      it(`O4: an answer that is ${name}`, async () => {
        const { world, alice, taken } = await party()
        world.tamper = ({ text }) => text.startsWith('AAQT') ? change(text) : text
        await alice.fetch('bob@example.org')
        expect(await minutes(world, alice, 10)).to.deep.equal([failed])
        expect(await taken()).to.equal(1)
        expect(world.passed.filter(({ text }) => text.startsWith('AAQQ'))).to.have.length(1)
        // A person may ask again.
        world.tamper = ({ text }) => text
        expect((await alice.fetch('bob@example.org')).at(-1)).to.include({ type: 'ensembles' })
      })
    }

    it('O4: an answer of which a piece is missing, and one whose pieces come slowly', async () => {
      const { world, alice, taken } = await party()
      const tag = alice.core.identityForPrekeys().instanceTag
      const [whole] = await world.server.receive('alice@example.org', prekeyText({ kind: 'prekey-query', senderTag: tag, identity: 'bob@example.org', versions: '4' }))
      const pieces = fragmentPrekeyText(whole!, { senderTag: 0, receiverTag: tag, maxLength: 400, identifier: () => 7 })
      expect(pieces).to.have.length.above(3)
      const before = await taken()
      alice.client.fetch('bob@example.org')
      for (const piece of pieces.slice(1)) alice.client.receive(SERVER, piece)
      expect(await minutes(world, alice, 10)).to.deep.equal([failed])
      alice.client.fetch('bob@example.org')
      const events: PrekeyClientEvent[] = []
      for (const piece of pieces) {
        world.now += 25
        events.push(...alice.client.tick().events, ...alice.client.receive(SERVER, piece).events)
      }
      expect(events.map(({ type }) => type)).to.deep.equal(['ensembles'])
      expect(await taken()).to.equal(before)
    })

    it('O4: an answer under another spelling of the name, and one for an instance that nobody can have', async () => {
      for (const change of [{ identity: 'Bob@example.org' }, { receiverTag: 0 }]) {
        const { world, alice, taken } = await party()
        world.tamper = ({ text }) => text.startsWith('AAQT') ? prekeyText({ ...decodeToClient(prekeyTextBytes(text)), ...change }) : text
        await alice.fetch('bob@example.org')
        expect(await minutes(world, alice, 10)).to.deep.equal([failed])
        expect(await taken()).to.equal(1)
      }
    })

    it('O4: an answer in which nothing is valid says how many were refused', async () => {
      const { world, alice, taken } = await party()
      world.tamper = ({ text }) => {
        if (!text.startsWith('AAQT')) return text
        const message = decodeToClient(prekeyTextBytes(text))
        if (message.kind !== 'prekey-ensembles') throw new Error(message.kind)
        return prekeyText({ ...message, ensembles: message.ensembles.map((one) => ({ ...one, prekeyMessage: { ...one.prekeyMessage, instanceTag: 0x4242 } })) })
      }
      expect((await alice.fetch('bob@example.org')).at(-1)).to.deep.equal(
        { type: 'prekey', server: SERVER, event: 'none', of: 'bob@example.org', detail: 'none of them is valid', refused: 1 })
      expect(await minutes(world, alice, 10)).to.deep.equal([])
      expect(await taken()).to.equal(1)
    })

    it('O4: what belongs to a key exchange, or to another device, is no answer to a fetch: that is asked for again', async () => {
      const { world, alice } = await party()
      const tag = alice.core.identityForPrekeys().instanceTag
      alice.client.fetch('bob@example.org')
      for (const kind of ['AAQ2', 'AAQG', 'AAQF', 'AAQL']) alice.client.receive(SERVER, `${kind}****.`)
      alice.client.receive(SERVER, prekeyText({ kind: 'prekey-none', receiverTag: tag + 1, identity: 'bob@example.org', detail: '' }))
      alice.client.receive('mallory', 'AAQT****.')
      expect((await minutes(world, alice, 1)).at(-1)).to.include({ type: 'ensembles' })
    })

    it('O4: a publication whose answer cannot be read, or has a wrong MAC, is not repeated with more prekeys', async () => {
      for (const change of [(text: string) => `${text.slice(0, 20)}.`, (text: string) => text.replace(/.{8}\.$/, 'AAAAAAA=.')]) {
        const world = new PrekeyWorld()
        const carol = world.user('carol@example.org')
        world.tamper = ({ text }) => text.startsWith('AAQG') ? change(text) : text
        await carol.publish(10)
        expect(await minutes(world, carol, 5)).to.deep.equal([{ type: 'prekey', server: SERVER, event: 'failed', reason: 'unreadable' }])
        expect(carol.core.prekeysLeft()).to.equal(10)
        expect(world.counted('published')).to.equal(1)
        expect((await carol.status()).at(-1)).to.include({ event: 'status', stored: 10 })
      }
    })
  })

  it('O4: a rate limit remembers so many names and no more, and those used last', () => {
    const limit = new RateLimit({ burst: 2, perSecond: 1 }, 3)
    for (let n = 0; n < 1000; n++) limit.take(`name${n}`, 0)
    expect(limit.size).to.equal(3)
    expect([limit.take('name999', 0), limit.take('name999', 0), limit.take('name999', 1)]).to.deep.equal([true, false, true])
    // A clock that runs backwards gives nothing.
    expect(limit.take('name999', -1000)).to.equal(false)
    limit.giveBack('name999')
    expect(limit.take('name999', 1)).to.equal(true)
  })
})
