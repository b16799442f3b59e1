import { aes128Ctr } from '../crypto/aes.js'
import { equalBytes } from '../crypto/compare.js'
import { dh1536SharedSecret, isSameDh1536, isValidDh1536, type Dh1536KeyPair } from '../crypto/dh1536.js'
import { dsaFingerprint } from '../crypto/dsa-encoding.js'
import { sha256 } from '../crypto/hash.js'
import { compareIntegers } from '../crypto/integer.js'
import { MalformedError, unreachable } from '../errors.js'
import { newSmp } from '../smp/index.js'
import { Reader } from '../wire/index.js'
import { authenticationKeys, deriveAkeKeys, wipeAuthenticationKeys } from './ake-keys.js'
import { signExchange, verifyExchange, type Authenticated } from './ake-signature.js'
import { answeredExchange, ownExchange, wipeAke, type AwaitingDhKey, type AwaitingRevealSignature, type AwaitingSignature } from './ake-state.js'
import type { V3Context } from './context.js'
import { establishSession } from './establish.js'
import { generationOf, type MessageNamed } from './generation.js'
import { newKeyPair, ownPublicKeys } from './own-keys.js'
import { AKE_KEY_ID, keysAfterAke } from './key-management.js'
import { refuse, step, tags, type V3Session, type V3Step } from './session.js'
import { dhCommit, handshakeEvents } from './start.js'
import type { V3SmpValues } from './smp-arithmetic.js'
import { copySecret, type SecretPair, secretBytes } from '../crypto/secret.js'
import { orWipe } from '../crypto/or-wipe.js'
import { publicBytes } from '../wire/public-bytes.js'

/**
 * Receives a D-H Commit message.
 *
 * @see [OTRv3, "Receiving a D-H Commit Message"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function receiveDhCommit(session: V3Session, message: MessageNamed<'dh-commit'>, context: V3Context): V3Step {
  const { ake } = session
  switch (ake.kind) {
    case 'none':
      return answerCommit(session, message, undefined, context)
    case 'awaiting-dh-key': {
      const order = compareIntegers(ake.hashedGx, message.hashedGx)
      // Equal: our own message came back. The specification does not mention this; we must not answer ourselves.
      if (order === 0) return refuse(session, 'unexpected', 'our own D-H Commit message came back')
      if (order > 0) return step(session, [dhCommit({ ...session, theirTag: message.senderTag }, ake, context)])
      const answered = answeredExchange(ake)
      if (answered === undefined) return answerCommit(session, message, ownExchange(ake), context)
      wipeCommitment(ake)
      return answerAgain(session, answered, message, context)
    }
    case 'awaiting-reveal-signature':
      return answerAgain(session, ake, message, context)
    case 'awaiting-signature':
      return answerCommit(session, message, ake, context)
    default:
      return unreachable(ake)
  }
}

/** Replies with a new D-H Key message. `own` is an exchange of ours that may still be completed. */
function answerCommit(
  session: V3Session, message: MessageNamed<'dh-commit'>, own: AwaitingSignature | undefined, context: V3Context,
): V3Step {
  const ake: AwaitingRevealSignature = {
    kind: 'awaiting-reveal-signature',
    since: context.now,
    ours: newKeyPair(context.random, ownPublicKeys(session)),
    encryptedGx: message.encryptedGx,
    hashedGx: message.hashedGx,
    own,
  }
  const state = { ...session, theirTag: message.senderTag, ake }
  if (session.ake.kind === 'awaiting-dh-key') wipeCommitment(session.ake)
  return step(state, [dhKey(state, ake, context)], handshakeEvents(session))
}

/** Wipes a commitment that we drop, but no secret that another exchange of ours still uses. */
function wipeCommitment(ake: AwaitingDhKey): void {
  if (ownExchange(ake) === undefined) wipeAke({ ...ake, before: undefined })
}

/** Sends our D-H Key message again. From now on the new D-H Commit message replaces the old one. */
function answerAgain(session: V3Session, ake: AwaitingRevealSignature, message: MessageNamed<'dh-commit'>, context: V3Context): V3Step {
  const { encryptedGx, hashedGx } = message
  const repeated = equalBytes(ake.hashedGx, hashedGx) && equalBytes(ake.encryptedGx, encryptedGx)
  if (repeated && session.ake === ake) return step(session, [dhKey(session, ake, context)])
  const state = { ...session, theirTag: message.senderTag, ake: { ...ake, since: context.now, encryptedGx, hashedGx } }
  return step(state, [dhKey(state, ake, context)])
}

