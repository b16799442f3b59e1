import { dropSkipped, wipeReplaced } from '../ratchet/index.js'
import type { V4Session } from './session.js'

/** Forgets the oldest `count` keys of skipped messages: for an application that bounds them over all sessions. The old session is used up. */
export function dropSkippedKeys(session: V4Session, count: number): V4Session {
  if (session.state !== 'encrypted' || count <= 0) return session
  const ratchet = dropSkipped(session.ratchet, count)
  wipeReplaced(session.ratchet, ratchet)
  return { ...session, ratchet }
}
