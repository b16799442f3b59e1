import { dh1536PublicKey, dh1536SharedSecret, wipe, type DsaPrivateKey, type RandomSource } from '../crypto/index.js'
import { copySecret } from '../crypto/secret.js'
import { compareIntegers } from '../crypto/integer.js'
import { OtrError } from '../errors.js'
import { deriveAkeKeys, wipeAuthenticationKeys } from '../v3/ake-keys.js'
import { createSession, type V3Encrypted } from '../v3/index.js'
import { forgetSessionKeys, sessionKeys } from '../v3/session-keys.js'
import type { OtrMessageV3 } from '../wire/index.js'
import type { ForgedText, Role } from './forge-transcript.js'
import { encryptedV3, TalkV3 } from './talk-v3.js'
import type { TranscriptLine } from './transcript.js'

/** What a Diffie-Hellman key pair of version 3 and somebody's public key give: what libotr's `otr_sesskeys` shows. All but `publicKey` is secret. */
export interface SessionKeysV3 {
  /** Our public key: big-endian without leading zeros, at most 192 bytes. */
  readonly publicKey: Uint8Array
  /** The secure session id of a key exchange with these two keys: 8 bytes. */
  readonly ssid: Uint8Array
  /** Whether our public key is the greater one. */
  readonly high: boolean
  /** 16 bytes. */
  readonly sendingAesKey: Uint8Array
  /** 20 bytes. */
  readonly sendingMacKey: Uint8Array
  /** 16 bytes. */
  readonly receivingAesKey: Uint8Array
  /** 20 bytes. */
  readonly receivingMacKey: Uint8Array
  /** The extra symmetric key: 32 bytes. */
  readonly extraKey: Uint8Array
}

/**
 * "Session keys" of version 3: all keys that follow from one private Diffie-Hellman key and a public one. Either side's private key gives the keys of
 * both directions. So whoever has one of them can write messages in the other side's name. Wipe the result.
 *
 * @param privateKey - an exponent, big-endian: 1 to 192 bytes. Secret
 * @param theirPublicKey - big-endian, at most 192 bytes
 * @throws OtrError `OTR_ARGUMENT` for a private key of another length
 * @see [OTRv3, "Data Message"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function sessionKeysV3(privateKey: Uint8Array, theirPublicKey: Uint8Array): SessionKeysV3 {
  if (privateKey.length === 0 || privateKey.length > 192) throw new OtrError('OTR_ARGUMENT', 'a private key of version 3 has 1 to 192 bytes')
  const ours = { privateKey: copySecret(privateKey), publicKey: dh1536PublicKey(privateKey) }
  const keys = sessionKeys(ours, theirPublicKey)
  const ake = deriveAkeKeys(dh1536SharedSecret(privateKey, theirPublicKey))
  const result = {
    publicKey: ours.publicKey,
    ssid: ake.ssid,
    high: compareIntegers(ours.publicKey, theirPublicKey) > 0,
    sendingAesKey: copySecret(keys.sendingKey),
    sendingMacKey: copySecret(keys.sendingMacKey),
    receivingAesKey: copySecret(keys.receivingKey),
    receivingMacKey: copySecret(keys.receivingMacKey),
    extraKey: copySecret(keys.extraKey),
  }
  forgetSessionKeys(ours)
  wipe(ours.privateKey)
  wipeAuthenticationKeys(ake.revealSignature)
  wipeAuthenticationKeys(ake.signature)
  return result
}

/** One of the two whose key exchange of version 3 is forged. */
export interface ForgedSideV3 {
  /** Their address. Version 3 binds it to nothing. */
  readonly address: string
  /** Their instance tag, 0x100 or more. */
  readonly instanceTag: number
  /** Their long-term key. Secret: in version 3 nobody can sign in another's place. */
  readonly dsa: DsaPrivateKey
}

/** What a conversation of version 3 is forged of. */
export interface AkeForgery {
  /** The person who appears to have begun: Bob sent the D-H Commit message. */
  readonly bob: ForgedSideV3
  /** The person who appears to have answered. */
  readonly alice: ForgedSideV3
  /** When, in seconds since 1970. */
  readonly now: number
}

/** A key exchange of version 3 that nobody held. */
export interface ForgedAke {
  /** The four messages, in order: Bob's and Alice's in turns. */
  readonly messages: readonly OtrMessageV3[]
  /** Bob's session: give it to `sendMessage` and `receiveMessage` of `otr4/v3`. It holds secrets. */
  readonly bob: V3Encrypted
  /** Alice's session. It holds secrets. */
  readonly alice: V3Encrypted
}

/**
 * "Forge AKE": a key exchange of version 3 between two people whose long-term keys the forger has. The forger needs both, because each side signs
 * the exchange. That is why nobody can deny that they took part in a key exchange of version 3.
 *
 * @throws OtrError `OTR_RANDOM_FAILED`
 * @see [OTRv3, "Authenticated Key Exchange (AKE)"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function forgeAke(forgery: AkeForgery, random: RandomSource): ForgedAke {
  const talk = talkOf(forgery, random)
  const messages = talk.begin().map(({ message }) => message as OtrMessageV3)
  return { messages, bob: encryptedV3(talk.sessions.bob), alice: encryptedV3(talk.sessions.alice) }
}

function talkOf({ bob, alice, now }: AkeForgery, random: RandomSource): TalkV3 {
  return new TalkV3({
    sessions: { bob: createSession({ theirTag: 0 }), alice: createSession({ theirTag: bob.instanceTag }) },
    contexts: { bob: { random, now, account: bob }, alice: { random, now, account: alice } }, addresses: { bob: bob.address, alice: alice.address },
  })
}

/** What a whole conversation of version 3 is forged of. */
export interface TranscriptForgeryV3 extends AkeForgery {
  /** What was said, in order. */
  readonly texts: readonly ForgedText[]
  /** The person who appears to have ended the conversation; absent: nobody. */
  readonly endedBy?: Role
}

/**
 * A whole conversation of version 3 that nobody held, from both long-term keys.
 *
 * @throws OtrError `OTR_INVALID_TEXT`, `OTR_TLV_TOO_LONG`, `OTR_RANDOM_FAILED`
 * @see [OTRv3, "Authenticated Key Exchange (AKE)"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function forgeTranscriptV3(forgery: TranscriptForgeryV3, random: RandomSource): TranscriptLine[] {
  const talk = talkOf(forgery, random)
  try {
    return [...talk.begin().map(({ line }) => line), ...talk.say(forgery.texts, forgery.endedBy)]
  } finally {
    talk.wipe()
  }
}
