import { wipe } from '../crypto/index.js'
import type { Env } from '../protocol/index.js'
import { wipeReplaced } from '../ratchet/index.js'
import { abortSmp, answerSmp, smpSecretBytes, startSmp, wipeSmp, type SmpStep } from '../smp/index.js'
import type { V4Account } from './account.js'
import { smpSecretForm } from './dialect.js'
import { dataMessage, encrypted } from './send.js'
import type { V4Encrypted, V4Message, V4Options, V4Session, V4Step } from './session.js'
import { smpSecret, smpTlv } from './smp.js'
import { smpArithmeticV4, type V4SmpValues } from './smp-arithmetic.js'
import { step } from './step.js'

/**
 * Begins the Socialist Millionaires' Protocol ("User requests to begin SMP"). One under way is aborted first, in a message of its own.
 *
 * @param secret - what both users know; a string is normalised to NFC and taken as UTF-8, bytes are taken as they are
 * @param question - sent with SMP message 1, encrypted like all of it
 * @throws OtrError `OTR_NOT_ENCRYPTED`; `OTR_SMP_QUESTION`; `OTR_RANDOM_FAILED`
 */
export function smpStartV4(
  session: V4Session, secret: string | Uint8Array, question: string | undefined, account: V4Account, env: Env, options: V4Options,
): V4Step {
  const before = encrypted(session)
  const x = secretFor(before, 'initiator', secret, options)
  const smp = startSmp(before.smp, x, question, smpArithmeticV4, env.random)
  wipe(x)
  return carry(before, smp, account, env)
}

/**
 * Answers the SMP message 1 of which the event `asked` told.
 *
 * @throws OtrError `OTR_NOT_ENCRYPTED`; `OTR_SMP_NOT_ASKED` when nothing waits for an answer; `OTR_RANDOM_FAILED`
 */
export function smpAnswerV4(session: V4Session, secret: string | Uint8Array, account: V4Account, env: Env, options: V4Options): V4Step {
  const before = encrypted(session)
  const y = secretFor(before, 'responder', secret, options)
  const smp = answerSmp(before.smp, y, smpArithmeticV4, env.random)
  wipe(y)
  return carry(before, smp, account, env)
}

/** Aborts SMP and tells the other side, in whatever state it is. @throws OtrError `OTR_NOT_ENCRYPTED` */
export function smpAbortV4(session: V4Session, account: V4Account, env: Env): V4Step {
  const before = encrypted(session)
  return carry(before, abortSmp(before.smp), account, env)
}

function secretFor(session: V4Encrypted, role: 'initiator' | 'responder', secret: string | Uint8Array, { dialect = 'auto' }: V4Options): Uint8Array {
  const [initiator, responder] = role === 'initiator'
    ? [session.ourFingerprint, session.them.fingerprint]
    : [session.them.fingerprint, session.ourFingerprint]
  return smpSecret(
    { initiator, responder, ssid: session.ssid, typed: smpSecretBytes(secret) }, smpSecretForm(dialect, session.learned),
  )
}

/** The session after a step of SMP, with its messages sent. */
function carry(before: V4Encrypted, smp: SmpStep<V4SmpValues>, account: V4Account, env: Env): V4Step {
  let state: V4Encrypted = { ...before, smp: smp.state }
  const outgoing: V4Message[] = []
  for (const message of smp.outgoing) {
    const sent = dataMessage(state, { text: '', tlvs: [smpTlv(message)], ignoreUnreadable: true }, account, env)
    if (state.ratchet !== before.ratchet) wipeReplaced(state.ratchet, sent.state.ratchet)
    state = sent.state
    outgoing.push(sent.message)
  }
  wipeReplaced(before.ratchet, state.ratchet)
  if (smp.state !== before.smp) wipeSmp(before.smp)
  return step(state, outgoing, smp.events)
}
