import type { SmpRequest } from '../protocol/index.js'
import { wipe } from '../crypto/compare.js'
import { dsaFingerprint } from '../crypto/dsa-encoding.js'
import { abortExchange, answerExchange, smpSecretBytes, startExchange, wipeSmp, type SmpStep } from '../smp/index.js'
import type { V3Context } from './context.js'
import { dataMessage } from './data-message.js'
import { encrypted, step, type V3Message, type V3Encrypted, type V3Session, type V3Step } from './session.js'
import { smpSecret, smpTlv } from './smp.js'
import { smpArithmetic, type V3SmpValues } from './smp-arithmetic.js'

/**
 * Begins the Socialist Millionaires' Protocol. If one is under way, it is aborted first, in a message of its own. A question is sent in
 * SMP message 1Q; without a question, SMP message 1 is sent.
 *
 * @throws OtrError `OTR_NOT_ENCRYPTED`; `OTR_SMP_QUESTION` for a question with a NUL or one that is too long
 * @see [OTRv3, "User requests to begin SMP"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function startSmp(
  session: V3Session, { secret, question }: SmpRequest, context: V3Context,
): V3Step {
  const before = encrypted(session)
  const x = smpSecret(dsaFingerprint(context.account.dsa), before.theirFingerprint, before.ssid, smpSecretBytes(secret))
  try {
    return carry(before, startExchange(before.smp, { secret: x, question }, { arithmetic: smpArithmetic, random: context.random }), context)
  } finally {
    wipe(x)
  }
}

/**
 * Answers the SMP message 1 that the event `asked` reported.
 *
 * @throws OtrError `OTR_NOT_ENCRYPTED`; `OTR_SMP_NOT_ASKED` when nothing waits for an answer
 * @see [OTRv3, "Receiving a type 2 TLV (SMP message 1)"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function answerSmp(session: V3Session, secret: string | Uint8Array, context: V3Context): V3Step {
  const before = encrypted(session)
  const y = smpSecret(before.theirFingerprint, dsaFingerprint(context.account.dsa), before.ssid, smpSecretBytes(secret))
  try {
    return carry(before, answerExchange(before.smp, y, { arithmetic: smpArithmetic, random: context.random }), context)
  } finally {
    wipe(y)
  }
}

/**
 * Aborts SMP, in any state of it, and tells the other side.
 *
 * @throws OtrError `OTR_NOT_ENCRYPTED`
 * @see [OTRv3, "User requests to abort SMP"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function abortSmp(session: V3Session, context: V3Context): V3Step {
  const before = encrypted(session)
  return carry(before, abortExchange(before.smp), context)
}

/** Returns the session after a step of SMP, and its messages as data messages. */
function carry(before: V3Encrypted, smp: SmpStep<V3SmpValues>, context: V3Context): V3Step {
  let state: V3Encrypted = { ...before, smp: smp.state }
  const outgoing: V3Message[] = []
  for (const message of smp.outgoing) {
    const sent = dataMessage(state, { text: '', tlvs: [smpTlv(message)] }, context)
    state = sent.state
    outgoing.push(sent.message)
  }
  if (smp.state !== before.smp) wipeSmp(before.smp)
  return step(state, outgoing, smp.events)
}
