import { formatInstanceTag, fragmentMessage } from '../../../wire/index.js'
import { expectEqual, expectThat } from '../../expectation.js'
import { messagesOf } from '../../lines.js'
import type { Scenario } from '../../scenario.js'
import { roles, type Stage } from '../../stage.js'
import { scenariosOf, type Draft, type Spoken } from './spoken.js'

const fragmentSection = 'Fragmentation'

/** The instance tags of both, as their messages show them. */
async function tagsOf(spoken: Spoken, stage: Stage): Promise<{ readonly peer: number, readonly partner: number }> {
  const { partner, peer } = await stage.expectEncrypted()
  const [fromPeer] = messagesOf(stage.network.sentSince(0, stage.peer.address), spoken.kinds.data)
  const [fromPartner] = messagesOf(stage.network.sentSince(0, stage.partner.address), spoken.kinds.data)
  return { peer: partner.instance ?? fromPeer?.senderTag ?? 0, partner: peer.instance ?? fromPartner?.senderTag ?? 0 }
}

/** A message of the partner, cut into pieces by hand. */
export async function pieces(spoken: Spoken, stage: Stage, text: string, count: number): Promise<string[]> {
  const [line = ''] = await stage.withheld(stage.partner, text)
  stage.network.takeAll()
  const tags = await tagsOf(spoken, stage)
  for (let maxLength = Math.ceil(line.length / count) + 30; ; maxLength += 2) {
    const cut = fragmentMessage({ version: spoken.version, text: line, senderTag: tags.partner, receiverTag: tags.peer, maxLength })
    if (cut.length <= count) return cut
  }
}

/** Fragments of an honest message that arrive in a way; the text is read, or not. */
function fragments(spoken: Spoken, id: string, title: string, arrange: (pieces: readonly string[]) => readonly string[], read: boolean, sent: string, why: string): Draft {
  return {
    id, level: 'must', section: fragmentSection, needs: ['fragments'], title, sent, why,
    expected: read ? 'the text is read once' : 'nothing is shown, and the session stays',
    async play(stage) {
      await stage.establish()
      await stage.talk()
      const cut = await pieces(spoken, stage, 'in pieces '.repeat(20), 4)
      stage.peer.forget()
      for (const piece of arrange(cut)) await stage.deliver(stage.peer, piece)
      expectEqual(stage.peer.privateTexts(), read ? ['in pieces '.repeat(20)] : [], 'what is read')
      expectEqual(stage.peer.clearTexts(), [], 'what is shown in clear')
      await stage.settle()
      await stage.talk()
    },
  }
}

export const fragmentScenarios = (spoken: Spoken): readonly Scenario[] => scenariosOf(spoken, 'fragments', [
  ...roles.flatMap((role) => [150, 400].map((limit): Draft => ({
    id: `${limit}-asked-by-${role}`, level: 'must', section: fragmentSection, needs: ['fragments'],
    accounts: { policy: { maxMessageLength: limit } },
    title: `exchanges keys and texts in lines of at most ${limit} characters when ${role === 'peer' ? 'it' : 'the other side'} asks`,
    sent: 'a key exchange and texts of 1 to 3000 characters, both ways', expected: 'all texts arrive; no line is longer than the limit', why: 'IRC cuts longer lines off',
    async play(stage) {
      await stage.establish(stage[role])
      for (const length of [1, 300, 3000]) {
        for (const from of [stage.partner, stage.peer]) await stage.say(from, 'abcdefghij'.repeat(length).slice(0, length) || 'a')
      }
      const lines = stage.network.sentSince(0, stage.peer.address).filter((line) => /^\?OTR[:|,]/.test(line))
      expectThat(lines.some((line) => /^\?OTR[|,]/.test(line)), 'the program sends fragments')
      expectThat(lines.every((line) => line.length <= limit), `no line of the program is longer than ${limit}: the longest has ${Math.max(...lines.map((line) => line.length))}`)
    },
  }))),
  fragments(spoken, 'in-order', 'reads a message whose fragments come in order', (cut) => cut, true, 'the pieces of a message, in order', 'this is how long messages travel'),
  fragments(spoken, 'lost-first', 'reads nothing of a message whose first fragment is lost', (cut) => cut.slice(1), false, 'the pieces without the first', 'half a message says something else'),
  fragments(spoken, 'lost-middle', 'reads nothing of a message of which a fragment in the middle is lost', (cut) => cut.filter((_, at) => at !== 1), false, 'the pieces without the second', 'half a message says something else'),
  fragments(spoken, 'lost-last', 'reads nothing of a message whose last fragment is lost', (cut) => cut.slice(0, -1), false, 'the pieces without the last', 'half a message says something else'),
  fragments(spoken, 'swapped', 'reads nothing of a message whose fragments come in another order', ([first = '', second = '', ...rest]) => [second, first, ...rest], false, 'the second piece before the first', 'half a message says something else: who joins what came in any order joins pieces of two messages'),
  fragments(spoken, 'restarted', 'reads a message whose fragments begin anew', (cut) => [...cut.slice(0, 2), ...cut], true, 'two pieces, then all of them from the first on', 'a sender who lost the connection begins anew'),
  fragments(spoken, 'plain-between', 'is not led astray by fragments with impossible numbers',
    (cut) => [...cut.slice(0, 1).map((piece) => piece.replace(/,(\d+),(\d+),/, ',0,$2,')), ...cut.slice(0, 1).map((piece) => piece.replace(/,(\d+),(\d+),/, ',9,$2,')), ...cut],
    true, 'a piece with number 0 and one beyond the total, then an honest message', 'these are the usual mistakes'),
  {
    id: 'many', level: 'must', section: fragmentSection, needs: ['fragments'],
    title: 'stays well when fragments come that never become a message', sent: '200 first pieces of different messages', expected: 'nothing is shown, and the session stays', why: 'memory that strangers can fill is a way to stop somebody',
    async play(stage) {
      await stage.establish()
      await stage.talk()
      const { peer, partner } = await tagsOf(spoken, stage)
      const tags = spoken.version === 2 ? '' : `|${formatInstanceTag(partner)}|${formatInstanceTag(peer)}`
      stage.peer.forget()
      for (let at = 0; at < 200; at++) {
        await stage.deliver(stage.peer, `?OTR${tags},00001,00003,piece${at},`)
      }
      expectEqual(stage.peer.of('message').length, 0, 'shown messages')
      await stage.settle()
      await stage.talk()
    },
  },
])
