import { eddsaSign } from '../../../crypto/index.js'
import { MalformedError } from '../../../errors.js'
import { decodeToClient, prekeyText, prekeyTextBytes, type ToClient } from '../../../prekey/messages.js'
import {
  base64Decode, base64Encode, decodeClientProfile, decodePrekeyMessage, decodePrekeyProfile, encodeClientProfile, encodePrekeyMessage, encodePrekeyProfile,
  encodePrekeyProfileFields, type Ensemble, type NonInteractiveAuthMessage, type PrekeyProfile,
} from '../../../wire/index.js'
import { expectEqual, expectThat, Unmet } from '../../expectation.js'
import { badDhKeys, badPoints } from '../../hand/bad-values.js'
import { isJsonObject } from '../../peer-event.js'
import type { Scenario } from '../../scenario.js'
import type { Stage } from '../../stage.js'
import { byHand, byTwo, handSays, notPrivate, pass, peerSays, rounds, stillStands, type Scene } from './scene.js'

const group = 'v4-offline'
const needs = ['offline'] as const
const why = 'People write to friends who are asleep: the words must arrive, and only there'

/** An ensemble as the peer protocol writes it. */
function ensembleFields({ clientProfile, prekeyProfile, prekeyMessage }: Ensemble): Readonly<Record<string, string>> {
  return {
    clientProfile: base64Encode(encodeClientProfile(clientProfile)),
    prekeyProfile: base64Encode(encodePrekeyProfile(prekeyProfile)),
    prekeyMessage: base64Encode(encodePrekeyMessage(prekeyMessage)),
  }
}

function readEnsemble(value: unknown): Ensemble {
  if (!isJsonObject(value)) throw new Unmet('an ensemble is an object')
  const { clientProfile, prekeyProfile, prekeyMessage } = value
  if (typeof clientProfile !== 'string' || typeof prekeyProfile !== 'string' || typeof prekeyMessage !== 'string') throw new Unmet('an ensemble has three parts, as base64')
  return {
    clientProfile: decodeClientProfile(base64Decode(clientProfile, 'clientProfile')),
    prekeyProfile: decodePrekeyProfile(base64Decode(prekeyProfile, 'prekeyProfile')),
    prekeyMessage: decodePrekeyMessage(base64Decode(prekeyMessage, 'prekeyMessage')),
  }
}

/** Ensembles of the judged program. */
async function ensemblesOf({ stage, peer }: Pick<Scene, 'stage' | 'peer'>, count = 1): Promise<Ensemble[]> {
  const { ensembles } = await stage.ask(peer, 'ensemble', { count })
  if (!Array.isArray(ensembles)) throw new Unmet('the answer to "ensemble" has a list "ensembles"')
  expectEqual(ensembles.length, count, 'ensembles')
  return ensembles.map(readEnsemble)
}

async function ensembleOf(scene: Pick<Scene, 'stage' | 'peer'>): Promise<Ensemble> {
  const [ensemble] = await ensemblesOf(scene)
  if (ensemble === undefined) throw new Unmet('there is an ensemble')
  return ensemble
}

/** The hand writes to the judged program, which is away; the first message may be changed. */
async function handWrites(scene: Scene, change: (message: NonInteractiveAuthMessage) => NonInteractiveAuthMessage, text = 'while you slept'): Promise<void> {
  const { hand, stage } = scene
  hand.sendMessage(change(hand.startOffline(await ensembleOf(scene))))
  hand.sendMessage(hand.data(text))
  await stage.settle()
}

const flipped = (bytes: Uint8Array, at = 0): Uint8Array => {
  const copy = bytes.slice()
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}

