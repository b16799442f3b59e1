import { equalBytes } from '../crypto/index.js'
import type { Env } from '../protocol/index.js'
import { wipeRatchet, wipeReplaced } from '../ratchet/index.js'
import { newSmp } from '../smp/index.js'
import type { DataMessageV4 } from '../wire/index.js'
import { authenticate, contentOf, type Authenticated } from './decrypt.js'
import { readTlvs } from './read-tlvs.js'
import type { V4Options, V4Session, V4SideSession, V4Step } from './session.js'
import { smpMessage } from './smp.js'
import type { V4SmpValues } from './smp-arithmetic.js'
import { refuse, step } from './step.js'

/** Takes in a message of a session in which we only read; `undefined` for one that belongs to none of them. Nothing is answered. */
export function receiveBeside(session: V4Session, message: DataMessageV4, env: Env, options: V4Options): V4Step | undefined {
  for (const one of session.side) {
    const result = authenticate(one.ratchet, message, env, options)
    if (result === 'duplicate' && equalBytes(one.ratchet.theirEcdh, message.ecdh)) {
      return refuse(session, 'duplicate', 'a message that was accepted before')
    }
    if (typeof result !== 'string') return accept(session, one, message, result, env)
  }
  return undefined
}

function accept(
  session: V4Session, one: V4SideSession, message: DataMessageV4, { ratchet: read, plaintext, extraKeys }: Authenticated, env: Env,
): V4Step {
  // SMP belongs to the session that runs.
  const tlvs = plaintext.tlvs.filter((tlv) => smpMessage(tlv) === undefined)
  const { events, disconnected } = readTlvs(newSmp<V4SmpValues>(env.now), tlvs, extraKeys, env)
  const told = [...contentOf(message, plaintext, one), ...events.filter(({ type }) => type !== 'state')]
  const { macKeysToReveal } = read
  const ratchet = { ...read, macKeysToReveal: [] }
  wipeReplaced(one.ratchet, ratchet)
  if (disconnected) wipeRatchet(ratchet)
  const side = disconnected
    ? session.side.filter((other) => other !== one)
    : session.side.map((other) => other === one ? { ...one, ratchet } : other)
  // Its MAC keys are revealed in the session that runs.
  if (session.state !== 'encrypted') return step({ ...session, side }, [], told)
  const waiting = [...session.ratchet.macKeysToReveal, ...macKeysToReveal]
  return step({ ...session, side, ratchet: { ...session.ratchet, macKeysToReveal: waiting } }, [], told)
}
