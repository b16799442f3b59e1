import { dh1536PublicKey, dh1536SharedSecret, equalBytes, wipe, type Dh1536KeyPair, type RandomSource } from '../crypto/index.js'
import { isSameDh1536, isValidDh1536 } from '../crypto/dh1536.js'
import { copySecret, type SecretPair } from '../crypto/secret.js'
import { OtrError } from '../errors.js'
import { completeAke, openCommitment } from '../v3/ake.js'
import { deriveAkeKeys, wipeAuthenticationKeys } from '../v3/ake-keys.js'
import { verifyExchange, type Authenticated } from '../v3/ake-signature.js'
import { createSession, type V3Context, type V3Session } from '../v3/index.js'
import { AKE_KEY_ID } from '../v3/key-management.js'
import { newKeyPair } from '../v3/own-keys.js'
import { lendSessionKeys, sessionKeys } from '../v3/session-keys.js'
import type { OtrMessage } from '../wire/index.js'
import { publicBytes } from '../wire/public-bytes.js'
import { decodeTranscript, type MessageLine } from './decode.js'
import type { ForgedText, Role } from './forge-transcript.js'
import { encryptedV3, TalkV3 } from './talk-v3.js'
import type { Transcript, TranscriptLine } from './transcript.js'

/** What everything after a key exchange of version 3 is forged of. */
export interface AfterAkeForgery {
  /** A transcript with the key exchange, as it took place. What it contains after that is left out. */
  readonly transcript: Transcript
  /** The private Diffie-Hellman key that one of the two had in that exchange: big-endian, 1 to 192 bytes. Secret. */
  readonly privateKey: Uint8Array
  /** What was said after it, in order, by either of the two. */
  readonly texts: readonly ForgedText[]
  /** The person who appears to have ended the conversation; absent: nobody. */
  readonly endedBy?: Role
  /** When, in seconds since 1970. */
  readonly now: number
}

/**
 * A conversation of version 3 in which all that was said is forged, by one of the two alone. It begins with a key exchange that took place. Its
 * signatures stay as they are: nobody can forge that of the other side, so the conversation shows that both of them held a key exchange. Everything
 * after it is new, with new keys, MACs and revealed MAC keys, as an honest conversation has them: the private key of either side gives the keys of
 * both directions.
 *
 * `bob` is the person who sent the D-H Commit message, `alice` the other one.
 *
 * @returns the transcript up to the key exchange as it was, and then the forged lines
 * @throws OtrError `OTR_ARGUMENT` if the transcript contains no key exchange of version 3 that verifies and in which this private key was used;
 *   `OTR_INVALID_TEXT`, `OTR_TLV_TOO_LONG`, `OTR_RANDOM_FAILED`
 * @see [OTRv3, "Data Message"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function forgeAfterAke({ transcript, privateKey, texts, endedBy, now }: AfterAkeForgery, random: RandomSource): TranscriptLine[] {
  if (privateKey.length === 0 || privateKey.length > 192) throw new OtrError('OTR_ARGUMENT', 'a private key of version 3 has 1 to 192 bytes')
  const known: SecretPair<Dh1536KeyPair> = { privateKey: copySecret(privateKey), publicKey: dh1536PublicKey(privateKey) }
  const exchange = findExchange(decodeTranscript(transcript).messages, known)
  if (exchange === undefined) throw new OtrError('OTR_ARGUMENT', 'the transcript contains no key exchange of version 3 that verifies and in which this private key was used')
  const { role, theirs, ssid, signers, at, addresses, tags } = exchange
  // Nobody here has the private key of the other side. Every pair that it is a part of is computed from our half, see `prepare`.
  const unknown: SecretPair<Dh1536KeyPair> = { privateKey: copySecret(random(40)), publicKey: theirs }
  unknown.privateKey[0] = 1
  const pairs = role === 'bob' ? { bob: known, alice: unknown } : { bob: unknown, alice: known }
  const context = (by: Role): V3Context => ({ random, now, account: { instanceTag: tags[by], dsa: { ...signers[by].publicKey, x: publicBytes(0) } } })
  const contexts = { bob: context('bob'), alice: context('alice') }
  const session = (by: Role, to: Role): V3Session => completeAke(createSession({ theirTag: tags[to] }), {
    ours: pairs[by], next: newKeyPair(random, [known.publicKey, theirs]), theirs: pairs[to].publicKey, them: signers[to], ssid, initiator: by === 'bob',
  }, contexts[by]).state
  const other = role === 'bob' ? 'alice' : 'bob'
  const talk = new TalkV3({
    sessions: { bob: session('bob', 'alice'), alice: session('alice', 'bob') }, contexts, addresses,
    prepare: (sessions) => { lendKeys(sessions[role], sessions[other], unknown) },
  })
  try {
    const before = transcript.lines.filter((line) => line.at <= at).map(({ from, to, message, time, text }): TranscriptLine =>
      ({ from, to, message, ...time !== undefined && { time }, ...text !== undefined && { text } }))
    return [...before, ...talk.say(texts, endedBy)]
  } finally {
    talk.wipe()
    wipe(known.privateKey, unknown.privateKey)
  }
}

/** Gives the side whose private key is unknown the keys of each pair that it may need now, from our half of the pair. */
function lendKeys(ours: V3Session, theirs: V3Session, unknown: Dh1536KeyPair): void {
  if (ours.state !== 'encrypted' || theirs.state !== 'encrypted') return
  const { keys } = encryptedV3(theirs)
  for (const publicKey of [keys.theirs, keys.theirsPrevious]) {
    const half = [ours.keys.ours, ours.keys.oursPrevious].find((pair) => publicKey !== undefined && equalBytes(pair.publicKey, publicKey))
    if (half !== undefined && publicKey !== undefined) lendSessionKeys(unknown, publicKey, sessionKeys(half, unknown.publicKey))
  }
}

