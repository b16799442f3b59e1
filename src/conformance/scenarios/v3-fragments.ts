import { fragmentMessage } from '../../wire/index.js'
import { expectEqual, expectThat } from '../expectation.js'
import { messagesOf } from '../lines.js'
import type { Scenario, Section } from '../scenario.js'
import type { Role, Stage } from '../stage.js'

const fragmentSection: Section = { document: 'OTRv3', title: 'Fragmentation' }
const roles: readonly Role[] = ['partner', 'peer']
const accounts = { versions: '3' } as const

/** The instance tags of both, as their messages show them. */
async function tagsOf(stage: Stage): Promise<{ readonly peer: number, readonly partner: number }> {
  const { partner, peer } = await stage.expectEncrypted()
  const [fromPeer] = messagesOf(stage.network.sentSince(0, stage.peer.address), 'v3-data')
  const [fromPartner] = messagesOf(stage.network.sentSince(0, stage.partner.address), 'v3-data')
  return { peer: partner.instance ?? fromPeer?.senderTag ?? 0, partner: peer.instance ?? fromPartner?.senderTag ?? 0 }
}

/** A message of the partner, cut into pieces by hand. */
async function pieces(stage: Stage, text: string, count: number): Promise<string[]> {
  const [line = ''] = await stage.withheld(stage.partner, text)
  stage.network.takeAll()
  const tags = await tagsOf(stage)
  for (let maxLength = Math.ceil(line.length / count) + 30; ; maxLength += 2) {
    const cut = fragmentMessage({ version: 3, text: line, senderTag: tags.partner, receiverTag: tags.peer, maxLength })
    if (cut.length <= count) return cut
  }
}

/** Fragments of an honest message that arrive in a way; the text is read, or not. */
function fragments(id: string, title: string, arrange: (pieces: readonly string[]) => readonly string[], read: boolean, sent: string, why: string): Scenario {
  return {
    id: `v3-fragments-${id}`, group: 'v3-fragments', level: 'must', section: fragmentSection, needs: ['v3', 'fragments'], accounts, title, sent, why,
    expected: read ? 'the text is read once' : 'nothing is shown, and the session stays',
    async play(stage) {
      await stage.establish()
      await stage.talk()
      const cut = await pieces(stage, 'in pieces '.repeat(20), 4)
      stage.peer.forget()
      for (const piece of arrange(cut)) await stage.deliver(stage.peer, piece)
      expectEqual(stage.peer.privateTexts(), read ? ['in pieces '.repeat(20)] : [], 'what is read')
      expectEqual(stage.peer.clearTexts(), [], 'what is shown in clear')
      await stage.settle()
      await stage.talk()
    },
  }
}

export const v3Fragments: readonly Scenario[] = [
  ...roles.flatMap((role) => [150, 400].map((limit): Scenario => ({
    id: `v3-fragments-${limit}-asked-by-${role}`, group: 'v3-fragments', level: 'must', section: fragmentSection, needs: ['v3', 'fragments'],
    accounts: { versions: '3', policy: { maxMessageLength: limit } },
    title: `exchanges keys and texts in lines of at most ${limit} characters when ${role === 'peer' ? 'it' : 'the other side'} asks`,
    sent: 'a key exchange and texts of 1 to 3000 characters, both ways', expected: 'all texts arrive; no line is longer than the limit', why: 'IRC cuts longer lines off',
    async play(stage) {
      await stage.establish(stage[role])
      for (const length of [1, 300, 3000]) {
        for (const from of [stage.partner, stage.peer]) await stage.say(from, 'abcdefghij'.repeat(length).slice(0, length) || 'a')
      }
      const lines = stage.network.sentSince(0, stage.peer.address).filter((line) => /^\?OTR[:|]/.test(line))
      expectThat(lines.some((line) => line.startsWith('?OTR|')), 'the program sends fragments')
      expectThat(lines.every((line) => line.length <= limit), `no line of the program is longer than ${limit}: the longest has ${Math.max(...lines.map((line) => line.length))}`)
    },
  }))),
  fragments('in-order', 'reads a message whose fragments come in order', (cut) => cut, true, 'the pieces of a message, in order', 'this is how long messages travel'),
  fragments('lost-first', 'reads nothing of a message whose first fragment is lost', (cut) => cut.slice(1), false, 'the pieces without the first', 'half a message says something else'),
  fragments('lost-middle', 'reads nothing of a message of which a fragment in the middle is lost', (cut) => cut.filter((_, at) => at !== 1), false, 'the pieces without the second', 'half a message says something else'),
  fragments('lost-last', 'reads nothing of a message whose last fragment is lost', (cut) => cut.slice(0, -1), false, 'the pieces without the last', 'half a message says something else'),
  fragments('restarted', 'reads a message whose fragments begin anew', (cut) => [...cut.slice(0, 2), ...cut], true, 'two pieces, then all of them from the first on', 'a sender who lost the connection begins anew'),
  fragments('plain-between', 'is not led astray by fragments with impossible numbers',
    (cut) => [...cut.slice(0, 1).map((piece) => piece.replace(/,(\d+),(\d+),/, ',0,$2,')), ...cut.slice(0, 1).map((piece) => piece.replace(/,(\d+),(\d+),/, ',9,$2,')), ...cut],
    true, 'a piece with number 0 and one beyond the total, then an honest message', 'these are the usual mistakes'),
  {
    id: 'v3-fragments-many', group: 'v3-fragments', level: 'must', section: fragmentSection, needs: ['v3', 'fragments'], accounts,
    title: 'stays well when fragments come that never become a message', sent: '200 first pieces of different messages', expected: 'nothing is shown, and the session stays', why: 'memory that strangers can fill is a way to stop somebody',
    async play(stage) {
      await stage.establish()
      await stage.talk()
      const { peer, partner } = await tagsOf(stage)
      stage.peer.forget()
      for (let at = 0; at < 200; at++) {
        await stage.deliver(stage.peer, `?OTR|${partner.toString(16).padStart(8, '0')}|${peer.toString(16).padStart(8, '0')},00001,00003,piece${at},`)
      }
      expectEqual(stage.peer.of('message').length, 0, 'shown messages')
      await stage.settle()
      await stage.talk()
    },
  },
]
