import { expect } from 'chai'
import type { EnsembleRecord } from '../../src/prekey/index.js'
import { MemoryPrekeyStore } from '../../src/prekey/index.js'
import { prekeyText } from '../../src/prekey/messages.js'
import { RateLimit } from '../../src/prekey/rate-limit.js'
import { NOW, PrekeyWorld } from '../support/prekey-parties.js'
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

  it('O4: misses cost the owner nothing, and a requester is told to wait', async () => {
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

  it('O4: a host that fails when it is told, or counts, stops nothing', async () => {
    const store = new MemoryPrekeyStore()
    await store.publish(publicationRecord('bob', 0x200, [1]), wide, NOW)
    const fail = (): never => { throw new Error('of the host') }
    const world = new PrekeyWorld({ store, onLow: fail, metrics: fail })
    expect((await world.server.receive('alice', query('bob')))[0]).to.match(/^AAQT/)
  })

  it('O4: versions are honoured: who asks for none that there is gets nothing, and takes nothing', async () => {
    const world = await stocked(['bob'], 10)
    for (const versions of ['', '3', '5', '35']) expect((await world.server.receive('alice', query('bob', versions)))[0]).to.match(/^AAQO/)
    expect(await left(world, 'bob')).to.equal(10)
    expect((await world.server.receive('alice', query('bob', '954')))[0]).to.match(/^AAQT/)
  })

  it('O6: a store that fails hands out nothing, says nothing, and goes on', async () => {
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
