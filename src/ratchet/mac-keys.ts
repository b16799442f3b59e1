import { wipe } from '../crypto/compare.js'
import { concatSecrets, copySecret, packSecret, type Secret } from '../crypto/secret.js'

/**
 * mac_keys_to_reveal: MAC keys of 64 bytes, oldest first. Full blocks of 64 keys come first, then single keys. One growing byte string
 * would have to be copied with every message of a long chain.
 */
export type MacKeys = readonly Secret[]

const KEY = 64
/** Keys a block. */
const KEYS = 64

/** How many keys there are. */
export function countMacKeys(macKeys: MacKeys): number {
  let length = 0
  for (const block of macKeys) length += block.length
  return length / KEY
}

/** Adds a key at the end. If there are then more than `most`, drops the oldest block. */
export function addMacKey(macKeys: MacKeys, mkMac: Uint8Array, most: number): MacKeys {
  const added = macKeys.concat([packSecret(mkMac)])
  let first = added.length
  while (first > 0 && added[first - 1]?.length === KEY) first--
  if (added.length - first === KEYS) added.push(concatSecrets(...added.splice(first++)))
  // An upper bound that needs no counting.
  const atMost = first * KEYS + added.length - first
  return atMost > most && countMacKeys(added) > most ? added.slice(1) : added
}

/** Splits off the oldest keys, at most `most`, joined as a message carries them. */
export function takeMacKeys(macKeys: MacKeys, most: number): { taken: Uint8Array, rest: MacKeys } {
  if (most === 0 || macKeys.length === 0) return { taken: new Uint8Array(0), rest: macKeys }
  const all = concatSecrets(...macKeys)
  const taken = copySecret(all, 0, most * KEY)
  const left = all.subarray(taken.length)
  const rest: Secret[] = []
  for (let at = 0; at < left.length; at += KEYS * KEY) rest.push(copySecret(left, at, at + KEYS * KEY))
  wipe(all)
  return { taken, rest }
}
