import type { Classified } from '../../wire/index.js'
import { classify } from '../../wire/index.js'

/** Types of batches in which a server or bouncer repeats earlier lines. In other batches, such as `labeled-response`, lines are new. */
const playbackBatches: ReadonlySet<string> = new Set(['chathistory', 'draft/chathistory', 'znc.in/playback', 'draft/search', 'history'])

export function isPlaybackBatch(type: string | undefined): boolean {
  return type !== undefined && playbackBatches.has(type)
}

/** What a bouncer puts in front of earlier lines for clients that understand no times; ZNC does so by default. */
const stampForm = /^\[\d{1,2}:\d{2}(?::\d{2})?\] /

/**
 * The OTR line, or the text with a whitespace tag, after a bouncer's time stamp. Such a line was stored, because no program sends a stamp in front
 * of OTR. Undefined if there is no stamp, or if plain text follows it: its sender may have typed the stamp.
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
