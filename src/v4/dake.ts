import { ringSign, ringVerify, wipe, type RingMessageForm } from '../crypto/index.js'
import type { ProtocolEvent } from '../protocol/index.js'
import { interactiveAlice, interactiveBob } from '../ratchet/index.js'
import type { AuthIMessage, AuthRMessage, ClientProfile, IdentityMessage } from '../wire/index.js'
import { dakeTranscripts } from './dake-transcripts.js'
import type { V4Context } from './context.js'
import { correspondentOf, type V4Correspondent } from './correspondent.js'
import {
  ANSWERED_IDENTITIES, answeredIdentities, copyAnswered, copyDakeKeys, earlyMessages, generateDakeKeys, noDake, wipeAnswered, wipeDake,
  wipeDakeKeys, type AnsweredIdentity, type AwaitingAuthI, type AwaitingAuthR, type DakeState,
} from './dake-state.js'
import { acceptedRingForms, learnFromProfile, otherRingForm, ringForm, toldDialect, type V4Dialect } from './dialect.js'
import { completeDake } from './establish.js'
import { compareCrossing, sameIdentityMessage, verifyHandshakeMessage } from './handshake-message.js'
import { dakeMixedSecret } from './mixed-secret.js'
import { ownPublicKeys } from './own-keys.js'
import { plaintextOf, refuse, step, type V4Session, type V4Step } from './session.js'

/** After how many seconds an unanswered Auth-R message is sent in the other form, if the correspondent's dialect is unknown. */
export const OTHER_FORM_AFTER = 3

/**
 * Begins a DAKE: sends an Identity message, or sends ours again while it waits for its answer. An encrypted session goes on until the new
 * one is established, and an answer of ours may still be completed.
 *
 * @throws OtrError `OTR_RANDOM_FAILED`: nothing happened
 * @see [OTRv4, "Starting a conversation interactively"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#starting-a-conversation-interactively)
 */
export function startHandshake(session: V4Session, context: V4Context): V4Step {
  const { dake } = session
  if (dake.kind === 'awaiting-auth-r') return sendIdentityAgain(session, dake, context.now)
  const keys = generateDakeKeys(context.random, ownPublicKeys(session))
  const identity: IdentityMessage = {
    kind: 'v4-identity',
    senderTag: context.account.instanceTag,
    receiverTag: session.theirTag,
    clientProfile: context.account.clientProfile,
    y: keys.ecdh.publicKey,
    b: keys.dh.publicKey,
    firstEcdh: keys.firstEcdh.publicKey,
    firstDh: keys.firstDh.publicKey,
  }
  return {
    state: {
      ...session,
      dake: { kind: 'awaiting-auth-r', identity, keys, since: context.now, older: answeredIdentities(dake), early: earlyMessages(dake) },
    },
    outgoing: [identity],
    events: handshakeBegins(session),
  }
}

/**
 * Receives an Identity message.
 *
 * @see [OTRv4, "Receiving an Identity Message"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#receiving-an-identity-message)
 */
export function receiveIdentity(session: V4Session, message: IdentityMessage, context: V4Context): V4Step {
  const { dake } = session
  const repeated = answeredIdentities(dake).find(({ identity }) => sameIdentityMessage(identity, message))
  // The same Identity again gets the same answer: new keys would end two crossing DAKEs in two sessions (spec/decisions.md, 15).
  if (repeated !== undefined && dake.kind === 'awaiting-auth-i') return { state: session, outgoing: [repeated.authR], events: [] }
  const verdict = verifyHandshakeMessage(message, ownPublicKeys(session), context)
  if ('fault' in verdict) return refused(session, 'Identity message', verdict.fault)
  if (context.accepts?.(verdict.profile.fingerprint) === false) return unwanted(session)
  if (dake.kind === 'awaiting-auth-r') {
    const order = compareCrossing(dake.identity, message)
    if (order === 0) return refused(session, 'Identity message', 'our own, sent back')
    // Ours wins. Do not send it again: it is under way, and a second copy would get a second answer with other keys (spec/decisions.md, 16).
    if (order > 0) return step(session)
    if (repeated !== undefined) return returnToAnswer(session, dake, repeated, context)
  }
  const auto = (context.dialect ?? 'auto') === 'auto'
  // If a correspondent of unknown dialect starts again, they may not have understood our first answer: use the other form.
  const unknown = auto && session.learned.ring === undefined && toldDialect(message.clientProfile) === undefined
  const form = unknown && dake.kind === 'awaiting-auth-i'
    ? otherRingForm(dake.form)
    : ringForm(context.dialect ?? 'auto', session.learned, message.clientProfile)
  return answerIdentity(session, { message, them: correspondentOf(verdict.profile) }, { form, auto }, context)
}

