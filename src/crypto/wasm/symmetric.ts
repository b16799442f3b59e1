import type { Arithmetic, KeyedMac, Symmetric } from '../arithmetic.js'
import { instantiate, type Address, type ModuleMemory } from './instance.js'
import { symmetricModule } from './module.js'

/** assembly/symmetric.ts */
interface SymmetricModule extends ModuleMemory {
  readonly IN_A: Address
  readonly IN_B: Address
  readonly OUT: Address
  readonly SCHEDULE: Address
  readonly SCHEDULE_LENGTH: Address
  readonly BUFFER: Address
  readonly BUFFER_LENGTH: Address
  readonly aesExpand: () => void
  readonly aesCounterMode: (length: number) => void
  readonly chacha20: (length: number, counter: number) => void
  readonly sha1Start: () => void
  readonly sha1Blocks: (length: number) => void
  readonly sha1Finish: (length: number, before: number) => void
  readonly hmacKey: () => void
  readonly hmacFinish: (length: number, before: number) => void
  readonly absorb: (length: number) => void
  readonly squeeze: (length: number, first: boolean, last: boolean) => void
}

const SHAKE_RATE = 136

/** Hashes and ciphers by the module `symmetric`; `undefined` where there is no WebAssembly. */
export function wasmSymmetric(): Pick<Arithmetic, 'symmetric' | 'shake256'> | undefined {
  const instance = instantiate(symmetricModule)
  if (instance === undefined) return undefined
  const module = instance.exports as SymmetricModule
  const memory = instance.bytes
  const a = module.IN_A.value
  const b = module.IN_B.value
  const out = module.OUT.value
  const schedule = module.SCHEDULE.value
  const scheduleEnd = schedule + module.SCHEDULE_LENGTH.value
  const buffer = module.BUFFER.value
  const bufferLength = module.BUFFER_LENGTH.value

  /** Hands the parts over in pieces that fill the buffer; calls `take` for each but the last; returns the last one's length. Wipe it. */
  const feed = (parts: readonly Uint8Array[], take: (length: number) => void): number => {
    // Before anything is taken in: a hash that stops half way would spoil the next one.
    if (!parts.every((part) => part instanceof Uint8Array)) throw new TypeError('what is hashed must be bytes')
    let filled = 0
    for (const part of parts) {
      if (part.length <= bufferLength - filled) {
        memory.set(part, buffer + filled)
        filled += part.length
        continue
      }
      for (let at = 0; at < part.length;) {
        if (filled === bufferLength) {
          take(filled)
          filled = 0
        }
        const piece = Math.min(part.length - at, bufferLength - filled)
        memory.set(part.subarray(at, at + piece), buffer + filled)
        filled += piece
        at += piece
      }
    }
    return filled
  }
  /** A cipher on data of any length, a buffer at a time; `wipeTo` is where the area of keys ends. */
  const cipher = (data: Uint8Array, wipeTo: number, call: (length: number, at: number) => void): Uint8Array => {
    const result = new Uint8Array(data.length)
    for (let at = 0; at < data.length; at += bufferLength) {
      const piece = Math.min(data.length - at, bufferLength)
      memory.set(piece === data.length ? data : data.subarray(at, at + piece), buffer)
      call(piece, at)
      result.set(memory.subarray(buffer, buffer + piece), at)
    }
    memory.fill(0, a, wipeTo)
    memory.fill(0, buffer, buffer + Math.min(data.length, bufferLength))
    return result
  }
  /** Wipes what `feed` put in; what filled the whole buffer before lies behind the last piece. */
  const wipeFed = (last: number, before: number): void => { memory.fill(0, buffer, buffer + (before > 0 ? bufferLength : last)) }

  const sha1 = (parts: readonly Uint8Array[]): Uint8Array => {
    module.sha1Start()
    let before = 0
    const last = feed(parts, (length) => {
      module.sha1Blocks(length)
      before += length
    })
    module.sha1Finish(last, before)
    const digest = memory.slice(out, out + 20)
    memory.fill(0, a, out + 20)
    wipeFed(last, before)
    return digest
  }
  const hmacSha1 = (key: Uint8Array): KeyedMac => {
    const short = key.length > 64 ? sha1([key]) : key
    // What a call that failed has left would count as part of the key.
    memory.fill(0, buffer, buffer + 64)
    memory.set(short, buffer)
    module.hmacKey()
    const states = memory.slice(a, a + 40)
    memory.fill(0, a, a + 40)
    memory.fill(0, buffer, buffer + 64)
    return {
      of: (parts) => {
        memory.set(states, a)
        let before = 0
        const last = feed(parts, (length) => {
          module.sha1Blocks(length)
          before += length
        })
        module.hmacFinish(last, before)
        const mac = memory.slice(out, out + 20)
        memory.fill(0, a, out + 20)
        wipeFed(last, before)
        return mac
      },
      wipe: () => { states.fill(0) },
    }
  }

  const symmetric: Symmetric = {
    sha1,
    hmacSha1,
    aes128: (key) => {
      memory.set(key, a)
      module.aesExpand()
      const keys = memory.slice(schedule, scheduleEnd)
      memory.fill(0, a, scheduleEnd)
      return {
        counterMode: (counter, data) => {
          memory.set(keys, schedule)
          memory.set(counter, b)
          return cipher(data, scheduleEnd, (length) => { module.aesCounterMode(length) })
        },
        wipe: () => { keys.fill(0) },
      }
    },
    chacha20: (key, data) => {
      memory.set(key, a)
      return cipher(data, b, (length, at) => { module.chacha20(length, at / 64) })
    },
  }

  const wholeBlocks = bufferLength - bufferLength % SHAKE_RATE
  const shake256 = (parts: readonly Uint8Array[], length: number): Uint8Array => {
    let before = 0
    const last = feed(parts, (filled) => {
      module.absorb(filled)
      before += filled
    })
    module.absorb(last)
    const digest = new Uint8Array(length)
    for (let at = 0; ; at += wholeBlocks) {
      const piece = Math.min(length - at, wholeBlocks)
      module.squeeze(piece, at === 0, at + piece === length)
      digest.set(memory.subarray(buffer, buffer + piece), at)
      if (at + piece === length) break
    }
    wipeFed(Math.max(last, Math.min(length, wholeBlocks)), before)
    return digest
  }

  return { symmetric, shake256 }
}