function dhKey(session: V3Session, ake: AwaitingRevealSignature, context: V3Context): MessageNamed<'dh-key'> {
  return { kind: generationOf(context).dhKey, ...tags(session, context), gy: ake.ours.publicKey }
}

/**
 * Receives a D-H Key message.
 *
 * @see [OTRv3, "Receiving a D-H Key Message"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function receiveDhKey(session: V3Session, message: MessageNamed<'dh-key'>, context: V3Context): V3Step {
  const { ake } = session
  const nobody = 'a D-H Key message that nobody waits for'
  switch (ake.kind) {
    case 'awaiting-dh-key': {
      const own = ownExchange(ake)
      // This is a late answer to our earlier D-H Commit message.
      if (own !== undefined && equalBytes(own.theirs, message.gy)) return repeatRevealSignature(session, own, message, context)
      return revealSignature(session, ake, message, context)
    }
    case 'awaiting-reveal-signature':
    case 'awaiting-signature': {
      const own = ownExchange(ake)
      return own === undefined ? refuse(session, 'unexpected', nobody) : repeatRevealSignature(session, own, message, context)
    }
    case 'none':
      return refuse(session, 'unexpected', nobody)
    default:
      return unreachable(ake)
  }
}

function revealSignature(session: V3Session, ake: AwaitingDhKey, message: MessageNamed<'dh-key'>, context: V3Context): V3Step {
  if (!isValidDh1536(message.gy)) return refuse(session, 'handshake-failed', 'g^y is out of range')
  if (isSameDh1536(message.gy, ake.ours.publicKey)) return refuse(session, 'handshake-failed', 'g^y is our own g^x')
  const keys = deriveAkeKeys(dh1536SharedSecret(ake.ours.privateKey, message.gy))
  const signed = orWipe((keep) => {
    for (const key of authenticationKeys(keys.signature)) keep(key)
    try {
      return signExchange(keys.revealSignature, ake.ours.publicKey, message.gy, context.account.dsa, AKE_KEY_ID, context.random)
    } finally {
      wipeAuthenticationKeys(keys.revealSignature)
    }
  })
  const next: AwaitingSignature = {
    kind: 'awaiting-signature',
    since: context.now,
    ours: ake.ours,
    theirs: message.gy,
    ssid: keys.ssid,
    keys: keys.signature,
    encryptedGx: ake.encryptedGx,
    hashedGx: ake.hashedGx,
    // Copy it: an exchange that this one replaces may share the array, and is wiped.
    revealedKey: copySecret(ake.revealedKey),
    ...signed,
  }
  wipeAke(ake, ake.ours)
  const state = { ...session, theirTag: message.senderTag, ake: next }
  return step(state, [revealSignatureMessage(state, next, context)])
}

function revealSignatureMessage(session: V3Session, ake: AwaitingSignature, context: V3Context): MessageNamed<'reveal-signature'> {
  const { revealedKey, encryptedSignature, mac } = ake
  // Copy it for the message: ours is wiped later.
  return { kind: generationOf(context).revealSignature, ...tags(session, context), revealedKey: copySecret(revealedKey), encryptedSignature, mac }
}

/** Sends our Reveal Signature message again, because the same D-H Key message came again. */
function repeatRevealSignature(session: V3Session, ake: AwaitingSignature, message: MessageNamed<'dh-key'>, context: V3Context): V3Step {
  if (!equalBytes(ake.theirs, message.gy)) return refuse(session, 'unexpected', 'another D-H Key message than the one before')
  return step(session, [revealSignatureMessage(session, ake, context)])
}

