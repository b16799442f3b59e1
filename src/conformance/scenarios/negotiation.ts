import { expectEqual, expectOneOf, expectThat } from '../expectation.js'
import type { Ability } from '../ability.js'
import { headOf, messagesOf } from '../lines.js'
import type { Party } from '../party.js'
import type { Scenario, Section } from '../scenario.js'
import { roles, type Role, type Stage } from '../stage.js'

const needs = ['v3'] as const
const accounts = { versions: '3' } as const

const negotiation: Section = { document: 'OTRv4', title: 'Establishing Versions' }

/** Two accounts with versions; the version of the session that comes of it. */
function meets(id: string, peerVersions: string, partnerVersions: string, spoken: 2 | 3 | 4 | undefined, starter: Role): Scenario {
  const abilities = (versions: string): Ability[] => (['2', '3', '4'] as const).filter((version) => versions.includes(version)).map((version): Ability => `v${version}`)
  return {
    id: `negotiation-${id}`, group: 'negotiation', level: 'must', section: negotiation, needs: abilities(peerVersions),
    partnerNeeds: abilities(partnerVersions),
    accounts: { versions: '34', peerVersions, partnerVersions },
    title: spoken === undefined ? `makes no session where nothing is common: it speaks ${peerVersions}, the other side ${partnerVersions}`
      : `speaks version ${spoken}, begun by the ${starter}: it speaks ${peerVersions.split('').join(' and ')}, the other side ${partnerVersions.split('').join(' and ')}`,
    sent: `a query of the ${starter}`, expected: spoken === undefined ? 'no session' : `a session of version ${spoken}`, why: 'the highest version that both speak protects best',
    async play(stage) {
      await stage.start(stage[starter])
      await stage.settleExchange()
      if (spoken === undefined) {
        await stage.expectNotEncrypted(stage.peer)
        return
      }
      const { peer, partner } = await stage.expectEncrypted()
      expectEqual([peer.version, partner.version], [spoken, spoken], 'the version')
      await stage.talk()
    },
  }
}

/** Whether it emitted a notice before it reported the private conversation. Notices about another key, which come afterwards, do not count. */
function warned({ events }: Party): boolean {
  const stands = events.findIndex((event) => event.type === 'state' && event.state === 'encrypted')
  return events.slice(0, stands).some(({ type }) => type === 'notice')
}

/** A session of the highest version, to its end. */
async function talkBefore(stage: Stage): Promise<void> {
  await stage.establish()
  await stage.talk()
  await stage.end(stage.partner)
  await stage.end(stage.peer)
}

/** The partner begins anew; fails if that makes a session of this lower version without a notice. */
async function expectNoQuiet(version: 2 | 3, stage: Stage): Promise<void> {
  await stage.start(stage.partner)
  await stage.settleExchange()
  const spoken = (await stage.peer.sessions(stage.partner)).find(({ state }) => state === 'encrypted')?.version
  expectThat(spoken !== version || warned(stage.peer), `no session of version ${version} without a notice before it is established`)
}

