import { type DataMessageV4, hexEncode, type Tlv } from '../../../wire/index.js'
import { expectEqual, expectThat, Unmet } from '../../expectation.js'
import { flipped } from '../../lines.js'
import type { Scenario } from '../../scenario.js'
import { byHand, byTwo, handSays, listenTo, peerSays, type Scene, stillStands, talked } from './scene.js'

const group = 'v4-ratchet'

/** The headers of what the judged program sends in so many chains of its own. */
async function headers(scene: Scene, chains: number, perChain = 1): Promise<DataMessageV4[]> {
  await scene.hand.establish()
  for (let chain = 0; chain < chains; chain++) {
    await handSays(scene, `question ${chain}`)
    for (let n = 0; n < perChain; n++) await peerSays(scene, `answer ${chain} ${n}`)
  }
  return scene.hand.read.map(({ message }) => message)
}

interface Alteration {
  readonly id: string
  readonly what: string
  readonly change: (message: DataMessageV4) => DataMessageV4
}

const alterations: readonly Alteration[] = [
  { id: 'mac', what: 'authenticator', change: (message) => ({ ...message, authenticator: flipped(message.authenticator, 9) }) },
  { id: 'text', what: 'encrypted text', change: (message) => ({ ...message, ciphertext: flipped(message.ciphertext) }) },
  { id: 'flags', what: 'flags', change: (message) => ({ ...message, flags: message.flags ^ 2 }) },
  { id: 'message-id', what: 'message id', change: (message) => ({ ...message, messageId: message.messageId + 1 }) },
  { id: 'ratchet-id', what: 'ratchet id', change: (message) => ({ ...message, ratchetId: message.ratchetId + 3 }) },
  { id: 'previous-chain', what: 'previous chain message number', change: (message) => ({ ...message, previousChain: message.previousChain + 1 }) },
  { id: 'ecdh', what: 'ECDH key', change: (message) => ({ ...message, ecdh: flipped(message.ecdh, 20) }) },
  { id: 'dh', what: 'DH key', change: (message) => ({ ...message, dh: message.dh.length === 0 ? Uint8Array.of(5) : flipped(message.dh, 100) }) },
]

const altered = alterations.map(({ id, what, change }) => byHand(group, {
  id: `v4-ratchet-altered-${id}`, title: `a message whose ${what} was changed on the way is not read, and costs nothing`, section: 'When you receive a Data Message', why: 'Somebody on the way could change what one reads, or break the session with one bit',
  sent: `a data message with another ${what}; then the genuine one`, expected: 'nothing of the first; the text of the second',
}, async (scene) => {
  const { hand, stage, peer } = scene
  await talked(scene)
  const before = peer.privateTexts().length
  const genuine = hand.data('genuine')
  hand.sendMessage(change(genuine))
  await stage.settle()
  expectEqual(peer.privateTexts().slice(before), [], `what ${peer.name} reads of the changed message`)
  hand.sendMessage(genuine)
  await stage.settle()
  expectEqual(peer.privateTexts().slice(before), ['genuine'], `what ${peer.name} reads`)
  await stillStands(scene)
}))

const whyKeys = 'New keys are what makes a stolen key worthless after an answer'

