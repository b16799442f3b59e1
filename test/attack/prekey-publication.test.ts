import { expect } from 'chai'
import { eddsaSign, generateDh3072, generateEcdh, generateEd448KeyPair, type Ed448KeyPair } from '../../src/crypto/index.js'
import { createClientProfile, createPrekeyProfile, LONGEST_PROFILE_LIFETIME } from '../../src/v4/index.js'
import { encodePrekeyProfileFields, type PrekeyMessage } from '../../src/wire/index.js'
import { encodePrekeyProtocol, prekeyText } from '../../src/prekey/messages.js'
import { proveDh, proveEcdh } from '../../src/prekey/proofs.js'
import type { PublicationContents } from '../../src/prekey/publication.js'
import { badNumbers, badPoints } from '../support/bad-values.js'
import { NOW, PrekeyWorld, SERVER } from '../support/prekey-parties.js'
import { patient, rawExchange } from '../support/raw-prekey-publisher.js'
import { seededRandom } from '../support/seeded.js'

const random = seededRandom('publication attacks')

/** The parts of a wrong publication: an honest one, further data of the account, and the secret context of the exchange. */
interface Workshop {
  readonly contents: PublicationContents
  readonly y: readonly Uint8Array[]
  readonly b: readonly Uint8Array[]
  readonly m: Uint8Array
  readonly tag: number
  readonly world: PrekeyWorld
  readonly identity: Ed448KeyPair
}

/** Proofs for other prekey messages, as good as can be. */
function withMessages(shop: Workshop, messages: readonly PrekeyMessage[], y = shop.y, b = shop.b): PublicationContents {
  return {
    ...shop.contents,
    messages,
    messageProofs: {
      ecdh: proveEcdh(0x13, y, messages.map((one) => one.y), shop.m, random),
      dh: proveDh(b, messages.map((one) => one.b), shop.m, random),
    },
  }
}

/** Bob, in an exchange, with an honest publication of three prekey messages in hand, which `change` makes a wrong one. */
async function attempt(change: (shop: Workshop) => PublicationContents): Promise<{ answer: string | undefined, reason: string | undefined, stored: string }> {
  const world = new PrekeyWorld({ limits: { ...patient, prekeysPerPublication: 3 } })
  const bob = world.user('bob@example.org', { tag: 0x200 })
  const exchange = await rawExchange(world, bob)
  const publication = bob.core.publication(3)
  const [y, b] = [publication.secrets.y.map((one) => one.slice()), publication.secrets.b.map((one) => one.slice())]
  const { contents } = exchange.honest(publication)
  const { identity } = bob.core.identityForPrekeys()
  const answer = await exchange.publish(change({ contents, y, b, m: exchange.keys.proofContext, tag: 0x200, world, identity }))
  const refused = world.metrics.find((metric) => metric.name === 'publication-refused')
  const ask = await bob.status()
  const taken = await world.store.take(bob.address, '4', NOW)
  const [status] = ask
  const stored = `${status?.type === 'prekey' && status.event === 'status' ? status.stored : -1} stored, ${taken.length} handed out`
  return { answer, reason: refused?.name === 'publication-refused' ? refused.reason : undefined, stored }
}

const refusedFor = (reason: string) => ({ answer: 'prekey-failure', reason, stored: '0 stored, 0 handed out' })

