import type { SmpRequest } from '../protocol/index.js'
import { wipe } from '../crypto/index.js'
import { wipeReplaced } from '../ratchet/index.js'
import { abortExchange, answerExchange, smpSecretBytes, startExchange, wipeSmp, type SmpStep } from '../smp/index.js'
import type { V4Context } from './context.js'
import { dataMessage } from './data-message.js'
import { smpSecretForm } from './dialect.js'
import { encrypted, step, type V4Encrypted, type V4Message, type V4Session, type V4Step } from './session.js'
import { smpSecret, smpTlv } from './smp.js'
import { smpArithmetic, type V4SmpValues } from './smp-arithmetic.js'
import type { Secret } from '../crypto/secret.js'

/**
 * Begins the Socialist Millionaires' Protocol. If one is under way, it is aborted first, in a message of its own.
 *
 * @throws OtrError `OTR_NOT_ENCRYPTED`; `OTR_SMP_QUESTION`; `OTR_RANDOM_FAILED`; `OTR_STALE_SESSION` for a session that was replaced
 * @see [OTRv4, "User requests to begin SMP"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#user-requests-to-begin-smp)
 */
export function startSmp(
  session: V4Session, { secret, question }: SmpRequest, context: V4Context,
): V4Step {
  const before = encrypted(session)
  const x = secretFor(before, 'initiator', secret, context)
  try {
    return carry(before, startExchange(before.smp, { secret: x, question }, { arithmetic: smpArithmetic, random: context.random }), context)
  } finally {
    wipe(x)
  }
}

/**
 * Answers the SMP message 1 that the event `asked` has reported.
 *
 * @throws OtrError `OTR_NOT_ENCRYPTED`; `OTR_SMP_NOT_ASKED` when nothing waits for an answer; `OTR_RANDOM_FAILED`;
 *   `OTR_STALE_SESSION` for a session that was replaced
 * @see [OTRv4, "Receiving a SMP Message 1"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#receiving-a-smp-message-1)
 */
export function answerSmp(session: V4Session, secret: string | Uint8Array, context: V4Context): V4Step {
  const before = encrypted(session)
  const y = secretFor(before, 'responder', secret, context)
  try {
    return carry(before, answerExchange(before.smp, y, { arithmetic: smpArithmetic, random: context.random }), context)
  } finally {
    wipe(y)
  }
}

/**
 * Aborts SMP in any state of it, and sends TLV 6, so that the other side aborts it, too.
 *
 * @throws OtrError `OTR_NOT_ENCRYPTED`; `OTR_RANDOM_FAILED`; `OTR_STALE_SESSION` for a session that was replaced
 * @see [OTRv4, "User requests to abort SMP"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#user-requests-to-abort-smp)
 */
export function abortSmp(session: V4Session, context: V4Context): V4Step {
  const before = encrypted(session)
  return carry(before, abortExchange(before.smp), context)
}

function secretFor(session: V4Encrypted, role: 'initiator' | 'responder', secret: string | Uint8Array, { dialect = 'auto' }: V4Context): Secret {
  const [initiator, responder] = role === 'initiator'
    ? [session.ourFingerprint, session.them.fingerprint]
    : [session.them.fingerprint, session.ourFingerprint]
  return smpSecret(
    { initiator, responder, ssid: session.ssid, typed: smpSecretBytes(secret) }, smpSecretForm(dialect, session.learned),
  )
}

/** The session after a step of SMP, with its messages sent. */
function carry(before: V4Encrypted, smp: SmpStep<V4SmpValues>, context: V4Context): V4Step {
  let state: V4Encrypted = { ...before, smp: smp.state }
  const outgoing: V4Message[] = []
  try {
    for (const message of smp.outgoing) {
      const sent = dataMessage(state, { text: '', tlvs: [smpTlv(message)] }, context)
      if (state.ratchet !== before.ratchet) wipeReplaced(state.ratchet, sent.state.ratchet)
      state = sent.state
      outgoing.push(sent.message)
    }
  } catch (error) {
    wipeReplaced(state.ratchet, before.ratchet)
    if (smp.state !== before.smp) wipeSmp(smp.state)
    throw error
  }
  wipeReplaced(before.ratchet, state.ratchet)
  if (smp.state !== before.smp) wipeSmp(before.smp)
  return step(state, outgoing, smp.events)
}
