import type { ClientEvent } from '../../src/index.js'
import type { KeyName } from './cast.js'
import type { Snapshot, StepResult } from './snapshot.js'
import type { Stage } from './stage.js'
import type { Line } from './world.js'

/** Somebody who could read what alice wrote. */
export interface Reader {
  readonly actor: number
  /** With which key they take part. */
  readonly key: KeyName
  /** Text that came of it. */
  readonly texts: readonly string[]
  /** It held the announcement of an extra symmetric key. */
  readonly extraKey: boolean
}

/**
 * Who reads a line of alice's, found out by giving it to a copy of everybody: as they are; with all that alice sent them before and that
 * the network holds back (`earlier`: in the same step); as they were before they ended a session.
 */
export function readersOf(stage: Stage, line: Line, earlier: readonly Line[]): readonly Reader[] {
  return stage.cast.actors.flatMap((_, actor): Reader[] => {
    if (actor === 0) return []
    for (const candidate of candidates(stage, actor, earlier)) {
      const result = hear(stage, actor, candidate(), line)
      if (!result.events.some(tellsContent)) continue
      return [{
        actor,
        key: stage.cast.keyIn(actor, line.kind === 'v3-data' ? 3 : 4),
        texts: result.events.flatMap((event) => event.type === 'message' && event.encrypted && event.text !== '' ? [event.text] : []),
        extraKey: result.events.some((event) => event.type === 'extra-key'),
      }]
    }
    return []
  })
}

/** What an actor may know, as something to be asked for. */
function candidates(stage: Stage, actor: number, earlier: readonly Line[]): (() => Snapshot)[] {
  const now = stage.snapshots[actor]!
  return [() => now, () => caughtUp(stage, actor, now, earlier), ...[...stage.past[actor] ?? []].reverse().map((past) => () => past)]
}

/** After all that waits for them. */
function caughtUp(stage: Stage, actor: number, from: Snapshot, earlier: readonly Line[]): Snapshot {
  const waiting = stage.wire.filter(({ line, pending }) => line.origin === 0 && (pending & (1 << actor)) !== 0).map(({ line }) => line)
  const meant = earlier.filter(({ to }) => to === stage.addressOf(actor))
  return [...waiting, ...meant].reduce((snapshot, line) => hear(stage, actor, snapshot, line).after, from)
}

function hear(stage: Stage, actor: number, snapshot: Snapshot, line: Line): StepResult {
  return stage.imagine(actor, snapshot, { do: 'receive', from: stage.addressOf(0), line: line.text }, line.id)
}

/** Whether an event shows that something was decrypted. (A message that comes too early is kept, and told by none.) */
function tellsContent(event: ClientEvent): boolean {
  return event.type === 'message' ? event.encrypted : event.type === 'smp' || event.type === 'extra-key' || event.type === 'tlv'
}
