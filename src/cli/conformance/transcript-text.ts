import type { TranscriptEntry } from '../../conformance/transcript.js'
import { inspectLine, LineInspector } from '../line-inspector.js'

/** More requests of one scenario are not written out. */
const maxEntries = 120

/** A transcript for people: each request, its answer, and each line that was sent, decoded as `otr4 inspect` does. */
export function transcriptText(entries: readonly TranscriptEntry[], left: number): string {
  const inspectors = { peer: new LineInspector(), partner: new LineInspector() }
  const known = new Map<string, number>()
  const lines: string[] = []
  for (const { who, cmd, fields, ok, out, results, error } of entries.slice(0, maxEntries)) {
    const shown = Object.entries(fields).map(([name, value]) => `${name}=${fieldText(name, value, known)}`)
    lines.push(`${who} < ${[cmd, ...shown].join(' ')}`)
    if (!ok) lines.push(`${who} > refused: ${error?.code ?? ''} ${error?.message ?? ''}`)
    else if (Object.keys(results).length > 0) lines.push(`${who} > ${JSON.stringify(results)}`)
    for (const event of out) {
      const { type, message } = event
      if (type !== 'send' || typeof message !== 'string') {
        lines.push(`${who} > ${JSON.stringify(event)}`)
        continue
      }
      const number = known.get(message) ?? known.size + 1
      known.set(message, number)
      lines.push(`${who} > sends line ${number}: ${cut(message)}`, ...inspectLine(inspectors[who], message).split('\n').map((line) => `      ${line}`))
    }
  }
  const more = Math.max(0, entries.length - maxEntries) + left
  if (more > 0) lines.push(`(${more} more requests)`)
  return lines.join('\n')
}

function fieldText(name: string, value: unknown, known: ReadonlyMap<string, number>): string {
  if (name === 'message' && typeof value === 'string') {
    const number = known.get(value)
    return number === undefined ? `(not sent by either side) ${cut(value)}` : `line ${number}`
  }
  if (value === undefined) return '(nothing)'
  return cut(typeof value === 'string' ? value : JSON.stringify(value))
}

function cut(text: string): string {
  return text.length > 200 ? `${text.slice(0, 160)}... (${text.length} characters)` : text
}
