import { newSmp } from '../smp/index.js'
import type { V3Context } from './context.js'
import { contentOf, decryptData, type Accepted } from './data-message.js'
import { generationOf, type MessageNamed } from './generation.js'
import { withPair } from './key-management.js'
import { refuse, step, type V3Session, type V3SideSession, type V3Step } from './session.js'
import { isUnexpired, wipeLeftOut, withSide } from './side-session.js'
import { smpMessage } from './smp.js'
import { copySecret } from '../crypto/secret.js'

/** Receives a message in the side session that it belongs to. Returns `undefined` if no side session can read it. */
export function receiveBeside(session: V3Session, message: MessageNamed<'data'>, context: V3Context): V3Step | undefined {
  for (const one of session.side) {
    if (!isUnexpired(one, context.now)) continue
    const decrypted = decryptData(one.keys, message)
    switch (decrypted.kind) {
      case 'unreadable':
        break
      case 'duplicate':
        return refuse(session, 'duplicate', 'a message that was accepted before, or that came too late')
      case 'accepted':
        return accept(session, one, message, decrypted, context)
    }
  }
  return undefined
}

/** Processes a message of a side session. It answers nothing, neither SMP nor with a heartbeat. If the side session ends, the running one goes on. */
function accept(session: V3Session, one: V3SideSession, message: MessageNamed<'data'>, { plaintext, pair, extraKey }: Accepted, context: V3Context): V3Step {
  const tlvs = plaintext.tlvs.filter((tlv) => smpMessage(tlv) === undefined)
  const { random, now } = context
  const { events, disconnected } = generationOf(context).readTlvs(newSmp(now), tlvs, { random, now, extraKey: () => copySecret(extraKey), asksAgain: false })
  const told = [...contentOf(message, plaintext), ...events]
  const read = { ...one, keys: { ...one.keys, used: withPair(one.keys.used, pair) } }
  const counted = session.side.map((other) => other === one ? read : other)
  if (!disconnected) return step({ ...session, side: counted }, [], told)
  const side = counted.filter((other) => other !== read)
  const before = { ...session, side: counted }
  const state = withSide(before, side)
  wipeLeftOut(before, state)
  return step(state, [], told)
}
