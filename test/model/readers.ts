import type { ClientEvent } from '../../src/index.js'
import type { KeyName } from './cast.js'
import type { Snapshot, StepResult } from './snapshot.js'
import type { Stage } from './stage.js'
import type { Line } from './world.js'

/** Somebody who could read what alice wrote. */
export interface Reader {
  readonly actor: number
  /** The key with which they take part. */
  readonly key: KeyName
  /** The decrypted text. */
  readonly texts: readonly string[]
  /** It announced an extra symmetric key. */
  readonly extraKey: boolean
}

/**
 * Finds out who can read a line of alice's, by giving it to a copy of everybody: as they are; with everything that alice sent them before and that
 * the network holds back (`earlier`: in the same step); and as they were before they ended a session.
 */
export function readersOf(stage: Stage, line: Line, earlier: readonly Line[]): readonly Reader[] {
  return stage.cast.actors.flatMap((_, actor): Reader[] => {
    if (actor === 0) return []
    for (const candidate of candidates(stage, actor, earlier)) {
      const result = hear(stage, actor, candidate(), line)
      if (!result.events.some(tellsContent)) continue
      return [{
        actor,
        key: stage.cast.keyIn(actor, line.kind === 'v4-data' ? 4 : 3),
        texts: result.events.flatMap((event) => event.type === 'message' && event.encrypted && event.text !== '' ? [event.text] : []),
        extraKey: result.events.some((event) => event.type === 'extra-key'),
      }]
    }
    return []
  })
}

/** The lines that an actor may know, computed on demand. */
function candidates(stage: Stage, actor: number, earlier: readonly Line[]): (() => Snapshot)[] {
  const now = stage.snapshots[actor]!
  return [() => now, () => caughtUp(stage, actor, now, earlier), ...[...stage.past[actor] ?? []].reverse().map((past) => () => past)]
}

/** The actor after receiving everything that waits for them. */
function caughtUp(stage: Stage, actor: number, from: Snapshot, earlier: readonly Line[]): Snapshot {
  const waiting = stage.wire.filter(({ line, pending }) => line.origin === 0 && (pending & (1 << actor)) !== 0).map(({ line }) => line)
  const meant = earlier.filter(({ to }) => to === stage.addressOf(actor))
  return [...waiting, ...meant].reduce((snapshot, line) => hear(stage, actor, snapshot, line).after, from)
}

function hear(stage: Stage, actor: number, snapshot: Snapshot, line: Line): StepResult {
  return stage.imagine(actor, snapshot, { do: 'receive', from: stage.addressOf(0), line: line.text }, line.id)
}

/** Whether an event shows that something was decrypted. (A message that arrives too early is kept, without an event.) */
function tellsContent(event: ClientEvent): boolean {
  return event.type === 'message' ? event.encrypted : event.type === 'smp' || event.type === 'extra-key' || event.type === 'tlv'
}
