import { aes128Ctr } from '../crypto/aes.js'
import { sha256 } from '../crypto/hash.js'
import { orWipe } from '../crypto/or-wipe.js'
import { randomCopy } from '../crypto/random.js'
import type { HandCopied, ProtocolEvent } from '../protocol/index.js'
import { secretBytes } from './ake-keys.js'
import { ownExchange, wipeAke, type AkeState, type AwaitingDhKey } from './ake-state.js'
import type { V3Context } from './context.js'
import { generationOf, type MessageNamed } from './generation.js'
import { newKeyPair, ownPublicKeys } from './own-keys.js'
import { plaintextOf, step, tags, type V3Session, type V3Step } from './session.js'
import { copySecret } from '../crypto/secret.js'
import { publicBytes } from '../wire/public-bytes.js'

/** The length of r, the key that hides g^x: 128 bits. */
const REVEALED_KEY_LENGTH = 16

/**
 * Starts a key exchange by sending a D-H Commit message, in any state of the session. An encrypted session goes on until the exchange is
 * complete. If nobody has answered our D-H Commit message yet, the same message is sent again. A new one would have another hash and another
 * key, and two sides that start at the same time could then miss each other. For a new one, call `abandonHandshake` first.
 *
 * @throws OtrError `OTR_RANDOM_FAILED`: nothing happened
 * @see [OTRv3, "Receiving a Query Message"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 * @see [OTRv3, "D-H Commit Message"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function startHandshake(session: V3Session, context: V3Context): V3Step {
  const { ake } = session
  const next = ake.kind === 'awaiting-dh-key' ? { ...ake, since: context.now } : commit(session, ake, context)
  return step({ ...session, ake: next }, [dhCommit(session, next, context)], handshakeEvents(session))
}

/** Returns the commitment of our exchange that is under way, or makes a new one. */
function commit(session: V3Session, before: Exclude<AkeState, AwaitingDhKey>, context: V3Context): AwaitingDhKey {
  const common = { kind: 'awaiting-dh-key' as const, since: context.now, before: before.kind === 'none' ? undefined : before }
  const own = ownExchange(before)
  if (own !== undefined) {
    const { ours, revealedKey, encryptedGx, hashedGx } = own
    return { ...common, ours, revealedKey, encryptedGx, hashedGx }
  }
  const { ours, revealedKey } = orWipe((keep) => {
    const pair = newKeyPair(context.random, ownPublicKeys(session))
    keep(pair.privateKey)
    return { ours: pair, revealedKey: randomCopy(context.random, REVEALED_KEY_LENGTH) }
  })
  const gxmpi = secretBytes(ours.publicKey)
  const encryptedGx = aes128Ctr(revealedKey, publicBytes(16), gxmpi)
  return { ...common, ours, revealedKey, encryptedGx, hashedGx: sha256(gxmpi) }
}

/** Makes the D-H Commit message of an exchange that we began. */
export function dhCommit(session: V3Session, { encryptedGx, hashedGx }: AwaitingDhKey, context: V3Context): MessageNamed<'dh-commit'> {
  return { kind: generationOf(context).dhCommit, ...tags(session, context), encryptedGx, hashedGx }
}

/** Returns the events when an exchange begins: none if one was under way or the session is encrypted. */
export function handshakeEvents(session: V3Session): ProtocolEvent[] {
  return session.ake.kind === 'none' && session.state !== 'encrypted' ? [{ type: 'state', state: 'handshake' }] : []
}

/**
 * Prepares a session for an instance that answers our D-H Commit message with receiver tag 0, which several instances may answer. Call it
 * when the first message of such an instance comes: a D-H Key message, or a D-H Commit message that crosses ours. Receive that message in the
 * session that this returns. It is `existing`, or a new session, with its own copy of the exchange that `opening` began; `opening` and
 * `existing` stay as they are.
 *
 * @see [OTRv3, "D-H Commit Message"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function adoptHandshake(opening: V3Session, existing: V3Session | undefined, theirTag: number): V3Session {
  const ake: AkeState = opening.ake.kind === 'awaiting-dh-key' ? copyCommit(opening.ake) : { kind: 'none' }
  return existing === undefined ? plaintextOf({ theirTag }, ake) : { ...existing, ake }
}

/** Copies an exchange. The copy shares no secret with the original, so that each can be wiped alone. */
function copyCommit({ since, ours, revealedKey, encryptedGx, hashedGx }: AwaitingDhKey): HandCopied<AwaitingDhKey> {
  return {
    kind: 'awaiting-dh-key',
    since,
    ours: { privateKey: copySecret(ours.privateKey), publicKey: ours.publicKey },
    revealedKey: copySecret(revealedKey),
    encryptedGx,
    hashedGx,
    before: undefined,
  }
}

/** Forgets a key exchange, for instance one that makes no progress. The message state stays. Without an exchange, returns the same session. */
export function abandonHandshake(session: V3Session): V3Step {
  if (session.ake.kind === 'none') return step(session)
  wipeAke(session.ake)
  return step(
    { ...session, ake: { kind: 'none' } }, [], session.state === 'encrypted' ? [] : [{ type: 'state', state: session.state }],
  )
}
