import { dataMessageV3MacInput, hexEncode, armorMessage, IGNORE_UNREADABLE } from '../../../wire/index.js'
import { expectEqual, expectThat } from '../../expectation.js'
import { changed, flipped, messageOf, messagesOf, onlyMessage } from '../../lines.js'
import { seededRandom } from '../../random.js'
import type { Scenario } from '../../scenario.js'
import { equalBytes, hmacSha1 } from '../../../crypto/index.js'
import type { MessageNamed } from '../../../v3/generation.js'
import { roles, type Stage } from '../../stage.js'
import { scenariosOf, type Draft, type Spoken } from './spoken.js'

const data = 'Data Message'
const keysSection = 'Key Management'
const revealSection = 'Revealing MAC keys'

type DataMessage = MessageNamed<'data'>

const sentData = (spoken: Spoken, stage: Stage, from: 'peer' | 'partner', mark = 0): DataMessage[] => messagesOf(stage.network.sentSince(mark, stage[from].address), spoken.kinds.data)

/** A data message of the partner that was changed on its way and must not be read. */
function refused(spoken: Spoken, id: string, field: string, change: (message: DataMessage) => DataMessage, why: string): Draft {
  return {
    id: `changed-${id}`, level: 'must', section: data, why,
    title: `reads no message whose ${field} was changed on the way`,
    sent: `a data message with another ${field}, then an honest one`, expected: 'the first is not shown; the second is, and the session stays',
    async play(stage) {
      await stage.establish()
      await stage.talk(2)
      const [line = ''] = await stage.withheld(stage.partner, 'changed on the way')
      const before = stage.peer.privateTexts().length
      const other = changed(line, spoken.kinds.data, change) ?? ''
      expectThat(other !== line, 'the partner sent a data message')
      await stage.deliver(stage.peer, other)
      expectEqual(stage.peer.privateTexts().slice(before), [], 'what is shown of the changed message')
      stage.network.takeAll()
      await stage.say(stage.partner, 'an honest one')
      await stage.talk()
    },
  }
}

const odd = ['<b>not bold</b> &lt; \' " <3', 'a\nb\tc', 'äöü 中文 🙂 \u202Ertl', '?OTR in the middle ?OTRv3?', '?OTR Error: no error', ' '.repeat(20), 'x']

