import process from 'node:process'
import type { Writable } from 'node:stream'

/**
 * Ends the program quietly when nobody reads what it prints any more, as in `otr4 inspect - | head`. A command that waits for a signal ends as if one had
 * come, so that it closes what it has open; every other one ends at once, with exit code 0.
 *
 * @param streams - standard output and standard error
 */
export function endWhenReaderGone(streams: readonly Writable[]): void {
  let isEnding = false
  for (const stream of streams) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      // What is still printed on the way out has no reader either.
      if (isEnding) return
      isEnding = true
      if (!process.emit('SIGTERM')) process.exit(0)
    })
  }
}
