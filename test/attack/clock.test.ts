import { expect } from 'chai'
import { copySecret } from '../../src/crypto/secret.js'
import { ClientCore, type Account, type ClientState } from '../../src/index.js'
import { MemoryPrekeyStore } from '../../src/prekey/index.js'
import { FragmentBuffers } from '../../src/prekey/fragment-buffers.js'
import { Exchanges } from '../../src/prekey/exchanges.js'
import { defaultPrekeyServerLimits } from '../../src/prekey/limits.js'
import { prekeyText } from '../../src/prekey/messages.js'
import { RateLimit } from '../../src/prekey/rate-limit.js'
import { isOver, SteadyTime } from '../../src/protocol/index.js'
import { limits } from '../../src/session/budget/limits.js'
import { settledBucket, takeTokens } from '../../src/session/budget/token-bucket.js'
import { abortExchange, newSmp, receiveSmpMessage, SMP_ATTEMPT_SECONDS, SMP_ATTEMPTS, startExchange, type SmpState } from '../../src/smp/index.js'
import { smpArithmetic, type V4SmpValues } from '../../src/v4/smp-arithmetic.js'
import { makeV4Identity } from '../../src/session/account/own-profile.js'
import { HandshakeBudget } from '../../src/session/budget/handshake-budget.js'
import { CLIENT_PROFILE_LIFETIME, LONGEST_PROFILE_LIFETIME, PREKEY_MESSAGE_LIFETIME, verifyClientProfile } from '../../src/v4/index.js'
import { addFragment, emptyFragmentAssembler, expireFragments, defaultWireLimits, parseFragment } from '../../src/wire/index.js'
import { Network, snapshot, testAccount, type Party } from '../support/network.js'
import { handOut, strangers } from '../support/offline-parties.js'
import { PrekeyWorld } from '../support/prekey-parties.js'
import { seededRandom } from '../support/seeded.js'
import { asSecret } from '../../src/crypto/secret.js'

const DAY = 86_400
const WEEK = 7 * DAY
const YEAR = 365 * DAY

/** One tick by a clock that is wrong by so much, and right again afterwards. */
function wildTick(network: Network, party: Party, by: number): void {
  network.now += by
  party.take(party.core.tick())
  network.now -= by
}

const profileEnds = (party: Party): number => party.core.clientProfile!.expiration
const vault = (party: Party): NonNullable<ClientState['prekeys']> => party.core.exportState().prekeys!

