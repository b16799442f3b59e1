import { wipeWatch } from '../wiped.js'
import type { V3Ciphers } from './arithmetic.js'
import { guardedV3Ciphers } from './guard.js'
import { nobleV3Ciphers } from './noble/v3-ciphers.js'
import { abandon, getArithmetic, noteFault } from './provider.js'
import { wasmV3Ciphers } from './wasm/v3-ciphers.js'

let wasm: V3Ciphers | undefined

/** Version 3's hash and cipher, of the same kind as the arithmetic in use: see `getArithmetic`. */
export function getV3Ciphers(): V3Ciphers {
  const ciphers = ofArithmetic()
  return wipeWatch?.over(ciphers) ?? ciphers
}

function ofArithmetic(): V3Ciphers {
  if (getArithmetic().name === 'noble') return nobleV3Ciphers
  return wasm ??= wasmOrNoble()
}

function wasmOrNoble(): V3Ciphers {
  const memories: Uint8Array[] = []
  const giveUp = (fault: unknown): void => {
    wasm = nobleV3Ciphers
    noteFault(fault)
    abandon(memories)
  }
  try {
    return guardedV3Ciphers(wasmV3Ciphers(undefined, memories), nobleV3Ciphers, giveUp)
  } catch (error) {
    giveUp(error)
    return nobleV3Ciphers
  }
}
