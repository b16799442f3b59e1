import { MalformedError } from '../../../errors.js'
import { PrekeyClient } from '../../../prekey/client.js'
import { decodeToClient, prekeyText, prekeyTextBytes, type ToClient } from '../../../prekey/messages.js'
import { generateDh3072, generateEcdh, systemRandom } from '../../../crypto/index.js'
import type { Publication } from '../../../session/account/prekeys.js'
import { base64Decode, base64Encode, type Ensemble } from '../../../wire/index.js'
import { ensembleFields, readEnsembleFields } from '../../ensemble-fields.js'
import { expectEqual, expectThat, Unmet } from '../../expectation.js'
import { flipped } from '../../lines.js'
import type { Scenario } from '../../scenario.js'
import type { Stage } from '../../stage.js'
import { byHand, byTwo, type Scene } from './scene.js'

const serverGroup = 'v4-prekey-server'
const serverDocument = 'OTRv4 prekey server'
const whyServer = 'A server that gives away a prekey message twice loses one of two messages, and one that believes false ones gives people what nobody can read'

/** The judged program becomes a server, and the partner publishes there. */
async function served(stage: Stage, count: number): Promise<void> {
  await stage.ask(stage.peer, 'prekey-serve', { identity: stage.peer.address })
  await stage.ask(stage.partner, 'prekey-publish', { server: { identity: stage.peer.address }, count })
  await stage.settle()
}

/** A message of a server; undefined for anything else. */
function fromServer(line: string): ToClient | undefined {
  try {
    return decodeToClient(prekeyTextBytes(line))
  } catch (error) {
    if (error instanceof MalformedError) return undefined
    throw error
  }
}

/** What the server answers somebody who wants to write to `identity`. */
async function fetched(stage: Stage, identity: string, versions = '4'): Promise<readonly Ensemble[]> {
  const line = prekeyText({ kind: 'prekey-query', senderTag: 0x7a11, identity, versions })
  const { out } = await stage.deliver(stage.peer, line, 'reader@example.org')
  for (const event of out) {
    if (event.type !== 'send') continue
    const message = fromServer(event.message)
    if (message?.kind === 'prekey-ensembles') return message.ensembles
  }
  return []
}

/** The secrets of which a publication has proofs. */
type Secrets = Publication['secrets']

/** The hand publishes two prekey messages; `change`: of which secrets its proofs are. Whether the server says that it has stored them. */
async function publishes({ stage, peer, hand }: Scene, change: (secrets: Secrets) => Secrets): Promise<boolean> {
  await stage.ask(peer, 'prekey-serve', { identity: peer.address })
  const { address, instanceTag, identity, clientProfile } = hand.account
  const client = new PrekeyClient({
    server: { identity: peer.address }, random: hand.random, clock: () => hand.now,
    owner: {
      identityForPrekeys: () => ({ address, instanceTag, identity, clientProfile }), prekeysLeft: () => 0,
      publication(count) {
        const made = hand.publication(count)
        return { ...made, secrets: change(made.secrets) }
      },
    },
  })
  const steps = [client.publish(2)]
  let stored = false
  for (let step = steps.shift(); step !== undefined; step = steps.shift()) {
    stored ||= step.events.some((event) => event.type === 'prekey' && event.event === 'published')
    for (const { message } of step.send) {
      const { out } = await stage.deliver(peer, message, hand.address)
      stage.network.takeAll()
      for (const event of out) if (event.type === 'send') steps.push(client.receive(peer.address, event.message))
    }
  }
  client.close()
  return stored
}

const others: Readonly<Record<'ecdh' | 'dh' | 'profile', (secrets: Secrets) => Secrets>> = {
  ecdh: (secrets) => ({ ...secrets, y: secrets.y.map(() => generateEcdh(systemRandom).privateKey) }),
  dh: (secrets) => ({ ...secrets, b: secrets.b.map(() => generateDh3072(systemRandom).privateKey) }),
  profile: (secrets) => ({ ...secrets, d: generateEcdh(systemRandom).privateKey }),
}

