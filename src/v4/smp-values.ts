import { concatBytes } from '../wire/index.js'
import { isValidEcdh, SCALAR_LENGTH } from '../crypto/index.js'
import { copyPublic } from '../wire/public-bytes.js'

/** The kinds of values in the messages of SMP. Both have 57 bytes. */
export type SmpValueKind = 'point' | 'scalar'

/** The values of a message, one behind another. */
export const encodeSmpValues = concatBytes

/**
 * The values of a message whose kinds are known; `undefined` when its length is another, or a point is not on the curve, is the
 * identity, or is not in the prime-order subgroup. Scalars are taken as they are and reduced mod q where they are used.
 */
export function decodeSmpValues<const Kinds extends readonly SmpValueKind[]>(
  message: Uint8Array, kinds: Kinds,
): { readonly [Place in keyof Kinds]: Uint8Array } | undefined {
  if (message.length !== kinds.length * SCALAR_LENGTH) return undefined
  const values = kinds.map((_, i) => copyPublic(message, i * SCALAR_LENGTH, (i + 1) * SCALAR_LENGTH))
  if (!kinds.every((kind, i) => kind === 'scalar' || isValidEcdh(values[i] ?? new Uint8Array(0)))) return undefined
  return values as unknown as { readonly [Place in keyof Kinds]: Uint8Array }
}