const refusedMessages: readonly (readonly [id: string, what: string, change: (message: NonInteractiveAuthMessage) => NonInteractiveAuthMessage])[] = [
  ['auth-mac', 'with another Auth MAC', (message) => ({ ...message, authMac: flipped(message.authMac, 5) })],
  ['sigma', 'with another ring signature', (message) => ({ ...message, sigma: flipped(message.sigma, 70) })],
  ['prekey-id', 'that names an unknown prekey message', (message) => ({ ...message, prekeyIdentifier: (message.prekeyIdentifier ^ 0x55) >>> 0 })],
  ['receiver', 'for another instance', (message) => ({ ...message, receiverTag: 0x5005 })],
  ['own-key', 'whose X is its Y', (message) => ({ ...message, x: message.firstEcdh })],
  ...badPoints().map(({ id, what, value }) => [`x-${id}`, `whose X is ${what}`, (message: NonInteractiveAuthMessage) => ({ ...message, x: value })] as const),
  ...badPoints().map(({ id, what, value }) => [`first-ecdh-${id}`, `whose first ECDH key is ${what}`, (message: NonInteractiveAuthMessage) => ({ ...message, firstEcdh: value })] as const),
  ...badDhKeys().map(({ id, what, value }) => [`a-${id}`, `whose A is ${what}`, (message: NonInteractiveAuthMessage) => ({ ...message, a: value })] as const),
]

const refused = refusedMessages.map(([id, what, change]) => byHand(group, {
  id: `v4-offline-refused-${id}`, title: `a Non-Interactive-Auth message ${what} is refused`, section: 'Receiving a Non-Interactive-Auth Message', why: 'Anybody could begin a conversation in the name of another', needs,
  sent: `a Non-Interactive-Auth message ${what}, and a text behind it`, expected: 'no session, and nothing is read',
}, async (scene) => {
  await handWrites(scene, change)
  expectEqual(scene.peer.privateTexts(), [], `what ${scene.peer.name} reads`)
  await notPrivate(scene)
}))

/** The Prekey Profile with some fields changed, signed by the hand. */
const withProfile = ({ hand }: Scene, { prekeyProfile, ...rest }: Ensemble, change: Partial<PrekeyProfile>): Ensemble => {
  const changed = { ...prekeyProfile, ...change }
  return { ...rest, prekeyProfile: { ...changed, signature: eddsaSign(hand.account.identity.symmetricKey, encodePrekeyProfileFields(changed)) } }
}

const badEnsembles: readonly (readonly [id: string, what: string, change: (scene: Scene, ensemble: Ensemble) => Ensemble])[] = [
  ['prekey-profile-signature', 'whose Prekey Profile is signed by another key', (_, { prekeyProfile, ...rest }) => ({ ...rest, prekeyProfile: { ...prekeyProfile, signature: flipped(prekeyProfile.signature, 3) } })],
  ['prekey-profile-expired', 'whose Prekey Profile has expired', (scene, ensemble) => withProfile(scene, ensemble, { expiration: scene.hand.now - 10 })],
  ['prekey-profile-tag', 'whose Prekey Profile is of another instance', (scene, ensemble) => withProfile(scene, ensemble, { instanceTag: 0x5005 })],
  ['client-profile-signature', 'whose Client Profile is signed by another key', (_, { clientProfile, ...rest }) => ({ ...rest, clientProfile: { ...clientProfile, signature: flipped(clientProfile.signature, 3) } })],
  ['prekey-message-tag', 'whose prekey message is of another instance', (_, { prekeyMessage, ...rest }) => ({ ...rest, prekeyMessage: { ...prekeyMessage, instanceTag: 0x5005 } })],
  ...badPoints().map(({ id, what, value }) => [`shared-prekey-${id}`, `whose shared prekey is ${what}`, (scene: Scene, ensemble: Ensemble) => withProfile(scene, ensemble, { sharedPrekey: value })] as const),
  ...badPoints().map(({ id, what, value }) => [`y-${id}`, `whose Y is ${what}`, (_: Scene, { prekeyMessage, ...rest }: Ensemble) => ({ ...rest, prekeyMessage: { ...prekeyMessage, y: value } })] as const),
  ...badDhKeys().map(({ id, what, value }) => [`b-${id}`, `whose B is ${what}`, (_: Scene, { prekeyMessage, ...rest }: Ensemble) => ({ ...rest, prekeyMessage: { ...prekeyMessage, b: value } })] as const),
]

