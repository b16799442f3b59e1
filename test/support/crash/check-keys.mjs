// A separate program: `node check-keys.mjs WIRE KEY-LOG...`. Reads every line that was sent (JSON: from, to, text), and the clients' logs of
// their ciphers. Reports whether a key was ever used with the same nonce for two messages that were sent. Shares no code with
// the library.
import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

const [wirePath, ...keyLogs] = process.argv.slice(2)
const hash = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 32)

/** The header and the ciphertext of a data message; undefined for other lines. */
function dataMessage(text) {
  const [, encoded] = /^\?OTR:([A-Za-z0-9+/=]+)\.$/.exec(text) ?? []
  if (encoded === undefined) return undefined
  const bytes = Buffer.from(encoded, 'base64')
  const version = bytes.readUInt16BE(0)
  if (bytes[2] !== 0x03) return undefined
  let at = 3 + 4 + 4 + 1
  const data = () => {
    const length = bytes.readUInt32BE(at)
    at += 4 + length
    return bytes.subarray(at - length, at)
  }
  if (version === 4) {
    at += 12 + 57
    data()
  } else {
    at += 8
    data()
    at += 8
  }
  const header = bytes.subarray(0, at)
  return { version, header: hash(header), number: version === 4 ? hash(Buffer.concat([header.subarray(3, 11), header.subarray(16)])) : undefined, ciphertext: hash(data()) }
}

/** The outputs of a cipher, with their keys and nonces. */
const madeUnder = new Map()
for (const path of keyLogs) {
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [fingerprint, , output] = line.split(' ')
    if (output?.length !== 32) continue
    madeUnder.set(output, (madeUnder.get(output) ?? new Set()).add(fingerprint))
  }
}

const messagesOf = new Map()
const numbers = new Map()
const ciphertexts = new Set()
let unknown = 0
let reusedNumbers = 0
for (const line of readFileSync(wirePath, 'utf8').split('\n')) {
  const message = line === '' ? undefined : dataMessage(JSON.parse(line).text)
  if (message === undefined || ciphertexts.has(message.ciphertext)) continue
  ciphertexts.add(message.ciphertext)
  const fingerprints = madeUnder.get(message.ciphertext)
  if (fingerprints === undefined) unknown++
  for (const fingerprint of fingerprints ?? []) messagesOf.set(fingerprint, (messagesOf.get(fingerprint) ?? new Set()).add(message.ciphertext))
  if (message.number === undefined) continue
  if (numbers.has(message.number)) reusedNumbers++
  numbers.set(message.number, message.ciphertext)
}
const reused = [...messagesOf.values()].filter((messages) => messages.size > 1).length
process.stdout.write(`${JSON.stringify({ messages: ciphertexts.size, keys: messagesOf.size, reused, reusedNumbers, unknown })}\n`)
process.exitCode = reused > 0 || reusedNumbers > 0 || unknown > 0 || ciphertexts.size === 0 ? 1 : 0
