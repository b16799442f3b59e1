import { eddsaSign } from '../../../crypto/index.js'
import { base64Encode, encodePrekeyProfileFields, type Ensemble, type NonInteractiveAuthMessage, type PrekeyProfile } from '../../../wire/index.js'
import { ensembleFields, readEnsembleFields } from '../../ensemble-fields.js'
import { expectEqual, expectThat, Unmet } from '../../expectation.js'
import { badDhKeys, badPoints } from '../../hand/bad-values.js'
import { flipped } from '../../lines.js'
import type { Scenario } from '../../scenario.js'
import type { Stage } from '../../stage.js'
import { byHand, byTwo, handSays, notPrivate, pass, peerSays, rounds, type Scene, stillStands, talked } from './scene.js'

const group = 'v4-offline'
const needs = ['offline'] as const
const why = 'People write to friends who are asleep: the words must arrive, and only there'

/** Ensembles of the judged program. */
async function ensemblesOf({ stage, peer }: Pick<Scene, 'stage' | 'peer'>, count = 1): Promise<Ensemble[]> {
  const { ensembles } = await stage.ask(peer, 'ensemble', { count })
  if (!Array.isArray(ensembles)) throw new Unmet('the answer to "ensemble" has a list "ensembles"')
  expectEqual(ensembles.length, count, 'ensembles')
  return ensembles.map(readEnsembleFields)
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
  id: `v4-offline-ensemble-${id}`, title: `an ensemble ${what} is not used`, section: 'Validating Prekey Ensembles', why: 'Somebody who broke into a prekey server could read the messages', needs,
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
    id: 'v4-offline-told', title: 'both learn that the session began offline', section: 'Non-Interactive DAKE Overview', why: 'The side that began alone can deny less well that it took part: people should know', needs, level: 'should',
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
    sent: 'a Non-Interactive-Auth message, and a text behind it', expected: 'the text is read; the session stays',
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
    id: 'v4-offline-two-people', title: 'two ensembles have two prekey messages', section: 'Publishing Prekey Ensembles', why: 'If two people got the same one, only one of them could be read', needs,
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
    await talked(scene)
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
