import { expectEqual, expectThat } from '../../expectation.js'
import { flipped } from '../../lines.js'
import type { Scenario } from '../../scenario.js'
import { inOrder, whyOrder } from './order.js'
import { byHand, handSays, listenTo, peerSays, stillStands, talked } from './scene.js'

const skippedGroup = 'v4-skipped'

/** Keys of messages that were skipped. */
export const skippedScenarios: readonly Scenario[] = [
  ...[1, 10, 50].map((count) => byHand(skippedGroup, {
    id: `v4-skipped-${count}`, title: `the keys of ${count} skipped messages are kept`, section: 'When you receive a Data Message', why: whyOrder,
    sent: `${count + 1} messages of which the last comes first`, expected: 'all are read',
  }, async (scene) => {
    await talked(scene)
    const texts = Array.from({ length: count + 1 }, (_, n) => `text ${n}`)
    const order = [count, ...Array.from({ length: count }, (_, n) => n)]
    expectEqual(await inOrder(scene, texts, order), order.map((at) => texts[at]), `what ${scene.peer.name} reads`)
    await stillStands(scene)
  })),
  byHand(skippedGroup, {
    id: 'v4-skipped-end-of-chain', title: 'what was skipped at the end of a chain is kept over the next', section: 'When you receive a Data Message', why: whyOrder,
    sent: 'three messages of which the first arrives; an answer; a message of the next chain; the other two', expected: 'all are read',
  }, async (scene) => {
    const { hand, peer, stage } = scene
    await talked(scene)
    const [first, ...late] = ['first', 'second', 'third'].map((text) => hand.data(text))
    if (first !== undefined) hand.sendMessage(first)
    await stage.settle()
    await peerSays(scene, 'answer')
    await handSays(scene, 'of the next chain')
    const expectRead = listenTo(peer)
    for (const message of late) {
      hand.sendMessage(message)
      await stage.settle()
    }
    expectRead(['second', 'third'])
    await stillStands(scene)
  }),
  byHand(skippedGroup, {
    id: 'v4-skipped-forged', title: 'a forged message of a later place costs no keys', section: 'When you receive a Data Message', why: 'Otherwise one line that proves nothing makes the next texts unreadable',
    sent: 'an altered message that is three places ahead; then the messages in order', expected: 'all are read',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await talked(scene)
    const made = ['one', 'two', 'three', 'four'].map((text) => hand.data(text))
    const expectRead = listenTo(peer)
    const last = made.at(-1)
    if (last !== undefined) hand.sendMessage({ ...last, ciphertext: flipped(last.ciphertext) })
    await stage.settle()
    for (const message of made) {
      hand.sendMessage(message)
      await stage.settle()
    }
    expectRead(['one', 'two', 'three', 'four'])
  }),
  byHand(skippedGroup, {
    id: 'v4-skipped-altered', title: 'an altered late message does not use up its key', section: 'When you receive a Data Message', why: 'The genuine message would be lost',
    sent: 'the second of two messages; the first one altered; the first one as it was', expected: 'both texts are read',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await talked(scene)
    const [first, second] = [hand.data('first'), hand.data('second')]
    const expectRead = listenTo(peer)
    for (const message of [second, { ...first, ciphertext: flipped(first.ciphertext) }, first]) {
      hand.sendMessage(message)
      await stage.settle()
    }
    expectRead(['second', 'first'])
  }),
  byHand(skippedGroup, {
    id: 'v4-skipped-unreadable', title: 'a message that cannot be read is answered with an error', section: 'Receiving a Data Message', why: 'Otherwise the sender never learns that the text was lost', level: 'should',
    sent: 'a data message with a wrong MAC', expected: 'a line that begins with "?OTR Error:"',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await talked(scene)
    hand.forget()
    const message = hand.data('lost')
    hand.sendMessage({ ...message, authenticator: flipped(message.authenticator) })
    await stage.settle()
    expectThat(hand.lines.some((line) => line.startsWith('?OTR Error:')), `${peer.name} answers with an OTR Error message`)
  }),
  byHand(skippedGroup, {
    id: 'v4-skipped-ignorable', title: 'a message with IGNORE_UNREADABLE that cannot be read is not answered', section: 'Data Message', why: 'A lost heartbeat must not trouble people',
    sent: 'a message with a wrong MAC and the flag', expected: 'no answer',
  }, async (scene) => {
    const { hand, stage } = scene
    await talked(scene)
    hand.forget()
    const message = hand.data('', [], { flags: 1 })
    hand.sendMessage({ ...message, authenticator: flipped(message.authenticator) })
    await stage.settle()
    expectEqual(hand.lines, [], 'what answers it')
  }),
]
