import { equalBytes, isZero } from '../crypto/index.js'
import { wipeRatchet, wipeReplaced } from '../ratchet/index.js'
import { dropSmp, newSmp, wipeSmp } from '../smp/index.js'
import type { DataMessageV4 } from '../wire/index.js'
import type { V4Context } from './context.js'
import { contentOf, decryptData, type Authenticated, type Unread } from './data-message.js'
import { oneByOne, readTlvs } from './read-tlvs.js'
import { encryptedEvent } from './establish.js'
import { refuse, step, type V4Encrypted, type V4Session, type V4SideSession, type V4Step } from './session.js'
import { asideOf, compareSsids, isFresh, promoted, wipeSide, withAside } from './side-session.js'
import { smpMessage } from './smp.js'

/** Takes in a message of a session in which we only read. One that belongs to none of them: why it was not read, as far as that says anything. */
export function receiveBeside(session: V4Session, message: DataMessageV4, context: V4Context): V4Step | Unread | undefined {
  let limited: Unread | undefined
  for (const one of session.side) {
    // Whoever is late with their timers reads no longer than others.
    if (!isFresh(one, context.now)) continue
    // Overwritten: what its keys are now, everybody knows.
    if (isZero(one.ratchet.rootKey)) continue
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
  // SMP belongs to the session that runs.
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
  if (session.state !== 'encrypted') return step({ ...session, side }, [], told)
  // Its MAC keys are revealed in the session that runs.
  const waiting = [...session.ratchet.macKeysToReveal, ...macKeysToReveal]
  const successor = side.find((other) => other.ssid === one.ssid)
  // A copy for reading has no chain to send in: it takes over where the next message of ours begins a new one.
  if (successor === undefined || ratchet.turn !== 'ours' || !takesOver(session, one, message)) {
    return step({ ...session, side, ratchet: { ...session.ratchet, macKeysToReveal: waiting } }, [], told)
  }
  const aside = withAside(side.filter((other) => other !== successor), [asideOf(session, now, false)], session.them)
  wipeSide(side, [...aside, successor])
  const running = promoted(
    { ...session, side: aside }, { ...successor, ratchet: { ...ratchet, macKeysToReveal: waiting.map((keys) => keys.slice()) } }, session.smp, now,
  )
  const ended = dropSmp(session.smp)
  wipeSmp(session.smp)
  wipeRatchet(session.ratchet)
  return step(running, [], [...ended, encryptedEvent(running), ...told])
}

/**
 * Of two offline sessions each side may have taken another one for that which runs. Whoever answers in a session shows that they did; the
 * higher session id decides, on both sides, in the end.
 */
function takesOver(session: V4Encrypted, one: V4SideSession, { ratchetId }: DataMessageV4): boolean {
  return session.offline && one.offline && ratchetId > 0 && compareSsids(one.ssid, session.ssid) > 0
}
