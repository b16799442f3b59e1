import type { Classified } from '../../wire/index.js'
import { classify } from '../../wire/index.js'

/** Batches in which a server or bouncer says again what was said before. Others, such as `labeled-response`, are of now. */
const playbackBatches: ReadonlySet<string> = new Set(['chathistory', 'draft/chathistory', 'znc.in/playback', 'draft/search', 'history'])

export function isPlaybackBatch(type: string | undefined): boolean {
  return type !== undefined && playbackBatches.has(type)
}

/** What a bouncer puts before the text that it plays back to clients without times, as ZNC does by default. */
const stampForm = /^\[\d{1,2}:\d{2}(?::\d{2})?\] /

/**
 * The line of OTR, or the text with a whitespace tag, behind a bouncer's time stamp; undefined where there is no stamp or only text behind it.
 * Such a line is old: nobody's program writes it so. What people typed after a stamp stays as it is, for nothing tells who wrote the stamp.
 */
export function playedBack(text: string): string | undefined {
  const stamp = stampForm.exec(text)?.[0]
  if (stamp === undefined) return undefined
  const rest = text.slice(stamp.length)
  return isOtr(classify(rest)) ? rest : undefined
}

function isOtr(line: Classified): boolean {
  return line.kind !== 'plaintext' || line.versions !== undefined
}
