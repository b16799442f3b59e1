import type { AnyDataMessage, Examination, MessageLine } from '../../forge/index.js'
import type { RequirementLevel, Section } from '../scenario.js'

/** A recorded conversation, as far as it can be read without any secret. */
export interface RecordedTalk {
  /** Its messages, in order; of a message in fragments, the line of the last one. */
  readonly messages: readonly MessageLine[]
  readonly examination: Examination
  /** The numbers of the lines that complete a key exchange. Later messages belong to another session. */
  readonly completed: readonly number[]
  /** When a line was recorded, in seconds, where the transcript says so; by the number of the line. */
  readonly times: ReadonlyMap<number, number>
}

/** A line that breaks a rule. */
export interface Breach {
  /** The number of the line in the file, counted from 1. */
  readonly at: number
  readonly detail: string
}

/** Something that can be seen in what the network carried, whoever wrote it. */
export interface RecordedRule {
  /** Stable, unique; begins with `recorded-`. */
  readonly id: string
  /** The requirement, as a sentence without a full stop. */
  readonly title: string
  readonly level: RequirementLevel
  readonly section: Section
  /** What is compared. */
  readonly looks: string
  /** What goes wrong for people otherwise. */
  readonly why: string
  /** The lines that break it. undefined: the transcript has nothing that the rule is about. */
  readonly check: (talk: RecordedTalk) => readonly Breach[] | undefined
}

/** A data message, and who sent it in which line. */
export interface DataLine {
  readonly at: number
  readonly message: AnyDataMessage
  /** Address and instance of the sender. */
  readonly sender: string
}

/** The data messages, each once: a network may repeat a line. */
export function dataLines({ messages, examination: { faults } }: RecordedTalk): DataLine[] {
  const repeated = new Set(faults.filter(({ fault }) => fault === 'repeated').map(({ at }) => at))
  return messages.flatMap(({ at, from, message }) => message.kind === 'v4-data' || message.kind === 'v3-data' || message.kind === 'v2-data'
    ? repeated.has(at) ? [] : [{ at, message, sender: `${from} ${message.senderTag}` }]
    : [])
}

/** Checks each of the things that a rule is about. undefined where there is none. */
export function eachOf<Thing extends { readonly at: number }>(things: readonly Thing[], fault: (thing: Thing) => string | undefined): readonly Breach[] | undefined {
  if (things.length === 0) return undefined
  return things.flatMap((thing) => {
    const detail = fault(thing)
    return detail === undefined ? [] : [{ at: thing.at, detail }]
  })
}