/** Drops our Identity message, the lower of two that crossed, and returns to the answer that we gave before we sent it. */
function returnToAnswer(session: V4Session, given: AwaitingAuthR, answer: AnsweredIdentity, { dialect = 'auto', now }: V4Context): V4Step {
  wipeDakeKeys(given.keys)
  const dake: AwaitingAuthI = {
    ...answer,
    kind: 'awaiting-auth-i',
    since: now,
    otherFormAt: dialect === 'auto' ? now + OTHER_FORM_AFTER : undefined,
    older: given.older.filter((other) => other !== answer),
    early: given.early,
  }
  return { state: { ...session, dake }, outgoing: [answer.authR], events: [] }
}

/**
 * Makes and sends an Auth-R message.
 *
 * @see [OTRv4, "Sending an Auth-R Message"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#sending-an-auth-r-message)
 */
function answerIdentity(
  session: V4Session, { message: identity, them }: { readonly message: IdentityMessage, readonly them: V4Correspondent },
  { form, auto }: { readonly form: RingMessageForm, readonly auto: boolean }, context: V4Context,
): V4Step {
  const { dake: before } = session
  const keys = generateDakeKeys(context.random, [...ownPublicKeys(session), identity.y, identity.b, identity.firstEcdh, identity.firstDh])
  const unsigned = {
    kind: 'v4-auth-r' as const,
    senderTag: context.account.instanceTag,
    receiverTag: identity.senderTag,
    clientProfile: context.account.clientProfile,
    x: keys.ecdh.publicKey,
    a: keys.dh.publicKey,
    firstEcdh: keys.firstEcdh.publicKey,
    firstDh: keys.firstDh.publicKey,
  }
  let authR: AuthRMessage
  try {
    authR = { ...unsigned, sigma: signAuthR(identity, unsigned, form, context) }
  } catch (error) {
    wipeDakeKeys(keys)
    throw error
  }
  const mixedSecret = dakeMixedSecret(keys, identity.y, identity.b)
  wipe(keys.ecdh.privateKey, keys.dh.privateKey)
  if (before.kind === 'awaiting-auth-r') wipeDakeKeys(before.keys)
  const answered = answeredIdentities(before)
  wipeAnswered(answered.slice(ANSWERED_IDENTITIES - 1))
  const dake: AwaitingAuthI = {
    kind: 'awaiting-auth-i',
    identity,
    authR,
    form,
    otherFormAt: auto ? context.now + OTHER_FORM_AFTER : undefined,
    them,
    mixedSecret,
    firstEcdh: keys.firstEcdh,
    firstDh: keys.firstDh,
    since: context.now,
    older: answered.slice(0, ANSWERED_IDENTITIES - 1),
    early: earlyMessages(before),
  }
  return { state: { ...session, theirTag: identity.senderTag, dake }, outgoing: [authR], events: handshakeBegins(session) }
}

/** `sigma = RSig(H_a, sk_ha, {F_b, H_a, Y}, t)`. */
function signAuthR(
  identity: IdentityMessage, authR: Omit<AuthRMessage, 'sigma'>, form: RingMessageForm, context: V4Context,
): Uint8Array {
  return ringSign({
    ring: [identity.clientProfile.forgingKey, authR.clientProfile.publicKey, identity.y],
    secret: context.account.identity.secretScalar,
    message: transcripts(identity, authR, context.theirAddress, context.account.address, context).authR(),
    form,
    random: context.random,
  })
}

