import { expect } from 'chai'
import { ed448KeyPair } from '../../src/crypto/index.js'
import { base64Encode, encodeClientProfile } from '../../src/wire/index.js'
import { beginExchange, proveServer } from '../../src/prekey/client-exchange.js'
import { PrekeyServer, MemoryPrekeyStore } from '../../src/prekey/index.js'
import { prekeySign, prekeyTranscript, storageRequestMac } from '../../src/prekey/key-schedule.js'
import { encodePrekeyProtocol, prekeyText, prekeyTextBytes } from '../../src/prekey/messages.js'
import { badPoints } from '../support/bad-values.js'
import { NOW, PrekeyWorld, SERVER, type PrekeyUser } from '../support/prekey-parties.js'
import { patient, rawExchange } from '../support/raw-prekey-publisher.js'
import { seededRandom } from '../support/seeded.js'

/** Every text that results from changing one byte, each in another way. */
function* changed(text: string): Generator<{ readonly at: number, readonly text: string }> {
  const bytes = prekeyTextBytes(text)
  for (let at = 0; at < bytes.length; at++) {
    const copy = bytes.slice()
    copy[at] = copy[at]! ^ (1 << (at % 8))
    yield { at, text: `${base64Encode(copy)}.` }
  }
}

const begin = (user: PrekeyUser): string => user.client.publish(1).send[0]!.message

