import { hexEncode } from '../../../wire/index.js'
import { expectEqual, expectThat } from '../../expectation.js'
import type { Scenario } from '../../scenario.js'
import { inClear, whyEnd } from './end.js'
import { byHand, byTwo, handSays, notPrivate, pass, rounds, stillStands, talked } from './scene.js'

const expiryGroup = 'v4-expiry'
const heartbeatGroup = 'v4-heartbeat'

/** Sessions that expire. */
export const expiryScenarios: readonly Scenario[] = [
  byHand(expiryGroup, {
    id: 'v4-expiry-due', title: 'a session without new keys ends by itself', section: 'Session Expiration', why: 'Keys that are kept for months may be stolen', needs: ['expiry', 'clock'],
    sent: 'policy sessionExpires 7200; a session; three hours of silence', expected: 'no private session; TLV 1 was sent',
  }, async (scene) => {
    const { hand, peer } = scene
    await talked(scene)
    hand.forget()
    await pass(scene, 3 * 3600)
    await notPrivate(scene)
    expectThat(hand.read.some(({ tlvs }) => tlvs.some(({ type }) => type === 1)), `${peer.name} sends TLV 1`)
  }, { policy: { sessionExpires: 7200 } }),
  byHand(expiryGroup, {
    id: 'v4-expiry-not-yet', title: 'a session that renews its keys does not expire', section: 'Session Expiration', why: 'A conversation that is alive must not be cut', needs: ['expiry', 'clock'],
    sent: 'policy sessionExpires 7200; a session; a round of talk every half hour for five hours', expected: 'the session stays',
  }, async (scene) => {
    await talked(scene)
    for (let n = 0; n < 10; n++) {
      await pass(scene, 1800)
      await rounds(scene, 1)
    }
    await stillStands(scene)
  }, { policy: { sessionExpires: 7200 } }),
  byHand(expiryGroup, {
    id: 'v4-expiry-command', title: 'the command "expire" ends a session and reveals its MAC keys', section: 'Session Expiration', why: 'The application may know better when a session is over', needs: ['expiry'],
    sent: 'a session with a text; expire', expected: 'TLV 1, with the MAC key of the text; no private session',
  }, async (scene) => {
    const { hand, peer, stage } = scene
    await talked(scene)
    hand.macKeys.length = 0
    await handSays(scene, 'read')
    hand.forget()
    await stage.ask(peer, 'expire', { to: hand.address })
    await stage.settle()
    await notPrivate(scene)
    const last = hand.read.at(-1)
    expectThat(last?.tlvs.some(({ type }) => type === 1) === true, `${peer.name} sends TLV 1`)
    const [key] = hand.macKeys
    expectThat(key !== undefined && hexEncode(last.message.revealedMacKeys).includes(hexEncode(key)), 'the MAC key of the text is revealed')
  }),
  byHand(expiryGroup, {
    id: 'v4-expiry-not-clear', title: 'after a session has expired, a text does not go in clear', section: 'Session Expiration', why: whyEnd, needs: ['expiry', 'clock'],
    sent: 'a session that expires; a text of its own', expected: 'no line has the text',
  }, async (scene) => {
    const { hand, peer, stage } = scene
    await talked(scene)
    await pass(scene, 3 * 3600)
    await peer.attempt('send', { to: hand.address, text: 'a secret for two' })
    await stage.settle()
    expectThat(!inClear(scene, 'a secret for two'), `${peer.name} does not send the text in clear`)
  }, { policy: { sessionExpires: 7200 } }),
]

const whyBeat = 'Keys are renewed only if both write: a heartbeat is the answer of somebody who only reads'
const beating = { policy: { heartbeatAfter: 60 } }

/** Heartbeats. */
export const heartbeatScenarios: readonly Scenario[] = [
  byHand(heartbeatGroup, {
    id: 'v4-heartbeat-sent', title: 'after a long silence of its own, a text is answered with a heartbeat', section: 'When you receive a Data Message', why: whyBeat, needs: ['heartbeat', 'clock'],
    sent: 'a session; an hour later a text', expected: 'one data message without text, with IGNORE_UNREADABLE, which nobody is shown', level: 'should',
  }, async (scene) => {
    const { hand, peer } = scene
    await talked(scene)
    await pass(scene, 3600)
    hand.forget()
    await handSays(scene, 'still there?')
    expectEqual(hand.read.map(({ text, message }) => [text, message.flags & 1]), [['', 1]], `what ${peer.name} answers`)
    await stillStands(scene)
  }, beating),
  byHand(heartbeatGroup, {
    id: 'v4-heartbeat-not-soon', title: 'no heartbeat where it has just written', section: 'When you receive a Data Message', why: 'Needless messages tell the network that somebody reads', needs: ['heartbeat', 'clock'],
    sent: 'a session; a text of its own; ten seconds later a text', expected: 'no answer', level: 'should',
  }, async (scene) => {
    const { hand, peer } = scene
    await talked(scene)
    await pass(scene, 10)
    hand.forget()
    await handSays(scene, 'and?')
    expectEqual(hand.read.length, 0, `messages of ${peer.name}`)
  }, beating),
  byHand(heartbeatGroup, {
    id: 'v4-heartbeat-no-echo', title: 'a heartbeat is not answered', section: 'When you receive a Data Message', why: 'Two programs would answer each other for ever', needs: ['heartbeat', 'clock'],
    sent: 'a session; an hour later a heartbeat', expected: 'no answer',
  }, async (scene) => {
    const { hand, peer } = scene
    await talked(scene)
    await pass(scene, 3600)
    hand.forget()
    await hand.say('')
    expectEqual(hand.read.length, 0, `messages of ${peer.name}`)
    await stillStands(scene)
  }, beating),
  byTwo(heartbeatGroup, {
    id: 'v4-heartbeat-two', title: 'two programs with heartbeats come to rest', section: 'When you receive a Data Message', why: 'Two programs would answer each other for ever', needs: ['heartbeat', 'clock'],
    sent: 'an hour of silence, five times, each broken by a text', expected: 'at most one heartbeat for each text',
  }, async (stage) => {
    await stage.establish()
    for (let n = 0; n < 5; n++) {
      await stage.pass(3600)
      const mark = stage.network.log.length
      await stage.say(n % 2 === 0 ? stage.peer : stage.partner, `after an hour ${n}`)
      expectThat(stage.network.log.length - mark <= 2, 'a text is answered with one heartbeat at most')
    }
  }, { versions: '4', policy: { heartbeatAfter: 60 } }),
]