/** A key exchange of a transcript in which we had a part. */
interface Exchange {
  /** Whose private key we have. */
  readonly role: Role
  readonly theirs: Uint8Array
  readonly ssid: Uint8Array
  readonly signers: Readonly<Record<Role, Authenticated>>
  readonly addresses: Readonly<Record<Role, string>>
  readonly tags: Readonly<Record<Role, number>>
  /** The line of its last message. */
  readonly at: number
}

type LineOf<Kind extends OtrMessage['kind']> = MessageLine & { readonly message: Extract<OtrMessage, { kind: Kind }> }

function linesOf<Kind extends OtrMessage['kind']>(lines: readonly MessageLine[], kind: Kind): LineOf<Kind>[] {
  return lines.filter((line): line is LineOf<Kind> => line.message.kind === kind)
}

/** The first key exchange in which this key was used, and whose signatures verify. */
function findExchange(lines: readonly MessageLine[], known: Dh1536KeyPair): Exchange | undefined {
  const opened = openedCommitments(lines)
  for (const signature of linesOf(lines, 'v3-signature')) {
    const answers = linesOf(lines, 'v3-dh-key').filter(({ at }) => at < signature.at)
    for (const { gx, reveal } of opened.filter((one) => one.reveal.at < signature.at)) {
      for (const answer of answers) {
        const found = exchangeOf({ gx, answer, reveal, signature }, known)
        if (found !== undefined) return found
      }
    }
  }
  return undefined
}

/** What was committed to, of each Reveal Signature message and the commitment that it opens. */
function openedCommitments(lines: readonly MessageLine[]): { readonly gx: Uint8Array, readonly reveal: LineOf<'v3-reveal-signature'> }[] {
  const commits = linesOf(lines, 'v3-dh-commit')
  return linesOf(lines, 'v3-reveal-signature').flatMap((reveal) => commits.flatMap((commit) => {
    const gx = openCommitment(commit.message, reveal.message.revealedKey)
    return gx === undefined || !isValidDh1536(gx) ? [] : [{ gx, reveal }]
  }))
}

function exchangeOf(
  { gx, answer, reveal, signature }: { readonly gx: Uint8Array, readonly answer: LineOf<'v3-dh-key'>, readonly reveal: LineOf<'v3-reveal-signature'>, readonly signature: LineOf<'v3-signature'> },
  known: Dh1536KeyPair,
): Exchange | undefined {
  const { gy } = answer.message
  if (!isValidDh1536(gy) || isSameDh1536(gx, gy)) return undefined
  const role = isSameDh1536(gx, known.publicKey) ? 'bob' : isSameDh1536(gy, known.publicKey) ? 'alice' : undefined
  if (role === undefined) return undefined
  const theirs = role === 'bob' ? gy : gx
  const keys = deriveAkeKeys(dh1536SharedSecret(known.privateKey, theirs))
  const bob = verifyExchange(keys.revealSignature, gy, gx, reveal.message)
  const alice = verifyExchange(keys.signature, gx, gy, signature.message)
  wipeAuthenticationKeys(keys.revealSignature)
  wipeAuthenticationKeys(keys.signature)
  // Programs number the key of an exchange 1; another number would need the keys before it.
  if (bob?.keyId !== AKE_KEY_ID || alice?.keyId !== AKE_KEY_ID) return undefined
  const { from, to, message: { senderTag, receiverTag } } = reveal
  return { role, theirs, ssid: keys.ssid, signers: { bob, alice }, addresses: { bob: from, alice: to }, tags: { bob: senderTag, alice: receiverTag }, at: signature.at }
}
