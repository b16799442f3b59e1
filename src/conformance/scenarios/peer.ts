import { features, type Ability } from '../ability.js'
import { expectEqual, expectOneOf, expectThat } from '../expectation.js'
import type { RequestFields, Response } from '../link.js'
import type { Party } from '../party.js'
import type { Scenario } from '../scenario.js'
import { Lacking, type Stage } from '../stage.js'

type Declared = Pick<Scenario, 'title' | 'sent' | 'expected' | 'why' | 'play'> & Partial<Pick<Scenario, 'needs' | 'level' | 'accounts'>> & { readonly id: string }

/** What a program must do before anything that it says of OTR can be believed. The partner takes no part. */
function peerScenario({ id, needs = [], level = 'must', ...rest }: Declared): Scenario {
  return { ...rest, id: `peer-${id}`, group: 'peer', level, section: { document: 'peer protocol', title: 'What every program does' }, needs, partnerNeeds: [] }
}

/** Fails unless the line is refused as a request, with a code, and the program lives on. */
async function expectRefused(peer: Party, line: string): Promise<void> {
  const { response: { ok, error } } = await peer.attemptRaw(line)
  expectThat(!ok, `${peer.name} refuses the line`)
  expectThat(error !== undefined && error.code !== '', `${peer.name} gives a code`)
  await expectAlive(peer)
}

async function expectAlive(peer: Party): Promise<void> {
  expectEqual((await peer.call('hello'))['protocol'], 1, '"protocol" in the next "hello"')
}

/** An account of the versions that the program has. */
async function openAccount(stage: Stage): Promise<Response> {
  const has = (...versions: readonly ('2' | '3' | '4')[]): string => versions.filter((version) => stage.can(stage.peer, `v${version}`)).join('')
  const versions = has('3', '4') || has('2')
  if (versions === '') throw new Lacking(stage.peer.name, 'version of OTR')
  return await stage.openAccount('peer', { versions })
}

/** A command that only who has the feature can do, with fields that are right for it. */
const claimedBy: readonly (readonly [Ability, string, RequestFields])[] = [
  ['smp', 'smp-start', { to: 'partner@example.org', secret: 'x' }],
  ['extra-key', 'extra-key', { to: 'partner@example.org', context: 1 }],
  ['offline', 'ensemble', { count: 1 }],
  ['prekey-client', 'prekey-status', { server: { identity: 'prekey.example.org' } }],
  ['prekey-server', 'prekey-serve', { identity: 'prekey.example.org' }],
  ['export', 'export', {}],
  ['forge', 'forge', { op: 'parse', message: '?OTRv3?' }],
  ['expiry', 'expire', { to: 'partner@example.org' }],
  ['reset', 'reset', {}],
]

const hex = (length: number, value: unknown): boolean => typeof value === 'string' && new RegExp(`^[0-9a-f]{${length}}$`).test(value)

const ids: readonly unknown[] = [0, -7, 1.5, 4_294_967_296, 'ä "id"\n\u2028', '', null, true, [1, ['two']], { a: { b: [null] } }]

const noObjects = ['hello', '{"id":1,"cmd":"hello"', '{"id":1 "cmd":"hello"}', '[]', '[{"id":1,"cmd":"hello"}]', '5', 'null', '"hello"']

