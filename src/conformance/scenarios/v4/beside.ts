import { hexEncode, tlvTypeV4, uint32be, concatBytes, type Tlv } from '../../../wire/index.js'
import { expectEqual, expectThat } from '../../expectation.js'
import type { Scenario } from '../../scenario.js'
import { byHand, byTwo, canStillBegin, handSays, notPrivate, pass, peerSays, rounds, stillStands, type Scene } from './scene.js'

const extraGroup = 'v4-extra-key'
const whyExtra = 'Another program uses the key: with two different keys a file cannot be opened'
const extraNeeds = ['extra-key'] as const

const extraTlv = (context: number, data: Uint8Array = new Uint8Array(0)): Tlv => ({ type: tlvTypeV4.extraSymmetricKey, value: concatBytes(uint32be(context), data) })

async function talked(scene: Scene): Promise<void> {
  await scene.hand.establish()
  await rounds(scene, 1)
}

/** The hand announces keys; the judged program must tell the same. */
async function announces(scene: Scene, tlvs: readonly Tlv[]): Promise<void> {
  const { hand, peer, stage } = scene
  await talked(scene)
  const { message, extraKeys } = hand.dataWithKeys('', tlvs)
  hand.sendMessage(message)
  await stage.settle()
  expectEqual(peer.of('extra-key').map(({ key }) => key), extraKeys.map((key) => hexEncode(key)), `the keys that ${peer.name} tells`)
  await stillStands(scene)
}

/** Extra symmetric keys. */
export const extraKeyScenarios: readonly Scenario[] = [
  ...(['peer', 'partner'] as const).flatMap((who) => [1, 0xfffffffe].map((context) => byTwo(extraGroup, {
    id: `v4-extra-key-${who}-${context === 1 ? 'low' : 'high'}`, title: `the ${who} uses an extra key for use ${context}`, section: 'Extra Symmetric Key', why: whyExtra, needs: extraNeeds,
    sent: 'extra-key with a context and data', expected: 'the same key, context and data in the event of the other side',
  }, async (stage) => {
    const by = stage[who]
    const other = stage.other(by)
    const data = 'cGhvdG8uanBnAP8='
    await stage.establish()
    await stage.talk()
    const { key } = await stage.ask(by, 'extra-key', { to: other.address, context, data })
    await stage.settle()
    expectThat(typeof key === 'string' && /^[0-9a-f]{128}$/.test(key), 'the key has 64 bytes in hex')
    expectEqual(other.of('extra-key').map((event) => [event.key, event.context, event.data]), [[key, context, data]], `what ${other.name} tells`)
    await stage.talk()
  }))),
  byTwo(extraGroup, {
    id: 'v4-extra-key-differ', title: 'each extra key is another one', section: 'Extra Symmetric Key', why: 'One key for two files would open both', needs: extraNeeds,
    sent: 'extra-key three times', expected: 'three keys',
  }, async (stage) => {
    await stage.establish()
    const keys: unknown[] = []
    for (let n = 0; n < 3; n++) {
      keys.push((await stage.ask(stage.peer, 'extra-key', { to: stage.partner.address, context: 1 }))['key'])
      await stage.settle()
    }
    expectEqual(new Set(keys).size, 3, 'different keys')
  }),
  ...([
    ['one', 'one key', [extraTlv(1)]],
    ['context', 'one key for another use', [extraTlv(0x01020304, Uint8Array.of(9, 8, 7))]],
    ['behind-padding', 'a key whose TLV stands behind another', [{ type: 0, value: new Uint8Array(5) }, extraTlv(1)]],
    ['two', 'two keys in one message', [extraTlv(1), extraTlv(2)]],
    ['two-equal', 'two keys for one use in one message', [extraTlv(7), extraTlv(7)]],
    ['apart', 'two keys with another TLV between them', [extraTlv(1), { type: 0x4321, value: Uint8Array.of(1) }, extraTlv(1)]],
  ] as const).map(([id, what, tlvs]) => byHand(extraGroup, {
    id: `v4-extra-key-derived-${id}`, title: `${what}: derived as the specification says`, section: 'Extra Symmetric Key', why: whyExtra, needs: extraNeeds,
    sent: 'TLVs of type 7 of another program', expected: 'the same keys in the events, in order',
  }, (scene) => announces(scene, tlvs))),
]

