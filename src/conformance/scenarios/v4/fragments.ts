import { expectThat } from '../../expectation.js'
import type { Scenario } from '../../scenario.js'
import { byHand, byTwo, listenTo, pass, type Scene, stillStands, talked } from './scene.js'

const fragmentGroup = 'v4-fragments'
const whyFragments = 'Many networks cut long lines: without fragments a longer message cannot arrive'
const fragmentNeeds = ['fragments'] as const

/** The fragments of a line, as the specification writes them. */
function cut(hand: Scene['hand'], receiver: number, line: string, count: number, identifier = 0x1234abcd): string[] {
  const size = Math.ceil(line.length / count)
  return Array.from({ length: count }, (_, n) => fragment(hand, receiver, identifier, n + 1, count, line.slice(n * size, (n + 1) * size)))
}

const tag = (value: number): string => value.toString(16).padStart(8, '0')

const fragment = (hand: Scene['hand'], receiver: number, identifier: number, index: number, total: number, piece: string): string =>
  `?OTR|${tag(identifier)}|${tag(hand.tag)}|${tag(receiver)},${index},${total},${piece},`

interface Pieces {
  readonly id: string
  readonly title: string
  /** Of the fragments of one message: what is sent. */
  readonly arrange: (pieces: readonly string[], make: { readonly of: (text: string, count: number, identifier?: number) => readonly string[]}) => readonly string[]
  readonly read: boolean
  readonly level?: 'should'
}

const pieces: readonly Pieces[] = [
  { id: 'in-order', title: 'five fragments in order', arrange: (all) => all, read: true },
  { id: 'reversed', title: 'five fragments in reverse order', arrange: (all) => [...all].reverse(), read: true },
  { id: 'mixed', title: 'five fragments in a mixed order', arrange: (all) => [2, 0, 4, 1, 3].flatMap((at) => all[at] ?? []), read: true },
  { id: 'repeated', title: 'fragments that come twice', arrange: (all) => all.flatMap((one) => [one, one]).slice(0, -1), read: true },
  { id: 'repeated-instead', title: 'a fragment that comes twice does not replace another', arrange: (_, { of }) => {
      // The whole text is in four pieces; a fifth is said to exist.
      const [first = '', ...rest] = of('read me', 4).map((one) => one.replace(/,(\d),4,/, ',$1,5,'))
      return [first, first, ...rest]
    }, read: false },
  { id: 'missing', title: 'a message of which one fragment is missing', arrange: (all) => all.filter((_, at) => at !== 2), read: false },
  { id: 'one-of-one', title: 'a message that is one fragment', arrange: (_, { of }) => of('read me', 1), read: true },
  { id: 'totals', title: 'fragments that do not agree on their total', arrange: (all) => all.map((one, at) => at === 3 ? one.replace(/,4,5,/, ',4,4,') : one).filter((_, at) => at !== 4), read: false },
  { id: 'total-later', title: 'a fragment with another total does not end a message early', arrange: (_, { of }) => {
      // The whole text is in four pieces; all but the last one say that there are five.
      return of('read me', 4).map((one, at) => at === 3 ? one : one.replace(/,(\d),4,/, ',$1,5,'))
    }, read: false },
  { id: 'index-0', title: 'a fragment with index 0', arrange: (all) => [(all[0] ?? '').replace(/,1,5,/, ',0,5,'), ...all.slice(1)], read: false },
  { id: 'index-high', title: 'a fragment whose index is above its total', arrange: (all) => [...all.slice(0, 4), (all[4] ?? '').replace(/,5,5,/, ',6,5,')], read: false },
  { id: 'total-0', title: 'fragments of a total of 0', arrange: (all) => all.map((one) => one.replace(/,(\d),5,/, ',$1,0,')), read: false },
  { id: 'identifiers', title: 'fragments of two messages are not joined', arrange: (all) => all.map((one, at) => at === 1 ? one.replace('1234abcd', '1234abce') : one), read: false },
  { id: 'other-instance', title: 'fragments for another instance', arrange: (all) => all.map((one) => one.replace(/\|[0-9a-f]{8},/, '|00005005,')), read: false },
  { id: 'other-sender', title: 'a fragment of another sender', arrange: (all) => all.map((one, at) => at === 1 ? one.replace(/\|[0-9a-f]{8}\|([0-9a-f]{8}),/, '|00005005|$1,') : one), read: false },
]