/**
 * Receives a Reveal Signature message.
 *
 * @see [OTRv3, "Receiving a Reveal Signature Message"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function receiveRevealSignature(session: V3Session, message: MessageNamed<'reveal-signature'>, context: V3Context): V3Step {
  const ake = answeredExchange(session.ake)
  if (ake === undefined) return refuse(session, 'unexpected', 'a Reveal Signature message that nobody waits for')
  const gx = openCommitment(ake, message.revealedKey)
  if (gx === undefined) return refuse(session, 'handshake-failed', 'the revealed g^x is not the one committed to')
  if (!isValidDh1536(gx)) return refuse(session, 'handshake-failed', 'g^x is out of range')
  if (isSameDh1536(gx, ake.ours.publicKey)) return refuse(session, 'handshake-failed', 'g^x is our own g^y')
  const keys = deriveAkeKeys(dh1536SharedSecret(ake.ours.privateKey, gx))
  let them: Authenticated | undefined
  let signed: ReturnType<typeof signExchange>
  try {
    them = verifyExchange(keys.revealSignature, ake.ours.publicKey, gx, message)
    if (them === undefined) return refuse(session, 'handshake-failed', 'the Reveal Signature message does not verify')
    signed = signExchange(keys.signature, ake.ours.publicKey, gx, context.account.dsa, AKE_KEY_ID, context.random)
  } finally {
    wipeAuthenticationKeys(keys.revealSignature)
    wipeAuthenticationKeys(keys.signature)
  }
  const next = newKeyPair(context.random, [...ownPublicKeys(session), gx])
  const signature: MessageNamed<'signature'> = { kind: generationOf(context).signature, ...tags(session, context), ...signed }
  return { ...completeAke(session, { ours: ake.ours, next, theirs: gx, them, ssid: keys.ssid, initiator: false }, context), outgoing: [signature] }
}

/** Opens a commitment: decrypts g^x with r, checks it against the hash, and takes it out of its MPI. */
export function openCommitment({ encryptedGx, hashedGx }: Pick<AwaitingRevealSignature, 'encryptedGx' | 'hashedGx'>, revealedKey: Uint8Array): Uint8Array | undefined {
  if (revealedKey.length !== 16) return undefined
  const gxmpi = aes128Ctr(revealedKey, publicBytes(16), encryptedGx)
  if (!equalBytes(sha256(gxmpi), hashedGx)) return undefined
  try {
    const reader = new Reader(gxmpi)
    const gx = reader.mpi('g^x')
    reader.end()
    return gx
  } catch (error) {
    if (error instanceof MalformedError) return undefined
    throw error
  }
}

/**
 * Receives a Signature message.
 *
 * @see [OTRv3, "Receiving a Signature Message"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function receiveSignature(session: V3Session, message: MessageNamed<'signature'>, context: V3Context): V3Step {
  const ake = ownExchange(session.ake)
  if (ake === undefined) return refuse(session, 'unexpected', 'a Signature message that nobody waits for')
  const them = verifyExchange(ake.keys, ake.ours.publicKey, ake.theirs, message)
  if (them === undefined) return refuse(session, 'handshake-failed', 'the Signature message does not verify')
  const next = newKeyPair(context.random, [...ownPublicKeys(session), ake.theirs])
  return { ...completeAke(session, { ours: ake.ours, next, theirs: ake.theirs, them, ssid: ake.ssid, initiator: true }, context), outgoing: [] }
}

/** What a completed key exchange gives to the new session. */
interface Completed {
  readonly ours: SecretPair<Dh1536KeyPair>
  readonly next: SecretPair<Dh1536KeyPair>
  readonly theirs: Uint8Array
  readonly them: Authenticated
  readonly ssid: Uint8Array
  readonly initiator: boolean
}

/** Completes the AKE: the session becomes MSGSTATE_ENCRYPTED and AUTHSTATE_NONE. */
export function completeAke(session: V3Session, completed: Completed, context: V3Context): Omit<V3Step, 'outgoing'> {
  const { ours, next, theirs, them, ssid, initiator } = completed
  const result = establishSession({ ...session, ake: { kind: 'none' } }, {
    state: 'encrypted',
    theirTag: session.theirTag,
    ake: { kind: 'none' },
    side: [],
    ssid,
    initiator,
    theirPublicKey: them.publicKey,
    theirFingerprint: dsaFingerprint(them.publicKey),
    keys: keysAfterAke(ours, next, theirs, them.keyId, undefined, secretBytes(0)),
    smp: newSmp<V3SmpValues>(context.now),
    lastSent: context.now,
    heartbeatOwed: false,
  }, context)
  // The new session keeps using the key pair `ours`.
  wipeAke(session.ake, ours)
  return result
}