export const dataScenarios = (spoken: Spoken): readonly Scenario[] => scenariosOf(spoken, 'data', [
  {
    id: 'turns', level: 'must', section: data,
    title: 'reads 40 messages in alternate turns', sent: '20 messages each way', expected: 'each is read once, in order, and none is on the wire in clear', why: 'this is what people do with it',
    async play(stage) {
      await stage.establish()
      await stage.talk(20)
    },
  },
  {
    id: 'rows', level: 'must', section: keysSection,
    title: 'reads several messages in a row', sent: '1 to 5 messages in a row from each side, by turns', expected: 'each is read once, in order',
    why: 'people write two lines before they get an answer',
    async play(stage) {
      await stage.establish(stage.peer)
      for (let row = 1; row <= 5; row++) {
        for (const from of [stage.partner, stage.peer]) for (let at = 1; at <= row; at++) await stage.say(from, `row ${row}, line ${at} of ${from.address}`)
      }
    },
  },
  {
    id: 'random-turns', level: 'must', section: keysSection,
    title: 'reads 60 messages in random turns', sent: 'messages in turns that nobody chose', expected: 'each is read once, in order', why: 'keys change with every turn; the order of turns must not matter',
    async play(stage) {
      await stage.establish()
      const random = seededRandom(33)
      for (let at = 0; at < 60; at++) await stage.say(random.pick([stage.peer, stage.partner]), `${at}: ${random.text(1 + random.below(80))}.`)
    },
  },
  {
    id: 'crossing', level: 'must', section: keysSection,
    title: 'reads messages that cross on the wire', sent: 'both write before either has read, 15 times', expected: 'each is read once, in order',
    why: 'two people who type at once must not lose a word',
    async play(stage) {
      await stage.establish()
      await stage.talk()
      stage.peer.forget()
      stage.partner.forget()
      stage.network.shuffleDirections(7)
      const texts: { readonly peer: string[], readonly partner: string[] } = { peer: [], partner: [] }
      for (let round = 0; round < 15; round++) {
        for (const role of roles) {
          texts[role].push(`${role} ${round}`)
          await stage.send(stage[role], `${role} ${round}`)
        }
        if (round % 3 === 2) await stage.settle()
      }
      await stage.settle()
      expectEqual(stage.peer.privateTexts(), texts.partner, 'what the program reads')
      expectEqual(stage.partner.privateTexts(), texts.peer, 'what the partner reads')
    },
  },
  ...odd.map((text, at): Draft => ({
    id: `text-${at + 1}`, level: 'must', section: data,
    title: `carries the text ${JSON.stringify(text)} byte for byte`, sent: 'the text, both ways', expected: 'the same text', why: 'a text that changes on its way says something else',
    async play(stage) {
      await stage.establish()
      for (const from of [stage.partner, stage.peer]) {
        const to = stage.other(from)
        to.forget()
        await stage.send(from, text)
        await stage.settle()
        expectEqual(to.privateTexts(), [text], `what ${to.name} reads`)
      }
    },
  })),
  {
    id: 'long', level: 'must', section: data,
    title: 'carries a text of 20,000 characters', sent: 'a long text, both ways', expected: 'the same text', why: 'people paste',
    async play(stage) {
      await stage.establish()
      for (const from of [stage.partner, stage.peer]) await stage.say(from, 'long '.repeat(4000))
    },
  },
  refused(spoken, 'text', 'encrypted text', (message) => ({ ...message, encryptedMessage: flipped(message.encryptedMessage) }), 'the cipher alone lets everybody turn single bits of a text'),
  refused(spoken, 'mac', 'authenticator', (message) => ({ ...message, authenticator: flipped(message.authenticator, -1) }), 'a MAC of which only a part is compared can be guessed'),
  refused(spoken, 'counter', 'counter', (message) => ({ ...message, counter: flipped(message.counter, -1) }), 'the counter says how the text is decrypted'),
  refused(spoken, 'next-key', 'next D-H key', (message) => ({ ...message, nextDh: flipped(message.nextDh, -1) }), 'who may replace the next key reads what comes next'),
  refused(spoken, 'key-id', 'sender\'s key id', (message) => ({ ...message, senderKeyId: message.senderKeyId + 1 }), 'the key ids choose the keys'),
  refused(spoken, 'recipient-key-id', 'recipient\'s key id', (message) => ({ ...message, recipientKeyId: message.recipientKeyId + 1 }), 'the key ids choose the keys'),
  refused(spoken, 'zero-key-id', 'sender\'s key id to 0', (message) => ({ ...message, senderKeyId: 0 }), 'ids of keys are larger than 0'),
  refused(spoken, 'flags', 'flags', (message) => ({ ...message, flags: message.flags ^ IGNORE_UNREADABLE }), 'the MAC covers the whole message'),
  {
    id: 'replay', level: 'must', section: data,
    title: 'reads a message once when its line arrives twice', sent: 'a data message and its exact copy', expected: 'it is shown once',
    why: 'a "yes" that comes again answers another question',
    async play(stage) {
      await stage.establish()
      await stage.talk()
      const [line = ''] = await stage.withheld(stage.partner, 'yes')
      const before = stage.peer.privateTexts().length
      await stage.deliver(stage.peer, line)
      await stage.deliver(stage.peer, line)
      expectEqual(stage.peer.privateTexts().slice(before), ['yes'], 'what is shown')
      stage.network.takeAll()
      await stage.talk()
      const after = stage.peer.privateTexts().length
      await stage.deliver(stage.peer, line)
      expectEqual(stage.peer.privateTexts().slice(after), [], 'what is shown of a copy that comes later')
    },
  },
  {
    id: 'reflected', level: 'must', section: data,
    title: 'does not read its own message when it comes back', sent: 'its own line, as if the partner had sent it', expected: 'nothing is shown', why: 'sending messages back to their sender is the simplest attack',
    async play(stage) {
      await stage.establish()
      await stage.talk()
      const [line = ''] = await stage.withheld(stage.peer, 'from me')
      stage.peer.forget()
      await stage.deliver(stage.peer, line)
      expectEqual(stage.peer.of('message').map(({ text }) => text), [], 'what is shown')
      stage.network.takeAll()
    },
  },
  {
    id: 'stranger', level: 'must', section: data,
    title: 'does not show a message of the session as somebody else\'s', sent: 'the partner\'s line under another address', expected: 'no private message from that address is shown; it may be shown as the partner\'s',
    why: 'who sends is part of what is said',
    async play(stage) {
      await stage.establish()
      await stage.talk()
      const [line = ''] = await stage.withheld(stage.partner, 'to you alone')
      stage.peer.forget()
      await stage.deliver(stage.peer, line, 'mallory@example.org')
      const shown = stage.peer.of('message').filter(({ from, encrypted }) => encrypted && from === 'mallory@example.org')
      expectEqual(shown.map(({ text }) => text), [], 'private messages of the other address')
      stage.network.takeAll()
    },
  },
  {
    id: 'lost', level: 'must', section: keysSection,
    title: 'reads what comes after lost messages', sent: 'messages of which each third is lost, in both directions', expected: 'all others are read', why: 'networks lose lines',
    async play(stage) {
      await stage.establish()
      for (let at = 0; at < 12; at++) {
        const from = at % 2 === 0 ? stage.partner : stage.peer
        if (at % 3 === 0) await stage.withheld(from, `lost ${at}`)
        await stage.say(from, `arrives ${at}`)
      }
    },
  },
  {
    id: 'counter', level: 'must', section: data,
    title: 'never uses a counter twice with the same keys', sent: 'messages in a row and by turns', expected: 'the counters of all its messages with the same keys rise, beginning above 0',
    why: 'two texts under one counter reveal each other',
    async play(stage) {
      await stage.establish()
      for (let round = 0; round < 4; round++) {
        for (let at = 0; at < 3; at++) await stage.say(stage.peer, `round ${round}, ${at}`)
        await stage.say(stage.partner, `turn ${round}`)
      }
      const last = new Map<string, string>()
      for (const { senderKeyId, recipientKeyId, counter } of sentData(spoken, stage, 'peer')) {
        const pair = `${senderKeyId} ${recipientKeyId}`
        const now = hexEncode(counter)
        expectThat(now > (last.get(pair) ?? '0000000000000000'), `the counter ${now} under keys ${pair} is above ${last.get(pair) ?? '0'}`)
        last.set(pair, now)
      }
    },
  },
])