/** Messages in pieces. */
export const fragmentScenarios: readonly Scenario[] = [
  ...[200, 500, 1400].map((limit) => byTwo(fragmentGroup, {
    id: `v4-fragments-limit-${limit}`, title: `a whole conversation in lines of at most ${limit} characters`, section: 'Transmitting Fragments', why: whyFragments, needs: fragmentNeeds,
    sent: `policy maxMessageLength ${limit}; start; texts of up to 6000 characters`, expected: 'all are read; no line of OTR is longer',
  }, async (stage) => {
    await stage.establish()
    for (const length of [12, 300, 6000]) {
      for (const from of [stage.peer, stage.partner]) await stage.say(from, 'abc def '.repeat(Math.ceil(length / 8)).slice(0, length).trim())
    }
    const lines = stage.network.sentSince(0, stage.peer.address).filter((line) => line.startsWith('?OTR:') || line.startsWith('?OTR|'))
    expectThat(lines.some((line) => line.startsWith('?OTR|')), `${stage.peer.name} sends fragments`)
    expectThat(lines.every((line) => line.length <= limit), `no line of ${stage.peer.name} has more than ${limit} characters`)
  }, { versions: '4', policy: { maxMessageLength: limit } })),
  ...pieces.map(({ id, title, arrange, read, level }) => byHand(fragmentGroup, {
    id: `v4-fragments-${id}`, title, section: 'Receiving Fragments', why: whyFragments, needs: fragmentNeeds, ...level !== undefined && { level },
    sent: `a data message: ${title}`, expected: read ? 'its text, once' : 'nothing is read; the session stays',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await talked(scene)
    const expectRead = listenTo(peer)
    const receiver = hand.encrypted.theirTag
    const of = (text: string, count: number, identifier?: number): string[] => cut(hand, receiver, hand.lineOf(text), count, identifier)
    for (const line of arrange(of('read me', 5), { of })) {
      hand.sendLine(line)
      await stage.settle()
    }
    expectRead(read ? ['read me'] : [])
    await stillStands(scene)
  })),
  byHand(fragmentGroup, {
    id: 'v4-fragments-two-messages', title: 'the fragments of two messages by turns', section: 'Receiving Fragments', why: whyFragments, needs: fragmentNeeds,
    sent: 'the fragments of two messages by turns', expected: 'both are read',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await talked(scene)
    const expectRead = listenTo(peer)
    const receiver = hand.encrypted.theirTag
    const [one, other] = [cut(hand, receiver, hand.lineOf('one'), 4, 0x11111111), cut(hand, receiver, hand.lineOf('two'), 4, 0x22222222)]
    for (const [at, line] of one.entries()) {
      hand.sendLine(line)
      hand.sendLine(other[at] ?? '')
      await stage.settle()
    }
    expectRead(['one', 'two'])
  }),
  byHand(fragmentGroup, {
    id: 'v4-fragments-identity', title: 'an Identity message in fragments, before anybody knows a tag', section: 'Transmitting Fragments', why: whyFragments, needs: fragmentNeeds,
    sent: 'an Identity message in three fragments whose receiver is 0', expected: 'an Auth-R message; the session stays',
  }, async (scene) => {
    const { hand, stage } = scene
    for (const line of cut(hand, 0, hand.lineOfMessage(hand.identity()), 3)) hand.sendLine(line)
    await stage.settle()
    expectThat(hand.session.state === 'encrypted', 'the Identity message is answered, and the session stays')
    await stillStands(scene)
  }),
  byHand(fragmentGroup, {
    id: 'v4-fragments-nested', title: 'fragments together that are a fragment', section: 'Receiving Fragments', why: 'With fragments inside fragments, few lines could cause much work: a program must not decode them', needs: fragmentNeeds, level: 'should',
    sent: 'a data message in two fragments, the second of which is cut in two again', expected: 'nothing is read; the session stays',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await talked(scene)
    const expectRead = listenTo(peer)
    const receiver = hand.encrypted.theirTag
    const inner = cut(hand, receiver, hand.lineOf('nested'), 2, 0x33333333)
    for (const [at, line] of inner.entries()) for (const outer of cut(hand, receiver, line, 2, 0x44444444 + at)) hand.sendLine(outer)
    await stage.settle()
    expectRead([])
    await stillStands(scene)
  }),
  byHand(fragmentGroup, {
    id: 'v4-fragments-forgotten', title: 'an incomplete message is forgotten after some hours', section: 'Receiving Fragments', why: 'Anything that is kept for ever fills the memory', needs: [...fragmentNeeds, 'clock'], level: 'should',
    sent: 'four of five fragments; four hours later the last one', expected: 'nothing is read; the session stays',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await talked(scene)
    const expectRead = listenTo(peer)
    const all = cut(hand, hand.encrypted.theirTag, hand.lineOf('too late'), 5)
    for (const line of all.slice(0, 4)) hand.sendLine(line)
    await stage.settle()
    await pass(scene, 4 * 3600)
    hand.sendLine(all[4] ?? '')
    await stage.settle()
    expectRead([])
    await stillStands(scene)
  }),
  byHand(fragmentGroup, {
    id: 'v4-fragments-bounded', title: 'of a thousand incomplete messages not all are kept', section: 'Receiving Fragments', why: 'Anybody who sends only first halves of messages could fill the memory', needs: fragmentNeeds, level: 'should',
    sent: 'the first halves of a thousand messages, then the second half of the first one', expected: 'it is not read any more; the session stays, and later fragments are read',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await talked(scene)
    const expectRead = listenTo(peer)
    const receiver = hand.encrypted.theirTag
    const [first, last] = cut(hand, receiver, hand.lineOf('the first'), 2, 1)
    hand.sendLine(first ?? '')
    for (let n = 2; n <= 1000; n++) hand.sendLine(fragment(hand, receiver, n, 1, 2, '?OTR:AAQD'))
    hand.sendLine(last ?? '')
    await stage.settle()
    expectRead([])
    for (const line of cut(hand, receiver, hand.lineOf('afterwards'), 3, 5000)) hand.sendLine(line)
    await stage.settle()
    expectRead(['afterwards'])
  }),
]
