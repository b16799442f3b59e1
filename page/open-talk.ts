import { examineTranscript, readTranscript, type ForgedSide, type MessageLine, type NumberedLine, type Role, type TranscriptFault, type TranscriptLine } from '../src/forge/index.js'
import { classify, IGNORE_UNREADABLE } from '../src/wire/index.js'

/** Something that somebody said, or is to have said. */
export interface Said {
  readonly from: Role
  /** '' where the transcript does not tell. */
  readonly text: string
  /** Whether it goes over the network as it is. */
  readonly clear: boolean
  /** Seconds since 1970. */
  readonly time?: number
  /** The number of its line in the transcript that was opened. */
  readonly at?: number
  /** Of text in clear: the line as it was, which may have an invisible offer in it. */
  readonly line?: string
}

/** What a forged conversation has besides what is said. */
export interface Frame {
  /** Who sent the Identity message, and who answered. */
  readonly sides: Readonly<Record<Role, ForgedSide>>
  /** The queries before the key exchange. */
  readonly queries: readonly TranscriptLine[]
  /** When the three messages of the key exchange went, and the last message that has no text. */
  readonly times: { readonly exchange: readonly (number | undefined)[], readonly end?: number }
}

/** A transcript as the page shows it. */
export interface Talk {
  readonly version?: 2 | 3 | 4
  /** The addresses of the two, '' where the transcript has none. */
  readonly addresses: Readonly<Record<Role, string>>
  readonly said: readonly Said[]
  /** Absent where nothing can be forged of it: `why` says why. */
  readonly frame?: Frame
  readonly why?: string
  /** Who wrote the last message, if it has no text: that is how a conversation is ended. */
  readonly endedBy?: Role
  readonly faults: readonly TranscriptFault[]
  /** Every line, with what it is. */
  readonly lines: readonly { readonly at: number, readonly from: string, readonly time?: number, readonly what: string }[]
}

const exchange = ['v4-identity', 'v4-auth-r', 'v4-auth-i']

/** Reads a transcript for the page. Never throws: what is wrong is among the faults, by line. */
export function openTalk(text: string): Talk {
  const { lines, faults } = readTranscript(text)
  const { version, messages, profiles, faults: found } = examineTranscript({ lines, faults })
  const decoded = new Map(messages.map((message) => [message.at, message]))
  const [bob, alice] = profiles
  const names = [...new Set([bob?.address, alice?.address, ...lines.flatMap(({ from, to }) => [from, to])])].filter((name) => name !== undefined && name !== '')
  const addresses = { bob: names[0] ?? '', alice: names[1] ?? '' }
  const roleOf = (from: string): Role | undefined => from === addresses.bob ? 'bob' : from === addresses.alice ? 'alice' : undefined
  const named = new Set(found.map(({ at }) => at))
  const strangers = lines.filter(({ at, from }) => addresses.alice !== '' && roleOf(from) === undefined && !named.has(at))
    .map(({ at }): TranscriptFault => ({ at, fault: 'session', detail: 'its sender is neither of the two: it is left out' }))
  const said = lines.flatMap((line) => saidIn(line, decoded.get(line.at), roleOf(line.from)))
  const why = whyNot(version, profiles)
  const end = lastWithoutText(messages)
  const endedBy = end && roleOf(end.from)
  const timeAt = new Map(lines.map(({ at, time }) => [at, time]))
  const timeOf = (message: MessageLine | undefined): number | undefined => message && timeAt.get(message.at)
  return {
    ...version !== undefined && { version }, addresses, said,
    ...why === undefined && bob !== undefined && alice !== undefined ? { frame: {
      sides: { bob, alice },
      queries: queriesBefore(lines, messages.find(({ message }) => message.kind === 'v4-identity')?.at ?? 0),
      times: { exchange: exchange.map((kind) => timeOf(messages.find(({ message }) => message.kind === kind))), ...optional('end', timeOf(end)) },
    } } : optional('why', why),
    ...optional('endedBy', endedBy),
    faults: [...found, ...strangers].sort((a, b) => a.at - b.at),
    lines: lines.map((line) => ({ at: line.at, from: line.from, ...optional('time', line.time), what: whatIs(line, decoded.get(line.at)) })),
  }
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined): { readonly [name in Name]?: Value } {
  return value === undefined ? {} : { [name]: value } as { readonly [name in Name]?: Value }
}

/** What a line says: text in clear, or a data message. The key exchange and queries say nothing, nor do messages that are marked to be without text. */
function saidIn({ at, time, message: line, text }: NumberedLine, decoded: MessageLine | undefined, from: Role | undefined): Said[] {
  if (from === undefined) return []
  const place = { from, at, ...optional('time', time) }
  if (decoded !== undefined) return isData(decoded) && (text ?? '') + withText(decoded) !== '' ? [{ ...place, text: text ?? '', clear: false }] : []
  const classified = classify(line)
  return classified.kind === 'plaintext' ? [{ ...place, text: classified.text, clear: true, line }] : []
}

function isData({ message: { kind } }: MessageLine): boolean {
  return kind === 'v4-data' || kind === 'v3-data' || kind === 'v2-data'
}

/** Not '' for a data message that may have text. */
function withText({ message, text }: MessageLine): string {
  return text === '' || ('flags' in message && (message.flags & IGNORE_UNREADABLE) !== 0) ? '' : 'text'
}

function lastWithoutText(messages: readonly MessageLine[]): MessageLine | undefined {
  const last = messages.findLast(isData)
  return last !== undefined && (last.text ?? '') + withText(last) === '' ? last : undefined
}

function queriesBefore(lines: readonly NumberedLine[], end: number): TranscriptLine[] {
  return lines.filter(({ at, message }) => at < end && classify(message).kind === 'query').map(({ from, to, message, time }) => ({ from, to, message, ...optional('time', time) }))
}

/** Why nothing can be forged of a transcript, for people. */
function whyNot(version: number | undefined, profiles: readonly ForgedSide[]): string | undefined {
  if (version === undefined) return 'There is no encrypted message in this transcript.'
  if (version !== 4) return `This is a conversation of version ${version}, in which both sign with their long-term keys. Without these keys it cannot be made anew; \`otr4 forge\` can do it with them.`
  if (profiles.some(({ address }) => address === '')) return 'This transcript does not say between which addresses its lines went, and version 4 binds a key exchange to them.'
  if (profiles.length < 2) return 'This transcript shows no key exchange with the Client Profiles of both. Open one that begins earlier: what is forged is made of the two profiles.'
  return undefined
}

const titles: Readonly<Record<string, string>> = {
  'v4-identity': 'key exchange: Identity message', 'v4-auth-r': 'key exchange: Auth-R message', 'v4-auth-i': 'key exchange: Auth-I message',
  'v4-non-interactive-auth': 'key exchange: to somebody who was away',
}

/** What a line is, for people. */
function whatIs({ message: line }: NumberedLine, decoded: MessageLine | undefined): string {
  if (decoded !== undefined) {
    if (!isData(decoded)) return titles[decoded.message.kind] ?? 'key exchange'
    return decoded.text !== undefined && decoded.text !== '' ? 'encrypted; the transcript says what' : withText(decoded) === '' ? 'encrypted, without text' : 'encrypted: text not shown'
  }
  switch (classify(line).kind) {
    case 'plaintext': return 'text in clear'
    case 'query': return 'query: offers a private conversation'
    case 'error': return 'error message'
    case 'fragment': return 'part of a message'
    default: return 'not readable'
  }
}
