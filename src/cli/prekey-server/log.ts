import type { Writable } from 'node:stream'
import { inertJson } from '../inert-text.js'

/** The further fields of a line: never a person's name, never a key. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

/** Writes events, one JSON object a line. */
export type Log = (level: 'info' | 'warn' | 'error', event: string, fields?: LogFields) => void

export function logTo(stream: Writable): Log {
  return (level, event, fields = {}) => {
    stream.write(`${inertJson({ time: new Date().toISOString(), level, event, ...fields })}\n`)
  }
}

/** Writes only the first line of each kind (event and detail) in a minute, and then how many more there were. */
export function sparing(log: Log, everyMs = 60_000): Log {
  const last = new Map<string, { at: number, more: number }>()
  return (level, event, fields = {}) => {
    const kind = `${event} ${String(fields['detail'] ?? '')}`
    const now = performance.now()
    const before = last.get(kind)
    if (before !== undefined && now - before.at < everyMs) {
      before.more += 1
      return
    }
    if (last.size > 200) last.clear()
    last.set(kind, { at: now, more: 0 })
    log(level, event, before === undefined || before.more === 0 ? fields : { ...fields, more: before.more })
  }
}
