import type { KeyedMac, V3Ciphers } from '../arithmetic.js'
import { equalBytes } from '../compare.js'
import { applyCipher, feed, type Buffer } from './module-memory.js'
import { instantiate, selfTest, type Address, type ModuleMemory } from './instance.js'
import { v3CiphersModule } from './modules/v3-ciphers.js'
import { copySecret, secretBytes } from '../secret.js'
import { publicBytes, publicOf } from '../../wire/public-bytes.js'

/** assembly/v3-ciphers.ts */
interface V3CiphersModule extends ModuleMemory {
  readonly IN_A: Address
  readonly IN_B: Address
  readonly OUT: Address
  readonly SCHEDULE: Address
  readonly SCHEDULE_LENGTH: Address
  readonly BUFFER: Address
  readonly BUFFER_LENGTH: Address
  readonly aesExpand: () => void
  readonly aesCounterMode: (length: number) => void
  readonly sha1Start: () => void
  readonly sha1Blocks: (length: number) => void
  readonly sha1Finish: (length: number, before: number) => void
  readonly hmacKey: () => void
  readonly hmacFinish: (length: number, before: number) => void
}

/**
 * SHA-1, HMAC-SHA-1 and AES-128-CTR by the module `v3-ciphers`.
 * @param memories - see `instantiate`
 * @throws OtrError `OTR_WASM`, see `instantiate`
 */
export function wasmV3Ciphers(packed = v3CiphersModule, memories: Uint8Array[] = []): V3Ciphers {
  const { exports: module, bytes: memory } = instantiate<V3CiphersModule>(packed, [
    'IN_A', 'IN_B', 'OUT', 'SCHEDULE', 'SCHEDULE_LENGTH', 'BUFFER', 'BUFFER_LENGTH', 'aesExpand', 'aesCounterMode', 'sha1Start', 'sha1Blocks',
    'sha1Finish', 'hmacKey', 'hmacFinish',
  ], memories)
  const a = module.IN_A.value
  const b = module.IN_B.value
  const out = module.OUT.value
  const schedule = module.SCHEDULE.value
  const scheduleEnd = schedule + module.SCHEDULE_LENGTH.value
  const buffer = module.BUFFER.value
  const bufferLength = module.BUFFER_LENGTH.value
  const room: Buffer = { memory, start: buffer, length: bufferLength }
  const outArea = new Uint8Array(memory.buffer, out, 20)

  /** Wipes what `feed` copied in, and the rest of an earlier full buffer behind the last piece. */
  const wipeFed = (last: number, before: number): void => { memory.fill(0, buffer, buffer + (before > 0 ? bufferLength : last)) }

  const sha1 = (parts: readonly Uint8Array[]): Uint8Array => {
    module.sha1Start()
    let before = 0
    const last = feed(room, parts, (length) => {
      module.sha1Blocks(length)
      before += length
    })
    module.sha1Finish(last, before)
    const digest = copySecret(memory, out, out + 20)
    memory.fill(0, a, out + 20)
    wipeFed(last, before)
    return digest
  }
  const hmacSha1 = (key: Uint8Array): KeyedMac => {
    const short = key.length > 64 ? sha1([key]) : key
    // Data left by a failed call would count as part of the key.
    memory.fill(0, buffer, buffer + 64)
    memory.set(short, buffer)
    module.hmacKey()
    const states = copySecret(memory, a, a + 40)
    memory.fill(0, a, a + 40)
    memory.fill(0, buffer, buffer + 64)
    return {
      of: (parts) => {
        memory.set(states, a)
        let before = 0
        const last = feed(room, parts, (length) => {
          module.sha1Blocks(length)
          before += length
        })
        module.hmacFinish(last, before)
        const mac = publicBytes(20)
        mac.set(outArea)
        memory.fill(0, a, out + 20)
        wipeFed(last, before)
        return mac
      },
      wipe: () => { states.fill(0) },
    }
  }

  const ciphers: V3Ciphers = {
    constantTime: true,
    sha1,
    hmacSha1,
    aes128: (key) => {
      memory.set(key, a)
      module.aesExpand()
      const keys = copySecret(memory, schedule, scheduleEnd)
      memory.fill(0, a, scheduleEnd)
      return {
        counterMode: (counter, data, allocate = secretBytes) => {
          memory.set(keys, schedule)
          memory.set(counter, b)
          const result = applyCipher(room, data, allocate, (length) => { module.aesCounterMode(length) })
          memory.fill(0, a, scheduleEnd)
          return result
        },
        wipe: () => { keys.fill(0) },
      }
    },
  }
  // RFC 2202 and FIPS 197, of which the first bytes will do.
  const begins = (result: Uint8Array, ...right: number[]): boolean => equalBytes(result.subarray(0, right.length), publicOf(...right))
  const key = publicOf(...Array.from({ length: 16 }, (_, i) => i))
  selfTest('SHA-1', () => begins(sha1([]), 0xda, 0x39, 0xa3, 0xee))
  selfTest('HMAC-SHA-1', () => begins(hmacSha1(publicBytes(20).fill(0x0b)).of([Uint8Array.of(72, 105, 32, 84, 104, 101, 114, 101)]), 0xb6, 0x17, 0x31, 0x86))
  selfTest('AES', () => begins(ciphers.aes128(key).counterMode(publicOf(...Array.from({ length: 16 }, (_, i) => 17 * i)), publicBytes(16)), 0x69, 0xc4, 0xe0, 0xd8))
  return ciphers
}
