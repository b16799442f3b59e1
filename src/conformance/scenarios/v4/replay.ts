import { armorMessage } from '../../../wire/index.js'
import { expectEqual, Unmet } from '../../expectation.js'
import type { Scenario } from '../../scenario.js'
import { byHand, byTwo, expectNone, handSays, listenTo, notPrivate, peerSays, rounds, stillStands, talked } from './scene.js'

const replayGroup = 'v4-replay'

/** What was sent before. */
export const replayScenarios: readonly Scenario[] = [
  byHand(replayGroup, {
    id: 'v4-replay-text', title: 'a text that comes twice is read once', section: 'When you receive a Data Message', why: 'An attacker who repeats "yes" answers a question that was never put',
    sent: 'a data message twice', expected: 'its text once',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await hand.establish()
    const line = armorMessage(hand.data('once'))
    for (let n = 0; n < 3; n++) {
      hand.sendLine(line)
      await stage.settle()
    }
    expectEqual(peer.privateTexts(), ['once'], `what ${peer.name} reads`)
    await stillStands(scene)
  }),
  byHand(replayGroup, {
    id: 'v4-replay-late', title: 'a text that came late is not read a second time', section: 'When you receive a Data Message', why: 'The key of a skipped message must be gone once it was used',
    sent: 'the second of two messages, then the first one twice', expected: 'both texts once',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await hand.establish()
    const [first, second] = [armorMessage(hand.data('first')), armorMessage(hand.data('second'))]
    for (const line of [second, first, first, second, first]) {
      hand.sendLine(line)
      await stage.settle()
    }
    expectEqual(peer.privateTexts(), ['second', 'first'], `what ${peer.name} reads`)
    await stillStands(scene)
  }),
  byHand(replayGroup, {
    id: 'v4-replay-old-chain', title: 'a text of an earlier chain is not read a second time', section: 'When you receive a Data Message', why: 'What was read an hour ago must not appear again',
    sent: 'a message; three rounds of talk; the message again', expected: 'its text once',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await hand.establish()
    const line = armorMessage(hand.data('of the first chain'))
    hand.sendLine(line)
    await stage.settle()
    await rounds(scene, 3)
    const expectRead = listenTo(peer)
    hand.sendLine(line)
    await stage.settle()
    expectRead([])
    await stillStands(scene)
  }),
  byTwo(replayGroup, {
    id: 'v4-replay-exchange', title: 'every line of a key exchange comes twice', section: 'Receiving an Identity Message', why: 'Some networks deliver lines twice',
    sent: 'start; each line twice', expected: 'one session on both sides; each text is read once',
  }, async (stage) => {
    stage.hook((parcel) => [parcel, parcel])
    await stage.start(stage.partner)
    await stage.settleExchange()
    await stage.expectEncrypted()
    for (let n = 0; n < 3; n++) {
      await stage.say(stage.peer, `text ${n} of the peer`)
      await stage.say(stage.partner, `text ${n} of the partner`)
    }
  }),
  ...(['identity', 'auth-i'] as const).map((what) => byHand(replayGroup, {
    id: `v4-replay-${what}`, title: `${what === 'identity' ? 'an Identity' : 'an Auth-I'} message of the session in use comes again`, section: what === 'identity' ? 'Receiving an Identity Message' : 'Receiving an Auth-I Message', why: 'A line that somebody recorded must not end the session',
    sent: `a session; the ${what === 'identity' ? 'Identity' : 'Auth-I'} message again; a text`, expected: 'the text is read in the session', level: 'should',
  }, async (scene) => {
    const { hand, stage } = scene
    await talked(scene)
    const line = hand.network.sentSince(0, hand.address)[what === 'identity' ? 0 : 1]
    if (line === undefined) throw new Unmet('the key exchange took two messages of ours')
    hand.answers = false
    hand.sendLine(line)
    await stage.settle()
    hand.answers = true
    await handSays(scene, 'in the session in use')
  })),
  byHand(replayGroup, {
    id: 'v4-replay-reflected-identity', title: 'its own Identity message comes back', section: 'Receiving an Identity Message', why: 'A network that returns what one sends would have a program talk with itself',
    sent: 'its own Identity message', expected: 'no answer, no session; a key exchange that follows is completed',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await stage.start(peer, { how: 'identity' })
    hand.answers = false
    await stage.settle()
    for (const line of hand.lines.slice()) hand.sendLine(line)
    await stage.settle()
    hand.answers = true
    expectNone(scene, 'v4-auth-r')
    await notPrivate(scene)
  }),
  byHand(replayGroup, {
    id: 'v4-replay-reflected-text', title: 'its own data message comes back', section: 'Receiving a Data Message', why: 'One would read one\'s own words as those of the other',
    sent: 'a session; a message of its own', expected: 'no text; the session stays',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await talked(scene)
    const expectRead = listenTo(peer)
    await stage.send(peer, 'mine')
    await stage.settle()
    const line = hand.lines.at(-1)
    if (line === undefined) throw new Unmet('a text is sent as a line')
    hand.sendLine(line)
    await stage.settle()
    expectRead([])
    await stillStands(scene)
  }),
  byHand(replayGroup, {
    id: 'v4-replay-old-session', title: 'a text of a session that has ended is not read in the next', section: 'Receiving a Data Message', why: 'Each session has keys of its own',
    sent: 'a session with a text; its end; another session; the message of the first one', expected: 'nothing is read; the session stays',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await hand.establish()
    const line = armorMessage(hand.data('of the first session'))
    hand.sendLine(line)
    await peerSays(scene, 'answer')
    await stage.ask(peer, 'end', { to: hand.address })
    await stage.settle()
    hand.session = hand.fresh()
    await hand.establish()
    const expectRead = listenTo(peer)
    hand.sendLine(line)
    await stage.settle()
    expectRead([])
    await stillStands(scene)
  }),
]
