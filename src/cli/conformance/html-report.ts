import { dialectText } from '../../conformance/dialect.js'
import type { RunReport, ScenarioResult } from '../../conformance/run.js'
import { groups, sectionText, type Scenario } from '../../conformance/scenario.js'
import { outcomes } from '../../conformance/verdict.js'
import { version } from '../version.js'
import { markupLines, markupText } from './markup.js'
import { tally } from './table.js'
import { transcriptText } from './transcript-text.js'

const style = `
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; --line: #8886; --good: #2a7d2a; --bad: #c22; --odd: #a60; --none: #777 }
body { margin: 2rem auto; max-width: 80rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% } th, td { border-bottom: 1px solid var(--line); padding: .25rem .5rem; text-align: left; vertical-align: top }
thead th { position: sticky; top: 0; background: Canvas } tbody th { font-weight: normal } .group th { font-weight: bold; padding-top: 1.2rem }
code, pre { font: 12.5px/1.4 ui-monospace, monospace } pre { white-space: pre-wrap; overflow-wrap: anywhere }
button { font: inherit; border: 0; background: none; cursor: pointer; text-decoration: underline; padding: .1rem .3rem }
.passed { color: var(--good) } .failed { color: var(--bad); font-weight: bold } .deviates { color: var(--odd) } .unsupported, .not-run { color: var(--none) }
[popover] { width: min(70rem, 92vw); max-height: 88vh; overflow: auto; border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.5rem }
summary { font-weight: bold; margin: 1rem 0; cursor: pointer } li { overflow-wrap: anywhere; margin-bottom: .3rem }
dt { font-weight: bold; margin-top: .4rem } dd { margin: 0; overflow-wrap: anywhere }
`

/** Runs as one page that needs nothing else: a row for each scenario, a column for each program; each cell opens to what was sent and seen. */
export function htmlReport(reports: readonly RunReport[], date: string): string {
  const scenarios = [...new Set(reports.flatMap(({ results }) => results.map(({ scenario }) => scenario)))]
  const names = reports.map(({ peer }) => markupText(peer.version === '' ? peer.name : `${peer.name} ${peer.version}`))
  const rows = Object.entries(groups).flatMap(([group, title]) => {
    const members = scenarios.filter((scenario) => scenario.group === group)
    if (members.length === 0) return []
    return [
      `<tr class="group"><th colspan="${reports.length + 1}">${markupText(`${group}: ${title}`)}</th></tr>`,
      ...members.map((scenario) => row(scenario, reports)),
    ]
  })
  return `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>OTR conformance: ${names.join(', ')}</title>
<style>${style}</style>
<h1>OTR conformance</h1>
<p>otr4 conformance ${markupText(version)}, ${markupText(date)}. A cell opens to what was sent and what was seen.</p>
${summary(reports, names)}
${failures(reports, names)}
<table>
<thead><tr><th>scenario</th>${names.map((name) => `<th>${name}</th>`).join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
</html>
`
}

function summary(reports: readonly RunReport[], names: readonly string[]): string {
  const lines = reports.map(({ peer: { dialect }, results, partner, unusable }, at) => {
    const counts = tally(results)
    const numbers = outcomes.map((outcome) => `<td class="${outcome}">${counts[outcome]}</td>`).join('')
    return `<tr><th>${names[at] ?? ''} with ${markupText(partner.name)}${dialect === undefined || dialect === 'spec' ? '' : `<br>its version 4 is ${markupText(dialectText[dialect])}`}${unusable === undefined ? '' : `<br>${markupText(unusable.message)}`}</th>${numbers}</tr>`
  })
  return `<table><thead><tr><th>program</th>${outcomes.map((outcome) => `<th>${outcome}</th>`).join('')}</tr></thead><tbody>${lines.join('\n')}</tbody></table>`
}

/** What a person came to read, above some hundred rows of what passed. */
function failures(reports: readonly RunReport[], names: readonly string[]): string {
  return reports.map(({ results }, at) => {
    const lines = (['failed', 'deviates'] as const).flatMap((wanted) => results.filter(({ verdict: { outcome } }) => outcome === wanted).map(({ scenario: { id, title }, verdict }) =>
      `<li><button class="${wanted}" popovertarget="p${at}-${markupText(id)}">${wanted}</button> <code>${markupText(id)}</code> ${markupText(title)}<br>${markupText(verdict.reason ?? '')}</li>`))
    return lines.length === 0 ? '' : `<details open><summary>What ${names[at] ?? ''} does not do (${lines.length})</summary><ul>${lines.join('\n')}</ul></details>`
  }).join('\n')
}

function row(scenario: Scenario, reports: readonly RunReport[]): string {
  const cells = reports.map(({ results }, at) => {
    const result = results.find((one) => one.scenario === scenario)
    return result === undefined ? '<td></td>' : `<td>${cell(result, `p${at}-${scenario.id}`)}</td>`
  })
  return `<tr><th><code>${markupText(scenario.id)}</code> ${markupText(scenario.title)}</th>${cells.join('')}</tr>`
}

function cell({ scenario, verdict, transcript, milliseconds }: ScenarioResult, id: string): string {
  const { outcome, reason, preceding } = verdict
  const facts: [string, string][] = [
    ['requirement', scenario.level], ['where', sectionText(scenario.section)], ['is sent', scenario.sent], ['must be seen', scenario.expected], ['why', scenario.why],
    ['outcome', `${outcome}${reason === undefined ? '' : `: ${reason}`}`],
    ...verdict.byPartner === true ? [['whose fault', 'the partner\'s']] as [string, string][] : [],
    ...preceding === undefined ? [] : [['before that', preceding.slice(0, 2000)]] as [string, string][],
    ['time', `${milliseconds} ms`],
  ]
  const list = facts.map(([name, text]) => `<dt>${name}</dt><dd>${markupText(text)}</dd>`).join('')
  const log = transcript.entries.length === 0 ? '' : `<pre>${markupLines(transcriptText(transcript.entries, transcript.left))}</pre>`
  return `<button class="${outcome}" popovertarget="${id}">${outcome}</button><div popover id="${id}"><h2>${markupText(scenario.id)}</h2><p>${markupText(scenario.title)}</p><dl>${list}</dl>${log}</div>`
}
