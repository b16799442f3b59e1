import type { RecordedOutcome, RecordedReport } from '../../conformance/recorded/judge.js'
import type { RecordedRule } from '../../conformance/recorded/rule.js'
import { sectionText } from '../../conformance/scenario.js'
import { inertLine } from '../inert-text.js'
import { counted } from '../options.js'
import { version } from '../version.js'

/** More lines that break one rule are not written out for people. */
const maxShown = 10

const words: Readonly<Record<RecordedOutcome, string>> = { passed: 'passed', failed: 'FAILED', deviates: 'deviates', nothing: '-' }

/** What a recorded transcript shows, for people. `name`: the file. */
export function recordedText(name: string, { version: spoken, messages, ofSuite, results }: RecordedReport): string {
  const lines = [
    `${inertLine(name)}: ${counted(messages, 'message')}${spoken === undefined ? '' : `, most of version ${spoken}`}${ofSuite === 0 ? '' : `; ${counted(ofSuite, 'line')} of the suite's own, not judged`}`, '',
    ...results.map(({ rule: { id, title }, outcome }) => `${words[outcome].padEnd(9)} ${id.padEnd(27)} ${title}`),
  ]
  for (const { rule, outcome, breaches } of results) {
    if (breaches.length === 0) continue
    lines.push('', `${words[outcome]}  ${rule.id}: ${rule.title}`, ...breaches.slice(0, maxShown).map(({ at, from, detail }) => `        line ${at}${from === '' ? '' : `, by ${inertLine(from)}`}: ${inertLine(detail)}`))
    if (breaches.length > maxShown) lines.push(`        and ${counted(breaches.length - maxShown, 'line')} more`)
    lines.push(`        ${rule.section.document}, "${rule.section.title}"`)
  }
  return `${lines.join('\n')}\n`
}

/** The same for programs. */
export function recordedJson(name: string, { version: spoken, messages, ofSuite, results }: RecordedReport, date: string): object {
  return {
    suite: { name: 'otr4 conformance', version }, date, transcript: name, version: spoken, messages, ofSuite,
    results: results.map(({ rule: { id, title, level, section }, outcome, breaches }) => ({ id, title, level, section, outcome, breaches })),
  }
}

/** What `--explain` says of a rule, name by name. */
export function ruleRows({ level, section, looks, why }: RecordedRule): readonly (readonly [string, string])[] {
  return [['requirement', level], ['where', sectionText(section)], ['is looked at', looks], ['why', why], ['needs', 'a transcript: --read FILE']]
}
