import { tlvReader } from '../tlvs/index.js'
import { tlvTypeV4 } from '../wire/index.js'
import { smpMessage } from './smp.js'
import { smpArithmetic, type V4SmpValues } from './smp-arithmetic.js'

/** Reads the TLVs of an authenticated message. */
export const readTlvs = tlvReader<V4SmpValues>({ types: tlvTypeV4, smpMessage, arithmetic: smpArithmetic })

/** Gives the keys in their order, one a call; `undefined` when all are given. There are ten at most in one message. */
export function oneByOne(keys: readonly Uint8Array[]): () => Uint8Array | undefined {
  let next = 0
  return () => keys[next++]
}