export const rotationScenarios = (spoken: Spoken): readonly Scenario[] => scenariosOf(spoken, 'rotation', [
  {
    id: 'key-ids', level: 'must', section: keysSection,
    title: 'uses a new key after each answer', sent: 'ten messages by turns', expected: 'the id of its key rises by one with each turn, and the announced key is another each time',
    why: 'somebody who breaks in today must not read what was said an hour ago',
    async play(stage) {
      await stage.establish()
      await stage.talk(6)
      const messages = sentData(spoken, stage, 'peer')
      const ids = messages.map(({ senderKeyId }) => senderKeyId)
      const first = ids[1] ?? 0
      expectEqual(ids.slice(1), ids.slice(1).map((_, at) => first + at), 'the ids of its keys')
      expectEqual(new Set(messages.map(({ nextDh }) => hexEncode(nextDh))).size, new Set(ids).size, 'different announced keys, one for each id')
    },
  },
  {
    id: 'acknowledges', level: 'must', section: keysSection,
    title: 'uses the newest key that the other side has announced', sent: 'messages by turns', expected: 'the recipient\'s key id of its next message is one above the sender\'s key id of the message that it read',
    why: 'an old key that stays in use is an old key that can be stolen',
    async play(stage) {
      await stage.establish()
      await stage.talk(2)
      for (let round = 0; round < 4; round++) {
        const mark = stage.network.log.length
        await stage.talk()
        const [theirs] = sentData(spoken, stage, 'partner', mark)
        const [ours] = sentData(spoken, stage, 'peer', mark)
        expectThat(theirs !== undefined && ours !== undefined, 'both sent a data message')
        expectEqual(ours.recipientKeyId, theirs.senderKeyId + 1, 'the recipient\'s key id')
      }
    },
  },
  {
    id: 'own-key-stays', level: 'must', section: keysSection,
    title: 'keeps its key until the other side has used the next one', sent: 'five messages in a row from the program', expected: 'all have the same key ids', why: 'the other side does not know the next key before it has read it',
    async play(stage) {
      await stage.establish()
      await stage.talk(2)
      const mark = stage.network.log.length
      for (let at = 0; at < 5; at++) await stage.say(stage.peer, `in a row ${at}`)
      expectEqual(new Set(sentData(spoken, stage, 'peer', mark).map(({ senderKeyId, recipientKeyId }) => `${senderKeyId} ${recipientKeyId}`)).size, 1, 'pairs of keys')
    },
  },
  {
    id: 'forgets', level: 'must', section: keysSection,
    title: 'forgets keys that were replaced twice', sent: 'an unread message that comes after three further turns', expected: 'it is not read',
    why: 'a key that is kept for a late message can be stolen, too',
    async play(stage) {
      await stage.establish()
      await stage.talk(2)
      const [late = ''] = await stage.withheld(stage.partner, 'too late')
      await stage.talk(4)
      stage.peer.forget()
      await stage.deliver(stage.peer, late)
      expectEqual(stage.peer.privateTexts(), [], 'what is shown')
      stage.network.takeAll()
      await stage.talk()
    },
  },
  {
    id: 'one-turn-late', level: 'must', section: keysSection,
    title: 'reads a message that its own next message has crossed', sent: 'a message under the keys of the last turn', expected: 'it is read', why: 'both sides keep the key before the newest for exactly this',
    async play(stage) {
      await stage.establish()
      await stage.talk(2)
      const [late = ''] = await stage.withheld(stage.partner, 'crossed')
      await stage.say(stage.peer, 'meanwhile')
      stage.peer.forget()
      await stage.deliver(stage.peer, late)
      expectEqual(stage.peer.privateTexts(), ['crossed'], 'what is shown')
      await stage.settle()
      await stage.talk()
    },
  },
])

