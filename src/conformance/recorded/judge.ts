import { examineTranscript, readTranscript } from '../../forge/index.js'
import { roleOfMessage, type OtrMessage } from '../../wire/index.js'
import type { Breach, RecordedRule } from './rule.js'
import { recordedRules } from './rules.js'

/** How a rule fared. `nothing`: the transcript has nothing that it is about. */
export type RecordedOutcome = 'passed' | 'failed' | 'deviates' | 'nothing'

export interface RecordedResult {
  readonly rule: RecordedRule
  readonly outcome: RecordedOutcome
  readonly breaches: readonly (Breach & { readonly from: string })[]
}

export interface RecordedReport {
  /** The version of most messages; undefined where there is no message. */
  readonly version: 2 | 3 | 4 | undefined
  /** How many messages could be decoded. */
  readonly messages: number
  /** Lines that the suite itself wrote into the transcript. They are not judged. */
  readonly ofSuite: number
  readonly results: readonly RecordedResult[]
}

/** Judges a recorded transcript by everything that can be seen without a secret. Never throws, whatever the text is. */
export function judgeRecorded(text: string): RecordedReport {
  let ofSuite = 0
  // Numbers of lines stay as they are: what is left out becomes an empty line.
  const judged = text.split('\n').map((line) => {
    if (!isOfSuite(line)) return line
    ofSuite++
    return ''
  }).join('\n')
  const transcript = readTranscript(judged)
  const examination = examineTranscript(transcript)
  // What the suite sent completes key exchanges, too: without it, a session seems to go on where another one has begun.
  const whole = ofSuite === 0 ? examination : examineTranscript(readTranscript(text))
  const completed = whole.messages.filter(({ message }) => isLast(message)).map(({ at }) => at)
  const faults = examination.faults.filter(({ at, fault }) => fault !== 'session' || whole.faults.some((one) => one.at === at && one.fault === 'session'))
  const { messages, version } = examination
  const times = new Map(transcript.lines.flatMap(({ at, time }) => time === undefined ? [] : [[at, time] as const]))
  const senders = new Map(transcript.lines.map(({ at, from }) => [at, from]))
  const results = recordedRules.map((rule): RecordedResult => {
    const breaches = rule.check({ messages, examination: { ...examination, faults }, completed, times })
    if (breaches === undefined) return { rule, outcome: 'nothing', breaches: [] }
    const outcome = breaches.length === 0 ? 'passed' : rule.level === 'must' ? 'failed' : 'deviates'
    return { rule, outcome, breaches: breaches.map(({ at, detail }) => ({ at, detail, from: senders.get(at) ?? '' })) }
  })
  return { version, messages: messages.length, ofSuite, results }
}

/** Whether it is the last message of a key exchange. A Reveal Signature message gives its receiver a session; the sender waits for one more. */
function isLast(message: OtrMessage): boolean {
  const role = roleOfMessage(message)
  return role === 'offline' || (role === 'completes' && message.kind !== 'v3-reveal-signature' && message.kind !== 'v2-reveal-signature')
}

/** Whether `otr4 conformance --transcripts` says of a line that no judged program wrote it. */
function isOfSuite(line: string): boolean {
  if (!line.includes('"by"')) return false
  try {
    const fields: unknown = JSON.parse(line)
    return typeof fields === 'object' && fields !== null && 'by' in fields && fields.by === 'suite'
  } catch {
    return false
  }
}
