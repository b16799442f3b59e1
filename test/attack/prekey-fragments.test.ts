import { expect } from 'chai'
import { FragmentBuffers } from '../../src/prekey/fragment-buffers.js'
import { fragmentPrekeyText, parsePrekeyFragment, PREKEY_FRAGMENT_OVERHEAD } from '../../src/prekey/fragment.js'
import { defaultPrekeyServerLimits } from '../../src/prekey/limits.js'
import { OtrError } from '../../src/errors.js'
import { PrekeyClient, PrekeyServer, type PrekeyServerLimits } from '../../src/prekey/index.js'
import { liveBytes } from '../support/live-memory.js'
import { PrekeyWorld, SERVER } from '../support/prekey-parties.js'

const line = (changes: Partial<Record<'identifier' | 'sender' | 'receiver' | 'index' | 'total' | 'piece', string>> = {}): string => {
  const { identifier, sender, receiver, index, total, piece } = { identifier: '1', sender: '200', receiver: '0', index: '1', total: '2', piece: 'AAQ1', ...changes }
  return `?OTRP|${identifier}|${sender}|${receiver},${index},${total},${piece},`
}

const anybody = (): boolean => true
const assembly = (changes: Partial<PrekeyServerLimits> = {}): FragmentBuffers => new FragmentBuffers({ ...defaultPrekeyServerLimits, ...changes })
const fragments = (text: string, maxLength: number, identifier = 7): string[] =>
  fragmentPrekeyText(text, { senderTag: 0x200, receiverTag: 0, maxLength, identifier: () => identifier })

