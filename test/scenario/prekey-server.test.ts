import { expect } from 'chai'
import { isZero } from '../../src/crypto/compare.js'
import { secretBytes } from '../../src/crypto/secret.js'
import { Exchanges } from '../../src/prekey/exchanges.js'
import { fragmentPrekeyText } from '../../src/prekey/fragment.js'
import { verifyClientProfile } from '../../src/v4/index.js'
import { defaultPrekeyKeeping, MemoryPrekeyStore, PrekeyClient, type PrekeyClientEvent, type PrekeyOwner } from '../../src/prekey/index.js'
import { OtrError } from '../../src/errors.js'
import { NOW, PrekeyWorld, SERVER, type Passed, type PrekeyUser } from '../support/prekey-parties.js'

const DAY = 86_400
const prekey = (event: string, more: object = {}): object => ({ type: 'prekey', server: SERVER, event, ...more })
const types = (passed: readonly Passed[]): string[] => passed.map(({ text }) => text.slice(0, 4))

/** Lets time pass in steps, with a tick at each. */
async function wait(world: PrekeyWorld, user: PrekeyUser, seconds: number, step = 10): Promise<PrekeyClientEvent[]> {
  const events: PrekeyClientEvent[] = []
  for (const end = world.now + seconds; world.now < end;) {
    world.now += step
    events.push(...await user.tick())
  }
  return events
}

/** Loses the first `count` messages that begin with this. */
function lose(world: PrekeyWorld, head: string, count: number): void {
  world.tamper = ({ text }) => text.startsWith(head) && count-- > 0 ? undefined : text
}

