import { expectEqual, expectThat } from '../expectation.js'
import type { Scenario, Section } from '../scenario.js'
import type { Stage } from '../stage.js'

const query: Section = { document: 'OTRv3', title: 'OTR Query Messages' }
const tagSection: Section = { document: 'OTRv3', title: 'Tagged plaintext messages' }
const group = 'v3-offer'
const needs = ['v3'] as const

/** A query that the program is given, and whether it begins a key exchange. */
function offered(id: string, line: string, answered: boolean, title: string, why: string, level: 'must' | 'should' = 'must'): Scenario {
  return {
    id: `v3-offer-${id}`, group, level, section: query, needs, title, why,
    sent: `the line ${line}`,
    expected: answered ? 'a D-H Commit Message of version 3, and a session' : 'no key exchange begins',
    accounts: { versions: '3' },
    async play(stage) {
      await stage.deliver(stage.peer, line)
      await stage.settle()
      if (answered) await stage.expectEncrypted()
      else {
        expectEqual(stage.network.sentSince(0, stage.peer.address).filter((sent) => sent.startsWith('?OTR:')), [], 'encoded messages that were sent')
        await stage.expectNotEncrypted(stage.peer)
      }
    },
  }
}

async function tagged(stage: Stage, line: string, shown: string): Promise<void> {
  await stage.deliver(stage.peer, line)
  await stage.settle()
  expectEqual(stage.peer.clearTexts(), [shown], 'what is shown, without the tag')
}

const tagBase = ' \t  \t\t\t\t \t \t \t  '
const tagV2 = '  \t\t  \t '
const tagV3 = '  \t\t  \t\t'

