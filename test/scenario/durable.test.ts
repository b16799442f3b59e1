import { expect } from 'chai'
import { Client, OtrError, type ClientEvent } from '../../src/index.js'
import { Durable, DurableNetwork } from '../support/durable-clients.js'
import { MemoryDisk } from '../support/memory-persistence.js'

const versions = [['3', { allowV4: false }], ['4', {}]] as const

async function code(work: Promise<unknown>): Promise<string> {
  return work.then(() => 'done', (error: unknown) => error instanceof OtrError ? error.code : String(error))
}

describe('a client that keeps its state', () => {
  for (const [version, policy] of versions) {
    describe(`in version ${version}`, () => {
      it('W1: goes on after every restart, in the middle of a conversation, on both sides', async () => {
        const network = new DurableNetwork()
        const { alice, bob } = await network.pair(policy)
        const ssid = alice.ssid('bob')
        const said: string[] = []
        for (let round = 0; round < 12; round++) {
          const [from, to] = round % 3 === 0 ? [bob, alice] : [alice, bob]
          said.push(`round ${round}`)
          expect(await from.client.conversation(to.name).send(`round ${round}`)).to.include({ sent: 'encrypted' })
          if (round % 2 === 0) await from.restart()
          if (round % 4 === 1) await to.restart()
          await network.run()
        }
        expect([...alice.texts, ...bob.texts]).to.have.members(said)
        expect([alice.ssid('bob'), bob.ssid('alice')]).to.deep.equal([ssid, ssid])
        expect([...alice.notices, ...bob.notices].filter((notice) => notice !== 'duplicate')).to.deep.equal([])
      })

      it('pending key exchanges go on after a restart at every step of them', async () => {
        for (const who of ['alice', 'bob'] as const) {
          for (let step = 0; step < 6; step++) {
            const network = new DurableNetwork()
            const people = { alice: await network.add('alice', { policy }), bob: await network.add('bob', { policy }) }
            await people.alice.client.conversation('bob').start()
            await people.alice.client.conversation('bob').send('waits')
            for (let i = 0; i < step; i++) {
              const line = network.lines.shift()
              if (line !== undefined) await people[line.to as 'alice' | 'bob'].client.receive(line.from, line.line)
            }
            await people[who].restart()
            await network.run()
            expect(people.alice.ssid('bob'), `${who} after ${step} lines`).to.equal(people.bob.ssid('alice')).and.not.equal(undefined)
            expect(people.bob.texts).to.deep.equal(['waits'])
          }
        }
      })

      it('W6: what waits in the outbox waits after a restart too, and is delivered once', async () => {
        const network = new DurableNetwork()
        const alice = await network.add('alice', { policy: { ...policy, requireEncryption: true } })
        expect(await alice.client.conversation('bob').send('one')).to.deep.equal({ held: 1 })
        expect(await alice.client.conversation('bob').send('two')).to.deep.equal({ held: 2 })
        expect(await alice.client.conversation('bob').send('three')).to.deep.equal({ held: 3 })
        await alice.restart()
        expect(alice.client.conversation('bob').outbox.map(({ text }) => text)).to.deep.equal(['one', 'two', 'three'])
        await alice.client.conversation('bob').cancel(2)
        await alice.restart()
        const bob = await network.add('bob', { policy })
        await network.run()
        expect(bob.texts).to.deep.equal(['one', 'three'])
        await alice.restart()
        await bob.restart()
        await network.run()
        expect(bob.texts).to.deep.equal(['one', 'three'])
        expect(await alice.client.conversation('bob').send('four')).to.include({ sent: 'encrypted' })
      })

      it('half-received fragments are completed after a restart, or dropped when their time is over', async () => {
        const network = new DurableNetwork()
        const { alice, bob } = await network.pair({ ...policy, maxMessageLength: 200 })
        const text = 'long '.repeat(200)
        await alice.client.conversation('bob').send(text)
        for (const line of network.lines.splice(0, 4)) await bob.client.receive(line.from, line.line)
        await bob.restart()
        await network.run()
        expect(bob.texts).to.deep.equal([text])
        await alice.client.conversation('bob').send(text)
        for (const line of network.lines.splice(0, 4)) await bob.client.receive(line.from, line.line)
        bob.kill()
        network.now += 7200
        await bob.open()
        await network.run()
        expect(bob.texts).to.deep.equal([text])
        expect(bob.client.exportState().conversations[0]?.fragments.bytes).to.be.lessThan(6000)
      })

      it('a verification under way is aborted by a restart of either side, both are told, and the next one succeeds', async () => {
        for (const who of ['alice', 'bob'] as const) {
          const network = new DurableNetwork()
          const { alice, bob } = await network.pair(policy)
          await alice.client.conversation('bob').verify('the pier', { question: 'where?' })
          await network.run()
          expect(bob.smp()).to.deep.equal(['asked'])
          await { alice, bob }[who].restart()
          await network.run()
          expect(alice.smp()).to.deep.equal(['aborted'])
          expect(bob.smp()).to.deep.equal(['asked', 'aborted'])
          expect(await code(bob.client.conversation('alice').answer('the pier'))).to.equal('OTR_SMP_NOT_ASKED')
          await alice.client.conversation('bob').verify('the pier')
          await network.run()
          await bob.client.conversation('alice').answer('the pier')
          await network.run()
          expect(alice.smp().at(-1)).to.equal('succeeded')
          await alice.restart()
          expect(alice.client.conversation('bob').status.sessions[0]?.trust).to.equal('verified')
        }
      })

      it('a session whose time ended during the pause is over when the client comes back, and timers run again', async () => {
        const network = new DurableNetwork()
        const { alice, bob } = await network.pair({ ...policy, sessionExpires: 3600 })
        bob.kill()
        network.now += 3599
        await bob.open()
        expect(bob.client.conversation('alice').status.sessions[0]?.state).to.equal('encrypted')
        expect(bob.client.nextTimer()).to.be.at.most(network.now + 1)
        bob.kill()
        network.now += 1
        await bob.open()
        expect(bob.client.conversation('alice').status.sessions[0]?.state).to.equal('finished')
        await bob.client.tick()
        expect(bob.events.at(-1)).to.include({ type: 'notice', code: 'expired' })
        expect(await bob.client.conversation('alice').send('not in clear')).to.deep.equal({ held: 1 })
        expect(alice.texts).to.deep.equal([])
      })

      it('D14: concurrent calls never take the same key, and arrive in the order of the calls', async () => {
        const network = new DurableNetwork()
        const { alice, bob } = await network.pair(policy)
        const before = alice.disk.saves
        const texts = Array.from({ length: 50 }, (_, i) => `number ${i}`)
        await Promise.all(texts.map((text) => alice.client.conversation('bob').send(text)))
        expect(alice.disk.saves - before, 'one write for all of them').to.equal(1)
        expect(new Set(network.lines.map(({ line }) => line)).size).to.equal(50)
        await network.run()
        expect(bob.texts).to.deep.equal(texts)
      })
    })
  }

  it('keys, policies, trust, what was learned and the same profile come back', async () => {
    const network = new DurableNetwork()
    const { alice, bob } = await network.pair()
    const { keys, fingerprint4 } = alice.client
    await alice.client.setPolicy({ heartbeatAfter: 7 })
    await alice.client.conversation('bob').setPolicy({ requireEncryption: true, dialect: 'otrr' })
    await alice.client.conversation('bob').trust('verified')
    const profile = alice.disk.state?.account.clientProfile
    const { learned } = alice.disk.state!.conversations[0]!
    await alice.restart()
    expect(alice.client.keys).to.deep.equal(keys)
    expect(alice.client.fingerprint4).to.equal(fingerprint4)
    expect(alice.client.policy.heartbeatAfter).to.equal(7)
    expect(alice.client.conversation('bob').policy).to.include({ requireEncryption: true, dialect: 'otrr', heartbeatAfter: 7 })
    expect(alice.client.conversation('bob').keys).to.have.lengthOf(1).and.to.have.nested.property('0.trust', 'verified')
    expect(alice.disk.state?.account.clientProfile).to.deep.equal(profile)
    expect(alice.disk.state?.conversations[0]?.learned).to.deep.equal(learned)
    network.now += 7 * 86_400
    await alice.restart()
    expect(alice.disk.state?.account.clientProfile?.expiration).to.be.greaterThan(network.now)
    await bob.restart()
    expect(await code(Client.open({ account: 'carol', clock: () => network.now, persistence: bob.disk.open() }))).to.equal('OTR_STORE_ACCOUNT')
    expect(await code(Client.open({ account: 'bob', keys: { dsa: keys.dsa }, clock: () => network.now, persistence: bob.disk.open() }))).to.equal('OTR_STORE_ACCOUNT')
  })

  it('nothing is delivered before it is durable, and calls made during a write share the next one', async () => {
    const network = new DurableNetwork()
    const { alice, bob } = await network.pair()
    let open: (() => void) | undefined
    alice.disk.gate = () => new Promise((resolve) => { open = resolve })
    const before = alice.disk.saves
    const first = alice.client.conversation('bob').send('one')
    await Promise.resolve()
    await Promise.resolve()
    const others = [2, 3, 4].map((n) => alice.client.conversation('bob').send(`${n}`))
    expect(network.lines).to.deep.equal([])
    const release = open
    alice.disk.gate = () => Promise.resolve()
    release?.()
    await first
    await Promise.all(others)
    expect(alice.disk.saves - before).to.equal(2)
    await network.run()
    expect(bob.texts).to.deep.equal(['one', '2', '3', '4'])
  })

  it('what was not confirmed is delivered again after a crash, with the same id, marked, before anything else', async () => {
    const network = new DurableNetwork()
    const { alice, bob } = await network.pair()
    const taken: ClientEvent[] = []
    let settle: (() => void) | undefined
    bob.client.on('message', (event) => {
      taken.push(event)
      return event.text === 'slow' ? new Promise<void>((resolve) => { settle = resolve }) : undefined
    })
    for (const text of ['quick', 'slow', 'next']) {
      await alice.client.conversation('bob').send(text)
      await network.run()
    }
    await bob.client.tick()
    expect(bob.disk.state?.journal.map(({ event }) => event.type === 'message' && event.text)).to.deep.equal(['slow'])
    const crashed = bob.disk.copy()
    settle?.()
    await new Promise((resolve) => { setImmediate(resolve) })
    await bob.client.tick()
    expect(bob.disk.state?.journal).to.deep.equal([])

    const seen: ClientEvent[] = []
    const again = await Client.open({ account: 'bob', clock: () => network.now, persistence: crashed.open() })
    again.on('message', (event) => { seen.push(event) })
    expect(seen).to.deep.equal([])
    await alice.client.conversation('bob').send('new')
    await again.receive('alice', network.lines.shift()!.line)
    expect(seen.map((event) => event.type === 'message' && [event.text, event.replayed])).to.deep.equal([['slow', true], ['new', undefined]])
    expect(seen[0]?.id).to.equal(taken.find((event) => event.type === 'message' && event.text === 'slow')?.id)
    expect(seen[1]?.id).to.be.greaterThan(taken.at(-1)?.id ?? Infinity)
    await again.close()
    expect(crashed.state?.journal).to.deep.equal([])
    // What was saved goes on; the closed client has no session left.
    expect(crashed.state?.conversations.map(({ sessions }) => sessions.map(({ state }) => state.session.state))).to.deep.equal([['encrypted']])
    expect(again.conversation('alice').status.selected).to.equal(undefined)
  })

  it('an iterator confirms an event by asking for the next one', async () => {
    const network = new DurableNetwork()
    const { alice, bob } = await network.pair()
    const stream = bob.client[Symbol.asyncIterator]()
    for (const text of ['one', 'two']) await alice.client.conversation('bob').send(text)
    await network.run()
    const left = (): unknown[] => bob.disk.state!.journal.map(({ event }) => event.type === 'message' ? event.text : event.type)
    expect((await stream.next()).value).to.include({ text: 'one' })
    await bob.client.tick()
    expect(left()).to.deep.equal(['one', 'two'])
    expect((await stream.next()).value).to.include({ text: 'two' })
    await new Promise((resolve) => { setImmediate(resolve) })
    await bob.client.tick()
    expect(left()).to.deep.equal(['two'])
  })

  it('H5: when a write fails nothing of it is delivered, the client refuses everything, and the next one goes on from before', async () => {
    for (let failing = 1; failing <= 12; failing++) {
      const network = new DurableNetwork()
      const { alice, bob } = await network.pair()
      const first = alice.disk.saves
      alice.disk.fail = (save) => save === first + failing ? new OtrError('OTR_STORE_FULL', 'the disk is full') : undefined
      let refused = 'done'
      for (let round = 0; round < 6 && refused === 'done'; round++) {
        const lines = network.lines.length
        refused = await code(alice.client.conversation('bob').send(`round ${round}`))
        if (refused === 'done') {
          await network.run()
          await bob.client.conversation('alice').send(`answer ${round}`)
          const line = network.lines.shift()!
          refused = await code(alice.client.receive('bob', line.line))
          if (refused !== 'done') network.lines.push(line)
        } else {
          expect(network.lines).to.have.lengthOf(lines)
        }
      }
      expect(refused).to.equal('OTR_STORE_FULL')
      for (const work of [() => alice.client.tick(), () => alice.client.receive('bob', 'x'), () => alice.client.conversation('bob').send('x')]) {
        expect(await code(work())).to.equal('OTR_STORE_BROKEN')
      }
      alice.kill()
      await alice.open()
      await network.run()
      await alice.client.conversation('bob').send('after all')
      await network.run()
      expect(bob.texts.at(-1)).to.equal('after all')
      expect(new Set(bob.texts).size).to.equal(bob.texts.length)
      expect([...alice.notices, ...bob.notices].filter((notice) => notice !== 'duplicate')).to.deep.equal([])
    }
  })

  it('a first opening that cannot be written fails, and leaves nothing behind', async () => {
    const disk = new MemoryDisk()
    disk.fail = () => new OtrError('OTR_STORE_READ_ONLY', 'the folder is read-only')
    const { client } = await new DurableNetwork().add('alice')
    expect(await code(Client.open({ account: 'alice', keys: client.keys, clock: () => 0, persistence: disk.open() }))).to.equal('OTR_STORE_READ_ONLY')
    expect(disk.state).to.equal(undefined)
  })

  it('Q10: the same stored query delivered again after a restart gives no second answer', async () => {
    const network = new DurableNetwork()
    const bob = await new Durable(network, 'bob', {}).open()
    await bob.client.receive('mallory', '?OTRv34?', { id: 'stanza 7' })
    expect(network.lines).to.have.lengthOf(1)
    await bob.restart()
    await bob.client.receive('mallory', '?OTRv34?', { id: 'stanza 7' })
    await bob.client.receive('mallory', '?OTRv34?', { archived: true })
    expect(network.lines.filter(({ line }) => line !== network.lines[0]?.line)).to.deep.equal([])
    expect(bob.notices).to.include.members(['duplicate', 'duplicate'])
  })

  for (const [version, policy] of versions) {
    it(`W2, I7: messages after a reconnect under another name are read in the session; the conversation moves when the application says so, version ${version}`, async () => {
      const network = new DurableNetwork()
      const { alice, bob } = await network.pair(policy)
      await alice.client.setPolicy({ answerStrangers: false })
      await alice.client.conversation('bob').trust('verified')
      const ssid = alice.ssid('bob')
      await bob.restart()
      await alice.restart()
      const carry = async (text: string): Promise<void> => {
        await bob.client.conversation('alice').send(text)
        for (const { line } of network.lines.splice(0)) await alice.client.receive('bob_', line)
      }
      await bob.client.conversation('alice').send('from bob')
      await network.run()
      await alice.client.receive('mallory', network.log.at(-1)!.line)
      expect(alice.client.peers(), 'what proves nothing leaves nothing').to.deep.equal(['bob'])
      expect(network.lines).to.deep.equal([])
      await bob.client.setPolicy({ maxMessageLength: 250 })
      await carry('it is me')
      expect(alice.texts).to.deep.equal(['from bob', 'it is me'])
      expect(alice.events.find((event) => event.type === 'notice' && event.code === 'moved')).to.include({ peer: 'bob', detail: 'bob_' })
      expect(alice.events.findLast((event) => event.type === 'message')).to.include({ from: 'bob', via: 'bob_', encrypted: true })
      expect(alice.ssid('bob')).to.equal(ssid)
      expect(alice.ssid('bob_')).to.equal(undefined)
      await alice.client.rename('bob', 'bob_')
      expect(alice.ssid('bob_')).to.equal(ssid)
      await alice.restart()
      expect(alice.ssid('bob_')).to.equal(ssid)
      await carry('and still')
      expect(alice.texts).to.deep.equal(['from bob', 'it is me', 'and still'])
      await alice.client.conversation('bob_').send('welcome back')
      for (const { to, line } of network.lines.splice(0)) {
        expect(to).to.equal('bob_')
        await bob.client.receive('alice', line)
      }
      expect(bob.texts).to.deep.equal(['welcome back'])
      expect(alice.client.conversation('bob_').status.sessions[0]?.trust).to.equal('verified')
      // The old name keeps its protection, but nothing that was under way.
      expect(alice.client.conversation('bob').status).to.include({ latched: true, sending: 'held', floor: 'verified' })
      expect(alice.client.conversation('bob').status.sessions).to.deep.equal([])
    })
  }

  it('I8: after a restart a new unverified instance does not become the default while a verified one lives', async () => {
    const network = new DurableNetwork()
    const { alice } = await network.pair()
    await alice.client.conversation('bob').trust('verified')
    const { selected } = alice.client.conversation('bob').status
    await alice.restart()
    const other = await network.add('bob', { keys: { instanceTag: 0x7777 } })
    await other.client.conversation('alice').start('identity')
    await network.run()
    expect(alice.client.conversation('bob').status.sessions).to.have.lengthOf(2)
    expect(alice.client.conversation('bob').status.selected).to.equal(selected)
    await alice.restart()
    expect(alice.client.conversation('bob').status.selected).to.equal(selected).and.not.equal(0x7777)
  })
})