const ofWhat = { ecdh: 'the ECDH keys of prekey messages', dh: 'the DH keys of prekey messages', profile: 'the shared prekey of a Prekey Profile' } as const

/** Publications that are right in all but a proof. */
const proofScenarios: readonly Scenario[] = [
  byHand(serverGroup, {
    id: 'v4-prekey-server-by-hand', title: 'as a server it stores a publication that was made by hand and holds', section: 'Proofs', document: serverDocument, why: 'it shows that the refusals of this group are for their reason', needs: ['prekey-server'],
    sent: 'a publication of two prekey messages', expected: 'a Success message, and ensembles for who asks',
  }, async (scene) => {
    expectThat(await publishes(scene, (secrets) => secrets), 'it says that it has stored the publication')
    expectEqual((await fetched(scene.stage, scene.hand.address)).length, 1, 'ensembles')
  }),
  ...(['ecdh', 'dh', 'profile'] as const).map((which) => byHand(serverGroup, {
    id: `v4-prekey-server-proof-${which}`, title: `as a server it stores nothing when the proof of ${ofWhat[which]} is of another secret`, section: 'Proofs', document: serverDocument, why: whyServer, needs: ['prekey-server'],
    sent: 'a publication whose MAC holds, with a proof that does not', expected: 'no Success message, and no ensemble for anybody',
  }, async (scene) => {
    expectThat(!await publishes(scene, others[which]), 'it does not say that it has stored the publication')
    expectEqual((await fetched(scene.stage, scene.hand.address)).length, 0, 'ensembles')
  })),
]

