import { wipe } from '../crypto/compare.js'
import { dsaFingerprint } from '../crypto/dsa-encoding.js'
import type { Env } from '../protocol/index.js'
import { abortSmp, answerSmp, smpSecretBytes, startSmp, wipeSmp, type SmpStep } from '../smp/index.js'
import type { V3Message, V3Account, V3Encrypted, V3Session, V3Step } from './session.js'
import { dataMessage, encrypted } from './send.js'
import { smpSecret, smpTlv } from './smp.js'
import { smpArithmeticV3, type V3SmpValues } from './smp-arithmetic.js'
import { step } from './step.js'

/**
 * Begins the Socialist Millionaires' Protocol ("User requests to begin SMP"). One under way is aborted first, in a message of its own.
 *
 * @param secret - what both users know; a string is normalised to NFC and taken as UTF-8, bytes are taken as they are
 * @param question - asked with the SMP message 1Q; `undefined` for SMP message 1
 * @throws OtrError `OTR_NOT_ENCRYPTED`; `OTR_SMP_QUESTION` for a question with a NUL or one that is too long
 */
export function smpStartV3(
  session: V3Session, secret: string | Uint8Array, question: string | undefined, account: V3Account, env: Env,
): V3Step {
  const before = encrypted(session)
  const x = smpSecret(dsaFingerprint(account.dsa), before.theirFingerprint, before.ssid, smpSecretBytes(secret))
  const smp = startSmp(before.smp, x, question, smpArithmeticV3, env.random)
  wipe(x)
  return carry(before, smp, account, env)
}

/**
 * Answers the SMP message 1 of which the event `asked` told.
 *
 * @throws OtrError `OTR_NOT_ENCRYPTED`; `OTR_SMP_NOT_ASKED` when nothing waits for an answer
 */
export function smpAnswerV3(session: V3Session, secret: string | Uint8Array, account: V3Account, env: Env): V3Step {
  const before = encrypted(session)
  const y = smpSecret(before.theirFingerprint, dsaFingerprint(account.dsa), before.ssid, smpSecretBytes(secret))
  const smp = answerSmp(before.smp, y, smpArithmeticV3, env.random)
  wipe(y)
  return carry(before, smp, account, env)
}

/** Aborts SMP and tells the other side, in whatever state it is. @throws OtrError `OTR_NOT_ENCRYPTED` */
export function smpAbortV3(session: V3Session, account: V3Account, env: Env): V3Step {
  const before = encrypted(session)
  return carry(before, abortSmp(before.smp), account, env)
}

/** The session after a step of SMP, with its messages sent. */
function carry(before: V3Encrypted, smp: SmpStep<V3SmpValues>, account: V3Account, env: Env): V3Step {
  let state: V3Encrypted = { ...before, smp: smp.state }
  const outgoing: V3Message[] = []
  for (const message of smp.outgoing) {
    const sent = dataMessage(state, '', [smpTlv(message)], true, account, env)
    state = sent.state
    outgoing.push(sent.message)
  }
  if (smp.state !== before.smp) wipeSmp(before.smp)
  return step(state, outgoing, smp.events)
}
