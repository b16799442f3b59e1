import { expect } from 'chai'
import fc from 'fast-check'
import { base64Encode } from '../../src/wire/index.js'
import { prekeyTextBytes } from '../../src/prekey/messages.js'
import { PrekeyWorld, SERVER, type Passed, type PrekeyUser } from '../support/prekey-parties.js'
import { patient } from '../support/raw-prekey-publisher.js'

/** Everything that a client and a server usually send to each other, as material to change and cut. */
async function recorded(): Promise<{ readonly world: PrekeyWorld, readonly bob: PrekeyUser, readonly passed: readonly Passed[] }> {
  const world = new PrekeyWorld({ limits: patient })
  const bob = world.user('bob@example.org')
  await bob.publish(2)
  await bob.status()
  await bob.fetch(bob.address)
  await bob.fetch('nobody@example.org')
  return { world, bob, passed: [...world.passed] }
}

/** A text derived from another: cut, changed, joined, split into fragments, or entirely different. */
function mutated(texts: readonly string[]): fc.Arbitrary<string> {
  const one = fc.constantFrom(...texts)
  const rebuilt = fc.tuple(one, fc.nat(), fc.nat({ max: 255 }), fc.constantFrom('set', 'cut', 'insert')).map(([text, at, byte, how]) => {
    const bytes = [...prekeyTextBytes(text)]
    const place = at % bytes.length
    if (how === 'set') bytes[place] = byte
    else if (how === 'cut') bytes.length = place
    else bytes.splice(place, 0, byte)
    return `${base64Encode(Uint8Array.from(bytes))}.`
  })
  const hex = fc.nat({ max: 0xffffffff }).map((value) => value.toString(16))
  return fc.oneof(
    one,
    rebuilt,
    fc.string(),
    fc.base64String().map((text) => `AAQ${text}.`),
    fc.uint8Array({ maxLength: 600 }).map((bytes) => `${base64Encode(Uint8Array.of(0, 4, ...bytes))}.`),
    fc.tuple(hex, hex, hex, fc.nat({ max: 70_000 }), fc.nat({ max: 70_000 }), fc.oneof(one, fc.string({ maxLength: 20 })))
      .map(([identifier, sender, receiver, index, total, piece]) => `?OTRP|${identifier}|${sender}|${receiver},${index},${total},${piece},`),
    one.map((text) => `?OTRP|1|1000|0,1,1,${text},`),
  )
}

describe('the prekey server and its client under noise', function () {
  this.timeout(120_000)

  it('O8, O9: nothing makes the server throw, grow, or forget what it has; nor the client', async () => {
    const { world, bob, passed } = await recorded()
    const toServer = passed.filter(({ to }) => to === SERVER).map(({ text }) => text)
    const toClient = passed.filter(({ to }) => to !== SERVER).map(({ text }) => text)
    await fc.assert(fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom('bob@example.org', 'carol@example.org', 'mallory@example.org', ''), mutated([...toServer, ...toClient])), { maxLength: 12 }),
      async (messages) => {
        const answers = await Promise.all(messages.map(([from, text]) => world.server.receive(from, text)))
        for (const list of answers) for (const answer of list) expect(answer).to.match(/^AAQ[2FGLOT].*\.$/)
        for (const [, text] of messages) bob.client.receive(SERVER, text)
        expect(world.server.load.exchanges).to.be.lessThan(30)
        expect(world.server.load.fragmentBytes).to.be.lessThan(4 * 512 * 1024)
      }), { numRuns: 400 })
    expect(world.server.load.working).to.equal(0)
    expect(world.metrics.filter((metric) => metric.name === 'dropped' && metric.reason === 'internal')).to.deep.equal([])
    world.now += 1000
    await world.server.tick(world.now)
    expect(world.server.load).to.deep.equal({ exchanges: 0, fragmentBytes: 0, working: 0 })
    expect((await bob.status()).at(-1)).to.include({ event: 'status' })
  })
})