const rotation: readonly Scenario[] = [
  byTwo(group, {
    id: 'v4-ratchet-twelve-chains', title: 'twelve answers each way', section: 'Data Exchange', why: 'A ratchet that goes wrong in a later chain ends the session',
    sent: 'start; twelve texts from each side by turns', expected: 'all are read',
  }, async (stage) => {
    await stage.establish()
    await stage.talk(12)
  }),
  byTwo(group, {
    id: 'v4-ratchet-long-chain', title: 'a hundred messages in a row, and an answer', section: 'Data Exchange', why: 'People write many messages before they get an answer',
    sent: 'start; a hundred texts from each side', expected: 'all are read, in order',
  }, async (stage) => {
    await stage.establish()
    for (const from of [stage.peer, stage.partner]) for (let n = 0; n < 100; n++) await stage.say(from, `text ${n} of ${from.name}`)
    await stage.talk(2)
  }),
  byTwo(group, {
    id: 'v4-ratchet-odd-texts', title: 'texts arrive byte for byte', section: 'Data Message', why: 'Nobody may change what another person wrote',
    sent: 'texts with markup, line ends, other scripts, and what looks like OTR', expected: 'the same texts',
  }, async (stage) => {
    await stage.establish()
    for (const text of ['<b>not bold</b> &lt; \' "', 'a\nb\tc', 'äöü 中文 🙂', '?OTR in the middle ?OTRv4?', ' two  spaces ']) {
      await stage.say(stage.peer, text)
      await stage.say(stage.partner, text)
    }
  }),
  byTwo(group, {
    id: 'v4-ratchet-long-text', title: 'a text of 60,000 characters', section: 'Data Message', why: 'People paste long texts',
    sent: 'a text of 60,000 characters each way', expected: 'the same text',
  }, async (stage) => {
    await stage.establish()
    await stage.say(stage.peer, 'x'.repeat(60_000))
    await stage.say(stage.partner, 'y'.repeat(60_000))
  }),
  byHand(group, {
    id: 'v4-ratchet-new-ecdh', title: 'each chain has a new ECDH key', section: 'Rotating ECDH Keys and Brace Key as sender', why: whyKeys,
    sent: 'seven questions, of which each is answered', expected: 'seven different ECDH keys',
  }, async (scene) => {
    const keys = (await headers(scene, 7)).map(({ ecdh }) => hexEncode(ecdh))
    expectEqual(new Set(keys).size, 7, 'different ECDH keys')
  }),
  byHand(group, {
    id: 'v4-ratchet-dh-third', title: 'every third ratchet has a new DH key, and no other has one', section: 'Rotating ECDH Keys and Brace Key as sender', why: 'The DH key is what protects a record of the conversation from a quantum computer',
    sent: 'nine questions, of which each is answered', expected: 'a DH key in ratchets 0, 3, 6, ... and no other',
  }, async (scene) => {
    const sent = await headers(scene, 9)
    expectEqual(sent.map(({ ratchetId, dh }) => [ratchetId, dh.length > 0]), sent.map(({ ratchetId }) => [ratchetId, ratchetId % 3 === 0]), 'ratchet ids, and whether there is a DH key')
    const keys = sent.filter(({ dh }) => dh.length > 0).map(({ dh }) => hexEncode(dh))
    expectThat(keys.length > 1 && new Set(keys).size === keys.length, 'the DH keys differ')
  }),
  byHand(group, {
    id: 'v4-ratchet-ids', title: 'ratchet ids and message ids count up', section: 'When you send a Data Message', why: 'The ids tell the other side which key reads a message',
    sent: 'four questions, of which each is answered three times', expected: 'message ids 0, 1, 2 in each chain; each chain has a higher ratchet id',
  }, async (scene) => {
    const sent = await headers(scene, 4, 3)
    expectEqual(sent.map(({ messageId }) => messageId), [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2], 'message ids')
    const chains = sent.filter(({ messageId }) => messageId === 0).map(({ ratchetId }) => ratchetId)
    expectThat(chains.every((id, n) => n === 0 || id > (chains[n - 1] ?? 0)), `ratchet ids count up; they are ${chains.join(', ')}`)
  }),
  byHand(group, {
    id: 'v4-ratchet-previous-chain', title: 'each message says how long the chain before was', section: 'When you send a Data Message', why: 'Without it, what was lost at the end of a chain can never be read',
    sent: 'three questions, of which each is answered three times', expected: 'previous chain message number 3 from the second chain on',
  }, async (scene) => {
    const sent = await headers(scene, 3, 3)
    expectEqual(sent.slice(3).map(({ previousChain }) => previousChain), [3, 3, 3, 3, 3, 3], 'previous chain message numbers')
  }),
  byHand(group, {
    id: 'v4-ratchet-same-key', title: 'a chain that begins with an earlier key is refused', section: 'Rotating ECDH Keys and Brace Key as receiver', why: 'Somebody who knew that key would still know all later keys', level: 'should',
    sent: 'an authentic message whose new chain has the ECDH key of the chain before', expected: 'nothing is read',
  }, async (scene) => {
    const { hand, peer, stage } = scene
    await talked(scene, 2)
    const expectRead = listenTo(peer)
    hand.repeatKey()
    hand.sendMessage(hand.data('with an old key'))
    await stage.settle()
    expectRead([])
  }),
  ...(['missing', 'unexpected'] as const).map((what) => byHand(group, {
    id: `v4-ratchet-dh-${what}`, title: `a message with ${what === 'missing' ? 'no DH key where one must be' : 'a DH key where none must be'} is refused`, section: 'When you receive a Data Message', why: 'The two sides would go on with different keys',
    sent: `an otherwise authentic message with ${what === 'missing' ? 'an empty DH key in a third ratchet' : 'a DH key in another ratchet'}`, expected: 'nothing is read', level: 'should',
  }, async (scene) => {
    const { hand, peer, stage } = scene
    await talked(scene)
    for (let n = 0; n < 3; n++) {
      const expectRead = listenTo(peer)
      const sent: DataMessageV4[] = []
      const message = hand.data('wrong', [], { change: (made) => {
        sent.push(made)
        return { ...made, dh: what === 'missing' ? new Uint8Array(0) : hand.encrypted.ratchet.theirDh }
      } })
      const carries = (sent[0]?.dh.length ?? 0) > 0
      if (carries === (what === 'missing')) {
        hand.sendMessage(message)
        await stage.settle()
        expectRead([])
        return
      }
      hand.sendMessage(hand.data('right'))
      await stage.settle()
      await peerSays(scene, 'go on')
    }
    throw new Unmet('among three chains one has the DH key')
  })),
]

