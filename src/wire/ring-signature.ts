import type { Field } from './codec.js'

/** RING-SIG: six scalars of 57 bytes each, little-endian, as they came (v4 "Serializing the Ring Signature Proof of Authentication"). */
export interface RingSignature {
  readonly c1: Uint8Array
  readonly r1: Uint8Array
  readonly c2: Uint8Array
  readonly r2: Uint8Array
  readonly c3: Uint8Array
  readonly r3: Uint8Array
}

/** RING-SIG: 342 bytes. */
export const ringSignature = (name: string): Field<RingSignature> => ({
  name,
  read: (reader) => ({
    c1: reader.scalar(`${name} c1`),
    r1: reader.scalar(`${name} r1`),
    c2: reader.scalar(`${name} c2`),
    r2: reader.scalar(`${name} r2`),
    c3: reader.scalar(`${name} c3`),
    r3: reader.scalar(`${name} r3`),
  }),
  write(writer, { c1, r1, c2, r2, c3, r3 }) {
    for (const scalar of [c1, r1, c2, r2, c3, r3]) writer.scalar(scalar)
  },
})
