import { armorMessage } from '../../../wire/index.js'
import { expectEqual, expectThat } from '../../expectation.js'
import { messageOf } from '../../lines.js'
import type { Scenario } from '../../scenario.js'
import { roles } from '../../stage.js'
import { scenariosOf, type Draft, type Spoken } from './spoken.js'

const errorSection = 'OTR Error Messages'
const endSection = 'The protocol state machine'

export const errorsScenarios = (spoken: Spoken): readonly Scenario[] => scenariosOf(spoken, 'errors', [
  {
    id: 'shown', level: 'should', section: errorSection,
    title: 'reports an error message as such, and answers nothing by itself', sent: '?OTR Error: something went wrong', expected: 'no private message, no text in clear without a mark; no answer', why: 'two programs that answer errors with errors never stop',
    async play(stage) {
      await stage.deliver(stage.peer, '?OTR Error: something went wrong')
      expectEqual(stage.peer.privateTexts(), [], 'private messages')
      expectEqual(stage.network.sentSince(0, stage.peer.address).filter((line) => line.startsWith('?OTR Error')), [], 'errors that were sent')
    },
  },
  {
    id: 'in-session', level: 'must', section: errorSection,
    title: 'keeps its session when an error message comes', sent: '?OTR Error: in a running session', expected: 'the session stays', why: 'anybody can write this line',
    async play(stage) {
      await stage.establish()
      await stage.talk()
      await stage.deliver(stage.peer, '?OTR Error: You sent encrypted data that nobody expected')
      stage.network.takeAll()
      await stage.talk()
    },
  },
  {
    id: 'no-session', level: 'should', section: endSection,
    title: 'says that it cannot read a private message without a session', sent: 'a data message of a session that it has not', expected: 'an error message, or a notice to its person', why: 'otherwise the sender does not learn that nobody can read the text',
    async play(stage) {
      await stage.establish()
      await stage.talk()
      await stage.ask(stage.peer, 'end', { to: stage.partner.address })
      stage.network.takeAll()
      stage.peer.forget()
      const mark = stage.network.log.length
      await stage.send(stage.partner, 'are you there?')
      await stage.settle()
      const errors = stage.network.sentSince(mark, stage.peer.address).filter((line) => line.startsWith('?OTR'))
      expectThat(errors.length > 0 || stage.peer.notices().length > 0, 'an error message or a notice')
      expectEqual(stage.peer.of('message').map(({ text }) => text), [], 'what is shown')
    },
  },
  {
    id: 'ignore-unreadable', level: 'should', section: 'Data Message',
    title: 'sends no error for an unreadable message with the flag IGNORE_UNREADABLE', sent: 'such a message without a session', expected: 'no error message', why: 'its sender has said that nobody needs to know',
    async play(stage) {
      await stage.establish()
      await stage.talk()
      const [line = ''] = await stage.withheld(stage.partner, 'x')
      stage.network.takeAll()
      const message = messageOf(line)
      expectThat(message?.kind === spoken.kinds.data, 'the partner sends a data message')
      const mark = stage.network.log.length
      await stage.deliver(stage.peer, armorMessage({ ...message, flags: 1 }))
      expectEqual(stage.network.sentSince(mark, stage.peer.address), [], 'lines that were sent')
    },
  },
])

export const endScenarios = (spoken: Spoken): readonly Scenario[] => scenariosOf(spoken, 'end', [
  ...roles.map((role): Draft => ({
    id: `by-${role}`, level: 'must', section: endSection,
    title: role === 'peer' ? 'ends a session so that the other side knows' : 'knows when the other side ends the session',
    sent: `the command "end" at the ${role}`, expected: 'who ended has no private session; the other is "finished"', why: 'people must see that the conversation is over',
    async play(stage) {
      await stage.establish()
      await stage.talk()
      const by = stage[role]
      await stage.end(by)
      await stage.expectNotEncrypted(by)
      expectEqual(await stage.other(by).states(by), ['finished'], `the state of ${stage.other(by).name}`)
    },
  })),
  {
    id: 'nothing-in-clear', level: 'must', section: endSection,
    title: 'sends nothing in clear after the other side has ended the session', sent: '"send" in the state "finished"', expected: 'the text is not on the wire', why: 'a person who types on does not see that the conversation ended a second ago',
    async play(stage) {
      await stage.establish()
      await stage.talk()
      await stage.end(stage.partner)
      const mark = stage.network.log.length
      await stage.peer.refusal('send', { to: stage.partner.address, text: 'not for everybody' })
      await stage.settle()
      expectThat(!stage.network.sentSince(mark).join('\n').includes('not for everybody'), 'the text is not on the wire in clear')
      expectThat(!stage.partner.clearTexts().join('\n').includes('not for everybody'), 'nobody reads it in clear')
    },
  },
  {
    id: 'not-late', level: 'must', section: endSection,
    title: 'reads nothing of a session that it has ended', sent: 'a private message that arrives after "end"', expected: 'nothing is shown', why: 'keys of an ended session are gone',
    async play(stage) {
      await stage.establish()
      await stage.talk()
      const [late = ''] = await stage.withheld(stage.partner, 'too late')
      await stage.end(stage.peer)
      stage.peer.forget()
      await stage.deliver(stage.peer, late)
      expectEqual(stage.peer.privateTexts(), [], 'what is shown')
    },
  },
  {
    id: 'forged', level: 'must', section: endSection,
    title: 'is not ended by words in clear', sent: 'lines in clear that speak of the end', expected: 'the session stays', why: 'only somebody who has the keys may end it',
    async play(stage) {
      await stage.establish()
      await stage.talk()
      for (const line of ['?OTR Error: the session is over', 'Bob has ended the private conversation', '?OTRv?']) await stage.deliver(stage.peer, line)
      stage.network.takeAll()
      await stage.talk()
    },
  },
  {
    id: 'begin-again', level: 'must', section: endSection,
    title: 'begins a new session after an end', sent: 'five sessions one after the other, ended by turns', expected: 'each is established, with another SSID', why: 'people come back',
    async play(stage) {
      const ssids = new Set<string | undefined>()
      for (let at = 0; at < 5; at++) {
        const [first, second] = at % 2 === 0 ? [stage.peer, stage.partner] as const : [stage.partner, stage.peer] as const
        ssids.add((await stage.establish(first)).peer.ssid)
        await stage.talk()
        await stage.end(first)
        await stage.end(second)
      }
      expectEqual(ssids.size, 5, 'different SSIDs')
    },
  },
  {
    id: 'clear-text-marked', level: 'must', section: endSection,
    title: 'never shows text in clear as private while there is a session', sent: 'plain text in a running session', expected: 'it is shown as not encrypted, or not at all', why: 'anybody can write it',
    async play(stage) {
      await stage.establish()
      await stage.talk()
      stage.peer.forget()
      await stage.deliver(stage.peer, 'I am the network')
      expectEqual(stage.peer.privateTexts(), [], 'private messages')
      stage.network.takeAll()
      await stage.talk()
    },
  },
])
