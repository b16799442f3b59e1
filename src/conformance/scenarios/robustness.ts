import { armor, messageRole, unarmor } from '../../wire/index.js'
import { expectEqual, expectThat } from '../expectation.js'
import { flipped, headOf } from '../lines.js'
import type { Party } from '../party.js'
import { seededRandom, type SeededRandom } from '../random.js'
import type { Scenario } from '../scenario.js'
import type { Stage } from '../stage.js'

type Version = 2 | 3 | 4

/** What a family makes its lines of: lines of a conversation that took place, and numbers. */
interface Material {
  readonly version: Version
  /** Data messages as lines. */
  readonly data: readonly string[]
  /** Messages of the key exchange as lines. */
  readonly exchange: readonly string[]
  /** What the receiver has sent itself. */
  readonly own: readonly string[]
  readonly random: SeededRandom
}

/** Malformed lines of one general kind. */
interface Family {
  readonly id: string
  readonly what: string
  readonly versions: readonly Version[]
  readonly lines: (material: Material) => readonly string[]
  /** Whether one of them may begin a key exchange anew: then it is completed before the session is looked at. */
  readonly renews?: true
}

const all = [2, 3, 4] as const
const both = [3, 4] as const
const COUNT = 20

const times = (make: (n: number) => string): string[] => Array.from({ length: COUNT }, (_, n) => make(n))

const randomBytes = (random: SeededRandom, length: number): Uint8Array => Uint8Array.from({ length }, () => random.below(256))

/** The head of a message: version and type. */
const head = (version: number, type: number): readonly number[] => [version >> 8, version & 0xff, type]

/** The types of each version's messages. */
const types = { 2: [0x02, 0x03, 0x0a, 0x11, 0x12], 3: [0x02, 0x03, 0x0a, 0x11, 0x12], 4: [0x03, 0x35, 0x36, 0x37, 0x8d] } as const

/** Where the fields behind version, type and tags begin. */
const headLength = (version: Version): number => version === 2 ? 3 : 11

/** Instance tags with which the receiver reads more than the header of a message; none in version 2. */
const tagsOf = (line: string, version: Version): Uint8Array => unarmor(line).slice(3, headLength(version))

const withTags = ({ data, version, random }: Material, type: number, rest: Uint8Array, versionNumber: number = version): string =>
  armor(Uint8Array.from([...head(versionNumber, type), ...tagsOf(random.pick(data), version), ...rest]))