describe('attack: a clock that is wrong', () => {
  for (const [name, by] of [['ten years ahead', 10 * YEAR], ['a month ahead', 30 * DAY], ['ten years behind', -10 * YEAR], ['in 1970', -1_700_000_000]] as const) {
    it(`clock: for one tick ${name}: no prekey is wiped and no profile made, before, between and after right ones`, () => {
      const { network, alice, bob } = strangers()
      for (let n = 0; n < 4; n++) {
        if (n === 1) bob.core.ensemble(3)
        const before = snapshot(bob)
        const profile = bob.core.clientProfile
        wildTick(network, bob, by)
        expect(snapshot(bob) === before, 'nothing changed').to.equal(true)
        expect(bob.core.clientProfile).to.equal(profile)
        network.now++
        bob.core.tick()
        expect(snapshot(bob) === before, 'nothing changed').to.equal(true)
      }
      expect(bob.notices).to.deep.equal([])
      expect(bob.core.prekeysLeft()).to.equal(3)
      const [ensemble] = handOut(bob.core.ensemble(1))
      wildTick(network, bob, by)
      alice.take(alice.core.conversation('bob').sendOffline([ensemble!], 'read all the same'))
      network.run()
      expect(bob.texts).to.deep.equal(['read all the same'])
    })
  }

  it('clock: the first tick after a start is one look as well', () => {
    const { network, bob } = strangers()
    bob.core.ensemble(3)
    const kept = structuredClone(bob.core.exportState())
    const again = new ClientCore({ account: testAccount('bob', 0x2001, 2, '4', network.now), clock: () => network.now, random: seededRandom(5), state: kept })
    network.now += 10 * YEAR
    expect(again.resume()).to.deep.equal([])
    expect(again.takeChanges()).to.not.have.any.keys('prekeys')
    network.now -= 10 * YEAR
    again.tick()
    again.tick()
    expect(again.prekeysLeft()).to.equal(3)
  })

  it('clock: a machine that slept for three weeks has new profiles with the second tick, and nothing of the old ones is left', () => {
    const { network, alice, bob } = strangers()
    const old = bob.core.ensemble(2)
    network.advance(3)
    const [first] = vault(bob).profiles
    network.now += 3 * WEEK
    bob.core.tick()
    network.now += 1
    expect(bob.take(bob.core.tick()).flatMap((event) => event.type === 'notice' ? [event.code] : [])).to.deep.equal(['publish-prekeys'])
    expect(profileEnds(bob)).to.be.within(network.now + CLIENT_PROFILE_LIFETIME - 1, network.now + CLIENT_PROFILE_LIFETIME)
    expect(vault(bob).profiles).to.have.length(1)
    expect(first!.secret.every((byte) => byte === 0)).to.equal(true)
    // Prekey messages live longer.
    expect(bob.core.prekeysLeft()).to.equal(old.length)
    alice.core.tick()
    alice.core.tick()
    alice.start('bob')
    network.run()
    expect(alice.isEncrypted('bob')).to.equal(true)
  })

  it('clock: prekey messages are wiped when their time is over and two ticks agree', () => {
    const { network, bob } = strangers()
    bob.core.ensemble(2)
    const secrets = vault(bob).messages.flatMap(({ y, b }) => [y.privateKey, b.privateKey])
    network.now += PREKEY_MESSAGE_LIFETIME
    bob.core.tick()
    expect(bob.core.prekeysLeft()).to.equal(2)
    bob.core.tick()
    expect(bob.core.prekeysLeft()).to.equal(0)
    expect(secrets.every((bytes) => bytes.every((byte) => byte === 0))).to.equal(true)
  })

  it('clock: one tick is enough up to a week after the end, and what it makes others accept', () => {
    for (const late of [-DAY, 0, WEEK]) {
      const { network, bob } = strangers()
      network.now += CLIENT_PROFILE_LIFETIME + late
      bob.core.tick()
      expect(profileEnds(bob), String(late)).to.equal(network.now + CLIENT_PROFILE_LIFETIME)
      // Had it been wrong: others take the profile before as well as after.
      for (const now of [network.now, network.now - CLIENT_PROFILE_LIFETIME - late]) {
        expect(verifyClientProfile(bob.core.clientProfile!, { senderTag: bob.core.instanceTag, now })).to.have.property('profile')
      }
    }
  })

  it('clock: while two readings are needed, nextTimer asks for the second one a second later, and neither spins nor waits for years', () => {
    const { network, bob } = strangers()
    network.advance(2)
    const due = profileEnds(bob) - DAY
    expect(bob.core.nextTimer()).to.equal(due)
    network.now += 10 * YEAR
    expect(bob.core.nextTimer()).to.equal(due)
    bob.core.tick()
    expect(bob.core.nextTimer()).to.equal(network.now + 1)
    network.now -= 10 * YEAR
    expect(bob.core.nextTimer()).to.equal(due)
    bob.core.tick()
    network.now += 3 * WEEK
    bob.core.tick()
    expect(bob.core.nextTimer()).to.equal(network.now + 1)
    network.now += 1
    bob.core.tick()
    expect(bob.core.nextTimer()).to.equal(profileEnds(bob) - DAY)
  })

  it('clock: set back for good it makes no end of profiles, and when it is right again all is well after two ticks', () => {
    const { network, bob } = strangers()
    bob.core.ensemble(2)
    network.advance(2)
    const before = vault(bob)
    network.now -= 10 * YEAR
    let renewed = 0
    for (let n = 0; n < 100; n++) {
      const profile = bob.core.clientProfile
      network.now += 1
      bob.core.tick()
      if (bob.core.clientProfile !== profile) renewed++
    }
    expect(renewed).to.equal(1)
    expect(vault(bob).messages).to.deep.equal(before.messages)
    network.now += 10 * YEAR
    bob.core.tick()
    network.now += 1
    bob.core.tick()
    expect(profileEnds(bob)).to.be.within(network.now + CLIENT_PROFILE_LIFETIME - 1, network.now + CLIENT_PROFILE_LIFETIME)
    expect(vault(bob).profiles.map(({ profile }) => profile)).to.deep.include(before.profiles[0]!.profile)
    expect(bob.core.prekeysLeft()).to.equal(2)
  })

  it('clock: profiles that were made by one ten years ahead are renewed as soon as two ticks agree', () => {
    const network = new Network()
    const { v4, ...plain } = testAccount('bob', 0x2001, 2, '4', network.now)
    const random = seededRandom('ahead')
    const account: Account = { ...plain, v4: makeV4Identity({ symmetricKey: v4!.identity.symmetricKey, forgingKey: v4!.forgingKey }, { instanceTag: 0x2001, now: network.now + 10 * YEAR }, random) }
    const core = new ClientCore({ account, clock: () => network.now, random })
    network.now += 10 * YEAR
    core.ensemble(1)
    network.now -= 10 * YEAR
    expect(core.exportState().prekeys!.profiles.at(-1)!.profile.expiration).to.be.greaterThan(network.now + 9 * YEAR)
    core.tick()
    core.tick()
    expect(core.clientProfile!.expiration).to.equal(network.now + CLIENT_PROFILE_LIFETIME)
    expect(core.exportState().prekeys!.profiles.at(-1)!.profile.expiration).to.equal(network.now + WEEK)
    expect(core.nextTimer()).to.equal(network.now + WEEK - DAY)
  })

  for (const [name, by] of [['ahead', 10 * YEAR], ['behind', -10 * YEAR]] as const) {
    it(`clock: what is published while it is ten years ${name} is valid, and expires neither earlier nor later`, () => {
      for (const ticks of [0, 1, 5]) {
        const { network, alice, bob } = strangers()
        for (let n = 0; n < ticks; n++) network.advance(1)
        network.now += by
        const [ensemble] = handOut(bob.core.ensemble(1))
        network.now -= by
        network.advance(3)
        expect(vault(bob).messages[0]!.madeAt).to.be.within(network.now - 10, network.now)
        expect(ensemble!.prekeyProfile.expiration).to.be.within(network.now + WEEK - 10, network.now + WEEK)
        alice.take(alice.core.conversation('bob').sendOffline([ensemble!], 'hello'))
        network.run()
        expect(bob.texts).to.deep.equal(['hello'])
      }
    })
  }

  it('clock: two readings in a row that agree', () => {
    const time = new SteadyTime(100)
    expect([time.look(1e9), time.look(101), time.look(102), time.look(-5), time.look(103), time.look(500), time.look(501)])
      .to.deep.equal([100, 101, 101, 101, 101, 103, 500])
    const restless = new SteadyTime(100)
    for (let n = 0; n < 10; n++) expect([restless.look(1e9 - n), restless.look(101 + n), restless.look(-n)]).to.deep.equal([100 + n, 101 + n, 101 + n])
    const fresh = new SteadyTime()
    expect([fresh.look(7), fresh.look(9)]).to.deep.equal([-Infinity, 7])
    expect([isOver(0, 10, 9), isOver(0, 10, 10), isOver(1000, 10, 0), isOver(9, 10, 0), isOver(-Infinity, 10, 0)]).to.deep.equal([false, true, true, false, true])
  })
})

