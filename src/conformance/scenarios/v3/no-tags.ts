import { armor, armorMessage, encodeMessage, versionOfMessage } from '../../../wire/index.js'
import { expectEqual, expectThat } from '../../expectation.js'
import { messageOf, messagesOf } from '../../lines.js'
import type { Scenario } from '../../scenario.js'
import type { Stage } from '../../stage.js'
import { pieces } from './fragments.js'
import { scenariosOf, version2, type Draft } from './spoken.js'

const header = 'Data Message'
/** The tags of a sender who does not know the receiver's. */
const tags = { senderTag: 0x7a11, receiverTag: 0 }

/** A line of the partner with two instance tags between the head and what follows, as in version 3. */
function withTags(line: string): string {
  const message = messageOf(line)
  expectThat(message !== undefined && versionOfMessage(message) === 2, 'the partner sends a message of version 2')
  const bytes = encodeMessage(message)
  return armor(Uint8Array.from([...bytes.subarray(0, 3), 0, 0, 0x7a, 0x11, 0, 0, 0x7a, 0x12, ...bytes.subarray(3)]))
}

/** A data message of the partner that was made into something else on its way, and must not be read. */
function unread(section: string, id: string, title: string, sent: string, why: string, level: 'must' | 'should', make: (stage: Stage) => Promise<readonly string[]>): Draft {
  return {
    id, level, section, title, sent, why, expected: 'nothing is shown, and the session stays',
    async play(stage) {
      await stage.establish()
      await stage.talk()
      const lines = await make(stage)
      stage.network.takeAll()
      stage.peer.forget()
      for (const line of lines) await stage.deliver(stage.peer, line)
      expectEqual(stage.peer.of('message').map(({ text }) => text), [], 'what is shown')
      await stage.settle()
      await stage.talk()
    },
  }
}

/** Pieces with the head that version 3 has. */
function inForm3(cut: readonly string[]): readonly string[] {
  return cut.map((piece) => piece.replace(/^\?OTR,/, '?OTR|00007a11|00000000,'))
}

const text = 'in pieces '.repeat(20)

/** Fragments of the form that version 3 has, to a program that speaks both. */
export const otherFormScenarios: readonly Scenario[] = scenariosOf(version2, 'fragments', [
  unread('Fragmentation', 'form-of-3', 'reads nothing of a message whose fragments have the form of version 3', 'a message of version 2, cut as version 3 does it', 'a message belongs to the version of its fragments: else tags say who may read what has none', 'should',
    async (stage) => inForm3(await pieces(version2, stage, text, 4))),
  unread('Fragmentation', 'both-forms', 'joins no fragments of two forms', 'the first pieces of a message in the form of version 2, the others in that of version 3', 'what two senders wrote must not become one message', 'must',
    async (stage) => {
      const cut = await pieces(version2, stage, text, 4)
      return [...cut.slice(0, 2), ...inForm3(cut.slice(2))]
    }),
].map((draft) => ({ ...draft, needs: ['v3' as const], accounts: { peerVersions: '23' } })), ['fragments'])

/** Instance tags where there are none. */
export const withoutTagsScenarios: readonly Scenario[] = scenariosOf(version2, 'tags', [
  {
    id: 'none-written', level: 'must', section: header, title: 'writes no instance tags', sent: 'a key exchange and texts', expected: 'every encoded message can be read as one of version 2, to its last byte',
    why: 'a program of version 2 reads the tags as the length of what follows',
    async play(stage) {
      await stage.establish(stage.peer)
      await stage.talk(2)
      await stage.end(stage.partner)
      await stage.end(stage.peer)
      await stage.establish(stage.partner)
      const lines = stage.network.sentSince(0, stage.peer.address).filter((line) => line.startsWith('?OTR:'))
      const messages = lines.map(messageOf)
      expectEqual(messages.map((message) => message && versionOfMessage(message)), lines.map(() => 2), 'the versions of its messages')
      expectThat(lines.length >= 6, 'it sends the messages of two key exchanges, and texts')
    },
  },
  {
    id: 'commit', level: 'must', section: 'D-H Commit Message', title: 'does not answer a D-H Commit Message with instance tags', sent: 'the partner\'s D-H Commit Message with two tags behind its head', expected: 'no D-H Key Message',
    why: 'a message that is read in two ways is answered in two ways',
    async play(stage) {
      stage.hook((parcel) => messagesOf([parcel.message], 'v2-dh-commit').length > 0 ? [{ ...parcel, message: withTags(parcel.message) }] : [parcel])
      await stage.start(stage.peer)
      await stage.settle()
      expectEqual(messagesOf(stage.network.sentSince(0, stage.partner.address), 'v2-dh-commit').length, 1, 'D-H Commit Messages of the partner')
      expectEqual(messagesOf(stage.network.sentSince(0, stage.peer.address), 'v2-dh-key').length, 0, 'D-H Key Messages')
      await stage.expectNotEncrypted(stage.peer)
    },
  },
  unread(header, 'data', 'reads no data message with instance tags', 'a data message of the session with two tags behind its head', 'what the MAC does not cover must not be skipped', 'must',
    async (stage) => (await stage.withheld(stage.partner, 'with tags')).map(withTags)),
  unread(header, 'as-version-3', 'reads no data message of its session under the head of version 3', 'a data message of the session, with the version number 3 and two tags', 'the version is what was agreed on, and the MAC covers it', 'must',
    async (stage) => (await stage.withheld(stage.partner, 'as version 3')).map((line) => {
      const [message] = messagesOf([line], 'v2-data')
      expectThat(message !== undefined, 'the partner sends a data message')
      return armorMessage({ ...message, ...tags, kind: 'v3-data' })
    })),
])
