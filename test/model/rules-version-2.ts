import { whitespaceTag } from '../../src/wire/index.js'
import type { Call } from './call.js'
import * as oracle from './oracle.js'
import type { Watch } from './rules.js'
import type { Snapshot, StepResult } from './snapshot.js'
import type { Stage } from './stage.js'
import type { Line } from './world.js'

/* I8, the rules of `spec/version-2.md`: who did not choose version 2 never speaks it, and who was seen with a newer one is not spoken to in it. */

/** The mark of version 2 in a white-space tag: what follows the 16 characters that all of them begin with. */
const mark2 = whitespaceTag([2]).slice(16)

/** Whether a session of version 2 stands. */
export function standsIn2({ view }: Snapshot, peer: string): boolean {
  return view.peers.get(peer)?.sessions.some(({ version }) => version === 2) === true
}

/** Whether a line may be the last message of a session that has ended. */
export function isLastIn2({ kind, to }: Line, after: Snapshot): boolean {
  return kind === 'v2-data' && !standsIn2(after, to)
}

/** Whether a line offers version 2, or is a message of it. */
function speaks2({ kind, text }: Line): boolean {
  if (kind === 'query') return /^\?OTR\??v\d*2/.test(text)
  return kind.startsWith('v2-') || text.startsWith('?OTR,') || (kind === 'clear' && text.includes(mark2))
}

/** A line that alice sends. The last message of a session that ends is sent when the choice is over already. */
export function checkVersion2(stage: Stage, line: Line, { after }: StepResult): void {
  if (!speaks2(line) || oracle.mayHave2(stage.oracle, line.to) !== undefined) return
  if (!isLastIn2(line, after)) stage.violate('I8', `${line.to} is spoken to in version 2 (${line.kind}), and nobody chose it`)
}

/** What stands after a step of alice's, and what she is told. */
export function checkVersion2After(stage: Stage, call: Call, { line }: Watch, { after, events }: StepResult): void {
  for (const [peer, { policy }] of after.view.peers) {
    const stands = standsIn2(after, peer)
    if (!stands) stage.oracle = oracle.endedIn2(stage.oracle, peer)
    const chosen = oracle.mayHave2(stage.oracle, peer)
    if (chosen === undefined && stands) stage.violate('I8', `a session of version 2 with ${peer} stands, and nobody chose it`)
    if (chosen === 'chosen' && !policy.allowV2) stage.violate('I8', `version 2 was chosen for ${peer}, and the choice is gone`)
  }
  if (call.do !== 'receive') return
  const { newer, keys } = oracle.wardOf(stage.oracle, call.from)
  const isTold = (code: string): boolean => events.some((event) => event.type === 'notice' && event.code === code)
  const told = isTold('downgrade')
  if (line?.kind.startsWith('v2-') === true && isTold('unsupported') && oracle.mayHave2(stage.oracle, call.from) !== undefined) {
    stage.violate('I8', `version 2 is chosen for ${call.from}, and what comes in it is refused`)
  }
  if (told && !newer && keys.every(({ key }) => key.endsWith('.3'))) stage.violate('I8', `${call.from} was never seen with a newer version, and a downgrade is reported`)
  const offers2Alone = line?.text.startsWith('?OTRv2?') === true || (line?.kind === 'v2-dh-commit' && oracle.mayHave2(stage.oracle, call.from) === undefined)
  if (newer && offers2Alone && !told) stage.violate('I8', `${call.from} was seen with a newer version, offers version 2 alone, and nothing is said of a downgrade`)
}
