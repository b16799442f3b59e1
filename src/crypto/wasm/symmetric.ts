import type { Arithmetic, ChainStep } from '../arithmetic.js'
import { equalBytes } from '../compare.js'
import { applyCipher, feed, type Buffer } from './module-memory.js'
import { instantiate, selfTest, type Address, type ModuleMemory } from './instance.js'
import { symmetricModule } from './modules/symmetric.js'
import { keptBytes, packedBytes, secretBytes, type Secret } from '../secret.js'
import { publicBytes } from '../../wire/public-bytes.js'

/** assembly/symmetric.ts */
interface SymmetricModule extends ModuleMemory {
  readonly IN_A: Address
  readonly BUFFER: Address
  readonly BUFFER_LENGTH: Address
  readonly chacha20: (length: number, counter: number) => void
  readonly absorb: (length: number) => void
  readonly squeeze: (length: number, first: boolean, last: boolean) => void
  readonly messageKeys: () => void
}

const SHAKE_RATE = 136
const KEY = 32
/** Of every key that version 4 derives, and of its MACs. */
const DERIVED = 64

function keyFrom(area: Uint8Array, allocate: (length: number) => Secret): Secret {
  const key = allocate(DERIVED)
  key.set(area)
  return key
}

/**
 * SHAKE-256 and ChaCha20 by the module `symmetric`.
 * @param memories - see `instantiate`
 * @throws OtrError `OTR_WASM`, see `instantiate`
 */
export function wasmSymmetric(packed = symmetricModule, memories: Uint8Array[] = []): Pick<Arithmetic, 'shake256' | 'chacha20' | 'chainStep'> {
  const { exports: module, bytes: memory } = instantiate<SymmetricModule>(
    packed, ['IN_A', 'BUFFER', 'BUFFER_LENGTH', 'chacha20', 'absorb', 'squeeze', 'messageKeys'], memories)
  const keyArea = module.IN_A.value
  const buffer = module.BUFFER.value
  const bufferLength = module.BUFFER_LENGTH.value
  const room: Buffer = { memory, start: buffer, length: bufferLength }
  const wholeBlocks = bufferLength - bufferLength % SHAKE_RATE
  /** The keys of a message as the module leaves them, the first of which is where a digest begins. */
  const area = (place: number): Uint8Array => new Uint8Array(memory.buffer, buffer + DERIVED * place, DERIVED)
  const areas = [area(0), area(1), area(2), area(3)] as const

  const shake256 = (parts: readonly Uint8Array[], length: number, allocate = secretBytes): Uint8Array => {
    let before = 0
    const last = feed(room, parts, (filled) => {
      module.absorb(filled)
      before += filled
    })
    module.absorb(last)
    if (length <= wholeBlocks) {
      module.squeeze(length, true, true)
      const digest = allocate(length)
      digest.set(length === DERIVED ? areas[0] : new Uint8Array(memory.buffer, buffer, length))
      memory.fill(0, buffer, buffer + (before > 0 ? bufferLength : Math.max(last, length)))
      return digest
    }
    const digest = allocate(length)
    for (let at = 0; at < length; at += wholeBlocks) {
      const piece = Math.min(length - at, wholeBlocks)
      module.squeeze(piece, at === 0, at + piece === length)
      digest.set(memory.subarray(buffer, buffer + piece), at)
    }
    memory.fill(0, buffer, buffer + bufferLength)
    return digest
  }
  const chacha20 = (key: Uint8Array, data: Uint8Array, allocate = secretBytes): Uint8Array => {
    memory.set(key, keyArea)
    const result = applyCipher(room, data, allocate, (length, at) => { module.chacha20(length, at / 64) })
    memory.fill(0, keyArea, keyArea + KEY)
    return result
  }

  const chainStep = (chainKey: Uint8Array): ChainStep => {
    memory.set(chainKey, buffer)
    module.messageKeys()
    const keys = {
      mkEnc: keyFrom(areas[0], packedBytes), extraBase: keyFrom(areas[1], packedBytes), mkMac: keyFrom(areas[2], packedBytes), nextChainKey: keyFrom(areas[3], keptBytes),
    }
    memory.fill(0, buffer, buffer + 4 * DERIVED)
    return keys
  }

  // FIPS 202 and RFC 7539, the first bytes of what comes of nothing.
  selfTest('SHAKE-256', () => equalBytes(shake256([], 4), Uint8Array.of(0x46, 0xb9, 0xdd, 0x2b)))
  selfTest('ChaCha20', () => equalBytes(chacha20(publicBytes(KEY), publicBytes(4)), Uint8Array.of(0x76, 0xb8, 0xe0, 0xad)))
  return { shake256, chacha20, chainStep }
}
