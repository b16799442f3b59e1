import { expectEqual } from '../../expectation.js'
import type { Scenario } from '../../scenario.js'
import { byHand, byTwo, listenTo, stillStands, talked } from './scene.js'

const tagGroup = 'v4-dake'
const whyTags = 'One person may have several programs under one address: each must take only what is for it'

/** Instance tags. */
export const tagScenarios: readonly Scenario[] = [
  byHand(tagGroup, {
    id: 'v4-dake-other-instance', title: 'an Identity message for another instance is ignored', section: 'Instance Tags', why: whyTags,
    sent: 'an Identity message whose receiver is another tag', expected: 'no answer',
  }, async (scene) => {
    const { hand, stage } = scene
    hand.sendMessage({ ...hand.identity(), receiverTag: 0x5005 })
    await stage.settle()
    expectEqual(hand.came('v4-auth-r').length, 0, 'Auth-R messages')
  }),
  byHand(tagGroup, {
    id: 'v4-dake-small-sender', title: 'an Identity message of a tag below 0x100 is ignored', section: 'Instance Tags', why: whyTags,
    sent: 'an Identity message whose sender has the tag 0x42', expected: 'no answer',
  }, async (scene) => {
    scene.hand.sendMessage(scene.hand.identity())
    await scene.stage.settle()
    expectEqual(scene.hand.came('v4-auth-r').length, 0, 'Auth-R messages')
  }, { hand: () => ({ tag: 0x42 }) }),
  byHand(tagGroup, {
    id: 'v4-dake-text-other-instance', title: 'a text for another instance is not read', section: 'Instance Tags', why: whyTags,
    sent: 'an authentic data message whose receiver is another tag', expected: 'nothing is read; the session stays',
  }, async (scene) => {
    const { hand, peer, stage } = scene
    await talked(scene)
    const expectRead = listenTo(peer)
    hand.sendMessage(hand.data('for another', [], { change: (message) => ({ ...message, receiverTag: 0x5005 }) }))
    await stage.settle()
    expectRead([])
    await stillStands(scene)
  }),
  byTwo(tagGroup, {
    id: 'v4-dake-own-tag', title: 'its own instance tag is the one that it was given', section: 'Instance Tags', why: whyTags, level: 'should',
    sent: 'account with the tag 0x0abcdef0; start', expected: 'that tag as "instance" on the other side',
  }, async (stage) => {
    const { partner } = await stage.establish()
    expectEqual(partner.instance, 0x0abcdef0, `the instance that ${stage.partner.name} reports`)
  }, { versions: '4', peerAccount: { tag: 0x0abcdef0 } }),
]
