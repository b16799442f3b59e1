import { equalBytes, generateEcdh, isValidEcdh, wipe, type EcdhKeyPair, type RandomSource } from '../crypto/index.js'
import type { PrekeyIdentity } from '../session/account/prekeys.js'
import { encodeClientProfile } from '../wire/index.js'
import { prekeySessionKeys, prekeySign, prekeyTranscript, prekeyVerify, type PrekeySessionKeys, type PrekeyTranscript } from './key-schedule.js'
import { prekeyText, type Dake2Message } from './messages.js'

/** A key exchange that the client has begun. */
export interface BegunExchange {
  readonly me: PrekeyIdentity
  readonly ephemeral: EcdhKeyPair
  /** The DAKE-1 message in text form. */
  readonly text: string
}

/** One in which the server has proved itself. */
export interface ProvedExchange {
  readonly keys: PrekeySessionKeys
  /** Signs the DAKE-3 message. Not before it is known what to attach. */
  readonly sign: () => Uint8Array
}

/** Makes a DAKE-1 message. Fails with `OTR_RANDOM_FAILED`. */
export function beginExchange(me: PrekeyIdentity, random: RandomSource): BegunExchange {
  const ephemeral = generateEcdh(random)
  const text = prekeyText({ kind: 'prekey-dake-1', senderTag: me.instanceTag, clientProfile: me.clientProfile, i: ephemeral.publicKey })
  return { me, ephemeral, text }
}

/**
 * "To verify a DAKE-2 message", after the caller has looked at tag, server and fingerprint: the point and the signature. Uses the
 * ephemeral key up when all is well.
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

/** Wipes what is secret of an exchange that goes no further. */
export function forgetExchange(exchange: BegunExchange): void {
  wipe(exchange.ephemeral.privateKey)
}