/** When it is time, sends the Auth-R message again, in the other form and with the same keys. */
export function tickDake(session: V4Session, context: V4Context): V4Step {
  const { dake } = session
  if (dake.kind !== 'awaiting-auth-i' || dake.otherFormAt === undefined || context.now < dake.otherFormAt) return step(session)
  const form = otherRingForm(dake.form)
  const authR: AuthRMessage = { ...dake.authR, sigma: signAuthR(dake.identity, dake.authR, form, context) }
  return { state: { ...session, dake: { ...dake, authR, form, otherFormAt: undefined } }, outgoing: [authR], events: [] }
}

/**
 * Receives an Auth-R message: verifies it, answers with the Auth-I message, and the session is established.
 *
 * @see [OTRv4, "Receiving an Auth-R Message"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#receiving-an-auth-r-message)
 */
export function receiveAuthR(session: V4Session, message: AuthRMessage, context: V4Context): V4Step {
  const { dake } = session
  if (dake.kind !== 'awaiting-auth-r') return unexpected(session, 'Auth-R message')
  const verdict = verifyHandshakeMessage(message, ownPublicKeys(session), context)
  if ('fault' in verdict) return refused(session, 'Auth-R message', verdict.fault)
  if (context.accepts?.(verdict.profile.fingerprint) === false) return unwanted(session)
  const { identity, keys } = dake
  const signed = transcripts(identity, message, context.account.address, context.theirAddress, context)
  // RVrf({F_b, H_a, Y}, sigma, t)
  const form = ringVerify(
    [identity.clientProfile.forgingKey, message.clientProfile.publicKey, identity.y], message.sigma, signed.authR(),
    acceptedRingForms(context.dialect ?? 'auto'),
  )
  if (form === undefined) return refused(session, 'Auth-R message', 'ring signature')

  const authI: AuthIMessage = {
    kind: 'v4-auth-i',
    senderTag: context.account.instanceTag,
    receiverTag: message.senderTag,
    // sigma = RSig(H_b, sk_hb, {H_b, F_a, X}, t)
    sigma: ringSign({
      ring: [identity.clientProfile.publicKey, message.clientProfile.forgingKey, message.x],
      secret: context.account.identity.secretScalar,
      message: signed.authI(),
      form,
      random: context.random,
    }),
  }
  const k = dakeMixedSecret(keys, message.x, message.a)
  const ratchet = interactiveBob({
    k, ourEcdh: keys.firstEcdh, ourDh: keys.firstDh, theirEcdh: message.firstEcdh, theirDh: message.firstDh,
  })
  const result = completeDake(session, {
    theirTag: message.senderTag, initiator: true, offline: false, them: correspondentOf(verdict.profile), ourProfile: identity.clientProfile, k, ratchet, form, dake: noDake,
  }, context)
  wipe(k)
  wipeDake(dake)
  return { ...learning(result, message.clientProfile, context.dialect), outgoing: [authI] }
}

/**
 * Receives an Auth-I message: verifies it and makes the session. It may complete an answer of ours that is not the newest. Then earlier answers
 * are dropped, and later ones may still replace the session. The caller receives the data messages that overtook it.
 *
 * @see [OTRv4, "Receiving an Auth-I Message"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#receiving-an-auth-i-message)
 */
