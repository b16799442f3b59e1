import type { Introduction, RunReport } from '../../conformance/run.js'
import { version } from '../version.js'
import { tally } from './table.js'

/** A run for programs. Transcripts are those of scenarios that did not pass. */
export function jsonReport({ peer, partner, results, unusable }: RunReport, date: string): object {
  return {
    suite: { name: 'otr4 conformance', version },
    date,
    peer: introduced(peer),
    partner: introduced(partner),
    ...unusable !== undefined && { unusable: unusable.message },
    totals: tally(results),
    results: results.map(({ scenario: { id, group, title, level, section }, verdict, transcript, milliseconds }) => ({
      id, group, title, level, section, ...verdict, milliseconds,
      ...(verdict.outcome === 'failed' || verdict.outcome === 'deviates') && { transcript: transcript.entries },
    })),
  }
}

function introduced({ name, version: theirs, abilities, clock, dialect }: Introduction): object {
  return { name, version: theirs, abilities: [...abilities], clock, dialect }
}
