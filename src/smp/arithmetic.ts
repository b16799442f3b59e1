import type { RandomSource } from '../crypto/random.js'

/** What one version's arithmetic keeps between two messages: plain objects of byte strings, opaque to the state machine. */
export interface SmpValues {
  /** The initiator's, after SMP message 1: exponents and the secret. */
  readonly offered: { readonly secret: Uint8Array }
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
 * The arithmetic of one version of the Socialist Millionaires' Protocol. Messages are the values of its TLVs without a question.
 * `secret` is the hash that the specification compares ("Secret information"), made by the caller for their role. The methods that
 * take a message verify everything in it (encoding, group membership, each proof, Pa != Pb, Qa != Qb) before they answer, and return
 * `undefined` where anything is wrong; they never throw for what stands in a message. What goes in is not changed and not
 * kept: what comes out holds copies, so that the old values can be wiped.
 */
export interface SmpArithmetic<V extends SmpValues> {
  /** Makes SMP message 1. */
  offer(secret: Uint8Array, random: RandomSource): SmpMove<V['offered']>
  /** Verifies SMP message 1. */
  ask(message: Uint8Array): V['asked'] | undefined
  /** Makes SMP message 2. */
  answer(asked: V['asked'], secret: Uint8Array, random: RandomSource): SmpMove<V['answered']>
  /** Verifies SMP message 2 and makes SMP message 3. */
  prove(offered: V['offered'], message: Uint8Array, random: RandomSource): SmpMove<V['proved']> | undefined
  /** Verifies SMP message 3, makes SMP message 4, and says whether the secrets are equal. */
  conclude(answered: V['answered'], message: Uint8Array, random: RandomSource): { readonly message: Uint8Array, readonly equal: boolean } | undefined
  /** Verifies SMP message 4 and says whether the secrets are equal. */
  compare(proved: V['proved'], message: Uint8Array): { readonly equal: boolean } | undefined
}