export const v3Offer: readonly Scenario[] = [
  offered('query', '?OTRv3?', true, 'answers a query for version 3', 'without an answer no conversation begins'),
  offered('query-23', '?OTRv23?', true, 'answers a query that offers versions 2 and 3', 'most programs of the world offer both'),
  offered('query-1-3', '?OTR?v3?', true, 'answers a query that offers versions 1 and 3', 'old programs offer version 1 as well'),
  offered('query-unknown', '?OTRv3x9?', true, 'answers a query that offers version 3 beside unknown ones', 'a newer program must be able to offer more'),
  offered('query-text', '?OTRv3? Somebody asks for a private conversation.', true, 'answers a query with an explanation behind it', 'every program adds a sentence for people without OTR'),
  offered('query-only-2', '?OTRv2?', false, 'does not answer a query for version 2 alone', 'version 2 has weaknesses that version 3 mends'),
  offered('query-none', '?OTRv?', false, 'does not answer a query without versions', 'it offers nothing'),
  offered('query-beyond', '?OTRv789?', false, 'does not answer a query for versions that do not exist', 'there is nothing that both speak'),
  offered('open', '?OTRv3', false, 'does not take an unfinished query for one', 'text that only begins like a query is text', 'should'),
  {
    id: 'v3-offer-own-query', group, level: 'must', section: query, needs, accounts: { versions: '3' },
    title: 'asks with a query that offers version 3',
    sent: 'the command "start"', expected: 'one line with ?OTRv3?, or with more versions among which is 3, and a session',
    why: 'others read nothing else as an offer',
    async play(stage) {
      await stage.start(stage.peer)
      const [line = '', ...more] = stage.network.sentSince(0, stage.peer.address)
      expectEqual(more.length, 0, 'further lines')
      expectThat(/\?OTR(?:\??v[0-9]*3[0-9]*\?)/.test(line), `the line ${JSON.stringify(line.slice(0, 60))} is a query with version 3`)
      await stage.settle()
      await stage.expectEncrypted()
    },
  },
  {
    id: 'v3-offer-query-not-shown', group, level: 'should', section: query, needs, accounts: { versions: '3' },
    title: 'shows no message for a query that it answers',
    sent: '?OTRv3?', expected: 'no message is shown', why: 'people do not know what to do with it',
    async play(stage) {
      await stage.deliver(stage.peer, '?OTRv3?')
      await stage.settle()
      expectEqual(stage.peer.clearTexts(), [], 'shown messages')
    },
  },
  {
    id: 'v3-offer-tag-answered', group, level: 'must', section: tagSection, needs,
    accounts: { versions: '3', peerPolicy: { whitespaceStartsAke: true } },
    title: 'begins a key exchange when a text has the whitespace tag of version 3, as its policy says',
    sent: '"hello" with the tag for version 3', expected: '"hello" is shown, and a session', why: 'the tag is how programs find each other without a word',
    async play(stage) {
      await tagged(stage, `hello${tagBase}${tagV3}`, 'hello')
      await stage.expectEncrypted()
    },
  },
  {
    id: 'v3-offer-tag-two-versions', group, level: 'must', section: tagSection, needs,
    accounts: { versions: '3', peerPolicy: { whitespaceStartsAke: true } },
    title: 'finds version 3 in a whitespace tag that offers 2 and 3', sent: '"hello" with the tags for versions 2 and 3',
    expected: '"hello" is shown, and a session of version 3', why: 'libotr sends both',
    async play(stage) {
      await tagged(stage, `hello${tagBase}${tagV2}${tagV3}`, 'hello')
      expectEqual((await stage.expectEncrypted()).peer.version, 3, 'the version')
    },
  },
  {
    id: 'v3-offer-tag-anywhere', group, level: 'must', section: tagSection, needs,
    accounts: { versions: '3', peerPolicy: { whitespaceStartsAke: true } },
    title: 'finds the whitespace tag in the middle of a text', sent: 'the tag between two words',
    expected: 'both words are shown, and a session', why: 'the specification allows it anywhere, and gateways add text',
    async play(stage) {
      await tagged(stage, `good${tagBase}${tagV3}day`, 'goodday')
      await stage.expectEncrypted()
    },
  },
  {
    id: 'v3-offer-tag-ignored', group, level: 'must', section: tagSection, needs,
    accounts: { versions: '3', peerPolicy: { whitespaceStartsAke: false } },
    title: 'begins nothing on a whitespace tag when its policy forbids it', sent: '"hello" with the tag for version 3',
    expected: '"hello" is shown, and nothing is sent', why: 'a program that is told to be silent must be silent',
    async play(stage) {
      await tagged(stage, `hello${tagBase}${tagV3}`, 'hello')
      expectEqual(stage.network.sentSince(0, stage.peer.address), [], 'lines that were sent')
    },
  },
  {
    id: 'v3-offer-own-tag', group, level: 'must', section: tagSection, needs,
    accounts: { versions: '3', peerPolicy: { sendWhitespaceTag: true }, partnerPolicy: { whitespaceStartsAke: true } },
    title: 'sends a whitespace tag that others find', sent: 'the command "send" without a session',
    expected: 'the text in clear with a tag for version 3; the partner begins, and both have one session', why: 'otherwise its users never get a private conversation by themselves',
    async play(stage) {
      await stage.send(stage.peer, 'hello in clear')
      const [line = ''] = stage.network.sentSince(0, stage.peer.address)
      expectThat(line.includes(tagBase) && line.includes(tagV3), 'the line has the base of the tag and the tag of version 3')
      await stage.settle()
      expectEqual(stage.partner.clearTexts(), ['hello in clear'], 'what the partner shows')
      await stage.expectEncrypted()
    },
  },
  {
    id: 'v3-offer-plain-text', group, level: 'must', section: query, needs, accounts: { versions: '3' },
    title: 'shows plain text as it is, and answers nothing', sent: 'text that speaks of OTR, but is none',
    expected: 'the text is shown byte for byte; nothing is sent', why: 'most messages of the world are plain text',
    async play(stage) {
      for (const text of ['good day', '  two blanks  in front', 'I use OTR?', 'a ?OTR? question to you', 'ääh 🙂 <b>no markup</b>']) {
        stage.peer.forget()
        const mark = stage.network.log.length
        await stage.deliver(stage.peer, text)
        if (text.startsWith('a ?OTR')) continue
        expectEqual(stage.peer.clearTexts(), [text], 'what is shown')
        expectEqual(stage.network.sentSince(mark, stage.peer.address), [], 'lines that were sent')
      }
    },
  },
  {
    id: 'v3-offer-required', group, level: 'must', section: { document: 'OTRv3', title: 'The protocol state machine' }, needs,
    accounts: { versions: '3', peerPolicy: { requireEncryption: true } },
    title: 'sends no text in clear when its policy requires encryption', sent: 'the command "send" without a session',
    expected: 'a query instead of the text', why: 'the person said that nothing may be read by others',
    async play(stage) {
      await stage.send(stage.peer, 'only in private')
      await stage.settle()
      expectThat(!stage.network.sentSince(0).join('\n').includes('only in private'), 'the text is not on the wire')
      expectThat(!stage.partner.clearTexts().join('\n').includes('only in private'), 'the partner does not read it in clear')
      await stage.expectEncrypted()
    },
  },
]
