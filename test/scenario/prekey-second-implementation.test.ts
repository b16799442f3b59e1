import { expect } from 'chai'
import { getArithmetic, setArithmetic } from '../../src/crypto/index.js'
import { nobleArithmetic } from '../../src/crypto/noble/index.js'
import { encodeClientProfile, encodePrekeyProfile, hexDecode, hexEncode } from '../../src/wire/index.js'
import { PrekeyClient } from '../../src/prekey/index.js'
import type { PrekeyClientEvent, PrekeyStep } from '../../src/prekey/index.js'
import { Publisher, type Account } from '../support/prekey-second/publisher.js'
import { Server } from '../support/prekey-second/server.js'
import { NOW, PrekeyWorld, SERVER, type PrekeyUser } from '../support/prekey-parties.js'
import { seededRandom } from '../support/seeded.js'

/** What the second implementation needs to know of an account. */
function accountOf({ address, core }: PrekeyUser): Account {
  const { instanceTag: tag, identity } = core.identityForPrekeys()
  const { clientProfile, prekeyProfile, secrets: { d } } = core.publication(0)
  return {
    address, tag, symmetricKey: identity.symmetricKey, H: identity.publicKey,
    clientProfile: encodeClientProfile(clientProfile), prekeyProfile: encodePrekeyProfile(prekeyProfile), D: prekeyProfile.sharedPrekey, d,
  }
}

for (const arithmetic of [getArithmetic(), nobleArithmetic]) {
  describe(`the prekey protocol, computed a second time, against ${arithmetic.name}`, function () {
    this.timeout(60_000)
    const before = getArithmetic()
    beforeEach(() => { setArithmetic(arithmetic) })
    after(() => { setArithmetic(before) })

    it('a publisher made from the formulas publishes on our server, asks and is answered', async () => {
      const world = new PrekeyWorld()
      const bob = world.user('bob@example.org')
      const account = accountOf(bob)
      const fingerprint = hexDecode(world.fingerprint)
      const exchange = async (last: (publisher: Publisher, dake2: string) => string): Promise<string | number> => {
        const publisher = new Publisher(account)
        const [dake2] = await world.server.receive(account.address, publisher.dake1())
        const [answer] = await world.server.receive(account.address, last(publisher, dake2!))
        return publisher.answer(answer!)
      }
      const publish = (identifiers: readonly number[], CP: boolean, PP: boolean): Promise<string | number> =>
        exchange((publisher, dake2) => publisher.publication(dake2, SERVER, fingerprint, identifiers, { CP, PP }))
      const status = (): Promise<string | number> => exchange((publisher, dake2) => publisher.request(dake2, SERVER, fingerprint))

      expect(await publish([1], false, false), 'without a profile').to.equal('failure')
      expect(await status()).to.equal(0)
      expect(await publish([], true, false), 'Client Profile alone').to.equal('success')
      expect(await publish([], false, true), 'Prekey Profile alone').to.equal('success')
      expect(await publish([7, 0xffffffff, 9], false, false), 'prekey messages alone').to.equal('success')
      expect(await publish([9, 10], true, true), 'all of it').to.equal('success')
      expect(await status()).to.equal(4)
      const [fetched] = await world.user('alice@example.org').fetch(bob.address)
      expect(fetched).to.include({ type: 'ensembles' })
    })

    it('our client publishes on a server made from the formulas, which verifies every number, asks, and believes its refusals', () => {
      const server = new Server('prekey.second.example')
      const world = new PrekeyWorld()
      const { core, address } = world.user('bob@example.org')
      const client = new PrekeyClient({
        owner: core, server: { identity: server.address, fingerprint: hexEncode(server.fingerprint) }, random: seededRandom('second'), clock: () => NOW,
      })
      const run = (step: PrekeyStep): PrekeyClientEvent[] =>
        [...step.events, ...step.send.flatMap(({ message }) => run(client.receive(server.address, server.receive(address, message))))]

      expect(run(client.publish(3))).to.deep.equal([{ type: 'prekey', server: server.address, event: 'published', count: 3 }])
      expect(run(client.status())).to.deep.equal([{ type: 'prekey', server: server.address, event: 'status', stored: 3 }])
      expect(run(client.publish(2))).to.deep.equal([{ type: 'prekey', server: server.address, event: 'published', count: 2 }])
      expect(run(client.publish(0))).to.deep.equal([{ type: 'prekey', server: server.address, event: 'published', count: 0 }])
      expect(server.publications.map(({ messages, client: K, prekey: J }) => [messages.length, K !== undefined, J !== undefined])).to.deep.equal([
        [3, true, true], [2, false, false], [0, true, true],
      ])
      server.refuses = true
      // First without the profiles, then with them; then it gives up.
      expect(run(client.publish(1))).to.deep.equal([{ type: 'prekey', server: server.address, event: 'failed', reason: 'refused' }])
      expect(server.publications).to.have.length(5)
    })

    it('our client reveals nothing to a server with another key', () => {
      const [server, impostor] = [new Server('prekey.second.example'), new Server('prekey.second.example')]
      const world = new PrekeyWorld()
      const { core, address } = world.user('bob@example.org')
      const client = new PrekeyClient({
        owner: core, server: { identity: server.address, fingerprint: hexEncode(server.fingerprint) }, random: seededRandom('second'), clock: () => NOW,
      })
      const [dake1] = client.publish(1).send
      const step = client.receive(server.address, impostor.receive(address, dake1!.message))
      expect(step.send).to.deep.equal([])
      expect(step.events).to.deep.equal([
        { type: 'prekey', server: server.address, event: 'failed', reason: 'server-key', detail: hexEncode(impostor.fingerprint) },
      ])
      expect(core.prekeysLeft()).to.equal(0)
    })
  })
}
