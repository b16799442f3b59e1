import { OtrError } from '../errors.js'
import type { V3Ciphers } from './arithmetic.js'
import { nobleV3Ciphers } from './noble/v3-ciphers.js'
import { getArithmetic } from './provider.js'
import { wasmV3Ciphers } from './wasm/v3-ciphers.js'

let wasm: V3Ciphers | undefined

/** Version 3's hash and cipher, of the same kind as the arithmetic in use: see `getArithmetic`. */
export function getV3Ciphers(): V3Ciphers {
  if (getArithmetic().name === 'noble') return nobleV3Ciphers
  return (wasm ??= wasmOrNoble())
}

function wasmOrNoble(): V3Ciphers {
  try {
    return wasmV3Ciphers()
  } catch (error) {
    if (error instanceof OtrError && error.code === 'OTR_WASM') return nobleV3Ciphers
    throw error
  }
}
