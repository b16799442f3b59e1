import { rfc6979Key, javaGroupKey } from '../dsa.js'
import { bigEndian } from '../v4-second/bytes.js'
import { dhPublic } from '../v4-second/dh.js'
import { encode, G, multiply, secretScalar } from '../v4-second/ed448.js'
import { profileFields, signFields } from '../v4-second/write.js'
import { pubkey, type DsaKey } from '../v3-second/dsa.js'
import { hex, integer, record, text, type Fields } from './define.js'

/** When everything takes place: seconds since 1970. */
export const NOW = 1_800_000_000
export const EXPIRATION = NOW + 604_800

export const publicOf = (random: Uint8Array): Uint8Array => encode(multiply(secretScalar(random), G))

type Draw = (label: string, length: number) => Uint8Array

/** Somebody with long-term keys and a profile of version 4. */
export interface Person {
  readonly address: string
  readonly instanceTag: number
  readonly symmetricKey: Uint8Array
  readonly forgingSymmetricKey: Uint8Array
  readonly publicKey: Uint8Array
  readonly forgingKey: Uint8Array
  readonly profile: Uint8Array
}

export function person(draw: Draw, address: string, instanceTag: number): Person {
  const [symmetricKey, forgingSymmetricKey] = [draw(`${address} H`, 57), draw(`${address} F`, 57)]
  const [publicKey, forgingKey] = [publicOf(symmetricKey), publicOf(forgingSymmetricKey)]
  const profile = signFields(profileFields({ instanceTag, publicKey, forgingKey, versions: '4', expiration: BigInt(EXPIRATION) }), symmetricKey).bytes
  return { address, instanceTag, symmetricKey, forgingSymmetricKey, publicKey, forgingKey, profile }
}

export const personFields: Fields = {
  address: text('the address, as it goes into phi'), instanceTag: integer('their instance tag'), symmetricKey: hex('sym_key of H', 57), forgingSymmetricKey: hex('sym_key of F', 57),
  publicKey: hex('H', 57), forgingKey: hex('F', 57), profile: hex('the Client Profile, whole'),
}
export const personRecord = (about: string): ReturnType<typeof record> => record(personFields, about)

/** An ephemeral pair of both kinds. */
export interface Ephemeral {
  readonly ecdh: Uint8Array
  readonly dh: Uint8Array
}

export const ephemeral = (draw: Draw, label: string): Ephemeral => ({ ecdh: draw(`${label} ecdh`, 57), dh: draw(`${label} dh`, 80) })
export const ephemeralRecord = (about: string): ReturnType<typeof record> => record({ ecdh: hex('random bytes of the ECDH key pair', 57), dh: hex('the DH exponent', 80) }, about)
export const ecdhOf = ({ ecdh }: Ephemeral): Uint8Array => publicOf(ecdh)
export const dhOf = ({ dh }: Ephemeral): bigint => dhPublic(dh)

export interface DsaPerson {
  readonly key: DsaKey
  readonly x: bigint
  readonly pubkey: Uint8Array
}

const dsaPerson = ({ p, q, g, y, x }: typeof rfc6979Key): DsaPerson => {
  const key = { p: bigEndian(p), q: bigEndian(q), g: bigEndian(g), y: bigEndian(y) }
  return { key, x: bigEndian(x), pubkey: pubkey(key) }
}

export const dsaAlice = dsaPerson(rfc6979Key)
export const dsaBob = dsaPerson(javaGroupKey)