const reveal: readonly Scenario[] = [
  byHand(group, {
    id: 'v4-ratchet-reveals', title: 'MAC keys of what was read are revealed with the next chain', section: 'Revealing MAC Keys', why: 'Only then can anybody forge a transcript, and nobody prove that it is genuine',
    sent: 'three messages; an answer; more of both', expected: 'the MAC keys of the three in the first message of a chain',
  }, async (scene) => {
    const { hand } = scene
    await talked(scene)
    hand.forget()
    hand.macKeys.length = 0
    for (const text of ['one', 'two', 'three']) await handSays(scene, text)
    await peerSays(scene, 'answer')
    const revealed = hexEncode(hand.read[0]?.message.revealedMacKeys ?? new Uint8Array(0))
    for (const key of hand.macKeys) expectThat(revealed.includes(hexEncode(key)), 'the MAC key of each message that was read is revealed')
  }),
  byHand(group, {
    id: 'v4-ratchet-reveals-only', title: 'no MAC key is revealed of a message that was not read', section: 'Revealing MAC Keys', why: 'With a revealed key, anybody could forge the message that is still under way',
    sent: 'two messages of which the first is kept back; an answer; then the first', expected: 'its key is not revealed before; its text is read',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await talked(scene)
    hand.forget()
    hand.macKeys.length = 0
    const late = hand.data('late')
    const [lateKey] = hand.macKeys
    await handSays(scene, 'in time')
    await peerSays(scene, 'answer')
    const revealed = hexEncode(hand.read[0]?.message.revealedMacKeys ?? new Uint8Array(0))
    expectThat(lateKey !== undefined && !revealed.includes(hexEncode(lateKey)), 'the MAC key of the message under way is not revealed')
    const expectRead = listenTo(peer)
    hand.sendMessage(late)
    await stage.settle()
    expectRead(['late'])
  }),
  byHand(group, {
    id: 'v4-ratchet-reveals-at-end', title: 'the last message of a session reveals what is left', section: "User requests to end an OTRv4 Conversation", why: 'The keys are gone after it: nobody could reveal them later', level: 'should',
    sent: 'two messages; end', expected: 'the MAC keys of both in the message with TLV 1',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await talked(scene)
    hand.forget()
    hand.macKeys.length = 0
    for (const text of ['one', 'two']) await handSays(scene, text)
    await stage.ask(peer, 'end', { to: hand.address })
    await stage.settle()
    const revealed = hexEncode(hand.came('v4-data').at(-1)?.revealedMacKeys ?? new Uint8Array(0))
    for (const key of hand.macKeys) expectThat(revealed.includes(hexEncode(key)), 'the MAC key of each message is revealed')
  }),
  byTwo(group, {
    id: 'v4-ratchet-revealed-unread', title: 'revealed MAC keys are 64 bytes each', section: 'Data Message Format', why: 'Bytes of another length are not MAC keys', level: 'should',
    sent: 'start; four rounds of talk', expected: 'each event revealed-mac-keys has a multiple of 64 bytes; there is at least one on each side',
  }, async (stage) => {
    await stage.establish()
    await stage.talk(4)
    for (const party of [stage.peer, stage.partner]) {
      const events = party.of('revealed-mac-keys')
      expectThat(events.length > 0, `${party.name} learns the revealed MAC keys`)
      expectThat(events.every(({ keys }) => keys.length > 0 && keys.length % 128 === 0), 'each list has whole keys')
    }
  }),
]