const ensembles = badEnsembles.map(([id, what, change]) => byHand(group, {
  id: `v4-offline-ensemble-${id}`, title: `an ensemble ${what} is not used`, section: 'Validating Prekey Ensembles', why: 'A prekey server that somebody has broken into could read along', needs,
  sent: `send-offline with an ensemble ${what}`, expected: 'no Non-Interactive-Auth message and no text',
}, async (scene) => {
  const { hand, stage, peer } = scene
  const [ensemble] = hand.ensembles()
  if (ensemble === undefined) throw new Error('no ensemble')
  await peer.attempt('send-offline', { to: hand.address, ensemble: ensembleFields(change(scene, ensemble)), text: 'for you alone' })
  await stage.settle()
  expectThat(hand.came('v4-non-interactive-auth').length === 0, `${peer.name} sends no Non-Interactive-Auth message`)
  expectThat(!hand.lines.some((line) => line.includes('for you alone')), `${peer.name} does not send the text in clear`)
}))

async function twoOffline(stage: Stage, from = stage.partner, text = 'while you slept'): Promise<void> {
  const to = stage.other(from)
  const { ensembles } = await stage.ask(to, 'ensemble', { count: 1 })
  const [ensemble] = Array.isArray(ensembles) ? ensembles as readonly unknown[] : []
  await stage.ask(from, 'send-offline', { to: to.address, ensemble, text })
  await stage.settle()
}