/** The MAC keys of 20 bytes in the last field of data messages. */
function revealed(messages: readonly DataMessage[]): Uint8Array[] {
  return messages.flatMap(({ oldMacKeys }) => Array.from({ length: oldMacKeys.length / 20 }, (_, at) => oldMacKeys.subarray(at * 20, at * 20 + 20)))
}

/** Whether the MAC of a data message is one under this key. */
function verifies(key: Uint8Array, message: DataMessage): boolean {
  return equalBytes(hmacSha1(key, dataMessageV3MacInput(message)), message.authenticator)
}

export const revealScenarios = (spoken: Spoken): readonly Scenario[] => scenariosOf(spoken, 'reveal', [
  {
    id: 'publishes', level: 'must', section: revealSection,
    title: 'publishes the MAC keys with which it has verified messages, once their keys are forgotten', sent: 'eight turns',
    expected: 'the partner\'s messages of the first turns verify with keys that the program\'s later messages publish', why: 'a transcript proves nothing only if anybody could have written it',
    async play(stage) {
      await stage.establish()
      await stage.talk(8)
      const keys = revealed(sentData(spoken, stage, 'peer'))
      const [, second, third] = sentData(spoken, stage, 'partner')
      for (const message of [second, third]) {
        expectThat(message !== undefined, 'the partner sent data messages')
        expectThat(keys.some((key) => verifies(key, message)), 'a published key verifies a message of the partner\'s first turns')
      }
    },
  },
  {
    id: 'once', level: 'should', section: revealSection,
    title: 'publishes each key once', sent: 'ten turns', expected: 'no key is in two messages', why: 'messages that repeat old keys grow without an end',
    async play(stage) {
      await stage.establish()
      await stage.talk(10)
      const keys = revealed(sentData(spoken, stage, 'peer')).map(hexEncode)
      expectThat(keys.length > 0, 'the program publishes keys')
      expectEqual(new Set(keys).size, keys.length, 'different keys')
    },
  },
  {
    id: 'not-early', level: 'must', section: revealSection,
    title: 'publishes no key that still verifies messages that it accepts', sent: 'six turns, then a message forged with all keys published so far', expected: 'no published key verifies the newest message of the partner, and the forged one is not read',
    why: 'if a key in use is published, anybody who reads the wire can write with it',
    async play(stage) {
      await stage.establish()
      await stage.talk(6)
      const keys = revealed(sentData(spoken, stage, 'peer'))
      const [line = ''] = await stage.withheld(stage.partner, 'forge this')
      const message = onlyMessage([line], spoken.kinds.data, stage.partner.name)
      stage.peer.forget()
      for (const key of keys) {
        expectThat(!verifies(key, message), 'a published key is no longer in use')
        const forged = { ...message, encryptedMessage: flipped(message.encryptedMessage) }
        await stage.deliver(stage.peer, armorMessage({ ...forged, authenticator: hmacSha1(key, dataMessageV3MacInput(forged)) }))
      }
      expectEqual(stage.peer.privateTexts(), [], 'what is shown of the forged messages')
      expectThat(messageOf(line) !== undefined, 'the line is a message')
    },
  },
])
