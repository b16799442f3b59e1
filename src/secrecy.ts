declare const secret: unique symbol

/**
 * Bytes that are secret. A secret goes wherever bytes go; but the compiler refuses what would copy it without saying for what: `slice` and its like, a spread, text,
 * `concatBytes`. A field or a parameter of this type takes nothing but what `crypto/secret.ts` made. What a type cannot refuse,
 * `Uint8Array.from`, JSON and clones, the linter does.
 */
export type Secret = { readonly [secret]: true, subarray(start?: number, end?: number): Secret } & { readonly [Copying in CopyingMember]: never } & Uint8Array

/** A key pair whose private key is known to be a `Secret`. */
export type SecretPair<Pair extends { readonly privateKey: Uint8Array }> = Pair & { readonly privateKey: Secret }

/** Bytes that may be copied without ceremony: any but a `Secret`. */
export type Public = Uint8Array & { readonly [secret]?: never }

type CopyingMember = 'slice' | 'map' | 'filter' | 'toReversed' | 'toSorted' | 'with' | 'toString' | 'toLocaleString' | 'join' | 'entries' | 'values' | typeof Symbol.iterator
