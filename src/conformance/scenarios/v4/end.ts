import { expectEqual, expectThat } from '../../expectation.js'
import type { Scenario } from '../../scenario.js'
import { byHand, byTwo, canStillBegin, notPrivate, peerSays, type Scene, stillStands, talked } from './scene.js'

const endGroup = 'v4-end'
export const whyEnd = 'A person who believes that the other still reads must learn that it is over, and their text must not go in clear'

/** Whether a line that the judged program sent has the text, in clear. */
export function inClear({ hand }: Scene, text: string): boolean {
  return hand.lines.some((line) => line.includes(text))
}

/** The end of a conversation. */
export const endScenarios: readonly Scenario[] = [
  ...(['peer', 'partner'] as const).map((who) => byTwo(endGroup, {
    id: `v4-end-by-${who}`, title: `the ${who} ends the conversation`, section: 'User requests to end an OTRv4 Conversation', why: whyEnd,
    sent: 'a session; end', expected: '"finished" on the other side, no private session on this one',
  }, async (stage) => {
    const by = stage[who]
    await stage.establish()
    await stage.talk()
    await stage.end(by)
    expectThat((await stage.other(by).states(by)).includes('finished'), `${stage.other(by).name} reports that the conversation is finished`)
    await stage.expectNotEncrypted(by)
  })),
  byHand(endGroup, {
    id: 'v4-end-tells', title: 'the end is announced with TLV 1 in a message that need not be read', section: 'User requests to end an OTRv4 Conversation', why: whyEnd,
    sent: 'a session; end', expected: 'a data message with TLV 1 and IGNORE_UNREADABLE',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await talked(scene)
    hand.forget()
    await stage.ask(peer, 'end', { to: hand.address })
    await stage.settle()
    const last = hand.read.at(-1)
    expectThat(last?.tlvs.some(({ type }) => type === 1) === true, `${peer.name} sends TLV 1`)
    expectEqual(last.message.flags & 1, 1, 'the flag IGNORE_UNREADABLE')
  }),
  byHand(endGroup, {
    id: 'v4-end-not-clear', title: 'after the other side has ended, a text does not go in clear', section: 'Sending a Data Message', why: whyEnd,
    sent: 'a session; TLV 1; a text of its own', expected: 'the text is refused or kept back: no line has it',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await talked(scene)
    await hand.say('', [{ type: 1, value: new Uint8Array(0) }])
    await peer.attempt('send', { to: hand.address, text: 'a secret for two' })
    await stage.settle()
    expectThat(!inClear(scene, 'a secret for two'), `${peer.name} does not send the text in clear`)
    await notPrivate(scene)
  }),
  byHand(endGroup, {
    id: 'v4-end-heard', title: 'the end by the other side is reported', section: 'Receiving a Data Message', why: whyEnd,
    sent: 'a session; TLV 1', expected: 'the state "finished"; nothing later is read',
  }, async (scene) => {
    const { hand, peer, stage } = scene
    await talked(scene)
    const after = hand.data('after the end')
    await hand.say('', [{ type: 1, value: new Uint8Array(0) }])
    expectThat((await peer.states(stage.partner)).includes('finished'), `${peer.name} reports "finished"`)
    const before = peer.privateTexts().length
    hand.sendMessage(hand.data('later'))
    hand.sendMessage(after)
    await stage.settle()
    expectThat(!peer.privateTexts().slice(before).includes('later'), 'a text behind the end is not read')
  }),
  byHand(endGroup, {
    id: 'v4-end-again', title: 'a conversation that has ended can begin again', section: 'Receiving an Identity Message', why: 'People come back',
    sent: 'a session; TLV 1; a new key exchange', expected: 'a session in which texts are read',
  }, async (scene) => {
    const { hand } = scene
    await talked(scene)
    await hand.say('', [{ type: 1, value: new Uint8Array(0) }])
    hand.session = hand.fresh()
    await canStillBegin(scene)
    await peerSays(scene, 'welcome back')
  }),
  byHand(endGroup, {
    id: 'v4-end-clear-told', title: 'a text in clear within a session is reported as clear', section: 'Receiving plaintext without the whitespace tag', why: 'Anybody on the way can write in clear: it must not look like the other person',
    sent: 'a session; a line in clear', expected: 'a message event with encrypted: false',
  }, async (scene) => {
    const { hand, peer, stage } = scene
    await talked(scene)
    peer.forget()
    hand.sendLine('in clear')
    await stage.settle()
    expectEqual(peer.of('message').map(({ text, encrypted }) => [text, encrypted]), [['in clear', false]], `what ${peer.name} shows`)
    await stillStands(scene)
  }),
]