describe('a prekey server and its clients', () => {
  it('takes what Bob publishes and gives it to Alice, one ensemble a fetch', async () => {
    const world = new PrekeyWorld()
    const bob = world.user('bob@example.org')
    const alice = world.user('alice@example.org')
    expect(await bob.publish(2)).to.deep.equal([prekey('published', { count: 2 })])
    expect(await bob.status()).to.deep.equal([prekey('status', { stored: 2 })])

    const [fetched] = await alice.fetch(bob.address)
    expect(fetched).to.include({ type: 'ensembles', of: bob.address })
    expect(await bob.status()).to.deep.equal([prekey('status', { stored: 1 })])
    await alice.fetch(bob.address)
    expect(await alice.fetch(bob.address)).to.deep.equal([
      prekey('none', { of: bob.address, detail: 'No Prekey Messages available for this identity' }),
    ])
    expect(types(world.passed)).to.deep.equal([
      'AAQ1', 'AAQ2', 'AAQ3', 'AAQG', 'AAQ1', 'AAQ2', 'AAQ3', 'AAQL', 'AAQQ', 'AAQT', 'AAQ1', 'AAQ2', 'AAQ3', 'AAQL', 'AAQQ', 'AAQT', 'AAQQ', 'AAQO',
    ])
  })

  it('keeps the devices of an account apart, and gives an ensemble of each', async () => {
    const world = new PrekeyWorld()
    const [phone, laptop] = [world.user('bob@example.org', { tag: 0x200 }), world.user('bob@example.org', { tag: 0x300 })]
    await phone.publish(3)
    await laptop.publish(1)
    const [fetched] = await world.user('alice@example.org').fetch('bob@example.org')
    expect(fetched?.type === 'ensembles' && fetched.ensembles.map(({ prekeyMessage }) => prekeyMessage.instanceTag)).to.deep.equal([0x200, 0x300])
    expect(await phone.status()).to.deep.equal([prekey('status', { stored: 2 })])
    expect(await laptop.status()).to.deep.equal([prekey('status', { stored: 0 })])
  })

  it('finds an address however it is spelled, if the application supplies the rule', async () => {
    const world = new PrekeyWorld({ canonical: (address) => address.toLowerCase() })
    const bob = world.user('Bob@Example.org')
    await bob.publish(1)
    expect(await bob.status()).to.deep.equal([prekey('status', { stored: 1 })])
    expect((await world.user('alice@example.org').fetch('bob@EXAMPLE.ORG'))[0]).to.include({ type: 'ensembles', of: 'bob@EXAMPLE.ORG' })
  })

  it('does one thing after another, in the order of the calls, and fetches at the same time', async () => {
    const world = new PrekeyWorld()
    const bob = world.user('bob@example.org')
    const steps = [bob.client.publish(2), bob.client.status(), bob.client.publish(1), bob.client.status(), bob.client.fetch('nobody@example.org')]
    for (const step of steps) await bob.run(step)
    expect(bob.events.map((event) => event.type === 'prekey' ? [event.event, 'stored' in event ? event.stored : 0] : [])).to.deep.equal([
      ['published', 0], ['status', 2], ['published', 0], ['status', 3], ['none', 0],
    ])
  })

  it('serves others while it verifies a large publication', async () => {
    const pause = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })
    const world = new PrekeyWorld({ pause })
    const [bob, alice] = [world.user('bob@example.org'), world.user('alice@example.org')]
    await alice.publish(5)
    const order: string[] = []
    const publication = bob.publish(40).then(() => order.push('published'))
    for (let n = 0; n < 5; n++) {
      await pause()
      expect((await bob.fetch(alice.address))[0]).to.include({ type: 'ensembles' })
      order.push('fetched')
    }
    await publication
    expect(order).to.deep.equal(['fetched', 'fetched', 'fetched', 'fetched', 'fetched', 'published'])
  })

  describe('when messages are lost', () => {
    for (const head of ['AAQ1', 'AAQ2', 'AAQ3', 'AAQG']) {
      it(`publishes in the end, though ${head} was lost twice`, async () => {
        const world = new PrekeyWorld()
        const bob = world.user('bob@example.org')
        lose(world, head, 2)
        expect(await bob.publish(2)).to.deep.equal([])
        expect(await wait(world, bob, 100)).to.deep.equal([prekey('published', { count: 2 })])
      })
    }

    it('never publishes a prekey message a second time: what may be stored already stays what it is', async () => {
      const world = new PrekeyWorld()
      const bob = world.user('bob@example.org')
      lose(world, 'AAQG', 1)
      await bob.publish(1)
      await wait(world, bob, 40)
      expect(world.metrics.filter((metric) => metric.name === 'published')).to.deep.equal([
        { name: 'published', stored: 1, duplicates: 0 }, { name: 'published', stored: 1, duplicates: 0 },
      ])
      expect(bob.core.prekeysLeft()).to.equal(2)
    })

    it('gives up after three attempts, reports it, and goes on with what waits', async () => {
      const world = new PrekeyWorld()
      const bob = world.user('bob@example.org')
      lose(world, 'AAQ1', 3)
      await bob.publish(1)
      await bob.status()
      expect(await wait(world, bob, 89)).to.deep.equal([prekey('failed', { reason: 'no-answer' }), prekey('status', { stored: 0 })])
    })

    it('asks for ensembles again, and gives up', async () => {
      const world = new PrekeyWorld()
      const [bob, alice] = [world.user('bob@example.org'), world.user('alice@example.org')]
      await bob.publish(5)
      lose(world, 'AAQT', 2)
      expect(await alice.fetch(bob.address)).to.deep.equal([])
      expect((await wait(world, alice, 70))[0]).to.include({ type: 'ensembles' })
      lose(world, 'AAQQ', 3)
      await alice.fetch(bob.address)
      // Asked for once more, it is not sent once more.
      expect(alice.client.fetch(bob.address).send).to.deep.equal([])
      expect(await wait(world, alice, 100)).to.deep.equal([prekey('failed', { reason: 'no-answer', of: bob.address })])
    })

    it('gets the same DAKE-2 for the same DAKE-1, so that a late one does no harm', async () => {
      const world = new PrekeyWorld()
      const bob = world.user('bob@example.org')
      let late: string | undefined
      world.tamper = ({ text }) => {
        if (!text.startsWith('AAQ2') || late !== undefined) return text
        late = text
        return undefined
      }
      await bob.publish(1)
      world.now += 31
      const step = bob.client.tick()
      expect(types(step.send.map(({ message }) => ({ from: '', to: '', text: message })))).to.deep.equal(['AAQ1'])
      expect(await bob.run(bob.client.receive(SERVER, late!))).to.deep.equal([prekey('published', { count: 1 })])
      expect(await bob.run(step)).to.deep.equal([])
    })
  })

  describe('the profiles of a publication', () => {
    it('go with the first one, not with the next, and again when the server has lost them', async () => {
      const world = new PrekeyWorld()
      const bob = world.user('bob@example.org')
      await bob.publish(1)
      await bob.publish(1)
      const lengths = world.passed.filter(({ text }) => text.startsWith('AAQ3')).map(({ text }) => text.length)
      expect(lengths[0]! - lengths[1]!).to.be.greaterThan(600)
      await world.store.close()
      expect(await bob.publish(1)).to.deep.equal([prekey('published', { count: 1 })])
      expect(await bob.status()).to.deep.equal([prekey('status', { stored: 1 })])
    })
  })

  describe('the fingerprint of the server', () => {
    it('is taken from the server where none was given, with a notice, and from then on no other', async () => {
      const world = new PrekeyWorld()
      const bob = world.user('bob@example.org')
      const trusting = new PrekeyClient({ owner: bob.core, server: { identity: SERVER }, clock: () => world.now, random: (n) => crypto.getRandomValues(new Uint8Array(n)) })
      const run = async (target: PrekeyWorld, step = trusting.status()): Promise<PrekeyClientEvent[]> => {
        const events = [...step.events]
        for (const { message } of step.send) {
          for (const answer of await target.server.receive(bob.address, message)) events.push(...await run(target, trusting.receive(SERVER, answer)))
        }
        return events
      }
      expect(await run(world)).to.deep.equal([
        { type: 'notice', peer: SERVER, code: 'prekey-server-key', detail: world.fingerprint }, prekey('status', { stored: 0 }),
      ])
      expect(await run(world)).to.deep.equal([prekey('status', { stored: 0 })])
      const other = new PrekeyWorld({ key: bob.core.identityForPrekeys().identity })
      expect(await run(other)).to.deep.equal([prekey('failed', { reason: 'server-key', detail: other.fingerprint })])
      expect(other.counted('dake-3')).to.equal(0)
    })

    it('is refused if it is not 112 hexadecimal digits', () => {
      const world = new PrekeyWorld()
      for (const fingerprint of ['', 'ab', 'x'.repeat(112), '0'.repeat(113)]) {
        expect(() => world.user('bob@example.org', { server: { identity: SERVER, fingerprint } })).to.throw(OtrError).with.property('code', 'OTR_ARGUMENT')
      }
      world.user('bob@example.org', { server: { identity: SERVER, fingerprint: world.fingerprint.toUpperCase() } })
    })
  })

  describe('a client that keeps its store', () => {
    const keep = { low: 3, full: 6, askEvery: 3600 }

    it('fills it at the start, fills it up when others took from it, and asks no more than it has to', async () => {
      const world = new PrekeyWorld()
      const bob = world.user('bob@example.org', { keep })
      expect(await bob.tick()).to.deep.equal([prekey('status', { stored: 0 }), prekey('published', { count: 6 })])
      expect(await wait(world, bob, 3500, 100)).to.deep.equal([])
      for (let n = 0; n < 4; n++) await world.user(`friend${n}@example.org`).fetch(bob.address)
      expect(await wait(world, bob, 100, 100)).to.deep.equal([prekey('status', { stored: 2 }), prekey('published', { count: 4 })])
      expect(await bob.status()).to.deep.equal([prekey('status', { stored: 6 })])
    })

    it('looks when the server says that few are left, and not at every such word', async () => {
      const world = new PrekeyWorld({ limits: { low: 2 } })
      const bob = world.user('bob@example.org', { keep })
      await bob.tick()
      for (let n = 0; n < 4; n++) await world.user(`friend${n}@example.org`).fetch(bob.address)
      world.now += 60
      expect(world.low).to.have.length(1)
      expect(await bob.run(bob.client.receive(SERVER, world.low[0]!.notice))).to.deep.equal([prekey('status', { stored: 2 }), prekey('published', { count: 4 })])
      expect(bob.client.receive(SERVER, world.low[0]!.notice)).to.deep.equal({ send: [], events: [] })
    })

    it('looks when somebody has used one', async () => {
      const world = new PrekeyWorld()
      let used = 0
      const as = (core: PrekeyUser['core']): PrekeyOwner => ({
        identityForPrekeys: () => core.identityForPrekeys(), publication: (count) => core.publication(count), prekeysLeft: () => core.prekeysLeft() - used,
      })
      const bob = world.user('bob@example.org', { keep, as })
      await bob.tick()
      world.now += 60
      expect(await bob.tick()).to.deep.equal([])
      used = 1
      expect(await bob.tick()).to.deep.equal([prekey('status', { stored: 6 })])
      world.now += 60
      expect(await bob.tick()).to.deep.equal([])
    })

    it('publishes both profiles again before they expire, for months', async function () {
      this.timeout(60_000)
      const world = new PrekeyWorld()
      const bob = world.user('bob@example.org', { keep: { ...keep, askEvery: DAY } })
      const alice = world.user('alice@example.org')
      await bob.tick()
      for (let day = 0; day < 40; day++) {
        await wait(world, bob, DAY, DAY / 8)
        if (day % 4 === 0) {
          alice.core.tick()
          expect((await alice.fetch(bob.address))[0], `day ${day}`).to.include({ type: 'ensembles' })
        }
      }
      expect(bob.events.filter((event) => event.type === 'prekey' && event.event === 'failed')).to.deep.equal([])
      expect(world.counted('published')).to.be.within(8, 30)
    })

    it('waits before it tries again what failed, and works once the server is back', async () => {
      const world = new PrekeyWorld()
      const bob = world.user('bob@example.org', { keep })
      world.tamper = () => undefined
      const events = await wait(world, bob, 3600)
      expect(events.every((event) => event.type === 'prekey' && event.event === 'failed')).to.equal(true)
      expect(events.length).to.be.lessThan(3)
      world.tamper = ({ text }) => text
      expect((await wait(world, bob, 3700, 100)).some((event) => event.type === 'prekey' && event.event === 'published')).to.equal(true)
    })

    it('has sensible settings of its own', () => {
      expect(defaultPrekeyKeeping.low).to.be.lessThan(defaultPrekeyKeeping.full)
      expect(defaultPrekeyKeeping.full).to.be.at.most(100)
    })
  })

  describe('an owner', () => {
    it('may supply publications by promise: they are sent when they are saved', async () => {
      const world = new PrekeyWorld()
      const as = (core: PrekeyUser['core']): PrekeyOwner => ({
        identityForPrekeys: () => core.identityForPrekeys(), prekeysLeft: () => core.prekeysLeft(),
        publication: async (count) => {
          await new Promise((resolve) => setTimeout(resolve, 5))
          return core.publication(count)
        },
      })
      const bob = world.user('bob@example.org', { as })
      expect(await bob.publish(2)).to.deep.equal([prekey('published', { count: 2 })])
    })

    it('whose store fails gets the failure, and nothing goes out', async () => {
      const world = new PrekeyWorld()
      const as = (core: PrekeyUser['core']): PrekeyOwner => ({
        identityForPrekeys: () => core.identityForPrekeys(), prekeysLeft: () => 0, publication: () => Promise.reject(new OtrError('OTR_STORE_FULL', 'full')),
      })
      const bob = world.user('bob@example.org', { as })
      expect(await bob.publish(2)).to.deep.equal([prekey('failed', { reason: 'own', detail: 'OTR_STORE_FULL' })])
      expect(world.counted('dake-3')).to.equal(0)
      expect(await bob.status()).to.deep.equal([prekey('status', { stored: 0 })])
    })

    it('a client that cannot ask for ensembles says so at each call: nothing counts as asked', async () => {
      const world = new PrekeyWorld()
      let able = false
      const as = (core: PrekeyUser['core']): PrekeyOwner => ({
        identityForPrekeys() {
          if (!able) throw new OtrError('OTR_POLICY', 'this account does not speak version 4')
          return core.identityForPrekeys()
        },
        prekeysLeft: () => core.prekeysLeft(), publication: (count) => core.publication(count),
      })
      const alice = world.user('alice@example.org', { as })
      const failed = [prekey('failed', { reason: 'own', detail: 'OTR_POLICY' })]
      for (let tries = 0; tries < 2; tries++) expect(await alice.fetch('bob@example.org')).to.deep.equal(failed)
      world.now += 100
      expect(await alice.tick()).to.deep.equal([])
      able = true
      expect(await alice.fetch('bob@example.org')).to.have.nested.property('[0].event', 'none')
    })

    it('cannot publish with an invalid number of prekeys', () => {
      const { client } = new PrekeyWorld().user('bob@example.org')
      for (const count of [-1, 1.5, 256, Number.NaN]) expect(() => client.publish(count)).to.throw(OtrError).with.property('code', 'OTR_ARGUMENT')
    })
  })

  it('takes nothing from anybody but the server', async () => {
    const world = new PrekeyWorld()
    const bob = world.user('bob@example.org')
    await bob.publish(1)
    const success = world.passed.at(-1)!.text
    expect(bob.client.receive('mallory@example.org', success)).to.deep.equal({ send: [], events: [] })
    expect(bob.client.receive(SERVER, success)).to.deep.equal({ send: [], events: [] })
    expect(world.now).to.equal(NOW)
  })

  it('is closed: gives up the key exchanges, and drops what comes after', async () => {
    const world = new PrekeyWorld()
    const bob = world.user('bob@example.org')
    lose(world, 'AAQ3', 1)
    await bob.publish(1)
    await world.server.receive('carol@example.org', fragmentPrekeyText('A'.repeat(400), { senderTag: 0x100, receiverTag: 0, maxLength: 200, identifier: () => 7 })[0] ?? '')
    expect(world.server.load).to.include({ exchanges: 1, working: 0 })
    expect(world.server.load.fragmentBytes).to.be.above(0)
    await world.server.close()
    expect(world.server.load).to.deep.equal({ exchanges: 0, fragmentBytes: 0, working: 0 })
    expect(await wait(world, bob, 100)).to.deep.equal([prekey('failed', { reason: 'no-answer' })])
    expect(world.metrics).to.deep.include({ name: 'dropped', reason: 'closed' })
    expect(world.server.load).to.include({ exchanges: 0 })
    await world.server.close()
  })

  it('completes a publication that is being stored when it is closed', async () => {
    const store = new MemoryPrekeyStore()
    let stored: () => void = () => undefined
    const slow = new Promise<void>((resolve) => { stored = resolve })
    const publish = store.publish.bind(store)
    let asked: () => void = () => undefined
    const begun = new Promise<void>((resolve) => { asked = resolve })
    store.publish = async (...given) => {
      asked()
      await slow
      return publish(...given)
    }
    const world = new PrekeyWorld({ store })
    const bob = world.user('bob@example.org')
    const published = bob.publish(1)
    await begun
    let closed = false
    const closing = world.server.close().then(() => { closed = true })
    await new Promise((resolve) => { setImmediate(resolve) })
    expect(closed).to.equal(false)
    stored()
    await closing
    expect(await published).to.deep.equal([prekey('published', { count: 1 })])
  })
})

describe('the key exchanges of a prekey server', () => {
  it('are wiped when all are given up', () => {
    const world = new PrekeyWorld()
    const exchanges = new Exchanges({ sessions: 10, sessionsPerIdentity: 5, sessionTimeout: 60 })
    const keys = [0x100, 0x101].map(() => ({ macKey: secretBytes(64), proofContext: secretBytes(64) }))
    const { clientProfile, instanceTag } = world.user('bob').core.identityForPrekeys()
    const client = verifyClientProfile(clientProfile, { senderTag: instanceTag, now: NOW })
    if ('fault' in client) throw new Error(client.fault)
    for (const [n, { macKey, proofContext }] of keys.entries()) {
      macKey.set([1], 7)
      proofContext.set([1], 63)
      exchanges.put('bob', 0x100 + n, { dake1: '', answer: '', client: client.profile, i: new Uint8Array(57), s: new Uint8Array(57), keys: { macKey, proofContext }, since: NOW })
    }
    exchanges.clear()
    expect(exchanges.size).to.equal(0)
    expect(keys.flatMap(({ macKey, proofContext }) => [isZero(macKey), isZero(proofContext)])).to.deep.equal([true, true, true, true])
  })
})