const fragmentGroup = 'v4-fragments'
const whyFragments = 'Many networks cut long lines: without fragments nothing that is longer gets through'
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
  { id: 'repeated-instead', title: 'a fragment that comes twice stands for no other', arrange: (_, { of }) => {
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
    sent: `a data message: ${title}`, expected: read ? 'its text, once' : 'nothing is read; the session stands',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await talked(scene)
    const before = peer.privateTexts().length
    const receiver = hand.encrypted.theirTag
    const of = (text: string, count: number, identifier?: number): string[] => cut(hand, receiver, hand.lineOf(text), count, identifier)
    for (const line of arrange(of('read me', 5), { of })) {
      hand.sendLine(line)
      await stage.settle()
    }
    expectEqual(peer.privateTexts().slice(before), read ? ['read me'] : [], `what ${peer.name} reads`)
    await stillStands(scene)
  })),
  byHand(fragmentGroup, {
    id: 'v4-fragments-two-messages', title: 'the fragments of two messages by turns', section: 'Receiving Fragments', why: whyFragments, needs: fragmentNeeds,
    sent: 'the fragments of two messages by turns', expected: 'both are read',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await talked(scene)
    const before = peer.privateTexts().length
    const receiver = hand.encrypted.theirTag
    const [one, other] = [cut(hand, receiver, hand.lineOf('one'), 4, 0x11111111), cut(hand, receiver, hand.lineOf('two'), 4, 0x22222222)]
    for (const [at, line] of one.entries()) {
      hand.sendLine(line)
      hand.sendLine(other[at] ?? '')
      await stage.settle()
    }
    expectEqual(peer.privateTexts().slice(before), ['one', 'two'], `what ${peer.name} reads`)
  }),
  byHand(fragmentGroup, {
    id: 'v4-fragments-identity', title: 'an Identity message in fragments, before anybody knows a tag', section: 'Transmitting Fragments', why: whyFragments, needs: fragmentNeeds,
    sent: 'an Identity message in three fragments whose receiver is 0', expected: 'an Auth-R message; the session stands',
  }, async (scene) => {
    const { hand, stage } = scene
    for (const line of cut(hand, 0, hand.lineOfMessage(hand.identity()), 3)) hand.sendLine(line)
    await stage.settle()
    expectThat(hand.session.state === 'encrypted', 'the Identity message is answered, and the session stands')
    await stillStands(scene)
  }),
  byHand(fragmentGroup, {
    id: 'v4-fragments-nested', title: 'fragments together that are a fragment', section: 'Receiving Fragments', why: 'Fragments within fragments make little of much: a program must not follow them', needs: fragmentNeeds, level: 'should',
    sent: 'a data message in two fragments, the second of which is cut in two again', expected: 'nothing is read; the session stands',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await talked(scene)
    const before = peer.privateTexts().length
    const receiver = hand.encrypted.theirTag
    const inner = cut(hand, receiver, hand.lineOf('nested'), 2, 0x33333333)
    for (const [at, line] of inner.entries()) for (const outer of cut(hand, receiver, line, 2, 0x44444444 + at)) hand.sendLine(outer)
    await stage.settle()
    expectEqual(peer.privateTexts().slice(before), [], `what ${peer.name} reads`)
    await stillStands(scene)
  }),
  byHand(fragmentGroup, {
    id: 'v4-fragments-forgotten', title: 'an incomplete message is forgotten after some hours', section: 'Receiving Fragments', why: 'What is kept for ever fills the memory', needs: [...fragmentNeeds, 'clock'], level: 'should',
    sent: 'four of five fragments; four hours later the last one', expected: 'nothing is read; the session stands',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await talked(scene)
    const before = peer.privateTexts().length
    const all = cut(hand, hand.encrypted.theirTag, hand.lineOf('too late'), 5)
    for (const line of all.slice(0, 4)) hand.sendLine(line)
    await stage.settle()
    await pass(scene, 4 * 3600)
    hand.sendLine(all[4] ?? '')
    await stage.settle()
    expectEqual(peer.privateTexts().slice(before), [], `what ${peer.name} reads`)
    await stillStands(scene)
  }),
  byHand(fragmentGroup, {
    id: 'v4-fragments-bounded', title: 'of a thousand incomplete messages not all are kept', section: 'Receiving Fragments', why: 'Whoever sends the first halves of messages could fill the memory', needs: fragmentNeeds, level: 'should',
    sent: 'the first halves of a thousand messages, then the second half of the first one', expected: 'it is not read any more; the session stands, and later fragments are read',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await talked(scene)
    const before = peer.privateTexts().length
    const receiver = hand.encrypted.theirTag
    const [first, last] = cut(hand, receiver, hand.lineOf('the first'), 2, 1)
    hand.sendLine(first ?? '')
    for (let n = 2; n <= 1000; n++) hand.sendLine(fragment(hand, receiver, n, 1, 2, '?OTR:AAQD'))
    hand.sendLine(last ?? '')
    await stage.settle()
    expectEqual(peer.privateTexts().slice(before), [], `what ${peer.name} reads`)
    for (const line of cut(hand, receiver, hand.lineOf('afterwards'), 3, 5000)) hand.sendLine(line)
    await stage.settle()
    expectEqual(peer.privateTexts().slice(before), ['afterwards'], `what ${peer.name} reads`)
  }),
]

