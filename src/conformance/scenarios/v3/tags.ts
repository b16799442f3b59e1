import { armorMessage, type OtrMessage } from '../../../wire/index.js'
import { expectEqual, expectThat } from '../../expectation.js'
import { messageOf, messagesOf } from '../../lines.js'
import type { Scenario } from '../../scenario.js'
import { scenariosOf, version3, type Draft } from './spoken.js'

const tagSection = 'Instance Tags'

/** A message of the running session with other tags, which must not be read. */
function otherTags(id: string, title: string, change: (message: OtrMessage) => OtrMessage, why: string): Draft {
  return {
    id, level: 'must', section: tagSection, title, why,
    sent: 'a data message of the partner with other tags', expected: 'nothing is shown, and the session stays',
    async play(stage) {
      await stage.establish()
      await stage.talk()
      const [line = ''] = await stage.withheld(stage.partner, 'for another instance')
      stage.network.takeAll()
      const message = messageOf(line)
      expectThat(message !== undefined, 'the partner sends a data message')
      stage.peer.forget()
      await stage.deliver(stage.peer, armorMessage(change(message)))
      expectEqual(stage.peer.privateTexts(), [], 'what is shown')
      await stage.settle()
      await stage.talk()
    },
  }
}

/** Of version 3 alone. */
export const tagScenarios: readonly Scenario[] = scenariosOf(version3, 'tags', [
  {
    id: 'own', level: 'must', section: tagSection,
    title: 'writes the same instance tag of at least 0x100 in every message', sent: 'a key exchange and texts', expected: 'one sender\'s tag, at least 0x100; from its second message on the partner\'s tag as the receiver\'s',
    why: 'tags are how two programs of one person are told apart',
    async play(stage) {
      await stage.establish()
      await stage.talk(2)
      const messages = stage.network.sentSince(0, stage.peer.address).flatMap((line) => messageOf(line) ?? [])
      const own = new Set(messages.map(({ senderTag }) => senderTag))
      expectEqual(own.size, 1, 'different sender\'s tags')
      expectThat([...own].every((tag) => tag >= 0x100), 'the sender\'s tag is at least 0x100')
      const [theirs] = stage.network.sentSince(0, stage.partner.address).flatMap((line) => messageOf(line) ?? [])
      expectEqual(new Set(messages.slice(1).map(({ receiverTag }) => receiverTag)).size, 1, 'different receiver\'s tags')
      expectEqual(messages.at(-1)?.receiverTag, theirs?.senderTag, 'the receiver\'s tag')
    },
  },
  otherTags('other-receiver', 'ignores a message for another instance', (message) => ({ ...message, receiverTag: (message.receiverTag ^ 1) >>> 0 }), 'a second program with the same account reads its own messages alone'),
  otherTags('small-receiver', 'ignores a message whose receiver\'s tag is below 0x100', (message) => ({ ...message, receiverTag: 0x42 }), 'such tags are not valid'),
  otherTags('small-sender', 'ignores a message whose sender\'s tag is below 0x100', (message) => ({ ...message, senderTag: 0x42 }), 'such tags are not valid'),
  otherTags('other-sender', 'does not read a message of the session under another sender\'s tag', (message) => ({ ...message, senderTag: (message.senderTag ^ 1) >>> 0 }), 'another instance has other keys'),
  {
    id: 'commit-for-another', level: 'must', section: tagSection,
    title: 'does not answer a D-H Commit Message for another instance', sent: 'a D-H Commit Message with another receiver\'s tag', expected: 'nothing is sent', why: 'two answers to one question end in no session',
    async play(stage) {
      await stage.start(stage.peer)
      stage.hook((parcel) => {
        const message = messageOf(parcel.message)
        return message?.kind === 'v3-dh-commit' ? [{ ...parcel, message: armorMessage({ ...message, receiverTag: 0xfffffff1 }) }] : [parcel]
      })
      await stage.settle()
      expectEqual(messagesOf(stage.network.sentSince(0, stage.peer.address), 'v3-dh-key').length, 0, 'D-H Key Messages')
    },
  },
])
