import type { RandomSource } from '../crypto/random.js'
import type { Secret } from '../crypto/secret.js'

/** What one version's arithmetic keeps between two messages: plain objects of byte strings, opaque to the state machine. */
export interface SmpValues {
  /** The initiator's, after SMP message 1: exponents and the secret. */
  readonly offered: { readonly secret: Secret }
  /** The responder's, after SMP message 1 was verified: the initiator's public values. */
  readonly asked: object
  /** The responder's, after SMP message 2. */
  readonly answered: object
  /** The initiator's, after SMP message 3. */
  readonly proved: object
}

/** A message to send, and what to keep for the next one. */
export interface SmpMove<Values> {
  readonly message: Uint8Array
  readonly values: Values
}

/**
 * The arithmetic of one version of the Socialist Millionaires' Protocol. A message is the value of its TLV without the question.
 * `secret` is the hash that both sides compare; the caller computes it for their role.
 *
 * Methods that take a message first verify everything in it: encoding, group membership, each proof, Pa != Pb, Qa != Qb. They return
 * `undefined` if anything is wrong, and never throw because of a message. They neither change nor keep their arguments: results hold
 * copies, so the caller can wipe the old values.
 *
 * @see [OTRv3, "Secret information"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 * @see [OTRv4, "Secret Information"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#secret-information)
 */
export interface SmpArithmetic<V extends SmpValues> {
  /** Makes SMP message 1. */
  offer(secret: Secret, random: RandomSource): SmpMove<V['offered']>
  /** Verifies SMP message 1. */
  ask(message: Uint8Array): V['asked'] | undefined
  /** Makes SMP message 2. */
  answer(asked: V['asked'], secret: Secret, random: RandomSource): SmpMove<V['answered']>
  /** Verifies SMP message 2 and makes SMP message 3. */
  prove(offered: V['offered'], message: Uint8Array, random: RandomSource): SmpMove<V['proved']> | undefined
  /** Verifies SMP message 3, makes SMP message 4, and says whether the secrets are equal. */
  conclude(answered: V['answered'], message: Uint8Array, random: RandomSource): { readonly message: Uint8Array, readonly equal: boolean } | undefined
  /** Verifies SMP message 4 and says whether the secrets are equal. */
  compare(proved: V['proved'], message: Uint8Array): { readonly equal: boolean } | undefined
}
