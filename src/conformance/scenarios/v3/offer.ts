import { expectEqual, expectThat } from '../../expectation.js'
import type { Scenario } from '../../scenario.js'
import type { Stage } from '../../stage.js'
import { scenariosOf, tagBase, version2, version3, type Draft, type Spoken } from './spoken.js'

const query = 'OTR Query Messages'
const tagSection = 'Tagged plaintext messages'

/** A query that the program is given, and whether it begins a key exchange. */
function offered(id: string, line: string, answered: boolean, title: string, why: string, level: 'must' | 'should' = 'must'): Draft {
  return {
    id, level, section: query, title, why,
    sent: `the line ${line}`,
    expected: answered ? 'a D-H Commit Message, and a session' : 'no key exchange begins',
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

/** Offers of the other version of the two, to an account that speaks one. */
function foreignOffers({ version }: Spoken): readonly Draft[] {
  if (version === 3) return [offered('query-only-2', version2.query, false, 'does not answer a query for version 2 alone', 'version 2 has weaknesses that version 3 mends')]
  return [offered('query-only-3', version3.query, false, 'does not answer a query for version 3 alone when its account speaks version 2 alone', 'who answers in another version than was asked for is not understood')]
}

/** A policy that requires encryption knows no version 2 in our client: spec/version-2.md. */
const required: Draft = {
  id: 'required', level: 'must', section: 'The protocol state machine',
  accounts: { peerPolicy: { requireEncryption: true } },
  title: 'sends no text in clear when its policy requires encryption', sent: 'the command "send" without a session',
  expected: 'a query instead of the text', why: 'the person said that nothing may be read by others',
  async play(stage) {
    await stage.send(stage.peer, 'only in private')
    await stage.settle()
    expectThat(!stage.network.sentSince(0).join('\n').includes('only in private'), 'the text is not on the wire')
    expectThat(!stage.partner.clearTexts().join('\n').includes('only in private'), 'the partner does not read it in clear')
    await stage.expectEncrypted()
  },
}

export const offerScenarios = (spoken: Spoken, { version, query: asked, tag } = spoken): readonly Scenario[] => scenariosOf(spoken, 'offer', [
  offered('query', asked, true, `answers a query for version ${version}`, 'without an answer no conversation begins'),
  offered('query-23', '?OTRv23?', true, 'answers a query that offers versions 2 and 3', 'most programs of the world offer both'),
  offered(`query-1-${version}`, `?OTR?v${version}?`, true, `answers a query that offers versions 1 and ${version}`, 'old programs offer version 1 as well'),
  offered('query-unknown', `?OTRv${version}x9?`, true, `answers a query that offers version ${version} beside unknown ones`, 'a newer program must be able to offer more'),
  offered('query-text', `${asked} Somebody asks for a private conversation.`, true, 'answers a query with an explanation behind it', 'every program adds a sentence for people without OTR'),
  ...foreignOffers(spoken),
  offered('query-none', '?OTRv?', false, 'does not answer a query without versions', 'it offers nothing'),
  offered('query-beyond', '?OTRv789?', false, 'does not answer a query for versions that do not exist', 'there is nothing that both speak'),
  offered('open', `?OTRv${version}`, false, 'does not take an unfinished query for one', 'text that only begins like a query is text', 'should'),
  {
    id: 'own-query', level: 'must', section: query,
    title: `asks with a query that offers version ${version}`,
    sent: 'the command "start"', expected: `one line with ${asked}, or with more versions among which is ${version}, and a session`,
    why: 'others read nothing else as an offer',
    async play(stage) {
      await stage.start(stage.peer)
      const [line = '', ...more] = stage.network.sentSince(0, stage.peer.address)
      expectEqual(more.length, 0, 'further lines')
      expectThat(new RegExp(`\\?OTR\\??v[0-9]*${version}[0-9]*\\?`).test(line), `the line ${JSON.stringify(line.slice(0, 60))} is a query with version ${version}`)
      await stage.settle()
      await stage.expectEncrypted()
    },
  },
  {
    id: 'query-not-shown', level: 'should', section: query,
    title: 'shows no message for a query that it answers',
    sent: asked, expected: 'no message is shown', why: 'people do not know what to do with it',
    async play(stage) {
      await stage.deliver(stage.peer, asked)
      await stage.settle()
      expectEqual(stage.peer.clearTexts(), [], 'shown messages')
    },
  },
  {
    id: 'tag-answered', level: 'must', section: tagSection,
    accounts: { peerPolicy: { whitespaceStartsAke: true } },
    title: `begins a key exchange when a text has the whitespace tag of version ${version}, as its policy says`,
    sent: `"hello" with the tag for version ${version}`, expected: '"hello" is shown, and a session', why: 'the tag is how programs find each other without a word',
    async play(stage) {
      await tagged(stage, `hello${tagBase}${tag}`, 'hello')
      await stage.expectEncrypted()
    },
  },
  {
    id: 'tag-two-versions', level: 'must', section: tagSection,
    accounts: { peerPolicy: { whitespaceStartsAke: true } },
    title: `finds version ${version} in a whitespace tag that offers 2 and 3`, sent: '"hello" with the tags for versions 2 and 3',
    expected: `"hello" is shown, and a session of version ${version}`, why: 'libotr sends both',
    async play(stage) {
      await tagged(stage, `hello${tagBase}${version2.tag}${version3.tag}`, 'hello')
      expectEqual((await stage.expectEncrypted()).peer.version, version, 'the version')
    },
  },
  {
    id: 'tag-anywhere', level: 'must', section: tagSection,
    accounts: { peerPolicy: { whitespaceStartsAke: true } },
    title: 'finds the whitespace tag in the middle of a text', sent: 'the tag between two words',
    expected: 'both words are shown, and a session', why: 'the specification allows it anywhere, and gateways add text',
    async play(stage) {
      await tagged(stage, `good${tagBase}${tag}day`, 'goodday')
      await stage.expectEncrypted()
    },
  },
  {
    id: 'tag-ignored', level: 'must', section: tagSection,
    accounts: { peerPolicy: { whitespaceStartsAke: false } },
    title: 'begins nothing on a whitespace tag when its policy forbids it', sent: `"hello" with the tag for version ${version}`,
    expected: '"hello" is shown, and nothing is sent', why: 'a program must not answer if its policy forbids it',
    async play(stage) {
      await tagged(stage, `hello${tagBase}${tag}`, 'hello')
      expectEqual(stage.network.sentSince(0, stage.peer.address), [], 'lines that were sent')
    },
  },
  {
    id: 'own-tag', level: 'must', section: tagSection,
    accounts: { peerPolicy: { sendWhitespaceTag: true }, partnerPolicy: { whitespaceStartsAke: true } },
    title: 'sends a whitespace tag that others find', sent: 'the command "send" without a session',
    expected: `the text in clear with a tag for version ${version}; the partner begins, and both have one session`, why: 'otherwise its users never get a private conversation by themselves',
    async play(stage) {
      await stage.send(stage.peer, 'hello in clear')
      const [line = ''] = stage.network.sentSince(0, stage.peer.address)
      expectThat(line.includes(tagBase) && line.includes(tag), `the line has the base of the tag and the tag of version ${version}`)
      await stage.settle()
      expectEqual(stage.partner.clearTexts(), ['hello in clear'], 'what the partner shows')
      await stage.expectEncrypted()
    },
  },
  {
    id: 'plain-text', level: 'must', section: query,
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
  ...version === 3 ? [required] : [],
])
