import { ecdhSharedSecret, ringSign, ringVerify, shake256, wipe, type RandomSource, type Ring, type RingHash } from '../crypto/index.js'
import { asSecret, type Secret } from '../crypto/secret.js'
import { utf8Encode, Writer } from '../wire/index.js'
import { draftDialect, prekeyUsage } from './dialect.js'
import { MAC_LENGTH, publicationParts, type PublicationContents } from './publication.js'
import { publicOf } from '../wire/public-bytes.js'

/** KDF(usage, values, size) of the prekey protocol: SHAKE-256 with the protocol's own domain string. */
export function prekeyKdf(usage: number, parts: readonly Uint8Array[], length = 64): Secret {
  return asSecret(shake256([draftDialect.domain, publicOf(usage), ...parts], length))
}

/** The values that both sides of a key exchange with a prekey server sign. */
export interface PrekeyTranscript {
  /** The publisher's encoded Client Profile. */
  readonly clientProfile: Uint8Array
  /** The publisher's address as the network vouches for it: for XMPP the bare JID. */
  readonly publisher: string
  /** The server's address. */
  readonly server: string
  /** H_s, 57 bytes. */
  readonly serverKey: Uint8Array
  /** The publisher's ephemeral key, 57 bytes. */
  readonly i: Uint8Array
  /** The server's ephemeral key, 57 bytes. */
  readonly s: Uint8Array
}

/** The message t of a ring signature: of DAKE-2 (`initiator`), which the server signs, or of DAKE-3 (`receiver`), which the publisher signs. */
export function prekeyTranscript(side: 'initiator' | 'receiver', { clientProfile, publisher, server, serverKey, i, s }: PrekeyTranscript): Uint8Array {
  const usage = prekeyUsage[side]
  const composite = new Writer().data(utf8Encode(server))
  draftDialect.serverKey.write(composite, serverKey)
  // The publisher comes first, then the server; they are not sorted: spec/decisions.md, 31.
  const phi = new Writer().data(utf8Encode(publisher)).data(utf8Encode(server)).finish()
  return new Writer()
    .byte(side === 'initiator' ? 0x00 : 0x01)
    .bytes(prekeyKdf(usage, [clientProfile]))
    .bytes(prekeyKdf(usage + 1, [composite.finish()]))
    .point(i).point(s)
    .bytes(prekeyKdf(usage + 2, [phi]))
    .finish()
}

const ringHash: RingHash = (parts, length) => prekeyKdf(prekeyUsage.auth, parts, length)

/** RSig with this protocol's hash. Consumes 114 bytes of `random`. */
export function prekeySign(ring: Ring, secret: Uint8Array, t: Uint8Array, random: RandomSource): Uint8Array {
  return ringSign({ ring, secret, message: t, form: draftDialect.ringMessage, random, hash: ringHash })
}

/** RVrf with this protocol's hash. Never throws for bytes from the network. */
export function prekeyVerify(ring: Ring, sigma: Uint8Array, t: Uint8Array): boolean {
  return ringVerify(ring, sigma, t, [draftDialect.ringMessage], ringHash) !== undefined
}

/** The keys derived from the ECDH of the two ephemeral keys. Secret. */
export interface PrekeySessionKeys {
  /** prekey_mac_k: 64 bytes. */
  readonly macKey: Secret
  /** m, the context of the proofs: 64 bytes. */
  readonly proofContext: Secret
}

/** Computes SK and derives the session keys from it. Wipes `secret` and SK. `theirs` must have passed `isValidEcdh`. */
export function prekeySessionKeys(secret: Uint8Array, theirs: Uint8Array): PrekeySessionKeys {
  const shared = ecdhSharedSecret(secret, theirs)
  const sk = prekeyKdf(prekeyUsage.sk, [shared])
  const keys = { macKey: prekeyKdf(prekeyUsage.preMacKey, [sk]), proofContext: prekeyKdf(prekeyUsage.proofContext, [sk]) }
  wipe(secret, shared, sk)
  return keys
}

/** The MAC of a publication. One formula serves all: a part that is absent enters only by its flag. */
export function publicationMac(macKey: Uint8Array, contents: PublicationContents): Uint8Array {
  const { messages, clientProfile, prekeyProfile, proofs } = publicationParts(contents)
  const part = (usage: number, bytes: Uint8Array | undefined): Uint8Array[] =>
    bytes === undefined ? [Uint8Array.of(0)] : [Uint8Array.of(1), prekeyKdf(usage, [bytes])]
  return prekeyKdf(prekeyUsage.preMac, [
    macKey, publicOf(0x08, contents.messages.length), prekeyKdf(prekeyUsage.prekeyMessage, [messages]),
    ...part(prekeyUsage.clientProfile, clientProfile),
    ...part(prekeyUsage.prekeyProfile, prekeyProfile),
    prekeyKdf(prekeyUsage.macProofs, [proofs]),
  ], MAC_LENGTH)
}

/** The MAC of a Storage Information Request. */
export function storageRequestMac(macKey: Uint8Array): Uint8Array {
  return prekeyKdf(prekeyUsage.storageInfoMac, [macKey, Uint8Array.of(0x09)], MAC_LENGTH)
}

/** The MAC of a Storage Status. */
export function storageStatusMac(macKey: Uint8Array, receiverTag: number, stored: number): Uint8Array {
  return prekeyKdf(prekeyUsage.statusMac, [macKey, new Writer().byte(0x0b).int(receiverTag).int(stored).finish()], MAC_LENGTH)
}

/** The MAC of a Success message. */
export function successMac(macKey: Uint8Array, receiverTag: number): Uint8Array {
  return prekeyKdf(prekeyUsage.successMac, [macKey, new Writer().byte(0x06).int(receiverTag).finish()], MAC_LENGTH)
}

/** The MAC of a Failure message. */
export function failureMac(macKey: Uint8Array, receiverTag: number): Uint8Array {
  return prekeyKdf(prekeyUsage.failureMac, [macKey, new Writer().byte(0x05).int(receiverTag).finish()], MAC_LENGTH)
}