/** Messages to people who are away. */
export const offlineScenarios: readonly Scenario[] = [
  ...(['peer', 'partner'] as const).map((who) => byTwo(group, {
    id: `v4-offline-by-${who}`, title: `the ${who} writes to somebody who is away`, section: 'Non-Interactive DAKE Overview', why, needs,
    sent: 'ensemble on one side, send-offline on the other', expected: 'the text is read; a session with one SSID on both sides; a talk',
  }, async (stage) => {
    const from = stage[who]
    await twoOffline(stage, from)
    expectEqual(stage.other(from).privateTexts(), ['while you slept'], `what ${stage.other(from).name} reads`)
    await stage.expectEncrypted()
    await stage.say(stage.other(from), 'now I am awake')
    await stage.talk(3)
  })),
  byTwo(group, {
    id: 'v4-offline-told', title: 'both are told that the session began offline', section: 'Non-Interactive DAKE Overview', why: 'Whoever began alone can deny less well that they took part: people should know', needs, level: 'should',
    sent: 'send-offline; status', expected: '"offline": true on both sides',
  }, async (stage) => {
    await twoOffline(stage)
    const { peer, partner } = await stage.expectEncrypted()
    expectEqual([peer.offline, partner.offline], [true, true], 'the field "offline"')
  }),
  byTwo(group, {
    id: 'v4-offline-then-online', title: 'an interactive key exchange after an offline conversation', section: 'Starting an online conversation after an offline one', why, needs,
    sent: 'send-offline; an answer; start', expected: 'a session with another SSID, in which texts are read',
  }, async (stage) => {
    await twoOffline(stage)
    const first = await stage.expectEncrypted()
    await stage.say(stage.peer, 'awake')
    const second = await stage.establish(stage.peer, 'identity')
    expectThat(first.peer.ssid !== second.peer.ssid, 'the second session has another SSID')
    await stage.talk(2)
  }),
  byHand(group, {
    id: 'v4-offline-hand', title: 'a Non-Interactive-Auth message that is right is accepted', section: 'Receiving a Non-Interactive-Auth Message', why, needs,
    sent: 'a Non-Interactive-Auth message, and a text behind it', expected: 'the text is read; the session stands',
  }, async (scene) => {
    await handWrites(scene, (message) => message)
    expectEqual(scene.peer.privateTexts(), ['while you slept'], `what ${scene.peer.name} reads`)
    await stillStands(scene)
    await rounds(scene, 4)
  }),
  byHand(group, {
    id: 'v4-offline-once', title: 'a prekey message is used once', section: 'Receiving a Non-Interactive-Auth Message', why: 'A recorded message would begin the same conversation again', needs,
    sent: 'a Non-Interactive-Auth message; end; the same message again', expected: 'no session after the second',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await handWrites(scene, (message) => message)
    const [first, second] = hand.network.sentSince(0, hand.address)
    await stage.ask(peer, 'end', { to: hand.address })
    await stage.settle()
    peer.forget()
    for (const line of [first, second]) hand.sendLine(line ?? '')
    await stage.settle()
    expectEqual(peer.privateTexts(), [], `what ${peer.name} reads`)
    await notPrivate(scene)
  }),
  byHand(group, {
    id: 'v4-offline-two-people', title: 'two ensembles have two prekey messages', section: 'Publishing Prekey Ensembles', why: 'Two people who got the same one could not both be read', needs,
    sent: 'ensemble with count 5', expected: 'five ensembles with five identifiers and five keys',
  }, async (scene) => {
    const five = await ensemblesOf(scene, 5)
    expectEqual(new Set(five.map(({ prekeyMessage }) => prekeyMessage.identifier)).size, 5, 'different identifiers')
    expectEqual(new Set(five.map(({ prekeyMessage }) => base64Encode(prekeyMessage.y))).size, 5, 'different keys Y')
  }),
  byHand(group, {
    id: 'v4-offline-later', title: 'a text that arrives two days later is read', section: 'Receiving a Non-Interactive-Auth Message', why, needs: [...needs, 'clock'],
    sent: 'an ensemble; two days later what was written to it', expected: 'the text is read',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    const message = hand.startOffline(await ensembleOf(scene))
    const text = hand.data('two days ago')
    await pass(scene, 2 * 86_400)
    hand.sendMessage(message)
    hand.sendMessage(text)
    await stage.settle()
    expectEqual(peer.privateTexts(), ['two days ago'], `what ${peer.name} reads`)
    await stillStands(scene)
  }),
  byHand(group, {
    id: 'v4-offline-writes', title: 'what it writes to somebody who is away can be read', section: 'Sending a Data Message to an offline participant', why, needs,
    sent: 'send-offline with an ensemble of another program', expected: 'a Non-Interactive-Auth message that verifies, and the text',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    const [ensemble] = hand.ensembles()
    if (ensemble === undefined) throw new Error('no ensemble')
    await stage.ask(peer, 'send-offline', { to: hand.address, ensemble: ensembleFields(ensemble), text: 'for you alone' })
    await stage.settle()
    expectEqual(hand.texts(), ['for you alone'], `what can be read of ${peer.name}`)
    await handSays(scene, 'thank you')
    await peerSays(scene, 'you are welcome')
  }),
  byHand(group, {
    id: 'v4-offline-session-stands', title: 'an altered Non-Interactive-Auth message does not end a session', section: 'Receiving a Non-Interactive-Auth Message', why: 'Anybody could end a conversation', needs,
    sent: 'a session; a Non-Interactive-Auth message with another Auth MAC; a text in the session', expected: 'the text is read',
  }, async (scene) => {
    const { hand, stage } = scene
    await hand.establish()
    await rounds(scene, 1)
    const { session } = hand
    hand.session = hand.fresh()
    const message = hand.startOffline(await ensembleOf(scene))
    hand.session = session
    hand.sendMessage({ ...message, authMac: flipped(message.authMac) })
    await stage.settle()
    await stillStands(scene)
  }),
  ...ensembles,
  ...refused,
]

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

