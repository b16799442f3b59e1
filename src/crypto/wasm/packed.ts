import { hexDecode } from '../../wire/bytes.js'
import { frequentBytes } from './modules/alphabet.js'
import { copyPublic, publicBytes } from '../../wire/public-bytes.js'

/** The characters in use: from # to ~, without the apostrophe, the backslash and the backtick. */
const CHARACTERS = 89

/** The bytes of a packed module: each one is a character, or two if it is a rare one. scripts/build-wasm.mjs says why. */
export function unpack(packed: string): Uint8Array {
  const frequent = hexDecode(frequentBytes)
  const bytes = publicBytes(256)
  bytes.set(frequent)
  let count = frequent.length
  for (let byte = 0; byte < 256; byte++) if (!frequent.includes(byte)) bytes[count++] = byte
  const result = publicBytes(packed.length)
  let length = 0
  for (let i = 0; i < packed.length; i++) {
    let code = codeAt(packed, i)
    if (code >= frequent.length) {
      i++
      code = frequent.length + (code - frequent.length) * CHARACTERS + codeAt(packed, i)
    }
    result[length++] = bytes[code] ?? 0
  }
  return copyPublic(result, 0, length)
}

function codeAt(packed: string, i: number): number {
  const character = packed.charCodeAt(i)
  return character - 35 - Number(character > 39) - Number(character > 92) - Number(character > 96)
}