const tlvs: readonly Tlv[] = [{ type: 0x1234, value: Uint8Array.of(1, 0, 2) }, { type: 0x0102, value: new Uint8Array(0) }]

const contents: readonly Scenario[] = [
  byHand(group, {
    id: 'v4-ratchet-tlvs', title: 'unknown TLVs arrive with their text', section: 'TLV Record Types', why: 'New types may be added: a program that does not know one must go on',
    sent: 'a text with two TLVs of unknown types', expected: 'the text; the session stays',
  }, async (scene) => {
    await talked(scene)
    const { hand, peer } = scene
    const expectRead = listenTo(peer)
    await hand.say('with something', tlvs)
    expectRead(['with something'])
    await stillStands(scene)
  }),
  byHand(group, {
    id: 'v4-ratchet-padding', title: 'padding is ignored', section: 'TLV Record Types', why: 'Padding hides how long a text is',
    sent: 'a text with TLV 0 of 300 bytes', expected: 'the text alone',
  }, async (scene) => {
    await talked(scene)
    const { hand, peer } = scene
    const expectRead = listenTo(peer)
    await hand.say('padded', [{ type: 0, value: new Uint8Array(300) }])
    expectRead(['padded'])
    await stillStands(scene)
  }),
  byHand(group, {
    id: 'v4-ratchet-empty', title: 'a message without text shows nothing', section: 'When you receive a Data Message', why: 'Heartbeats and the messages of SMP are not for people',
    sent: 'a message with an empty text', expected: 'no message event; the session stays',
  }, async (scene) => {
    await talked(scene)
    const { hand, peer } = scene
    const before = peer.of('message').length
    await hand.say('')
    expectEqual(peer.of('message').length, before, 'messages that are shown')
    await stillStands(scene)
  }),
  ...([
    ['no-end', 'whose TLV is longer than what follows', Uint8Array.of(0x61, 0, 0, 9, 0, 50, 1)],
    ['half-head', 'that ends within the head of a TLV', Uint8Array.of(0x61, 0, 0, 9)],
    ['utf-8', 'whose text is no UTF-8', Uint8Array.of(0xff, 0xfe, 0x80)],
  ] as const).map(([id, what, plaintext]) => byHand(group, {
    id: `v4-ratchet-plaintext-${id}`, title: `an authentic message ${what} does no harm`, section: 'Data Message', why: 'An authentic correspondent may have a broken program, or a wish to break yours',
    sent: `a message ${what}`, expected: 'the program lives, and the session stays',
  }, async (scene) => {
    await talked(scene)
    scene.hand.sendMessage(scene.hand.made(plaintext).message)
    await scene.stage.settle()
    await stillStands(scene)
  })),
]

/** The double ratchet. */
export const ratchetScenarios: readonly Scenario[] = [...rotation, ...altered, ...reveal, ...contents]
