import type { RunReport, ScenarioResult } from '../../conformance/run.js'
import { groups } from '../../conformance/scenario.js'
import { markupText } from './markup.js'
import { tally } from './table.js'

/** Runs as JUnit's XML, which most continuous integrations read: a suite for each group of each program. */
export function junitReport(reports: readonly RunReport[]): string {
  const suites = reports.flatMap(({ peer, results }) => Object.keys(groups).flatMap((group) => {
    const members = results.filter(({ scenario }) => scenario.group === group)
    if (members.length === 0) return []
    const counts = tally(members)
    const name = markupText(`${peer.name}.${group}`)
    const skipped = counts.unsupported + counts['not-run'] + counts.deviates
    return [
      `  <testsuite name="${name}" tests="${members.length}" failures="${counts.failed}" errors="0" skipped="${skipped}" time="${secondsOf(members)}">`,
      ...members.map((result) => testCase(name, result)),
      '  </testsuite>',
    ]
  }))
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites name="otr4 conformance">', ...suites, '</testsuites>', ''].join('\n')
}

function testCase(suite: string, { scenario, verdict, milliseconds }: ScenarioResult): string {
  const head = `    <testcase classname="${suite}" name="${markupText(`${scenario.id}: ${scenario.title}`)}" time="${milliseconds / 1000}"`
  const reason = markupText([verdict.reason ?? '', ...verdict.preceding === undefined ? [] : [`before that: ${verdict.preceding.slice(0, 500)}`]].join('; '))
  if (verdict.outcome === 'passed') return `${head}/>`
  const child = verdict.outcome === 'failed' ? `<failure type="${verdict.fault ?? 'unmet'}" message="${reason}"/>` : `<skipped message="${verdict.outcome}: ${reason}"/>`
  return `${head}>${child}</testcase>`
}

function secondsOf(results: readonly ScenarioResult[]): string {
  return (results.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / 1000).toFixed(3)
}
