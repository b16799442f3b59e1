/**
 * Measures sealing and the derivation of a key from a passphrase. It compares what this library uses with each of the implementations from
 * which it chooses. In every round all of them run, one after another, so that the ratios hold on a busy machine, too.
 */
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { scryptAsync } from '@noble/hashes/scrypt.js'
import { fasterAead, platformAead, type Aead } from '../src/crypto/platform-aead.js'
import { platformScrypt } from '../src/crypto/platform-scrypt.js'
import { defaultScryptCost, scryptKey } from '../src/crypto/scrypt.js'
import { slicedScrypt } from '../src/crypto/sliced-scrypt.js'
import { systemPause } from '../src/crypto/pause.js'
import { portableAead } from '../src/crypto/xchacha20poly1305.js'
import { median, now, type Result } from './measure.js'

/** The rows that are measured in this way. The number is the length in bytes of the plaintext, which is sealed and opened again. */
export const sealingRows = ['aead-100', 'aead-1000', 'aead-10000', 'aead-1000000', 'scrypt'] as const

const [key, nonce, data] = [new Uint8Array(32).fill(1), new Uint8Array(24).fill(2), new Uint8Array(16).fill(3)]

const nobleAead: Aead = {
  seal: (withKey, withNonce, associated, plaintext) => xchacha20poly1305(withKey, withNonce, associated).encrypt(plaintext),
  open: (withKey, withNonce, associated, sealed) => xchacha20poly1305(withKey, withNonce, associated).decrypt(sealed),
}

/** Measures a row. `suffix` is added to each implementation's name. */
export async function measureSealing(row: string, suffix = ''): Promise<readonly Result[]> {
  const results = row === 'scrypt' ? await scrypt() : aead(row, Number(row.slice('aead-'.length)))
  return results.map((result) => ({ ...result, implementation: `${result.implementation}${suffix}` }))
}

function aead(bench: string, length: number): readonly Result[] {
  const platform = platformAead()
  const ways = new Map<string, Aead>([['otr4', fasterAead(portableAead, platform)], ['portable', portableAead], ['noble', nobleAead], ...(platform === undefined ? [] : [['platform', platform] as const])])
  const plaintext = new Uint8Array(length).fill(4)
  const count = Math.max(1, Math.ceil(2_000_000 / (length + 1000)))
  const rates = new Map<string, number[]>()
  for (let round = -2; round < 9; round++) {
    for (const [name, way] of ways) {
      const start = now()
      for (let i = 0; i < count; i++) {
        if (way.open(key, nonce, data, way.seal(key, nonce, data, plaintext))?.length !== length) throw new Error(`${name} does not open what it sealed`)
      }
      if (round >= 0) rates.set(name, [...rates.get(name) ?? [], count * 1000 / (now() - start)])
    }
  }
  return Array.from(rates, ([implementation, values]) => ({ bench, implementation, median: Math.round(median(values)), unit: 'per s' as const, runs: values.length }))
}

/** scrypt at the default cost: the time from the call to the key, including the pauses. */
async function scrypt(): Promise<readonly Result[]> {
  const passphrase = new TextEncoder().encode('correct horse battery staple')
  const { log2N, r, p } = defaultScryptCost
  const platform = platformScrypt()
  const ways: readonly (readonly [string, () => Promise<Uint8Array>])[] = [
    ['otr4', () => scryptKey(passphrase, data, defaultScryptCost)],
    ['sliced', () => slicedScrypt(passphrase, data, defaultScryptCost, { pause: systemPause, onProgress: () => undefined })],
    ['noble', () => scryptAsync(passphrase, data, { N: 2 ** log2N, r, p, dkLen: 32 })],
    ...(platform === undefined ? [] : [['platform', () => platform(passphrase, data, defaultScryptCost)] as const]),
  ]
  const times = new Map<string, number[]>()
  for (let round = -1; round < 5; round++) {
    for (const [name, derive] of ways) {
      const start = now()
      await derive()
      if (round >= 0) times.set(name, [...times.get(name) ?? [], now() - start])
    }
  }
  return Array.from(times, ([implementation, values]) => ({ bench: 'scrypt', implementation, median: Number(median(values).toPrecision(4)), unit: 'ms' as const, runs: values.length }))
}
