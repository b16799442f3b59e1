import { compareBytes, equalBytes, isOverwritten, wipe } from '../crypto/index.js'
import { wipeRatchet, wipeReplaced } from '../ratchet/index.js'
import { dropSmp, newSmp, wipeSmp } from '../smp/index.js'
import type { DataMessageV4 } from '../wire/index.js'
import type { V4Context } from './context.js'
import { contentOf, decryptData, type Authenticated, type Unread } from './data-message.js'
import { oneByOne, readTlvs } from './read-tlvs.js'
import { encryptedEvent } from './establish.js'
import { refuse, step, type V4Encrypted, type V4Session, type V4SideSession, type V4Step } from './session.js'
import { asideOf, isUnexpired, promoted, wipeSide, withAside } from './side-session.js'
import { smpMessage } from './smp.js'
import { copySecret } from '../crypto/secret.js'

/** Receives a message of a side session. If none can read it: the reason, where it is not just that the message is of another session. */
export function receiveBeside(session: V4Session, message: DataMessageV4, context: V4Context): V4Step | Unread | undefined {
  let limited: Unread | undefined
  for (const one of session.side) {
    // The application may be late with its timers.
    if (!isUnexpired(one, context.now)) continue
    // Wiped: its keys are zeros, which anybody knows.
    if (isOverwritten(one.ratchet.rootKey)) continue
    const result = decryptData(one.ratchet, message, context)
    switch (result.kind) {
      case 'authenticated':
        return accept(session, one, message, result, context)
      case 'duplicate':
        if (equalBytes(one.ratchet.theirEcdh, message.ecdh)) return refuse(session, 'duplicate', 'a message that was accepted before')
        break
      case 'limit':
        limited = result
        break
      case 'unreadable':
        break
    }
  }
  return limited
}

function accept(
  session: V4Session, one: V4SideSession, message: DataMessageV4, { ratchet: read, plaintext, extraKeys }: Authenticated, { random, now }: V4Context,
): V4Step {
  // SMP belongs to the running session.
  const tlvs = plaintext.tlvs.filter((tlv) => smpMessage(tlv) === undefined)
  const { events, disconnected } = readTlvs(newSmp(now), tlvs, { random, now, extraKey: oneByOne(extraKeys), asksAgain: false })
  const told = [...contentOf(message, plaintext, one), ...events]
  const { macKeysToReveal } = read
  const ratchet = { ...read, macKeysToReveal: [] }
  wipeReplaced(one.ratchet, ratchet)
  if (disconnected) wipeRatchet(ratchet)
  const side = disconnected
    ? session.side.filter((other) => other !== one)
    : session.side.map((other) => other === one ? { ...one, ratchet } : other)
  if (session.state !== 'encrypted') {
    // Nobody will reveal them.
    wipe(...macKeysToReveal)
    return step({ ...session, side }, [], told)
  }
  // The running session reveals its MAC keys.
  const waiting = [...session.ratchet.macKeysToReveal, ...macKeysToReveal]
  const successor = side.find((other) => other.ssid === one.ssid)
  // A side session has no sending chain. It can take over only if our next message begins a new chain.
  if (successor === undefined || ratchet.turn !== 'ours' || !takesOver(session, one, message)) {
    return step({ ...session, side, ratchet: { ...session.ratchet, macKeysToReveal: waiting } }, [], told)
  }
  const aside = withAside(side.filter((other) => other !== successor), [asideOf(session, now, false)], session.them)
  wipeSide(side, [...aside, successor])
  const running = promoted(
    { ...session, side: aside }, { ...successor, ratchet: { ...ratchet, macKeysToReveal: waiting.map((keys) => copySecret(keys)) } }, session.smp, now,
  )
  const ended = dropSmp(session.smp)
  wipeSmp(session.smp)
  wipeRatchet(session.ratchet)
  wipe(...macKeysToReveal)
  return step(running, [], [...ended, encryptedEvent(running), ...told])
}

/**
 * Both sides may have begun an offline session, and each may run another one of the two. An answer in a session shows that the other side runs
 * it. In the end both sides take the one with the higher session id.
 */
function takesOver(session: V4Encrypted, one: V4SideSession, { ratchetId }: DataMessageV4): boolean {
  return session.offline && one.offline && ratchetId > 0 && compareBytes(one.ssid, session.ssid) > 0
}