const families: readonly Family[] = [
  {
    id: 'cut-data', what: 'data messages that end too early', versions: all,
    lines: ({ data, random, version }) => times(() => {
      const bytes = unarmor(random.pick(data))
      // Versions 2 and 3: in the head and the D-H key alone. A suite must not send what is known to end some program.
      return armor(bytes.slice(0, 1 + random.below(version === 4 ? bytes.length - 1 : 200)))
    }),
  },
  {
    id: 'cut-exchange', what: 'messages of a key exchange that end too early', versions: all,
    lines: ({ exchange, random }) => times(() => {
      const bytes = unarmor(random.pick(exchange))
      return armor(bytes.slice(0, 1 + random.below(bytes.length - 1)))
    }),
  },
  { id: 'cut-line', what: 'encoded lines that end too early', versions: all, lines: ({ data, exchange, random }) => times(() => random.pick([...data, ...exchange]).slice(0, 6 + random.below(60))) },
  { id: 'no-period', what: 'encoded lines without a period', versions: all, lines: ({ data, random }) => times(() => random.pick(data).slice(0, -1)) },
  {
    id: 'alphabet', what: 'encoded lines with characters that are no base64', versions: all,
    lines: ({ data, random }) => times(() => {
      const line = random.pick(data)
      const at = 6 + random.below(line.length - 7)
      return `${line.slice(0, at)}${random.pick(['*', '-', '_', '!', '%', '~', 'é'])}${line.slice(at + 1)}`
    }),
  },
  {
    id: 'padding', what: 'encoded lines with wrong padding', versions: all,
    lines: ({ data, random }) => times((n) => `${random.pick(data).slice(0, -1).replace(/=+$/, '')}${'='.repeat(n % 5)}${n % 2 === 0 ? 'A' : ''}.`),
  },
  {
    id: 'bits-data', what: 'data messages with one changed bit', versions: all,
    lines: ({ version, data, random }) => times(() => {
      const bytes = unarmor(random.pick(data))
      return armor(flipped(bytes, headLength(version) + random.below(bytes.length - headLength(version)), random.below(8)))
    }),
  },
  {
    id: 'bits-exchange', what: 'messages of a key exchange with one changed bit', versions: all, renews: true,
    lines: ({ version, exchange, random }) => times(() => {
      const bytes = unarmor(random.pick(exchange))
      return armor(flipped(bytes, headLength(version) + random.below(bytes.length - headLength(version)), random.below(8)))
    }),
  },
  {
    id: 'trailing', what: 'messages with bytes behind their end', versions: all,
    lines: ({ data, exchange, random }) => times((n) => armor(Uint8Array.from([...unarmor(random.pick([...data, ...exchange])), ...randomBytes(random, 1 + n)]))),
  },
  { id: 'versions', what: 'messages of versions that do not exist', versions: all, lines: (material) => times((n) => withTags(material, types[material.version][n % 5] ?? 3, randomBytes(material.random, 60), [0, 5, 6, 9, 255, 256, 4096, 65535][n % 8])) },
  { id: 'types', what: 'messages of types that do not exist', versions: all, lines: (material) => times((n) => withTags(material, 0x40 + n, randomBytes(material.random, 40 + 3 * n))) },
  { id: 'zeros', what: 'messages of zeros', versions: all, lines: (material) => times((n) => withTags(material, types[material.version][n % 5] ?? 3, new Uint8Array(20 * n))) },
  { id: 'ones', what: 'messages of bytes 255', versions: all, lines: (material) => times((n) => withTags(material, types[material.version][n % 5] ?? 3, new Uint8Array(20 * n).fill(255))) },
  { id: 'random', what: 'messages of random bytes', versions: all, lines: (material) => times((n) => withTags(material, types[material.version][n % 5] ?? 3, randomBytes(material.random, 10 + material.random.below(900)))) },
  {
    id: 'lengths', what: 'messages with a length that is not that of what follows', versions: all,
    lines: ({ version, data, exchange, random }) => times((n) => {
      const bytes = unarmor(random.pick([...data, ...exchange]))
      const at = headLength(version) + random.below(Math.max(1, bytes.length - 16))
      bytes.set([0, 0, n % 2, 0x10 * (n % 16)], at)
      return armor(bytes)
    }),
    renews: true,
  },
  { id: 'reflected', what: 'lines of its own', versions: all, lines: ({ own, random }) => times(() => random.pick(own)) },
  {
    id: 'tags', what: 'messages with instance tags that nobody has', versions: both,
    lines: ({ data, random }) => times((n) => {
      const bytes = unarmor(random.pick(data))
      bytes.set([0, 0, 0, [0, 1, 0x42, 0xff][n % 4] ?? 0], n % 2 === 0 ? 3 : 7)
      return armor(bytes)
    }),
  },
  {
    id: 'foreign', what: 'messages for other instances and of other instances', versions: both,
    lines: ({ data, exchange, random }) => times((n) => {
      const bytes = unarmor(random.pick([...data, ...exchange]))
      bytes.set(randomBytes(random, 3), n % 2 === 0 ? 4 : 8)
      return armor(bytes)
    }),
    renews: true,
  },
  {
    id: 'fragments', what: 'fragments that are not well formed', versions: all,
    lines: ({ version, random }) => times((n) => {
      const tags = { 2: '', 3: '|00000abc|00000def', 4: '|0a0b0c0d|00000abc|00000def' }[version]
      const numbers = ['1,0', '0,1', '2,1', ',', '1', '1,', 'x,y', '-1,3', '1,99999', '99999,99999', '1,1', '01,02,03', '1,2,a,b', ' 1, 2', '1;2', '', '3,2,?OTR', '65536,65536', '1,65535', '4,3'][n] ?? ''
      return `?OTR${tags},${numbers},${random.pick(['', 'A', '?OTR:AA', 'é'])}${n % 3 === 0 ? '' : ','}`
    }),
  },
  {
    id: 'fragment-tags', what: 'fragments with heads that are none', versions: both,
    lines: ({ random }) => times((n) => `?OTR|${['', '|', '||', 'zz', '123456789', '-1', '0x12', '0', '00000100|', '00000100|00000100|00000100|00000100', ' ', '1|2'][n % 12] ?? ''},1,2,${random.pick(['A', '?OTR:'])},`),
  },
  {
    id: 'queries', what: 'queries that offer nothing', versions: all,
    lines: () => ['?OTR', '?OTR ', '?OTRv', '?OTRv?', '?OTRv1?', '?OTRv9?', '?OTRv567?', '?OTRvx?', '?OTR\u0000?', '?otrv3?', '? OTRv3?', '?OTR:', '?OTR:.', '?OTR,', '?OTR|', '?OTR:AA', '?OTR:AAM', '?OTR:AAQ.', '?OTRP|', '?OTR: .'],
  },
  {
    id: 'version-queries', what: 'queries with every set of versions', versions: [2, 3], renews: true,
    lines: () => Array.from({ length: 16 }, (_, set) => `?OTR${(set & 1) === 0 ? '' : '?'}v${['2', '3', '4'].filter((_digit, at) => (set & (2 << at)) !== 0).join('')}?`),
  },
  {
    id: 'two-forms', what: 'fragments of which each has the form of another version', versions: [2, 3],
    lines: ({ data, random }) => times((n) => {
      const line = random.pick(data)
      const heads = ['?OTR,', '?OTR|00000abc|00000def,', '?OTR|0a0b0c0d|00000abc|00000def,']
      return `${heads[n % 3] ?? ''}${n % 2 + 1},2,${n % 2 === 0 ? line.slice(0, line.length >> 1) : line.slice(line.length >> 1)},`
    }),
  },
  {
    id: 'tags-in-2', what: 'messages with instance tags where version 2 has none', versions: [2], renews: true,
    lines: ({ data, exchange, random }) => times((n) => {
      const bytes = unarmor(random.pick([...data, ...exchange]))
      return armor(Uint8Array.from([...bytes.subarray(0, 3), 0, 0, n, 0xff, 0, 0, 1 + n, 0, ...bytes.subarray(3)]))
    }),
  },
  {
    id: 'errors', what: 'error messages', versions: all, renews: true,
    lines: () => times((n) => `?OTR Error:${['', ' ', ' ERROR_1: unreadable', ' ERROR_2: not private', ' ERROR_9', ': : :', ' \u202e', ' ?OTRv3?', ` ${'x'.repeat(5000)}`, ' ERROR_1'][n % 10] ?? ''}`),
  },
  {
    id: 'whitespace', what: 'tags of white space that are not whole', versions: all,
    lines: () => times((n) => `text ${n} \t  \t\t\t\t \t \t \t ${n % 2 === 0 ? ' ' : '\t'}${' \t'.repeat(n % 7)}`),
  },
  {
    id: 'texts', what: 'texts of odd characters', versions: all,
    lines: () => times((n) => ['', ' ', '\n', '\r\n\r\n', '\u0000', 'a\u0000b', '\u202etxet', '\u200b', '\ufeffx', '\ud83c', '\u001b[31m', '<b>', '&amp;', '%s%n', '"}', '\\', '🎈', '\u0085', '\u2028', "'; --"][n] ?? ''),
  },
  { id: 'long-texts', what: 'texts of up to 200,000 characters', versions: [4], lines: () => [1000, 10_000, 65_535, 65_536, 200_000].map((length) => 'long '.repeat(length / 5)) },
  { id: 'long-messages', what: 'encoded lines of up to 200,000 characters', versions: all, lines: (material) => [1000, 5000, 20_000, 50_000, 150_000].map((length) => withTags(material, types[material.version][0], randomBytes(material.random, length))) },
  {
    id: 'around', what: 'malformed messages with text around them', versions: all,
    lines: ({ data, random }) => times((n) => `${['so ', '', '<p>', '> '][n % 4] ?? ''}${armor(flipped(unarmor(random.pick(data)), 20 + n, 1))}${['', ' he said', '</p>', '?OTR:'][(n >> 2) % 4] ?? ''}`),
  },
  {
    id: 'two-in-one', what: 'two messages in one line, of which one was changed', versions: all,
    lines: ({ data, random }) => times((n) => {
      const altered = armor(flipped(unarmor(random.pick(data)), 30 + n, 2))
      return `${altered}${n % 2 === 0 ? ' ' : ''}${altered}`
    }),
  },
]