export function receiveAuthI(session: V4Session, message: AuthIMessage, context: V4Context): V4Step {
  const { dake } = session
  const answered = answeredIdentities(dake)
  if (answered.length === 0) return unexpected(session, 'Auth-I message')
  for (const [place, answer] of answered.entries()) {
    const { identity, authR, mixedSecret: k, them } = answer
    // RVrf({H_b, F_a, X}, sigma, t)
    const form = ringVerify(
      [identity.clientProfile.publicKey, authR.clientProfile.forgingKey, authR.x], message.sigma,
      transcripts(identity, authR, context.theirAddress, context.account.address, context).authI(), acceptedRingForms(context.dialect ?? 'auto'),
    )
    if (form === undefined) continue
    const ratchet = interactiveAlice({
      k, ourEcdh: answer.firstEcdh, ourDh: answer.firstDh, theirEcdh: identity.firstEcdh, theirDh: identity.firstDh,
    })
    const result = completeDake(session, {
      theirTag: message.senderTag, initiator: false, offline: false, them, ourProfile: authR.clientProfile, k, ratchet, form,
      dake: since(dake, place),
    }, context)
    wipeAnswered(answered.slice(place))
    return learning(result, identity.clientProfile, context.dialect)
  }
  return refused(session, 'Auth-I message', 'ring signature')
}

/** Notes in a new session what the other side's profile says about their dialect. */
function learning({ state, ...rest }: V4Step, profile: ClientProfile, dialect: V4Dialect = 'auto'): V4Step {
  return { ...rest, state: { ...state, learned: learnFromProfile(dialect, state.learned, profile) } }
}

/** The DAKEs that began after the answer at `place`: they are still under way when it is complete. */
function since(dake: DakeState, place: number): DakeState {
  if (dake.kind === 'awaiting-auth-r') return { ...dake, older: dake.older.slice(0, place), early: [] }
  if (dake.kind === 'none' || place === 0) return noDake
  return { ...dake, older: dake.older.slice(0, place - 1), early: [] }
}

/** Forgets a DAKE that makes no progress. The message state does not change. */
export function abandonHandshake(session: V4Session): V4Step {
  if (session.dake.kind === 'none') return step(session)
  wipeDake(session.dake)
  return {
    state: { ...session, dake: noDake },
    outgoing: [],
    events: session.state === 'encrypted' ? [] : [{ type: 'state', state: session.state }],
  }
}

/**
 * The session in which to receive an instance's answer to `opening`, an Identity message to any instance. It is `existing` or a new session, with
 * copies of the opening's DAKE and of the answers that `existing` gave. Both arguments stay usable.
 */
export function adoptHandshake(opening: V4Session, existing: V4Session | undefined, theirTag: number): V4Session {
  const base: V4Session = existing ?? plaintextOf({ theirTag, learned: opening.learned })
  const { dake } = opening
  if (dake.kind !== 'awaiting-auth-r') return base
  const older = answeredIdentities(base.dake).map(copyAnswered)
  return { ...base, dake: { ...dake, keys: copyDakeKeys(dake.keys), older, early: earlyMessages(base.dake) } }
}

function sendIdentityAgain(session: V4Session, dake: AwaitingAuthR, now: number): V4Step {
  const identity: IdentityMessage = { ...dake.identity, receiverTag: session.theirTag }
  return { state: { ...session, dake: { ...dake, identity, since: now } }, outgoing: [identity], events: [] }
}

function transcripts(
  identity: IdentityMessage, authR: Omit<AuthRMessage, 'sigma'>, bobAccount: string, aliceAccount: string, { phiExtra }: V4Context,
): ReturnType<typeof dakeTranscripts> {
  return dakeTranscripts({ identity, authR, bobAccount, aliceAccount, ...(phiExtra !== undefined && { phiExtra }) })
}

function handshakeBegins({ state, dake }: V4Session): ProtocolEvent[] {
  return state === 'encrypted' || dake.kind !== 'none' ? [] : [{ type: 'state', state: 'handshake' }]
}

function refused(session: V4Session, what: string, why: string): V4Step {
  return refuse(session, 'handshake-failed', `${what}: ${why}`)
}

function unwanted(session: V4Session): V4Step {
  return refuse(session, 'policy', 'nobody has verified the key of this key exchange')
}

function unexpected(session: V4Session, what: string): V4Step {
  return refuse(session, 'unexpected', `${what} out of turn`)
}