/** The prekey server. */
export const prekeyServerScenarios: readonly Scenario[] = [
  byTwo(serverGroup, {
    id: 'v4-prekey-server-publish', title: 'as a server it stores what is published', section: 'Publishing Prekey Values', document: serverDocument, why: whyServer, needs: ['prekey-server'],
    sent: 'prekey-serve; prekey-publish of the partner with five prekey messages; prekey-status', expected: '"published", then "status" with five',
  }, async (stage) => {
    await served(stage, 5)
    expectThat(stage.partner.of('prekey').some(({ event }) => event === 'published'), `${stage.partner.name} tells "published"`)
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
    expectThat(stage.peer.of('prekey').some(({ event }) => event === 'published'), `${stage.peer.name} tells "published"`)
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
    expectEqual([event?.of, event?.ensembles.length], [stage.peer.address, 1], 'what is told')
    readEnsemble(event?.ensembles[0])
  }),
]

const modesGroup = 'v4-modes'
const whyModes = 'Who chose a mode wants no conversation that is less than it'

/** What must not begin in a mode. */
const strict = (['standalone', 'interactive-only'] as const).flatMap((mode): Scenario[] => [
  byHand(modesGroup, {
    id: `v4-modes-${mode}-works`, title: `in mode ${mode} an Identity message begins a conversation`, section: 'OTRv4 Modes', why: whyModes,
    sent: 'an Identity message', expected: 'a session in which texts are read',
  }, async (scene) => {
    await scene.hand.establish()
    await rounds(scene, 2)
  }, { account: { mode } }),
  byHand(modesGroup, {
    id: `v4-modes-${mode}-no-clear`, title: `in mode ${mode} nothing goes in clear`, section: 'OTRv4 Modes', why: whyModes,
    sent: 'a text of its own before any key exchange', expected: 'no line has the text',
  }, async ({ hand, stage, peer }) => {
    await peer.attempt('send', { to: hand.address, text: 'a secret for two' })
    await stage.settle()
    expectThat(!hand.lines.some((line) => line.includes('a secret for two')), `${peer.name} does not send the text in clear`)
  }, { account: { mode } }),
  byHand(modesGroup, {
    id: `v4-modes-${mode}-no-query`, title: `in mode ${mode} a query of version 3 is not answered`, section: 'OTRv4 Modes', why: whyModes,
    sent: '?OTRv3? and a whitespace tag for version 3', expected: 'no D-H Commit message',
  }, async ({ hand, stage, peer }) => {
    hand.sendLine('?OTRv3?')
    hand.sendLine('hello \t  \t\t\t\t \t \t \t    \t\t  \t\t')
    await stage.settle()
    expectThat(!hand.lines.some((line) => line.startsWith('?OTR:AAM')), `${peer.name} begins no conversation of version 3`)
  }, { account: { mode } }),
  byHand(modesGroup, {
    id: `v4-modes-${mode}-profile`, title: `in mode ${mode} the Client Profile has version 4 alone`, section: 'OTRv4 Modes', why: whyModes,
    sent: 'an Identity message', expected: 'a profile with the versions "4", without a key of version 3',
  }, async ({ hand, peer }) => {
    await hand.establish()
    const [authR] = hand.came('v4-auth-r')
    expectEqual([authR?.clientProfile.versions, authR?.clientProfile.dsaPublicKey === undefined], ['4', true], `versions, and whether ${peer.name} has no key of version 3`)
  }, { account: { mode } }),
])

/** The modes of version 4. */
export const modeScenarios: readonly Scenario[] = [
  ...strict,
  byHand(modesGroup, {
    id: 'v4-modes-interactive-only-offline', title: 'in mode interactive-only nobody begins an offline conversation', section: 'OTRv4 Modes', why: whyModes, needs,
    sent: 'send-offline', expected: 'no Non-Interactive-Auth message',
  }, async ({ hand, stage, peer }) => {
    const [ensemble] = hand.ensembles()
    if (ensemble === undefined) throw new Error('no ensemble')
    await peer.attempt('send-offline', { to: hand.address, ensemble: ensembleFields(ensemble), text: 'for you alone' })
    await stage.settle()
    expectThat(hand.came('v4-non-interactive-auth').length === 0, `${peer.name} sends no Non-Interactive-Auth message`)
  }, { account: { mode: 'interactive-only' } }),
]
