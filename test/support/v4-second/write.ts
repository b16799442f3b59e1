import { concat, data, mpi, toBigEndian, uint } from './bytes.js'
import { eddsaSign } from './sign.js'

/** The messages of version 4, written as the tables of the specification say. */

const long = (value: bigint): Uint8Array => {
  const bytes = toBigEndian(value)
  return concat(new Uint8Array(8 - bytes.length), bytes)
}

/** A key with its type, which is little-endian: 0x10 H, 0x11 D, 0x12 F. */
export const typedKey = (type: 0x10 | 0x11 | 0x12, key: Uint8Array): Uint8Array => concat(Uint8Array.of(type, 0), key)

export const field = (type: number, value: Uint8Array): Uint8Array => concat(uint(type, 2), value)

export interface ProfileContents {
  readonly instanceTag: number
  readonly publicKey: Uint8Array
  readonly forgingKey: Uint8Array
  readonly versions: string
  readonly expiration: bigint
  /** PUBKEY of version 3, with its type. */
  readonly dsaKey?: Uint8Array
  readonly transitionalSignature?: Uint8Array
}

/** The fields, each with its type, in the order of their types. */
export function profileFields({ instanceTag, publicKey, forgingKey, versions, expiration, dsaKey, transitionalSignature }: ProfileContents): Uint8Array[] {
  return [
    field(1, uint(instanceTag, 4)), field(2, typedKey(0x10, publicKey)), field(3, typedKey(0x12, forgingKey)),
    field(4, data(Buffer.from(versions, 'latin1'))), field(5, long(expiration)),
    ...dsaKey === undefined ? [] : [field(6, dsaKey)],
    ...transitionalSignature === undefined ? [] : [field(7, transitionalSignature)],
  ]
}

/** CLIENT-PROF of these fields, signed by the key that `symmetricKey` makes. */
export function signFields(fields: readonly Uint8Array[], symmetricKey: Uint8Array): { readonly signed: Uint8Array, readonly signature: Uint8Array, readonly bytes: Uint8Array } {
  const signed = concat(...fields)
  const { signature } = eddsaSign(symmetricKey, signed)
  return { signed, signature, bytes: concat(uint(fields.length, 4), signed, signature) }
}

export function prekeyProfile(instanceTag: number, expiration: bigint, sharedPrekey: Uint8Array, symmetricKey: Uint8Array): { readonly signed: Uint8Array, readonly signature: Uint8Array, readonly bytes: Uint8Array } {
  const signed = concat(uint(instanceTag, 4), long(expiration), typedKey(0x11, sharedPrekey))
  const { signature } = eddsaSign(symmetricKey, signed)
  return { signed, signature, bytes: concat(signed, signature) }
}

const head = (type: number): Uint8Array => concat(uint(4, 2), uint(type, 1))
const tags = (sender: number, receiver: number): Uint8Array => concat(uint(sender, 4), uint(receiver, 4))

export const prekeyMessage = (identifier: number, instanceTag: number, Y: Uint8Array, B: bigint): Uint8Array =>
  concat(head(0x0f), uint(identifier, 4), uint(instanceTag, 4), Y, mpi(B))

export interface DakeKeys {
  readonly profile: Uint8Array
  readonly ecdh: Uint8Array
  readonly dh: bigint
  readonly firstEcdh: Uint8Array
  readonly firstDh: bigint
}

export const identityMessage = (sender: number, receiver: number, { profile, ecdh, dh, firstEcdh, firstDh }: DakeKeys): Uint8Array =>
  concat(head(0x35), tags(sender, receiver), profile, ecdh, mpi(dh), firstEcdh, mpi(firstDh))

export const authRMessage = (sender: number, receiver: number, { profile, ecdh, dh, firstEcdh, firstDh }: DakeKeys, sigma: Uint8Array): Uint8Array =>
  concat(head(0x36), tags(sender, receiver), profile, ecdh, mpi(dh), sigma, firstEcdh, mpi(firstDh))

export const authIMessage = (sender: number, receiver: number, sigma: Uint8Array): Uint8Array => concat(head(0x37), tags(sender, receiver), sigma)

export const nonInteractiveAuthMessage = (
  sender: number, receiver: number, { profile, ecdh, dh, firstEcdh, firstDh }: DakeKeys, sigma: Uint8Array, prekey: number, authMac: Uint8Array,
): Uint8Array => concat(head(0x0d), tags(sender, receiver), profile, ecdh, mpi(dh), sigma, uint(prekey, 4), authMac, firstEcdh, mpi(firstDh))

export interface DataFields {
  readonly sender: number
  readonly receiver: number
  readonly flags: number
  readonly pn: number
  readonly i: number
  readonly j: number
  readonly ecdh: Uint8Array
  readonly dh: bigint | undefined
  readonly encrypted: Uint8Array
}

/** Everything that the authenticator covers. */
export const authenticatedPart = ({ sender, receiver, flags, pn, i, j, ecdh, dh, encrypted }: DataFields): Uint8Array => concat(
  head(0x03), tags(sender, receiver), uint(flags, 1), uint(pn, 4), uint(i, 4), uint(j, 4), ecdh, mpi(dh ?? 0n), data(encrypted),
)

export const dataMessage = (authenticated: Uint8Array, authenticator: Uint8Array, revealed: Uint8Array): Uint8Array =>
  concat(authenticated, authenticator, data(revealed))
