import { littleEndian, mod, toLittleEndian } from '../../v4-second/bytes.js'
import { q } from '../../v4-second/ed448.js'
import { chacha20, id, kdf } from '../../v4-second/kdf.js'
import { KDF } from '../../prekey-second/formulas.js'
import { Group, hex, integer, list } from '../define.js'

const values = list(hex(''), 'what is hashed behind the usage id, concatenated without lengths')

/** The lengths in which the specification uses each id; 64 where it is not named. */
const lengths: Readonly<Record<string, number>> = { fingerprint: 56, thirdBraceKey: 32, braceKey: 32, ssid: 8, smpSecret: 57, auth: 57 }

export function v4Kdf(): Group {
  const group = new Group('v4-kdf', 'Key derivation, hashes, the stream cipher', 'KDF, HWC and HCMAC are one function; every usage id once with one value and once with several.', {
    kdf: {
      about: 'KDF(usage || values, length) = SHAKE-256("OTRv4" || usage || values)', section: 'OTRv4, Key Derivation Function, Hash Function and MAC Function',
      given: { usage: integer('the usage id, one byte'), values, length: integer('bytes of output') }, expected: { output: hex('the first `length` bytes') },
    },
    hashToScalar: {
      about: 'HashToScalar(usage || values): 57 bytes of HWC, little-endian, mod q', section: 'OTRv4, HashToScalar',
      given: { usage: integer('the usage id, one byte'), values }, expected: { digest: hex('HWC', 57), scalar: hex('SCALAR, little-endian', 57) },
    },
    prekeyKdf: {
      about: 'KDF of the prekey server: SHAKE-256("OTR-Prekey-Server" || usage || value)', section: 'Prekey server, Key Derivation Functions',
      given: { usage: integer('the usage id, one byte'), value: hex('what is hashed'), length: integer('bytes of output') }, expected: { output: hex('the first `length` bytes') },
    },
    chacha20: {
      about: 'ChaCha20 with nonce 0 from block 0 on; it takes the first 32 bytes of the key', section: 'OTRv4, Data Message, Encrypted message',
      given: { key: hex('MKenc', 64), input: hex('plaintext or ciphertext') }, expected: { output: hex('ciphertext or plaintext, as long as the input') },
    },
  })
  const { draw } = group
  for (const [name, usage] of Object.entries(id)) {
    const length = lengths[name] ?? 64
    for (const parts of [[draw(`${name} one`, 64)], [draw(`${name} first`, 57), new Uint8Array(0), draw(`${name} last`, 33)]]) {
      group.valid('kdf', `${name}, ${parts.length === 1 ? 'one value' : 'three values of which one is empty'}`, { usage, values: parts, length }, { output: kdf(usage, length, ...parts) })
    }
  }
  for (const length of [0, 1, 135, 136, 137, 272, 1000]) {
    const parts = [draw(`long ${length}`, length)]
    group.valid('kdf', `${length} bytes of input: around the block of SHAKE-256`, { usage: id.chainKey, values: parts, length: 64 }, { output: kdf(id.chainKey, 64, ...parts) })
  }
  group.valid('kdf', 'nothing is hashed but the prefix', { usage: 0xff, values: [], length: 200 }, { output: kdf(0xff, 200) })
  for (let n = 0; n < 12; n++) {
    const usage = n < 8 ? n + 1 : id.auth
    const parts = Array.from({ length: 1 + n % 3 }, (_, i) => draw(`scalar ${n} ${i}`, 57))
    const digest = kdf(usage, 57, ...parts)
    group.valid('hashToScalar', `usage ${usage}, ${parts.length} values`, { usage, values: parts }, { digest, scalar: toLittleEndian(mod(littleEndian(digest), q), 57) })
  }
  for (let usage = 0x01; usage <= 0x17; usage++) {
    const value = draw(`prekey ${usage}`, 40 + usage)
    group.valid('prekeyKdf', `usage ${usage}`, { usage, value, length: 64 }, { output: KDF(usage, value) })
  }
  group.valid('prekeyKdf', 'the coefficients of a proof over ten keys', { usage: 0x17, value: draw('c', 64), length: 440 }, { output: KDF(0x17, draw('c', 64), 440) })
  for (const length of [0, 1, 16, 63, 64, 65, 128, 200, 1000]) {
    const [key, input] = [draw(`key ${length}`, 64), draw(`text ${length}`, length)]
    group.valid('chacha20', `${length} bytes`, { key, input }, { output: chacha20(key, input) })
  }
  return group
}