/** The prekey server. */
export const prekeyServerScenarios: readonly Scenario[] = [
  byTwo(serverGroup, {
    id: 'v4-prekey-server-publish', title: 'as a server it stores what is published', section: 'Publishing Prekey Values', document: serverDocument, why: whyServer, needs: ['prekey-server'],
    sent: 'prekey-serve; prekey-publish of the partner with five prekey messages; prekey-status', expected: '"published", then "status" with five',
  }, async (stage) => {
    await served(stage, 5)
    expectThat(stage.partner.of('prekey').some(({ event }) => event === 'published'), `${stage.partner.name} reports "published"`)
    await stage.ask(stage.partner, 'prekey-status', { server: { identity: stage.peer.address } })
    await stage.settle()
    expectEqual(stage.partner.of('prekey').find(({ event }) => event === 'status')?.stored, 5, 'stored prekey messages')
  }),
  byTwo(serverGroup, {
    id: 'v4-prekey-server-once', title: 'as a server it gives each prekey message once', section: 'Retrieving Prekey Ensembles', document: serverDocument, why: whyServer, needs: ['prekey-server'],
    sent: 'a publication of three; four queries', expected: 'three different prekey messages, then none',
  }, async (stage) => {
    await served(stage, 3)
    const given: string[] = []
    for (let n = 0; n < 3; n++) given.push(...(await fetched(stage, stage.partner.address)).map(({ prekeyMessage }) => String(prekeyMessage.identifier)))
    expectEqual(new Set(given).size, 3, 'different prekey messages')
    expectEqual((await fetched(stage, stage.partner.address)).length, 0, 'ensembles after the last')
  }),
  byTwo(serverGroup, {
    id: 'v4-prekey-server-usable', title: 'what it gives as a server leads to a conversation', section: 'Retrieving Prekey Ensembles', document: serverDocument, why: whyServer, needs: ['prekey-server'], 
    sent: 'a publication; a query; what is written to the ensemble', expected: 'the ensemble is valid, and of the one who published',
  }, async (stage) => {
    await served(stage, 1)
    const [ensemble] = await fetched(stage, stage.partner.address)
    if (ensemble === undefined) throw new Unmet('there is an ensemble')
    await stage.ask(stage.peer, 'send-offline', { to: stage.partner.address, ensemble: ensembleFields(ensemble), text: 'by the server' })
    await stage.settle()
    expectEqual(stage.partner.privateTexts(), ['by the server'], `what ${stage.partner.name} reads`)
  }),
  byTwo(serverGroup, {
    id: 'v4-prekey-server-nobody', title: 'as a server it says when it has nothing', section: 'Retrieving Prekey Ensembles', document: serverDocument, why: whyServer, needs: ['prekey-server'],
    sent: 'a query for somebody unknown', expected: 'a No Prekey Ensembles in Storage message',
  }, async (stage) => {
    await stage.ask(stage.peer, 'prekey-serve', { identity: stage.peer.address })
    const line = prekeyText({ kind: 'prekey-query', senderTag: 0x7a11, identity: 'nobody@example.org', versions: '4' })
    const { out } = await stage.deliver(stage.peer, line, 'reader@example.org')
    expectThat(out.some((event) => event.type === 'send' && fromServer(event.message)?.kind === 'prekey-none'), 'the answer says that there is none')
  }),
  byTwo(serverGroup, {
    id: 'v4-prekey-server-altered', title: 'as a server it stores nothing of a publication that was altered', section: 'Verifying a Prekey Publication message', document: serverDocument, why: whyServer, needs: ['prekey-server'],
    sent: 'a publication of which one byte near its end was changed on the way', expected: 'no "published", and no ensemble for anybody',
  }, async (stage) => {
    await stage.ask(stage.peer, 'prekey-serve', { identity: stage.peer.address })
    let sent = 0
    stage.hook((parcel) => {
      if (parcel.from !== stage.partner.address || ++sent !== 2) return [parcel]
      const body = base64Decode(parcel.message.slice(0, -1), 'line')
      return [{ ...parcel, message: `${base64Encode(flipped(body, body.length - 10))}.` }]
    })
    await stage.ask(stage.partner, 'prekey-publish', { server: { identity: stage.peer.address }, count: 3 })
    await stage.settle()
    stage.unhook()
    expectThat(!stage.partner.of('prekey').some(({ event }) => event === 'published'), `${stage.partner.name} does not tell "published"`)
    expectEqual((await fetched(stage, stage.partner.address)).length, 0, 'ensembles')
  }),
  byTwo(serverGroup, {
    id: 'v4-prekey-server-client', title: 'it publishes on a server', section: 'Publishing Prekey Values', document: serverDocument, why: whyServer, needs: ['prekey-client'],
    sent: 'prekey-publish at a server of another program', expected: '"published"',
  }, async (stage) => {
    await stage.ask(stage.partner, 'prekey-serve', { identity: stage.partner.address })
    await stage.ask(stage.peer, 'prekey-publish', { server: { identity: stage.partner.address }, count: 4 })
    await stage.settle()
    expectThat(stage.peer.of('prekey').some(({ event }) => event === 'published'), `${stage.peer.name} reports "published"`)
    await stage.ask(stage.peer, 'prekey-status', { server: { identity: stage.partner.address } })
    await stage.settle()
    expectEqual(stage.peer.of('prekey').find(({ event }) => event === 'status')?.stored, 4, 'stored prekey messages')
  }),
  byTwo(serverGroup, {
    id: 'v4-prekey-server-fetch', title: 'it fetches from a server, and what it gets is what was published', section: 'Retrieving Prekey Ensembles', document: serverDocument, why: whyServer, needs: ['prekey-client'],
    sent: 'prekey-fetch at a server of another program, of that program', expected: 'an event "ensembles" with one whole ensemble, which can be decoded',
  }, async (stage) => {
    const server = { identity: stage.partner.address }
    await stage.ask(stage.partner, 'prekey-serve', server)
    await stage.ask(stage.peer, 'prekey-publish', { server, count: 1 })
    await stage.settle()
    await stage.ask(stage.peer, 'prekey-fetch', { server, of: stage.peer.address })
    await stage.settle()
    const [event] = stage.peer.of('ensembles')
    expectEqual([event?.of, event?.ensembles.length], [stage.peer.address, 1], 'the ensembles that are reported')
    readEnsembleFields(event?.ensembles[0])
  }),
  ...proofScenarios,
]