describe('A13: limits after one look at a clock that is far ahead', () => {
  const rate = { burst: 5, perSecond: 1 / 300 }

  for (const by of [YEAR, 10 * YEAR, 3600]) {
    it(`A13: the server's buckets go on from now when it was ${by} seconds ahead, and an empty one fills up as ever`, () => {
      const limit = new RateLimit(rate, 10)
      const take = (count: number, now: number): number => Array.from({ length: count }, () => limit.take('mallory', now)).filter(Boolean).length
      expect(take(5, 0)).to.equal(5)
      expect(take(100, by)).to.equal(5)
      expect(take(100, 1)).to.equal(0)
      expect(take(100, 301)).to.equal(1)
      expect(take(100, 601)).to.equal(1)
      expect(take(100, 10_000)).to.equal(5)
    })
  }

  it('A13: a prekey server that read such a clock once serves its users as before', async () => {
    const world = new PrekeyWorld()
    const [bob, alice] = [world.user('bob@example.org'), world.user('alice@example.org')]
    await bob.publish(20)
    for (let n = 0; n < 10; n++) await alice.fetch(bob.address)
    expect((await alice.fetch(bob.address))[0]).to.include({ event: 'none' })
    world.now += YEAR
    // Whatever comes at that moment.
    for (let n = 0; n < 200; n++) await world.server.receive(alice.address, prekeyText({ kind: 'prekey-query', senderTag: 0x100, identity: bob.address, versions: '4' }))
    await world.server.tick(world.now)
    world.now -= YEAR
    expect((await alice.fetch(bob.address))[0]).to.include({ event: 'none' })
    world.now += 301
    await world.server.tick(world.now)
    expect((await alice.fetch(bob.address))[0]).to.include({ type: 'ensembles' })
    expect((await bob.publish(1))[0]).to.include({ event: 'published' })
  })

  it('A13: and its store loses nothing by one tick, and by two that agree what has ended', async () => {
    const world = new PrekeyWorld()
    const bob = world.user('bob@example.org')
    await bob.publish(5)
    await world.server.tick(world.now)
    for (const by of [YEAR, -YEAR, 10 * YEAR]) {
      await world.server.tick(world.now + by)
      world.now += 60
      await world.server.tick(world.now)
    }
    expect((await bob.status())[0]).to.include({ event: 'status', stored: 5 })
    const instances = async (): Promise<number> => (await world.store.take(bob.address, '4', world.now)).length
    expect(await instances()).to.equal(1)
    await world.server.tick(world.now + YEAR)
    await world.server.tick(world.now + YEAR + 60)
    expect(await instances()).to.equal(0)
  })

  it('A13: a look into a store by a clock that is ahead deletes nothing', async () => {
    const world = new PrekeyWorld({ store: new MemoryPrekeyStore() })
    const bob = world.user('bob@example.org')
    await bob.publish(3)
    const { fingerprint } = verifiedOf(bob.core)
    expect(await world.store.take(bob.address, '4', world.now + YEAR)).to.deep.equal([])
    expect(await world.store.count(bob.address, bob.core.instanceTag, fingerprint, world.now + YEAR)).to.equal(0)
    expect(await world.store.count(bob.address, bob.core.instanceTag, fingerprint, world.now)).to.equal(3)
    expect(await world.store.take(bob.address, '4', world.now)).to.have.length(1)
  })

  it('A13: key exchanges and fragments of the future do not stay, nor keep others', () => {
    const exchanges = new Exchanges({ sessions: 10, sessionsPerIdentity: 5, sessionTimeout: 120 })
    const exchange = (since: number): Parameters<Exchanges['put']>[2] => ({
      dake1: '', answer: '', client: undefined as never, i: new Uint8Array(), s: new Uint8Array(), keys: { macKey: copySecret(Uint8Array.of(1, 1, 1, 1)), proofContext: copySecret(Uint8Array.of(1, 1, 1, 1)) }, since,
    })
    const wild = exchange(YEAR)
    exchanges.put('mallory', 0x100, wild)
    exchanges.put('bob', 0x100, exchange(0))
    exchanges.expire(1)
    expect(exchanges.size).to.equal(1)
    expect(wild.keys.macKey).to.deep.equal(new Uint8Array(4))
    exchanges.expire(121)
    expect(exchanges.size).to.equal(0)

    const line = new FragmentBuffers(defaultPrekeyServerLimits)
    line.add('mallory', '?OTRP|1|200|0,1,2,abc,', YEAR, () => true)
    expect(line.bytes).to.be.greaterThan(0)
    line.expire(0)
    expect(line.bytes).to.equal(0)

    const fragment = parseFragment('?OTR|5a73a599|27e31597|00000000,00001,00002,abc,')
    const { state } = addFragment(emptyFragmentAssembler, fragment, YEAR, defaultWireLimits)
    expect(expireFragments(state, 0, defaultWireLimits).open).to.deep.equal([])
    expect(expireFragments(state, YEAR - 60, defaultWireLimits)).to.equal(state)
  })

  it('A13: the allowance for key exchanges, of one correspondent and of all, goes on from now', () => {
    const size = limits.handshakes
    let bucket = takeTokens({ tokens: 0, at: 0 }, size, size.burst, YEAR)!
    expect(bucket).to.deep.equal({ tokens: 0, at: YEAR })
    bucket = settledBucket(bucket, 10)
    expect(takeTokens(bucket, size, 1, 10)).to.equal(undefined)
    expect(settledBucket(bucket, 11)).to.equal(bucket)
    expect(takeTokens(bucket, size, size.perSecond, 11)).to.deep.equal({ tokens: 0, at: 11 })

    const meter = new HandshakeBudget()
    const taken = (now: number): number => Array.from({ length: 5000 }, () => meter.take(1, now, true)).filter(Boolean).length
    expect(taken(YEAR)).to.equal(limits.handshakesOfStrangers.burst)
    expect(taken(0)).to.equal(0)
    expect(taken(1)).to.equal(limits.handshakesOfStrangers.perSecond)
  })

  it('A13: the allowance for SMP goes on from now', () => {
    const arithmetic = smpArithmetic
    const [value] = startExchange(newSmp<V4SmpValues>(0), { secret: asSecret(new Uint8Array(57).fill(5)) }, { arithmetic, random: seededRandom('smp') }).outgoing
    if (value === undefined || value.step === 'abort') throw new Error('no SMP message 1')
    const asked = (state: SmpState<V4SmpValues>, now: number): SmpState<V4SmpValues> => receiveSmpMessage(state, value, { arithmetic, now, random: seededRandom('answer'), asksAgain: false }).state
    const idle = (state: SmpState<V4SmpValues>): SmpState<V4SmpValues> => abortExchange(state).state
    let state: SmpState<V4SmpValues> = newSmp<V4SmpValues>(YEAR)
    for (let n = 0; n < SMP_ATTEMPTS; n++) state = idle(asked(state, YEAR))
    state = asked(state, 0)
    expect(state.state).to.equal('expect1')
    expect(asked(state, SMP_ATTEMPT_SECONDS - 1).state).to.equal('expect1')
    expect(asked(state, SMP_ATTEMPT_SECONDS).state).to.equal('asked')
  })

  it('A13: a prekey client that begins, asks or rests by such a clock goes on within its ordinary times', async () => {
    const world = new PrekeyWorld()
    const bob = world.user('bob@example.org', { keep: { low: 3, full: 6, askEvery: 3600 } })
    const wait = async (seconds: number): Promise<string[]> => {
      const events: string[] = []
      for (const end = world.now + seconds; world.now < end;) {
        world.now += 5
        for (const event of await bob.tick()) events.push(event.type === 'prekey' ? event.event : event.type)
      }
      return events
    }
    world.now += YEAR
    world.tamper = () => undefined
    await bob.tick()
    bob.client.fetch('carol@example.org')
    world.tamper = ({ text }) => text
    world.now -= YEAR
    expect(await wait(60)).to.include.members(['none', 'status', 'published'])
    // A refusal makes it rest.
    world.tamper = ({ text }) => text.startsWith('AAQ2') ? undefined : text
    await bob.publish(1)
    world.now += YEAR
    for (let n = 0; n < 4; n++) {
      world.now += 31
      await bob.tick()
    }
    world.now -= YEAR
    world.tamper = ({ text }) => text
    expect(await wait(4000)).to.include('status')
  })
})

function verifiedOf(core: ClientCore): { readonly fingerprint: Uint8Array } {
  const { clientProfile, instanceTag } = core.identityForPrekeys()
  const result = verifyClientProfile(clientProfile, { senderTag: instanceTag, now: clientProfile.expiration - LONGEST_PROFILE_LIFETIME })
  if ('fault' in result) throw new Error(result.fault)
  return result.profile
}