const endGroup = 'v4-end'
const whyEnd = 'Who believes that the other still listens must not be left alone, and their words must not go in clear'

/** Whether a line that the judged program sent has the text, in clear. */
function inClear({ hand }: Scene, text: string): boolean {
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
    expectThat((await stage.other(by).states(by)).includes('finished'), `${stage.other(by).name} tells that the conversation is finished`)
    await stage.expectNotEncrypted(by)
  })),
  byHand(endGroup, {
    id: 'v4-end-tells', title: 'the end is told with TLV 1 in a message that need not be read', section: 'User requests to end an OTRv4 Conversation', why: whyEnd,
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
    id: 'v4-end-heard', title: 'the end by the other side is told', section: 'Receiving a Data Message', why: whyEnd,
    sent: 'a session; TLV 1', expected: 'the state "finished"; nothing later is read',
  }, async (scene) => {
    const { hand, peer, stage } = scene
    await talked(scene)
    const after = hand.data('after the end')
    await hand.say('', [{ type: 1, value: new Uint8Array(0) }])
    expectThat((await peer.states(stage.partner)).includes('finished'), `${peer.name} tells "finished"`)
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
    id: 'v4-end-clear-told', title: 'a text in clear within a session is told as clear', section: 'Receiving plaintext without the whitespace tag', why: 'Anybody on the way can write in clear: it must not look like the other person',
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

const expiryGroup = 'v4-expiry'
const heartbeatGroup = 'v4-heartbeat'

/** Sessions that expire. */
export const expiryScenarios: readonly Scenario[] = [
  byHand(expiryGroup, {
    id: 'v4-expiry-due', title: 'a session without new keys ends by itself', section: 'Session Expiration', why: 'Keys that lie about for months will be found', needs: ['expiry', 'clock'],
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
    sent: 'policy sessionExpires 7200; a session; a round of talk every half hour for five hours', expected: 'the session stands',
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
    sent: 'an authentic data message whose receiver is another tag', expected: 'nothing is read; the session stands',
  }, async (scene) => {
    const { hand, peer, stage } = scene
    await talked(scene)
    const before = peer.privateTexts().length
    hand.sendMessage(hand.data('for another', [], { change: (message) => ({ ...message, receiverTag: 0x5005 }) }))
    await stage.settle()
    expectEqual(peer.privateTexts().slice(before), [], `what ${peer.name} reads`)
    await stillStands(scene)
  }),
  byTwo(tagGroup, {
    id: 'v4-dake-own-tag', title: 'its own instance tag is the one that it was given', section: 'Instance Tags', why: whyTags, level: 'should',
    sent: 'account with the tag 0x0abcdef0; start', expected: 'that tag as "instance" on the other side',
  }, async (stage) => {
    const { partner } = await stage.establish()
    expectEqual(partner.instance, 0x0abcdef0, `the instance that ${stage.partner.name} tells`)
  }, { versions: '4', peerAccount: { tag: 0x0abcdef0 } }),
]

