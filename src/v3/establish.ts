import { equalBytes } from '../crypto/compare.js'
import { dropSmp, wipeSmp } from '../smp/index.js'
import { concatBytes } from '../wire/index.js'
import type { V3Context } from './context.js'
import { keysAfterAke, wipeKeys } from './key-management.js'
import type { V3Encrypted, V3Session, V3Step } from './session.js'
import { asideOf, sideMacKeys, wipeSide, withAside } from './side-session.js'

/**
 * Puts a session that a key exchange has just made in the place of the one before.
 *
 * - Before it ran a session with the same key: the new one renews it. A copy of the old one is put aside, to read what is still under
 *   way in it; its MAC keys are revealed in the new one.
 * - Before it ran, or is still read in, a session with **another** key: that one stays exactly as it was, and the new one stands
 *   `beside` it. Whoever has some key of their own can complete an exchange under anybody's instance tag; it must not cost the
 *   session that runs.
 * - No session ran: the new one is the session.
 *
 * @param session - without a key exchange under way
 * @param fresh - with nothing of an older session in it
 */
export function establishSession(session: V3Session, fresh: V3Encrypted, { now }: Pick<V3Context, 'now'>): Omit<V3Step, 'outgoing'> {
  if (holdsOther(session, fresh.theirFingerprint)) {
    return { state: session, beside: fresh, events: [{ type: 'state', state: 'encrypted' }] }
  }
  const previous = session.state === 'encrypted' ? session : undefined
  const aside = previous === undefined ? [] : [asideOf(previous, now)]
  const side = withAside(session.side, aside, fresh.theirFingerprint, now)
  // While a session is read in, its MAC keys stay secret: whoever has them could write in it.
  const oldMacKeys = concatBytes(previous?.keys.oldMacKeys ?? new Uint8Array(0), sideMacKeys([...session.side, ...aside], side))
  const { oursPrevious, ours, theirs, theirKeyId } = fresh.keys
  const state: V3Encrypted = { ...fresh, side, keys: keysAfterAke(oursPrevious, ours, theirs, theirKeyId, previous?.keys, oldMacKeys) }
  const ended = previous === undefined ? [] : dropSmp(previous.smp)
  if (previous !== undefined) {
    wipeSmp(previous.smp)
    wipeKeys(previous.keys)
  }
  wipeSide([...session.side, ...aside], side)
  return { state, events: [...ended, { type: 'state', state: 'encrypted' }] }
}

/** Whether something is still sent or read in this session with another key. */
function holdsOther(session: V3Session, theirFingerprint: Uint8Array): boolean {
  return (session.state === 'encrypted' && !equalBytes(session.theirFingerprint, theirFingerprint)) ||
    session.side.some((one) => !equalBytes(one.theirFingerprint, theirFingerprint))
}
