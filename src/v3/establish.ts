import { equalBytes } from '../crypto/compare.js'
import { dropSmp, wipeSmp } from '../smp/index.js'
import type { V3Context } from './context.js'
import { keysAfterAke, wipeKeys } from './key-management.js'
import type { V3Encrypted, V3Session, V3Step } from './session.js'
import { asideOf, sideMacKeys, wipeSide, withAside } from './side-session.js'
import { concatSecrets } from '../crypto/secret.js'

/**
 * Decides what becomes of the session that a key exchange has just made.
 *
 * - If a session with the same long-term key is encrypted, the new one replaces it. A copy of the old one becomes a side session, which reads the
 *   messages that are still under way; the new session reveals its MAC keys.
 * - If a session with **another** long-term key is encrypted or still read, it stays exactly as it is, and the new one is returned as `beside`.
 *   Anybody can complete a key exchange with a key of their own under somebody's instance tag; that must not end the running session.
 * - Otherwise the new one is the session.
 *
 * @param session - without a key exchange under way
 * @param newer - the new session, with nothing of an older one in it
 * @see [OTRv3, "Key Management"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function establishSession(session: V3Session, newer: V3Encrypted, { now }: Pick<V3Context, 'now'>): Omit<V3Step, 'outgoing'> {
  if (holdsOther(session, newer.theirFingerprint)) {
    return { state: session, beside: newer, events: [{ type: 'state', state: 'encrypted' }] }
  }
  const previous = session.state === 'encrypted' ? session : undefined
  const aside = previous === undefined ? [] : [asideOf(previous, now)]
  const side = withAside(session.side, aside, newer.theirFingerprint, now)
  // While we still read in a session, its MAC keys stay secret: whoever has them could forge messages in it.
  const oldMacKeys = concatSecrets(previous?.keys.oldMacKeys ?? new Uint8Array(0), ...sideMacKeys([...session.side, ...aside], side))
  const { oursPrevious, ours, theirs, theirKeyId } = newer.keys
  const state: V3Encrypted = { ...newer, side, keys: keysAfterAke(oursPrevious, ours, theirs, theirKeyId, previous?.keys, oldMacKeys) }
  const ended = previous === undefined ? [] : dropSmp(previous.smp)
  if (previous !== undefined) {
    wipeSmp(previous.smp)
    wipeKeys(previous.keys)
  }
  wipeSide([...session.side, ...aside], side)
  return { state, events: [...ended, { type: 'state', state: 'encrypted' }] }
}

/** Whether this session, or one of its side sessions, has another long-term key. */
function holdsOther(session: V3Session, theirFingerprint: Uint8Array): boolean {
  return (session.state === 'encrypted' && !equalBytes(session.theirFingerprint, theirFingerprint)) ||
    session.side.some((one) => !equalBytes(one.theirFingerprint, theirFingerprint))
}