describe('attacks on publications', () => {
  it('O5: an honest one passes, and is counted', async () => {
    expect(await attempt(({ contents }) => contents)).to.deep.equal({ answer: 'prekey-success', reason: undefined, stored: '3 stored, 1 handed out' })
  })

  const proofs: Record<string, (shop: Workshop) => PublicationContents> = {
    'a changed ECDH challenge': ({ contents }) => ({ ...contents, messageProofs: { ...contents.messageProofs!, ecdh: flip(contents.messageProofs!.ecdh, 'c') } }),
    'a changed ECDH response': ({ contents }) => ({ ...contents, messageProofs: { ...contents.messageProofs!, ecdh: flip(contents.messageProofs!.ecdh, 'v') } }),
    'a changed DH challenge': ({ contents }) => ({ ...contents, messageProofs: { ...contents.messageProofs!, dh: flip(contents.messageProofs!.dh, 'c') } }),
    'a changed DH response': ({ contents }) => ({ ...contents, messageProofs: { ...contents.messageProofs!, dh: flip(contents.messageProofs!.dh, 'v') } }),
    'a changed profile proof': ({ contents }) => ({ ...contents, profileProof: flip(contents.profileProof!, 'v') }),
    'a Y whose secret the publisher does not know': (shop) => withMessages(shop, shop.contents.messages.map((one, n) => n === 1 ? { ...one, y: generateEcdh(random).publicKey } : one)),
    'a B whose secret the publisher does not know': (shop) => withMessages(shop, shop.contents.messages.map((one, n) => n === 2 ? { ...one, b: generateDh3072(random).publicKey } : one)),
    'proofs of another session': ({ contents, y, b }) => withMessages({ contents, y, b, m: new Uint8Array(64) } as unknown as Workshop, contents.messages),
    'prekey messages in another order than their proofs': ({ contents }) => ({ ...contents, messages: [...contents.messages].reverse() }),
    'the message proof in the place of the profile proof': ({ contents }) => ({ ...contents, profileProof: contents.messageProofs!.ecdh }),
    'a DH response that is not below the order': ({ contents }) => ({ ...contents, messageProofs: { ...contents.messageProofs!, dh: { ...contents.messageProofs!.dh, v: new Uint8Array(384).fill(255) } } }),
  }
  for (const [what, change] of Object.entries(proofs)) {
    it(`O5: ${what} is refused and stores nothing`, async () => { expect(await attempt(change)).to.deep.equal(refusedFor('proof')) })
  }

  it('O5: an expired Prekey Profile, one of another tag, of another key, with a wrong signature, or a bad point', async () => {
    const profile = (changes: Partial<Parameters<typeof createPrekeyProfile>[0]>) => ({ contents, tag, identity }: Workshop): PublicationContents => ({
      ...contents, prekeyProfile: createPrekeyProfile({ instanceTag: tag, identity, sharedPrekey: contents.prekeyProfile!.sharedPrekey, expiration: NOW + 1, ...changes }),
    })
    expect(await attempt(profile({ expiration: NOW }))).to.deep.equal(refusedFor('prekey-profile'))
    expect(await attempt(profile({ expiration: -1 }))).to.deep.equal(refusedFor('prekey-profile'))
    expect(await attempt(profile({ expiration: NOW + LONGEST_PROFILE_LIFETIME + 1 }))).to.deep.equal(refusedFor('prekey-profile'))
    expect(await attempt(profile({ instanceTag: 0x201 }))).to.deep.equal(refusedFor('instance-tag'))
    expect(await attempt(profile({ identity: generateEd448KeyPair(random) }))).to.deep.equal(refusedFor('prekey-profile'))
    for (const [name, sharedPrekey] of badPoints) {
      expect(await attempt(profile({ sharedPrekey })), name).to.deep.include({ answer: 'prekey-failure', stored: '0 stored, 0 handed out' })
    }
    expect(await attempt(({ contents }) => ({ ...contents, prekeyProfile: { ...contents.prekeyProfile!, expiration: contents.prekeyProfile!.expiration + 1 } })))
      .to.deep.equal(refusedFor('prekey-profile'))
  })

  it('O2, O5: a Client Profile of another key, expired, of another tag, without version 4, or with a wrong signature', async () => {
    const profile = (changes: Partial<Parameters<typeof createClientProfile>[0]>, versions = '4') => ({ contents, tag, identity }: Workshop): PublicationContents => ({
      ...contents,
      clientProfile: createClientProfile({
        instanceTag: tag, identity, forgingKey: contents.clientProfile!.forgingKey, versions, expiration: NOW + 1000, ...changes,
      }, random),
    })
    expect(await attempt(profile({}))).to.include({ answer: 'prekey-success' })
    // Whose it is has been proved by the key exchange, and by nothing else.
    expect(await attempt(profile({ identity: generateEd448KeyPair(random) }))).to.deep.equal(refusedFor('other-key'))
    expect(await attempt(profile({ forgingKey: generateEcdh(random).publicKey }))).to.deep.equal(refusedFor('other-key'))
    expect(await attempt(profile({ expiration: NOW }))).to.deep.equal(refusedFor('client-profile'))
    expect(await attempt(profile({ expiration: NOW + LONGEST_PROFILE_LIFETIME + 1 }))).to.deep.equal(refusedFor('client-profile'))
    expect(await attempt(profile({ instanceTag: 0x201 }))).to.deep.equal(refusedFor('instance-tag'))
    expect(await attempt(({ contents }) => ({ ...contents, clientProfile: { ...contents.clientProfile!, signature: new Uint8Array(114) } })))
      .to.deep.equal(refusedFor('client-profile'))
    const withoutVersion4 = ({ contents, identity }: Workshop): PublicationContents => {
      const made = contents.clientProfile!
      const signedBytes = made.signedBytes.map((byte, at) => byte === 0x34 && made.signedBytes[at - 1] === 1 ? 0x35 : byte)
      return { ...contents, clientProfile: { ...made, versions: '5', signedBytes, signature: eddsaSign(identity.symmetricKey, signedBytes) } }
    }
    expect(await attempt(withoutVersion4)).to.deep.equal(refusedFor('client-profile'))
  })

  it('O5: more prekey messages than the limit, an empty publication, and a prekey message of another tag', async () => {
    expect(await attempt((shop) => withMessages(shop, [...shop.contents.messages, { ...shop.contents.messages[0]!, identifier: 9 }], [...shop.y, shop.y[0]!], [...shop.b, shop.b[0]!])))
      .to.deep.equal(refusedFor('too-many'))
    expect(await attempt(() => ({ messages: [] }))).to.deep.equal(refusedFor('empty'))
    expect(await attempt((shop) => withMessages(shop, shop.contents.messages.map((one) => ({ ...one, instanceTag: 0x201 }))))).to.deep.equal(refusedFor('instance-tag'))
  })

  it('K1, K2, K3: a prekey message with a bad point or a bad DH key refuses all of them', async () => {
    const refused = { answer: 'prekey-failure', stored: '0 stored, 0 handed out' }
    const second = (part: Partial<PrekeyMessage>) => ({ contents }: Workshop): PublicationContents =>
      ({ ...contents, messages: contents.messages.map((one, n) => n === 1 ? { ...one, ...part } : one) })
    for (const [name, y] of badPoints) expect(await attempt(second({ y })), name).to.deep.include(refused)
    for (const [name, b] of badNumbers) expect(await attempt(second({ b })), name).to.deep.include(refused)
  })

  it('O5: a wrong MAC, and bytes that are no message, are answered by a Failure', async () => {
    const world = new PrekeyWorld({ limits: patient })
    const bob = world.user('bob@example.org')
    const first = await rawExchange(world, bob)
    const publication = first.honest(bob.core.publication(1))
    expect(await first.send(encodePrekeyProtocol({ ...publication, mac: new Uint8Array(64) }))).to.equal('prekey-failure')
    const second = await rawExchange(world, bob)
    expect(await second.send(encodePrekeyProtocol({ kind: 'prekey-storage-request', mac: new Uint8Array(64) }))).to.equal('prekey-failure')
    const third = await rawExchange(world, bob)
    expect(await third.send(new Uint8Array(0))).to.equal('prekey-failure')
    // A DAKE-1 has nothing to look for in there.
    const fourth = await rawExchange(world, bob)
    expect(await fourth.send(encodePrekeyProtocol({ kind: 'prekey-query', senderTag: 0x100, identity: 'x', versions: '4' }))).to.equal('prekey-failure')
    expect(world.metrics.flatMap((metric) => metric.name === 'publication-refused' ? [metric.reason] : [])).to.deep.equal(['mac', 'mac', 'malformed', 'malformed'])
  })

  it('O5: prekey messages with one identifier are stored once, the first of them', async () => {
    const result = await attempt((shop) => withMessages(shop, shop.contents.messages.map((one, n) => ({ ...one, identifier: n === 0 ? 1 : 2 }))))
    expect(result).to.deep.equal({ answer: 'prekey-success', reason: undefined, stored: '2 stored, 1 handed out' })
  })

  it('P2, O2: what has expired is never handed out, though it was stored', async () => {
    const world = new PrekeyWorld()
    const bob = world.user('bob@example.org')
    const alice = world.user('alice@example.org')
    await bob.publish(2)
    world.now += 604_799
    expect((await alice.fetch(bob.address))[0]).to.include({ type: 'ensembles' })
    world.now += 1
    expect((await alice.fetch(bob.address))[0]).to.include({ event: 'none' })
  })

  it('O2: a server that puts together what does not belong together is not believed', () => {
    const world = new PrekeyWorld()
    const [bob, carol] = [world.user('bob@example.org', { tag: 0x200 }), world.user('carol@example.org', { tag: 0x200 })]
    const alice = world.user('alice@example.org')
    const [hers] = carol.core.ensemble(1)
    const [his, another] = bob.core.ensemble(2)
    const mixed = [
      { ...his!, clientProfile: hers!.clientProfile },
      { ...his!, prekeyProfile: hers!.prekeyProfile },
      { ...his!, prekeyMessage: { ...his!.prekeyMessage, instanceTag: 0x201 } },
      { ...his!, prekeyProfile: { ...his!.prekeyProfile, signature: eddsaSign(new Uint8Array(57), encodePrekeyProfileFields(his!.prekeyProfile)) } },
    ]
    alice.client.fetch(bob.address)
    const tag = alice.core.identityForPrekeys().instanceTag
    const answer = (ensembles: typeof mixed): string => prekeyText({ kind: 'prekey-ensembles', receiverTag: tag, identity: bob.address, ensembles })
    const events = alice.client.receive(SERVER, answer([...mixed, another!, another!])).events
    expect(events.map((event) => event.type === 'notice' ? event.code : event.type)).to.deep.equal([...mixed.map(() => 'ensemble-refused'), 'ensembles'])
    expect(events.at(-1)).to.deep.equal({ type: 'ensembles', of: bob.address, ensembles: [another] })
    // Nobody asked for more.
    expect(alice.client.receive(SERVER, answer([another!])).events).to.deep.equal([])
    alice.client.fetch(bob.address)
    expect(alice.client.receive(SERVER, answer(mixed)).events.at(-1)).to.include({ event: 'none' })
  })
})

/** The proof with its first byte changed in C or V. */
function flip<P extends { readonly c: Uint8Array, readonly v: Uint8Array }>(proof: P, part: 'c' | 'v'): P {
  return { ...proof, [part]: proof[part].map((byte, at) => at === 1 ? byte ^ 1 : byte) }
}