export const peerScenarios: readonly Scenario[] = [
  peerScenario({
    id: 'hello', title: 'says who it is and what it has', sent: 'hello', expected: '"name", "version", "protocol": 1, and in "features" known words, each once',
    why: 'The suite asks only for what is claimed there',
    async play({ peer }) {
      const { name, version, protocol, features: claimed } = await peer.call('hello')
      expectThat(typeof name === 'string' && name !== '', '"name" is a text')
      expectThat(typeof version === 'string', '"version" is a text')
      expectEqual(protocol, 1, '"protocol"')
      expectThat(Array.isArray(claimed), '"features" is a list')
      const words: readonly unknown[] = claimed
      expectEqual(words.filter((word) => !features.some((feature) => feature === word)), [], 'features that the protocol does not know')
      expectEqual(words.length, new Set(words).size, 'features, each counted once')
    },
  }),
  peerScenario({
    id: 'clock', title: 'says which clock it is on', level: 'should', needs: ['clock'], sent: 'hello; clock; hello', expected: '"clock": "system", then "given"',
    why: 'Somebody who replays a conversation must know whether the clock stands still',
    async play({ peer, now }) {
      expectEqual((await peer.call('hello'))['clock'], 'system', '"clock" before one was given')
      await peer.call('clock', { now })
      expectEqual((await peer.call('hello'))['clock'], 'given', '"clock" when one was given')
    },
  }),
  peerScenario({
    id: 'id', title: 'gives back the id of the request, whatever it is', sent: 'hello with ids that are numbers, texts, null, lists and objects', expected: 'the same id in each answer',
    why: 'A driver finds by it which answer belongs to which request',
    async play({ peer }) {
      for (const id of ids) {
        const { id: seen, response: { ok } } = await peer.attemptRaw(JSON.stringify({ id, cmd: 'hello' }))
        expectEqual(seen, id, 'the id')
        expectThat(ok, '"hello" is answered with ok')
      }
    },
  }),
  peerScenario({
    id: 'id-refused', title: 'gives back the id of what it refuses', sent: 'an unknown command with ids of several kinds', expected: '"ok": false with the same id',
    why: 'A driver finds by it what was refused',
    async play({ peer }) {
      for (const id of ids) {
        const { id: seen, response: { ok } } = await peer.attemptRaw(JSON.stringify({ id, cmd: 'no-such-command' }))
        expectEqual(seen, id, 'the id')
        expectThat(!ok, 'the command is refused')
      }
    },
  }),
  peerScenario({
    id: 'order', title: 'answers requests in their order', sent: '40 requests at once: hello, and every fourth an unknown command', expected: 'one answer for each, in the same order',
    why: 'A driver that writes ahead must not take one answer for another',
    async play({ peer }) {
      const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => peer.attempt(n % 4 === 3 ? 'no-such-command' : 'hello')))
      expectEqual(answers.map(({ ok }) => ok), answers.map((_, n) => n % 4 !== 3), '"ok" of each')
    },
  }),
  peerScenario({
    id: 'no-json', title: 'refuses lines that are no JSON object, and lives on', sent: 'lines that are no JSON, or JSON and no object; hello after each', expected: '"ok": false with a code; then an answer to hello',
    why: 'A driver\'s mistake must be seen at once, and cost no session',
    async play({ peer }) {
      for (const line of noObjects) await expectRefused(peer, line)
    },
  }),
  peerScenario({
    id: 'unknown-command', title: 'refuses unknown commands, and lives on', sent: 'commands that do not exist, one of them a number, one missing', expected: '"ok": false with a code; then an answer to hello',
    why: 'A newer driver must be able to ask what an older program lacks',
    async play({ peer }) {
      for (const cmd of ['no-such-command', '', 'HELLO', 'constructor', '__proto__', 5, null]) await expectRefused(peer, JSON.stringify({ id: 1, cmd }))
      await expectRefused(peer, '{"id":1}')
    },
  }),
  peerScenario({
    id: 'no-account', title: 'refuses what needs an account before there is one, and lives on', sent: 'start, receive, send, status and end without an account', expected: '"ok": false with a code each time',
    why: 'A driver that forgot it must not wait for a session that cannot come',
    async play({ peer }) {
      const of = 'partner@example.org'
      for (const [cmd, fields] of [['start', { to: of }], ['receive', { from: of, message: 'x' }], ['send', { to: of, text: 'x' }], ['status', { of }], ['end', { to: of }]] as const) {
        expectThat(await peer.refusal(cmd, fields) !== undefined, `"${cmd}" is refused`)
      }
      await expectAlive(peer)
    },
  }),
  peerScenario({
    id: 'fields', title: 'refuses requests without their fields, and with fields of other types', sent: 'start, receive, send and status with fields missing, or numbers, lists and null instead of texts',
    expected: '"ok": false with a code each time; then an answer to hello', why: 'A driver\'s mistake must be seen at once, and cost no session',
    async play(stage) {
      const { peer } = stage
      await openAccount(stage)
      const to = 'partner@example.org'
      for (const wrong of [undefined, 5, null, ['x'], { x: 'x' }]) {
        for (const [cmd, fields] of [['start', { to: wrong }], ['receive', { from: to, message: wrong }], ['receive', { from: wrong, message: 'x' }], ['send', { to, text: wrong }], ['status', { of: wrong }]] as const) {
          expectThat(await peer.refusal(cmd, fields) !== undefined, `"${cmd}" with ${JSON.stringify(fields)} is refused`)
        }
      }
      await expectAlive(peer)
    },
  }),
  peerScenario({
    id: 'account', title: 'says with which keys an account was opened', sent: 'account', expected: '"fingerprint3" of 40 hex digits where it has version 2 or 3, "fingerprint4" of 112 where it has version 4; "tag" a number, if it reports one',
    why: 'People compare fingerprints, and so does a driver',
    async play(stage) {
      const { tag, fingerprint3, fingerprint4 } = await openAccount(stage)
      if (stage.can(stage.peer, 'v3') || stage.can(stage.peer, 'v2')) expectThat(hex(40, fingerprint3), '"fingerprint3" has 40 hex digits')
      if (stage.can(stage.peer, 'v4')) expectThat(hex(112, fingerprint4), '"fingerprint4" has 112 hex digits')
      if (tag !== undefined) expectThat(typeof tag === 'number' && Number.isInteger(tag) && tag >= 0x100 && tag <= 0xffff_ffff, '"tag" is a number from 256')
    },
  }),
  peerScenario({
    id: 'unsupported', title: 'says UNSUPPORTED to what it does not claim', sent: 'a command of each feature that "hello" does not name', expected: 'the code UNSUPPORTED each time',
    why: 'Without it nobody can tell what a program lacks from what it does wrong',
    async play(stage) {
      await openAccount(stage)
      for (const [feature, cmd, fields] of claimedBy) {
        if (!stage.can(stage.peer, feature)) expectEqual(await stage.peer.refusal(cmd, fields), 'UNSUPPORTED', `the code for "${cmd}"`)
      }
    },
  }),
  peerScenario({
    id: 'network', title: 'never refuses a request because of a line of the network', sent: 'receive with lines that are empty, blank, long, no text, or broken messages', expected: 'ok each time; then it still receives a text',
    why: 'A line that a stranger wrote is not a mistake of the driver',
    async play(stage) {
      await openAccount(stage)
      const lines = ['', ' ', '?OTR', '?OTR:', '?OTR:.', '?OTR:AAMD.', '?OTR:????.', '?OTR,1,2,', '?OTR|1|2,3,4,x,', '?OTR Error:', '?OTRv?', '\u0000', '\t\r\n', 'x'.repeat(100_000), `?OTR:${'A'.repeat(100_000)}.`]
      for (const message of lines) {
        const { ok, error } = await stage.peer.attempt('receive', { from: stage.partner.address, message })
        expectThat(ok, `"receive" of ${JSON.stringify(message.slice(0, 20))} is answered with ok, not ${error?.code ?? '?'}`)
      }
      await stage.deliver(stage.peer, 'after all')
      expectThat(stage.peer.clearTexts().includes('after all'), 'a text is shown')
    },
  }),
  peerScenario({
    id: 'utf-8', title: 'takes and gives texts in UTF-8', sent: 'send and receive, in clear, of a text with letters of many scripts', expected: 'the same text in "send" and in "message"',
    why: 'A driver must find its own texts again',
    async play(stage) {
      const text = 'Grüße, привет, 你好, 🌉 "quoted" \\ \u2028 end'
      await openAccount(stage)
      await stage.send(stage.peer, text)
      expectEqual(stage.network.sentSince(0, stage.peer.address), [text], 'what it sends')
      await stage.deliver(stage.peer, text)
      expectEqual(stage.peer.clearTexts(), [text], 'what it shows')
    },
  }),
  peerScenario({
    id: 'sender', title: 'keeps what it receives from one correspondent apart from another', sent: 'receive of texts from two correspondents; status of a third', expected: '"from" of each text; no private session with the third',
    why: 'A driver with three clients must know who said what',
    async play(stage) {
      await openAccount(stage)
      for (const name of ['bob', 'carol']) await stage.deliver(stage.peer, `I am ${name}`, `${name}@example.org`)
      expectEqual(stage.peer.of('message').map(({ from, text }) => [from, text]), ['bob', 'carol'].map((name) => [`${name}@example.org`, `I am ${name}`]), 'who said what')
      const { sessions } = await stage.peer.call('status', { of: 'dave@example.org' })
      expectThat(Array.isArray(sessions), '"sessions" is a list')
      const states: readonly unknown[] = sessions
      expectThat(!JSON.stringify(states).includes('"encrypted"'), 'no private session with somebody who never wrote')
    },
  }),
  peerScenario({
    id: 'end-of-input', title: 'ends when its input ends', sent: 'account; the end of the input', expected: 'exit code 0', why: 'Otherwise every run leaves programs behind',
    async play(stage) {
      await openAccount(stage)
      expectEqual(await stage.peer.link.close(), 0, 'the exit code')
    },
  }),
  peerScenario({
    id: 'bye', title: 'ends when it is asked to', sent: 'account; bye', expected: 'ok; then exit code 0, while its input is still open', why: 'Otherwise every run leaves programs behind',
    async play(stage) {
      await openAccount(stage)
      expectEqual(await stage.peer.link.leave(), 0, 'the exit code')
    },
  }),
  peerScenario({
    id: 'reset', title: 'knows nothing of what was before a reset', needs: ['reset'], sent: 'account; clock, if it can be set; reset; status; hello; account', expected: 'no account after the reset, the system\'s clock, and another account can be opened',
    why: 'A suite that uses one program for several scenarios must not carry anything over',
    async play(stage) {
      const { peer } = stage
      const first = await openAccount(stage)
      if (stage.can(peer, 'clock')) await peer.call('clock', { now: stage.now })
      await peer.call('reset')
      expectThat(await peer.refusal('status', { of: stage.partner.address }) !== undefined, 'there is no account')
      expectOneOf(text((await peer.call('hello'))['clock']), ['system', undefined], '"clock"')
      const second = await openAccount(stage)
      if (stage.can(peer, 'v4')) expectThat(first['fingerprint4'] !== second['fingerprint4'], 'the keys are new')
    },
  }),
]

const text = (value: unknown): string | undefined => typeof value === 'string' ? value : undefined