describe('attacks on the key exchange with a prekey server', function () {
  this.timeout(120_000)

  it('O8: a DAKE-1 with any byte changed leads to no exchange that the publisher continues', async () => {
    const world = new PrekeyWorld({ limits: patient })
    const bob = world.user('bob@example.org')
    let answered = 0
    for (const { at, text } of changed(begin(bob))) {
      for (const answer of await world.server.receive(bob.address, text)) {
        answered++
        const step = bob.client.receive(SERVER, answer)
        expect(step.send, `byte ${at}`).to.deep.equal([])
      }
    }
    // The ephemeral key alone is not signed by itself: some other points are points as well.
    expect(answered).to.be.lessThan(57)
    expect(bob.core.prekeysLeft()).to.equal(0)
  })

  it('O8: a DAKE-2 with any byte changed is refused before anything is revealed, and the right one is still accepted', async () => {
    const world = new PrekeyWorld({ limits: patient })
    const bob = world.user('bob@example.org')
    let [dake2] = await world.server.receive(bob.address, begin(bob))
    for (const { at, text } of changed(dake2!)) {
      const step = bob.client.receive(SERVER, text)
      expect(step.send, `byte ${at}`).to.deep.equal([])
      // A wrong server or key ends it: begin again.
      if (step.events.some((event) => event.type === 'prekey')) [dake2] = await world.server.receive(bob.address, begin(bob))
    }
    expect(bob.core.prekeysLeft()).to.equal(0)
    expect(bob.client.receive(SERVER, dake2!).send).to.have.length(1)
  })

  it('O8: a DAKE-3 with any byte changed gets no status, and stores nothing', async () => {
    const world = new PrekeyWorld({ limits: patient })
    const bob = world.user('bob@example.org')
    await bob.publish(1)
    const first = await rawExchange(world, bob)
    const length = prekeyTextBytes(first.dake3(encodePrekeyProtocol({ kind: 'prekey-storage-request', mac: storageRequestMac(first.keys.macKey) }))).length
    const seen = new Set<string>()
    for (let at = 0; at < length; at++) {
      const exchange = at === 0 ? first : await rawExchange(world, bob)
      const attached = encodePrekeyProtocol({ kind: 'prekey-storage-request', mac: storageRequestMac(exchange.keys.macKey) })
      const bytes = prekeyTextBytes(exchange.dake3(attached))
      bytes[at] = bytes[at]! ^ (1 << (at % 8))
      const answers = await world.server.receive(bob.address, `${base64Encode(bytes)}.`)
      // No answer, or a Failure if the signature was right and the attached message was not.
      expect(answers.every((answer) => answer.startsWith('AAQF')), `byte ${at}`).to.equal(true)
      seen.add(answers.length === 0 ? 'silence' : 'failure')
    }
    expect([...seen].sort()).to.deep.equal(['failure', 'silence'])
  })

  it('O8: an answer with any byte changed is not believed, and the right one is', async () => {
    const world = new PrekeyWorld({ limits: patient })
    const bob = world.user('bob@example.org')
    for (const wanted of ['AAQG', 'AAQL', 'AAQF']) {
      const answer = await lastAnswer(world, bob, wanted)
      for (const { at, text } of changed(answer)) {
        const { events, send } = bob.client.receive(SERVER, text)
        expect(events.every(({ type }) => type === 'notice'), `${wanted}, byte ${at}`).to.equal(true)
        expect(send).to.deep.equal([])
      }
      expect(bob.client.receive(SERVER, answer).events.map(({ type }) => type)).to.deep.equal(['prekey'])
    }
  })

  it('O8: a server of another name with the same key cannot be used in its place: phi and the composite identity bind the domain', async () => {
    const world = new PrekeyWorld({ limits: patient })
    const bob = world.user('bob@example.org')
    const elsewhere = new PrekeyServer({
      identity: 'prekey.example.com', key: ed448KeyPair(seededRandom('prekey server')(57)), store: new MemoryPrekeyStore(),
      random: seededRandom('elsewhere'), clock: () => NOW,
    })
    expect(elsewhere.fingerprint).to.deep.equal(world.server.fingerprint)
    const [dake2] = await elsewhere.receive(bob.address, begin(bob))
    const step = bob.client.receive(SERVER, dake2!)
    expect(step.send).to.deep.equal([])
    expect(step.events).to.deep.include({ type: 'prekey', server: SERVER, event: 'failed', reason: 'server-key', detail: world.fingerprint })
    // The name alone put right: the signature does not hold.
    const [again] = await elsewhere.receive(bob.address, begin(bob))
    const renamed = Buffer.from(Buffer.from(prekeyTextBytes(again!)).toString('latin1').replace('prekey.example.com', SERVER), 'latin1')
    const refused = bob.client.receive(SERVER, `${base64Encode(renamed)}.`)
    expect(refused.send).to.deep.equal([])
    expect(refused.events.map((event) => event.type === 'notice' && event.code)).to.deep.equal(['handshake-failed'])
  })

  it('O8: what one address signed is not valid for another', async () => {
    const world = new PrekeyWorld({ limits: patient })
    const bob = world.user('bob@example.org')
    // Mallory passes Bob's messages on under her own address.
    const [dake2] = await world.server.receive('mallory@example.org', begin(bob))
    expect(bob.client.receive(SERVER, dake2!).send).to.deep.equal([])
    // And Bob's good DAKE-3 is nothing under hers.
    const exchange = await rawExchange(world, bob)
    await world.server.receive('mallory@example.org', begin(world.user(bob.address, { tag: exchange.tag })))
    expect(await world.server.receive('mallory@example.org', exchange.dake3(new Uint8Array(3)))).to.deep.equal([])
    expect(world.counted('dake-3')).to.equal(0)
  })

  it('O8: an exchange accepts one DAKE-3, right or wrong', async () => {
    const world = new PrekeyWorld({ limits: patient })
    const bob = world.user('bob@example.org')
    await bob.publish(1)
    const dake3 = world.passed.find(({ text }) => text.startsWith('AAQ3'))!.text
    expect(await world.server.receive(bob.address, dake3)).to.deep.equal([])
    const exchange = await rawExchange(world, bob)
    expect(await exchange.send(new Uint8Array(5))).to.equal('prekey-failure')
    expect(await exchange.request()).to.equal(undefined)
  })

  it('O8: two devices of one account do not disturb each other, and a DAKE-1 that comes twice gets the same answer', async () => {
    const world = new PrekeyWorld()
    const phone = world.user('bob@example.org', { tag: 0x200 })
    const laptop = world.user('bob@example.org', { tag: 0x300 })
    const [first, second] = [begin(phone), begin(laptop)]
    const [toPhone] = await world.server.receive(phone.address, first)
    const [toLaptop] = await world.server.receive(laptop.address, second)
    expect(await world.server.receive(phone.address, first)).to.deep.equal([toPhone])
    for (const [user, dake2] of [[phone, toPhone!], [laptop, toLaptop!]] as const) {
      expect((await user.run(user.client.receive(SERVER, dake2))).map((event) => event.type === 'prekey' && event.event)).to.deep.equal(['published'])
    }
  })

  it('K1, K2: a bad point as I or as S is refused, though everything else is right', async () => {
    const key = ed448KeyPair(seededRandom('a server of the test')(57))
    const world = new PrekeyWorld({ limits: patient, key })
    const bob = world.user('bob@example.org')
    const me = bob.core.identityForPrekeys()
    const random = seededRandom('bad points')
    for (const [name, bad] of badPoints) {
      const dake1 = prekeyText({ kind: 'prekey-dake-1', senderTag: me.instanceTag, clientProfile: me.clientProfile, i: bad })
      expect(await world.server.receive(bob.address, dake1), name).to.deep.equal([])

      const begun = beginExchange(me, random)
      const transcript = { clientProfile: encodeClientProfile(me.clientProfile), publisher: bob.address, server: SERVER, serverKey: key.publicKey, i: begun.ephemeral.publicKey, s: bad }
      const sigma = prekeySign([me.identity.publicKey, key.publicKey, begun.ephemeral.publicKey], key.secretScalar, prekeyTranscript('initiator', transcript), random)
      const dake2 = { kind: 'prekey-dake-2', receiverTag: me.instanceTag, serverIdentity: SERVER, serverKey: key.publicKey, s: bad, sigma } as const
      expect(proveServer(begun, dake2, random), name).to.equal(undefined)
    }
    expect(world.server.load.exchanges).to.equal(0)
  })

  it('V6: key exchanges cost bounded work and memory, regardless of who begins them', async () => {
    const limits = { dakes: { burst: 3, perSecond: 0.1 }, sessions: 5, sessionsPerIdentity: 2 }
    const world = new PrekeyWorld({ limits })
    const bob = world.user('bob@example.org')
    const answers: string[] = []
    for (let n = 0; n < 10; n++) answers.push(...await world.server.receive(bob.address, begin(world.user('bob@example.org', { tag: 0x200 + n }))))
    expect(answers).to.have.length(3)
    expect(world.server.load.exchanges).to.equal(2)
    for (let n = 0; n < 10; n++) {
      const user = world.user(`user${n}@example.org`)
      await world.server.receive(user.address, begin(user))
    }
    expect(world.server.load.exchanges).to.equal(5)
    world.now += 121
    await world.server.tick(world.now)
    expect(world.server.load.exchanges).to.equal(0)
  })
})

/** Goes through an exchange until the server's last answer, which is kept back. */
async function lastAnswer(world: PrekeyWorld, bob: PrekeyUser, wanted: string): Promise<string> {
  let kept: string | undefined
  world.tamper = ({ to, text }) => {
    if (to !== bob.address || text.startsWith('AAQ2')) return text
    kept = text
    return undefined
  }
  if (wanted === 'AAQF') world.store.publish = () => Promise.reject(new Error('the disk is full'))
  await bob.run(wanted === 'AAQL' ? bob.client.status() : bob.client.publish(wanted === 'AAQF' ? 0 : 1))
  world.tamper = ({ text }) => text
  if (kept?.startsWith(wanted) !== true) throw new Error(`${wanted} expected`)
  return kept
}
