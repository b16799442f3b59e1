import { examineTranscript, forgeTranscript, formatTranscript, readTranscript, type Role, type TranscriptFault, type TranscriptLine } from '../src/forge/index.js'
import { classify } from '../src/wire/index.js'
import type { RandomSource } from '../src/crypto/index.js'
import type { Frame, Said } from './open-talk.js'

/** What is to be forged. */
export interface Wish {
  readonly frame: Frame
  /** Time: as they are in the places of the list, in order. */
  readonly said: readonly Said[]
  readonly endedBy?: Role
}

/** A transcript that was forged, and what an examination of it finds. */
export interface ForgedTalk {
  readonly transcript: string
  readonly messages: number
  /** How many MAC keys it publishes. */
  readonly published: number
  readonly faults: readonly TranscriptFault[]
}

/** A text that cannot be said: its place in the list, counted from 0, and why. */
export interface Unsayable {
  readonly place: number
  readonly why: string
}

/** What is wrong with the texts, if anything is. */
export function unsayable(said: readonly Said[]): Unsayable | undefined {
  for (const [place, { text, clear }] of said.entries()) {
    const why = text === '' ? 'says nothing: write what was said, or remove it'
      : text.includes('\0') ? 'contains U+0000, which no message can contain'
        : /\p{Cs}/u.test(text) ? 'contains half a character, which no message can contain'
          : clear && classify(text).kind !== 'plaintext' ? 'is in clear, and would be taken for a message of the protocol' : undefined
    if (why !== undefined) return { place, why }
  }
  return undefined
}

/**
 * Times of a list in ascending order, whatever was moved: a time belongs to a place. Who has none gets that of the one before, or of the first.
 */
export function timesInOrder(times: readonly (number | undefined)[]): (number | undefined)[] {
  const sorted = times.filter((time) => time !== undefined).sort((a, b) => a - b)
  let next = 0
  return times.map((time) => time === undefined ? sorted[Math.max(0, next - 1)] : sorted[next++])
}

const other = { alice: 'bob', bob: 'alice' } as const

/**
 * Makes the conversation, and examines it as anybody can.
 *
 * @param now - seconds since 1970, for a transcript that does not say when
 * @throws OtrError `OTR_PROFILE` for a Client Profile that does not verify
 */
export function forgeTalk({ frame: { sides, queries, times }, said, endedBy }: Wish, random: RandomSource, now: number): ForgedTalk {
  const expiration = Math.min(sides.bob.clientProfile.expiration, sides.alice.clientProfile.expiration)
  const forged = forgeTranscript({
    ...sides, now: Math.min(times.exchange[0] ?? now, expiration - 1), ...endedBy !== undefined && { endedBy },
    texts: said.filter(({ clear }) => !clear).map(({ from, text, time }) => ({ from, text, ...time !== undefined && { time } })),
  }, random)
  const key = forged.splice(0, 3).map((line, at) => at < times.exchange.length ? withTime(line, times.exchange[at]) : line)
  // What was said in clear before anything was private stays before the key exchange.
  const begins = said.findIndex(({ clear }) => !clear)
  const lines = said.map((one) => one.clear ? clearLine(one, sides) : forged.shift()).filter((line) => line !== undefined)
  const before = lines.splice(0, begins < 0 ? lines.length : begins)
  const ends = forged.map((line) => withTime(line, times.end ?? lines.at(-1)?.time))
  const transcript = formatTranscript([...before, ...queries, ...key, ...lines, ...ends])
  const { messages, published, faults } = examineTranscript(readTranscript(transcript))
  return { transcript, messages: messages.length, published: published.length, faults }
}

function withTime(line: TranscriptLine, time: number | undefined): TranscriptLine {
  return time === undefined ? line : { ...line, time }
}

function clearLine({ from, text, line, time }: Said, sides: Frame['sides']): TranscriptLine {
  const was = line === undefined ? undefined : classify(line)
  const message = line !== undefined && was?.kind === 'plaintext' && was.text === text ? line : text
  return withTime({ from: sides[from].address, to: sides[other[from]].address, message }, time)
}
