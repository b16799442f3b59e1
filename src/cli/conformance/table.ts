import { dialectText } from '../../conformance/dialect.js'
import type { RunReport, ScenarioResult } from '../../conformance/run.js'
import { groups } from '../../conformance/scenario.js'
import { outcomes, type Outcome } from '../../conformance/verdict.js'
import { inertLine } from '../inert-text.js'

/** How many scenarios ended so. */
export function tally(results: readonly ScenarioResult[]): Record<Outcome, number> {
  const count = (wanted: Outcome): number => results.filter(({ verdict: { outcome } }) => outcome === wanted).length
  return { 'passed': count('passed'), 'failed': count('failed'), 'deviates': count('deviates'), 'unsupported': count('unsupported'), 'not-run': count('not-run') }
}

/** The report for people. */
export function conformanceTable({ peer, partner, results, unusable }: RunReport): string {
  const lines = [`${named(peer)} with ${named(partner)}`, ...dialectLines(peer), '', `${''.padEnd(16)}${outcomes.map((outcome) => outcome.padStart(12)).join('')}`]
  for (const group of Object.keys(groups)) {
    const members = results.filter(({ scenario }) => scenario.group === group)
    if (members.length > 0) lines.push(`${group.padEnd(16)}${numbers(members)}`)
  }
  lines.push(`${'all'.padEnd(16)}${numbers(results)}`)
  if (unusable !== undefined) lines.push('', inertLine(unusable.message))
  for (const outcome of ['failed', 'deviates'] as const) {
    for (const { scenario, verdict } of results) {
      if (verdict.outcome !== outcome) continue
      lines.push('', `${outcome === 'failed' ? 'FAILED' : 'deviates'}  ${scenario.id}: ${scenario.title}`, `        ${inertLine(verdict.reason ?? '')}`)
      if (verdict.byPartner === true) lines.push('        the fault is the partner\'s')
      if (verdict.preceding !== undefined) lines.push(`        before that: ${inertLine(verdict.preceding.slice(0, 300))}`)
      lines.push(`        ${scenario.section.document}, "${scenario.section.title}"`)
    }
  }
  return `${lines.join('\n')}\n`
}

/** What differs in all of its version 4 is told once. */
function dialectLines({ dialect }: RunReport['peer']): string[] {
  return dialect === undefined || dialect === 'spec' ? [] : [`its version 4 is ${dialectText[dialect]}`]
}

function named({ name, version }: RunReport['peer']): string {
  return inertLine(version === '' ? name : `${name} ${version}`)
}

function numbers(results: readonly ScenarioResult[]): string {
  const counts = tally(results)
  return outcomes.map((outcome) => String(counts[outcome] === 0 ? '-' : counts[outcome]).padStart(12)).join('')
}