/** A conversation, and what its lines are. */
function material(stage: Stage, version: Version, to: Party, seed: number): Material {
  const mine = stage.network.sentSince(0, stage.other(to).address)
  const isData = (line: string): boolean => {
    const head = headOf(line)
    return head?.version === version && messageRole(head) === 'data'
  }
  return {
    version, random: seededRandom(seed),
    data: mine.filter(isData),
    exchange: stage.network.sentSince(0).filter((line) => line.startsWith('?OTR:') && !isData(line)),
    own: stage.network.sentSince(0, to.address).filter((line) => line.startsWith('?OTR')),
  }
}

function scenarioOf({ id, what, lines, renews }: Family, version: Version): Scenario {
  return {
    id: `robustness-v${version}-${id}`, group: 'robustness', level: 'must',
    title: `within a conversation of version ${version}: ${what}`,
    section: version === 4 ? { document: 'OTRv4', title: 'Receiving a Data Message' } : { document: `OTRv${version}`, title: 'Data Message' },
    sent: `a session; ${what}, to both sides`,
    // When new keys are agreed on, libotr and otr3 send their last text again, so marked. Somebody wrote it: it is no fault.
    expected: 'both programs answer each request and live; no line is read as a private text; texts are read afterwards',
    why: 'Anybody on the way can send such lines: they must not end a program, a conversation, or what people believe of it',
    needs: [`v${version}`],
    accounts: { versions: String(version) },
    play: async (stage) => {
      await stage.establish()
      await stage.talk(2)
      for (const [at, to] of [stage.peer, stage.partner].entries()) {
        const read = to.privateTexts().length
        for (const line of lines(material(stage, version, to, at + 1))) {
          const mark = stage.network.log.length
          await stage.deliver(to, line)
          expectThat(stage.network.log.length - mark <= 3, `${to.name} answers a line with three lines at most`)
          await stage.settle()
        }
        const [before, after] = [to.privateTexts().slice(0, read), to.privateTexts().slice(read)]
        expectEqual(after.filter((text) => !before.some((known) => text === `[resent] ${known}`)), [], `private texts that ${to.name} reports`)
      }
      if (renews === true) {
        await stage.settleExchange()
        if (!(await stands(stage))) await stage.establish()
      }
      await stage.talk(2)
    },
  }
}

async function stands(stage: Stage): Promise<boolean> {
  const [peer, partner] = [await stage.peer.states(stage.partner), await stage.partner.states(stage.peer)]
  return peer.includes('encrypted') && partner.includes('encrypted') && !peer.includes('handshake') && !partner.includes('handshake')
}

/** What nobody should have sent: lines of general kinds, and nothing that is known to end some program. */
export const robustnessScenarios: readonly Scenario[] = families.flatMap((family) => family.versions.map((version) => scenarioOf(family, version)))
