import { equalBytes, generateEcdh, isValidEcdh, wipe, type EcdhKeyPair, type RandomSource } from '../crypto/index.js'
import type { SecretPair } from '../crypto/secret.js'
import type { PrekeyIdentity } from '../session/account/prekeys.js'
import { encodeClientProfile } from '../wire/index.js'
import { prekeySessionKeys, prekeySign, prekeyTranscript, prekeyVerify, type PrekeySessionKeys, type PrekeyTranscript } from './key-schedule.js'
import { prekeyText, type Dake2Message } from './messages.js'

/** A key exchange for which the client has made the DAKE-1 message. */
export interface BegunExchange {
  readonly me: PrekeyIdentity
  readonly ephemeral: SecretPair<EcdhKeyPair>
  /** The DAKE-1 message in text form. */
  readonly text: string
}

/** A key exchange in which the server has proved who it is. */
export interface ProvedExchange {
  readonly keys: PrekeySessionKeys
  /** Signs the DAKE-3 message. Call it only when the attachment is ready. */
  readonly sign: () => Uint8Array
}

/**
 * Makes a DAKE-1 message.
 *
 * @throws OtrError `OTR_RANDOM_FAILED`
 * @see [OTRv4 prekey server, "DAKE-1 Message"](https://github.com/otrv4/otrv4-prekey-server/blob/master/otrv4-prekey-server.md#dake-1-message)
 */
export function beginExchange(me: PrekeyIdentity, random: RandomSource): BegunExchange {
  const ephemeral = generateEcdh(random)
  const text = prekeyText({ kind: 'prekey-dake-1', senderTag: me.instanceTag, clientProfile: me.clientProfile, i: ephemeral.publicKey })
  return { me, ephemeral, text }
}

/**
 * Verifies a DAKE-2 message: its points and its signature. The caller has already checked instance tag,
 * server address and fingerprint. On success the ephemeral key is used up.
 *
 * @see [OTRv4 prekey server, "DAKE-2 Message"](https://github.com/otrv4/otrv4-prekey-server/blob/master/otrv4-prekey-server.md#dake-2-message)
 */
export function proveServer({ me, ephemeral }: BegunExchange, { serverIdentity, serverKey, s, sigma }: Dake2Message, random: RandomSource): ProvedExchange | undefined {
  if (!isValidEcdh(s) || !isValidEcdh(serverKey)) return undefined
  const { identity, address, clientProfile } = me
  const i = ephemeral.publicKey
  if (equalBytes(s, i) || equalBytes(serverKey, i)) return undefined
  const transcript: PrekeyTranscript = { clientProfile: encodeClientProfile(clientProfile), publisher: address, server: serverIdentity, serverKey, i, s }
  if (!prekeyVerify([identity.publicKey, serverKey, i], sigma, prekeyTranscript('initiator', transcript))) return undefined
  return {
    keys: prekeySessionKeys(ephemeral.privateKey, s),
    sign: () => prekeySign([identity.publicKey, serverKey, s], identity.secretScalar, prekeyTranscript('receiver', transcript), random),
  }
}

/** Wipes the secrets of a key exchange that is abandoned. */
export function forgetExchange(exchange: BegunExchange): void {
  wipe(exchange.ephemeral.privateKey)
}