export const negotiationScenarios: readonly Scenario[] = [
  ...roles.flatMap((role) => [
    meets(`both-by-${role}`, '34', '34', 4, role),
    meets(`partner-only-3-by-${role}`, '34', '3', 3, role),
    meets(`peer-only-3-by-${role}`, '3', '34', 3, role),
    meets(`partner-only-4-by-${role}`, '34', '4', 4, role),
    meets(`peer-only-4-by-${role}`, '4', '34', 4, role),
    meets(`nothing-common-by-${role}`, '3', '4', undefined, role),
    meets(`nothing-common-4-by-${role}`, '4', '3', undefined, role),
    meets(`both-speak-2-and-3-by-${role}`, '23', '23', 3, role),
    meets(`partner-only-2-by-${role}`, '23', '2', 2, role),
    meets(`peer-only-2-by-${role}`, '2', '23', 2, role),
  ]),
  {
    id: 'negotiation-no-version-2', group: 'negotiation', level: 'must', section: negotiation, needs, accounts,
    title: 'starts nothing with versions 1 and 2', sent: 'queries for versions 1, 2 and both', expected: 'no encoded message of version 2 or 1', why: 'they were broken',
    async play(stage) {
      for (const line of ['?OTR?', '?OTRv2?', '?OTR?v2?']) await stage.deliver(stage.peer, line)
      expectEqual(stage.network.sentSince(0, stage.peer.address).filter((line) => [1, 2].includes(headOf(line)?.version ?? 0)), [], 'encoded messages')
    },
  },
  {
    id: 'negotiation-2-not-chosen', group: 'negotiation', level: 'must', section: { document: 'OTRv2', title: 'Policies' }, needs, partnerNeeds: ['v2'],
    accounts: { versions: '3', partnerVersions: '2', peerPolicy: { whitespaceStartsAke: true }, partnerPolicy: { sendWhitespaceTag: true } },
    title: 'speaks no version 2 that nobody has chosen', sent: 'a query, a whitespace tag and a D-H Commit Message of version 2', expected: 'no encoded message is sent, no session', why: 'nobody must get a weaker version only by asking for it',
    async play(stage) {
      await stage.start(stage.partner)
      await stage.send(stage.partner, 'hello in clear')
      await stage.deliver(stage.partner, '?OTRv2?')
      await stage.settle()
      expectThat(messagesOf(stage.network.sentSince(0, stage.partner.address), 'v2-dh-commit').length > 0, 'the partner sends a D-H Commit Message of version 2')
      expectEqual(stage.network.sentSince(0, stage.peer.address).filter((line) => line.startsWith('?OTR:')), [], 'encoded messages')
      await stage.expectNotEncrypted(stage.peer)
    },
  },
  {
    id: 'negotiation-2-after-3', group: 'negotiation', level: 'should', section: { document: 'OTRv2', title: 'Policies' }, needs: ['v2', 'v3'], accounts: { versions: '23' },
    title: 'is not led from version 3 to version 2', sent: 'a session of version 3, an end; then the same person comes with version 2 alone', expected: 'no session of version 2, or a notice before the session is established',
    why: 'somebody on the way who cuts offers must not choose how people talk',
    async play(stage) {
      await talkBefore(stage)
      stage.peer.forget()
      await stage.openAccount('partner', { versions: '2' })
      await expectNoQuiet(2, stage)
    },
  },
  {
    id: 'negotiation-own-query', group: 'negotiation', level: 'must', section: { document: 'OTRv4', title: 'OTR Query Messages' }, needs: ['v3', 'v4'], accounts: { versions: '34' },
    title: 'offers all versions that it speaks', sent: 'the command "start"', expected: 'a query with 3 and 4', why: 'what is not offered is not spoken',
    async play(stage) {
      await stage.start(stage.peer)
      const [line = ''] = stage.network.sentSince(0, stage.peer.address)
      expectThat(/\?OTR\??v(?=[^?]*3)(?=[^?]*4)[^?]*\?/.test(line), `the line ${JSON.stringify(line.slice(0, 60))} is a query with 3 and 4`)
    },
  },
  {
    id: 'negotiation-forbidden-3', group: 'negotiation', level: 'must', section: negotiation, needs: ['v3', 'v4'], accounts: { versions: '34', peerPolicy: { allowV3: false } },
    title: 'does not answer a query for version 3 when its policy forbids it', sent: '?OTRv3?', expected: 'no message of version 3', why: 'a person who wants version 4 alone must not get less',
    async play(stage) {
      await stage.deliver(stage.peer, '?OTRv3?')
      await stage.settle()
      expectEqual(stage.network.sentSince(0, stage.peer.address).filter((line) => headOf(line)?.version === 3), [], 'messages of version 3')
      await stage.expectNotEncrypted(stage.peer)
    },
  },
  {
    id: 'negotiation-session-stays', group: 'negotiation', level: 'must', section: negotiation, needs: ['v3', 'v4'], accounts: { versions: '34' },
    title: 'goes on talking in version 4 when the network offers version 3', sent: '?OTRv3? in a running session of version 4', expected: 'the private session of version 4 is still there, and texts go through it',
    why: 'somebody who can write one line must not be able to make a conversation weaker',
    async play(stage) {
      await stage.establish()
      await stage.talk()
      await stage.deliver(stage.peer, '?OTRv3?')
      // The network has no keys of version 3: what the program may have begun leads to nobody.
      stage.network.takeAll()
      const mark = stage.network.log.length
      await stage.say(stage.peer, 'still in version 4')
      expectThat(stage.network.sentSince(mark, stage.peer.address).filter((line) => line.startsWith('?OTR:')).every((line) => headOf(line)?.version === 4), 'all encoded lines are of version 4')
    },
  },
  {
    id: 'negotiation-tag-both', group: 'negotiation', level: 'must', section: { document: 'OTRv4', title: 'Whitespace Tags' }, needs: ['v3', 'v4'],
    accounts: { versions: '34', peerPolicy: { whitespaceStartsAke: true }, partnerPolicy: { sendWhitespaceTag: true } },
    title: 'takes version 4 from a whitespace tag that offers 3 and 4', sent: 'a text of the partner with both tags', expected: 'a session of version 4', why: 'the highest version that both speak protects best',
    async play(stage) {
      await stage.send(stage.partner, 'hello in clear')
      await stage.settleExchange()
      expectEqual((await stage.expectEncrypted()).peer.version, 4, 'the version')
      expectOneOf(stage.peer.clearTexts().length, [1], 'how many texts in clear it shows')
    },
  },
  {
    id: 'negotiation-stripped-offer', group: 'negotiation', level: 'should', section: negotiation, needs: ['v3', 'v4'], accounts: { versions: '34' },
    title: 'reports when somebody who spoke version 4 before comes with version 3', sent: 'a session of version 4, an end, then queries from which the network strips 4', expected: 'a session of version 4, or none, or a notice before the session is established', why: 'this is what an attacker on the network does',
    async play(stage) {
      await talkBefore(stage)
      await stage.ask(stage.peer, 'continue', { to: stage.partner.address })
      stage.peer.forget()
      stage.hook((parcel) => [{ ...parcel, message: parcel.message.replace(/\?OTRv[34]+\?/, '?OTRv3?') }])
      await expectNoQuiet(3, stage)
    },
  },
  {
    id: 'negotiation-trust-carried', group: 'negotiation', level: 'should', section: { document: 'OTRv4', title: 'Transition from OTRv3 to OTRv4' }, needs: ['v3', 'v4'], accounts: { versions: '34', partnerVersions: '3' },
    title: 'keeps what was verified in version 3 to version 3: a new key of version 4 is not trusted by itself', sent: 'a session of version 3 that its person verified; then one of version 4 with the same address',
    expected: 'the session of version 4 is not "verified" unless its person said so', why: 'another key can be another person',
    async play(stage) {
      await stage.establish()
      await stage.ask(stage.peer, 'trust', { to: stage.partner.address, level: 'verified' })
      expectEqual((await stage.peer.encrypted(stage.partner)).trust, 'verified', 'the trust of version 3')
      await stage.end(stage.partner)
      await stage.end(stage.peer)
      await stage.openAccount('partner', { versions: '4' })
      await stage.establish()
      const { version, trust } = await stage.peer.encrypted(stage.partner)
      expectEqual([version, trust === 'verified'], [4, false], 'the version, and whether it is verified')
    },
  },
]