describe('attacks on fragments of the prekey protocol', () => {
  it('O9, F1: index 0, total 0, index above total, 65,536, negative, hex, signed and empty numbers are discarded', async () => {
    const world = new PrekeyWorld()
    for (const [index, total] of [['0', '2'], ['1', '0'], ['3', '2'], ['1', '65536'], ['-1', '2'], ['0x1', '2'], ['+1', '2'], ['', '2'], ['1', ''], ['1', '999999']]) {
      expect(await world.server.receive('bob', line({ index: index!, total: total! })), `${index!} of ${total!}`).to.deep.equal([])
      expect(world.server.load.fragmentBytes).to.equal(0)
    }
    expect(world.metrics.filter((metric) => metric.name === 'dropped' && metric.reason === 'malformed')).to.have.length(10)
  })

  it('O9, F2: an empty piece is discarded, and so is one that never ends, has a comma inside, or no identifier', async () => {
    const world = new PrekeyWorld()
    for (const bad of [line({ piece: '' }), line().slice(0, -1), line({ piece: 'A,B' }), '?OTRP|200|0,1,2,AAQ1,', '?OTRP|', '?OTRP|1|200|0,1,1,,', '?OTRP|,,,,']) {
      expect(await world.server.receive('bob', bad)).to.deep.equal([])
    }
    expect(world.server.load.fragmentBytes).to.equal(0)
  })

  it('O9, F3: another total, sender tag or receiver tag does not touch what is there', () => {
    const line1 = assembly()
    expect(line1.add('bob', line({ piece: 'ab' }), 0, anybody)).to.equal(undefined)
    for (const change of [{ total: '3' }, { sender: '201' }, { receiver: '5' }, { identifier: '2' }]) {
      expect(line1.add('bob', line({ index: '2', piece: 'XX', ...change }), 0, anybody)).to.equal(undefined)
    }
    expect(line1.add('bob', line({ index: '2', piece: 'cd' }), 0, anybody)).to.equal('abcd')
  })

  it('O9, F4: a second content for one index is refused, the first stays', () => {
    const line1 = assembly()
    line1.add('bob', line({ piece: 'first' }), 0, anybody)
    line1.add('bob', line({ piece: 'later' }), 0, anybody)
    expect(line1.add('bob', line({ index: '2', piece: '.' }), 0, anybody)).to.equal('first.')
  })

  it('O9, F5: all orders of five fragments give the message', () => {
    const text = 'a message that is longer than each of its lines: five pieces.'
    const lines = fragments(text, PREKEY_FRAGMENT_OVERHEAD + 13)
    expect(lines).to.have.length(5)
    for (const order of permutations(lines)) {
      const line1 = assembly()
      expect(order.map((one) => line1.add('bob', one, 0, anybody)).filter((whole) => whole !== undefined)).to.deep.equal([text])
      expect(line1.bytes).to.equal(0)
    }
  })

  it('O9, F6: more open messages than the limit push out the oldest of the same sender, and of nobody else', () => {
    const line1 = assembly({ openMessages: 2 })
    line1.add('carol', line({ piece: 'hers' }), 0, anybody)
    for (const identifier of ['1', '2', '3']) line1.add('bob', line({ identifier, piece: identifier }), 0, anybody)
    expect(line1.add('bob', line({ identifier: '1', index: '2', piece: '.' }), 0, anybody)).to.equal(undefined)
    expect(line1.add('bob', line({ identifier: '3', index: '2', piece: '.' }), 0, anybody)).to.equal('3.')
    expect(line1.add('carol', line({ index: '2', piece: '.' }), 0, anybody)).to.equal('hers.')
  })

  it('O9, F7: a million announcements of 65,535 pieces each stay within the bound, and no slots are made for them', function () {
    this.timeout(120_000)
    const line1 = assembly({ fragmentBytesOfAll: 4 * 1024 * 1024 })
    const before = liveBytes()
    for (let n = 0; n < 1_000_000; n++) {
      line1.add(`user${n % 50_000}`, line({ identifier: n.toString(16), index: String(n % 65_535 + 1), total: '65535', piece: 'A' }), 0, anybody)
      if (line1.bytes > 4 * 1024 * 1024) expect.fail(`${line1.bytes} bytes`)
    }
    expect((liveBytes() - before) / 1024 / 1024).to.be.lessThan(16)
    expect(line1.bytes).to.be.greaterThan(0)
  })

  it('O9, F8: what was not completed in time is dropped, by the given clock', async () => {
    const world = new PrekeyWorld()
    const bob = world.user('bob@example.org')
    const [first, second] = fragments(bob.client.publish(1).send[0]!.message, 300)
    await world.server.receive(bob.address, first!)
    expect(world.server.load.fragmentBytes).to.be.greaterThan(0)
    world.now += 121
    await world.server.tick(world.now)
    expect(world.server.load.fragmentBytes).to.equal(0)
    expect(await world.server.receive(bob.address, second!)).to.deep.equal([])
  })

  it('O9, F9: one sender cannot fill or empty what others have begun; when all is full, a sender with more than their share gives way', () => {
    const line1 = assembly({ fragmentBytes: 20_000, fragmentBytesOfAll: 30_000, openMessages: 100 })
    line1.add('carol', line({ piece: 'hers' }), 0, anybody)
    for (let n = 0; n < 200; n++) line1.add(`mallory${n % 2}`, line({ identifier: n.toString(16), piece: 'M'.repeat(1000) }), 0, anybody)
    expect(line1.bytes).to.be.lessThan(30_001)
    expect(line1.add('carol', line({ index: '2', piece: '.' }), 0, anybody)).to.equal('hers.')
  })

  it('O9, F10: for every limit no line is longer, every piece has something, and all come together', () => {
    const text = `${'A'.repeat(400)}.`
    for (let limit = PREKEY_FRAGMENT_OVERHEAD + 1; limit <= 450; limit++) {
      const line1 = assembly()
      const lines = fragments(text, limit)
      if (limit < text.length) for (const one of lines) expect(parsePrekeyFragment(one).piece).to.not.equal('')
      expect(Math.max(...lines.map(({ length }) => length))).to.be.at.most(limit)
      expect(lines.length === 1 ? lines[0] : lines.map((one) => line1.add('bob', one, 0, anybody)).at(-1)).to.equal(text)
    }
  })

  it('O9, F10: a limit at the length of the header or under it is refused when it is configured, by server and client', () => {
    const world = new PrekeyWorld()
    const options = { identity: SERVER, store: world.store, random: (n: number) => new Uint8Array(n), clock: () => 0 }
    const { core } = world.user('bob@example.org')
    const key = core.identityForPrekeys().identity
    for (const maxMessageLength of [1, PREKEY_FRAGMENT_OVERHEAD - 1, PREKEY_FRAGMENT_OVERHEAD, -1, Number.NaN]) {
      for (const make of [
        () => new PrekeyServer({ ...options, key, maxMessageLength }),
        () => new PrekeyClient({ owner: core, server: { identity: SERVER }, random: options.random, clock: options.clock, maxMessageLength }),
      ]) expect(make).to.throw(OtrError).with.property('code', 'OTR_FRAGMENT_LIMIT')
    }
    new PrekeyServer({ ...options, key, maxMessageLength: PREKEY_FRAGMENT_OVERHEAD + 1 })
  })

  it('O9, F11: a publication and an answer of many lines come through on a network of short ones', async () => {
    const world = new PrekeyWorld({ maxMessageLength: 400 })
    const bob = world.user('bob@example.org', { maxMessageLength: 400 })
    const alice = world.user('alice@example.org', { maxMessageLength: 400 })
    expect((await bob.publish(20))[0]).to.include({ event: 'published' })
    expect((await alice.fetch(bob.address))[0]).to.include({ type: 'ensembles' })
    expect(Math.max(...world.passed.map(({ text }) => text.length))).to.be.at.most(400)
    expect(world.passed.length).to.be.greaterThan(40)
  })

  it('O9, F12: a fragment in fragments is not looked at a second time', async () => {
    const world = new PrekeyWorld()
    const bob = world.user('bob@example.org')
    const dake1 = bob.client.publish(1).send[0]!.message
    const inner = `?OTRP|1|200|0,1,1,${dake1},`
    expect(await world.server.receive(bob.address, inner)).to.have.length(1)
    // Pieces have no commas, so a piece can never contain a whole fragment, only its beginning.
    expect(await world.server.receive(bob.address, '?OTRP|2|200|0,1,1,?OTRP|3|200|0,')).to.deep.equal([])
    expect(world.server.load.fragmentBytes).to.equal(0)
  })
})

function permutations<T>(list: readonly T[]): T[][] {
  return list.length < 2 ? [[...list]] : list.flatMap((one, n) => permutations([...list.slice(0, n), ...list.slice(n + 1)]).map((rest) => [one, ...rest]))
}
