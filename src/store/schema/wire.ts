import {
  decodeClientProfile, decodeMessage, encodeClientProfile, encodeMessage, type ClientProfile, type OtrMessage, type Tlv,
} from '../../wire/index.js'
import { bytes, count, mapped, struct, uint32, type Codec } from '../codec.js'

/** 0 while an instance is not known. */
export const instanceTag = uint32

/** A point or a scalar of Ed448. */
export const ed448 = bytes(57)

/** A number of the 1536-bit group, big-endian, with or without leading zeros. */
export const number1536 = bytes(1, 192)

/** A number of the 3072-bit group, big-endian, minimal; empty where there is none. */
export const number3072 = bytes(0, 384)

/** A message of one kind in the specification's own encoding. */
export function message<M extends OtrMessage>(kind: M['kind']): Codec<M> {
  return mapped<M, Uint8Array>(bytes(), encodeMessage, (encoded) => {
    const decoded = decodeMessage(encoded)
    if (decoded.kind !== kind) throw new TypeError(kind)
    return decoded as M
  }, `${kind} message`)
}

/** A message of any kind. */
export const anyMessage: Codec<OtrMessage> = mapped(bytes(), encodeMessage, decodeMessage, 'message of any kind')

export const clientProfile: Codec<ClientProfile> = mapped(bytes(), encodeClientProfile, decodeClientProfile, 'Client Profile')

export const tlv = struct<Tlv>({ type: count(0xffff), value: bytes(0, 0xffff) })
