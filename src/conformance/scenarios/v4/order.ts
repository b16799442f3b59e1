import { expectEqual } from '../../expectation.js'
import type { Scenario } from '../../scenario.js'
import { byHand, byTwo, listenTo, rounds, type Scene, stillStands, talked } from './scene.js'

/** Lets the hand make so many messages, and delivers them in the order of `order`. */
export async function inOrder({ hand, stage, peer }: Scene, texts: readonly string[], order: readonly number[]): Promise<readonly string[]> {
  const made = texts.map((text) => hand.data(text))
  const before = peer.privateTexts().length
  for (const at of order) {
    const message = made[at]
    if (message !== undefined) hand.sendMessage(message)
    await stage.settle()
  }
  return peer.privateTexts().slice(before)
}

export const whyOrder = 'Networks deliver lines late and lose some: those that arrive must be readable'
const orderGroup = 'v4-order'

/** Messages out of order. */
export const orderScenarios: readonly Scenario[] = [
  ...([
    ['swapped', 'two that were swapped', 2, [1, 0]],
    ['reversed', 'ten in reverse', 10, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]],
    ['mixed', 'eight in a mixed order', 8, [3, 0, 7, 1, 6, 2, 5, 4]],
    ['first-last', 'the first one last', 5, [1, 2, 3, 4, 0]],
  ] as const).map(([id, what, count, order]) => byHand(orderGroup, {
    id: `v4-order-${id}`, title: `of one chain: ${what}`, section: 'When you receive a Data Message', why: whyOrder,
    sent: `${count} messages in another order than they were written in`, expected: 'each is read once, as it comes',
  }, async (scene) => {
    await talked(scene)
    const texts = Array.from({ length: count }, (_, n) => `text ${n}`)
    expectEqual(await inOrder(scene, texts, order), order.map((at) => texts[at]), `what ${scene.peer.name} reads`)
    await stillStands(scene)
  })),
  byHand(orderGroup, {
    id: 'v4-order-first-chain', title: 'of the very first chain: two that were swapped', section: 'When you receive a Data Message', why: whyOrder,
    sent: 'the first two messages of a session in the wrong order', expected: 'both are read',
  }, async (scene) => {
    await scene.hand.establish()
    expectEqual(await inOrder(scene, ['one', 'two'], [1, 0]), ['two', 'one'], `what ${scene.peer.name} reads`)
    await stillStands(scene)
  }),
  ...[1, 2, 3].map((chains) => byHand(orderGroup, {
    id: `v4-order-late-by-${chains}`, title: `a message that comes ${chains === 1 ? 'one answer' : `${chains} answers`} late`, section: 'When you receive a Data Message', why: whyOrder,
    sent: `a message that is kept back, then ${chains} rounds of talk, then the message`, expected: 'it is read',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await talked(scene)
    const late = hand.data('late')
    await rounds(scene, chains)
    const expectRead = listenTo(peer)
    hand.sendMessage(late)
    await stage.settle()
    expectRead(['late'])
    await stillStands(scene)
  })),
  byTwo(orderGroup, {
    id: 'v4-order-both', title: 'each of two programs reads what comes late', section: 'When you receive a Data Message', why: whyOrder,
    sent: 'from each side a text that is kept back while both talk; then the text', expected: 'both are read',
  }, async (stage) => {
    await stage.establish()
    await stage.talk()
    for (const from of [stage.peer, stage.partner]) {
      const to = stage.other(from)
      const [line] = await stage.withheld(from, `late, of ${from.name}`)
      await stage.talk(2)
      const expectRead = listenTo(to)
      await stage.deliver(to, line ?? '')
      await stage.settle()
      expectRead([`late, of ${from.name}`])
    }
    await stage.talk()
  }),
]

const lossGroup = 'v4-loss'

/** Lost messages. */
export const lossScenarios: readonly Scenario[] = [
  ...([
    ['first', 'the first of three', [0]], ['middle', 'the second of three', [1]], ['last', 'the last of three', [2]], ['two', 'the first two of three', [0, 1]], ['chain', 'a whole chain', [0, 1, 2]],
  ] as const).map(([id, what, lost]) => byHand(lossGroup, {
    id: `v4-loss-${id}`, title: `${what} is lost`, section: 'When you receive a Data Message', why: whyOrder,
    sent: 'three messages, of which some do not arrive; then a talk', expected: 'the others are read, and the talk goes on',
  }, async (scene) => {
    await talked(scene)
    const texts = ['one', 'two', 'three']
    const order = [0, 1, 2].filter((at) => !lost.some((gone) => gone === at))
    expectEqual(await inOrder(scene, texts, order), order.map((at) => texts[at]), `what ${scene.peer.name} reads`)
    await stillStands(scene)
    await rounds(scene, 2)
  })),
  ...(['peer', 'partner'] as const).map((who) => byTwo(lossGroup, {
    id: `v4-loss-of-${who}`, title: `every third text of the ${who} is lost`, section: 'When you receive a Data Message', why: whyOrder,
    sent: 'twelve texts by turns, of which every third does not arrive', expected: 'the others are read',
  }, async (stage) => {
    await stage.establish()
    await stage.talk()
    const from = stage[who]
    for (let n = 0; n < 12; n++) {
      if (n % 3 === 0) await stage.withheld(from, `lost ${n}`)
      else await stage.say(from, `arrives ${n}`)
      if (n % 4 === 3) await stage.say(stage.other(from), `answer ${n}`)
    }
    await stage.talk()
  })),
]
