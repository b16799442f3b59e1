/**
 * What the programs share whose memory somebody else searches. What was secret leaves the process at the moment at which it is wiped; the list says where it stands
 * outside, and who wiped it. `told` has what the other side was told, which is secret no longer. At each moment the program waits until somebody has searched.
 */
import { Buffer, dist, put, report, version } from './way-out.mjs'

export { dist } from './way-out.mjs'
/** Only the version that is asked for. */
export const policy = { 4: { allowV3: false }, 3: { allowV4: false }, 2: { allowV4: false, allowV3: false, allowV2: true, v2WithEverybody: true } }[version]
/** The values: who wiped or drew it, where it begins in the file, its length. */
const values = []
let end = 0
/** Longer ones are looked for nowhere. */
const LONGEST = 65_536
const fill = Uint8Array.prototype.fill

export function record(kind, bytes) {
  put(bytes)
  values.push([kind, end, bytes.length])
  end += bytes.length
}

/** Draws as the system does. What is drawn for long-term keys lives on. */
let draws = false
export function random(length) {
  const bytes = new Uint8Array(new ArrayBuffer(length))
  globalThis.crypto.getRandomValues(bytes)
  if (draws && length >= 16) record(`drawn, ${length} bytes`, bytes)
  return bytes
}

/** Who called `fill`, up to the first that is no cryptography, with the names of the files (of their sources, in Deno): `wipe` itself says nothing. */
function caller() {
  const frames = [...(new Error().stack ?? '').matchAll(/at (?:async |new )?([\w.#<>$ ]+?) \(\S*\/(?:dist|src)\/([\w/.-]+)\.[jt]s/g)]
  const callers = frames.filter(([, name]) => name !== 'wipe')
  const count = Math.max(1, callers.findIndex(([, , at]) => !at.startsWith('crypto/')))
  return callers.slice(0, count + 1).map(([, name, at]) => `${at}:${name}`).join(' < ')
}

/** Arrays are overwritten by the `fill` that all of them share, Buffers by their own. */
for (const prototype of [Object.getPrototypeOf(Uint8Array.prototype), ...Buffer === undefined ? [] : [Buffer.prototype]]) {
  const original = prototype.fill
  prototype.fill = function (value, ...range) {
    if (value === 0 && range.length === 0 && this instanceof Uint8Array && this.length >= 16 && this.length <= LONGEST && this.some((byte) => byte !== 0)) {
      record(caller(), this)
    }
    return original.call(this, value, ...range)
  }
}

/** A search that does not find this finds nothing. */
export const kept = random(32)
record('control: kept', kept)
const before = values.length
if (Buffer !== undefined) Buffer.alloc(32, 1).fill(0)
if (Buffer !== undefined && values.length === before) throw new Error('the fill of a Buffer is not seen')
values.length = before

/** A line whose MAC is wrong. */
export function spoilt(line) {
  const bytes = Uint8Array.from(globalThis.atob(line.slice(5, -1)), (character) => character.charCodeAt(0))
  bytes[bytes.length - 30] ^= 1
  return `?OTR:${globalThis.btoa(String.fromCharCode(...bytes))}.`
}

async function collect() {
  for (let n = 0; n < 5; n++) {
    if (globalThis.Bun !== undefined) globalThis.Bun.gc(true)
    else globalThis.gc()
    await new Promise((go) => { setTimeout(go, 20) })
  }
}

/** The other control: arrays made by their size, which a collection moves before they are wiped. */
function moveAndWipe() {
  const made = Array.from({ length: 64 }, () => {
    const [drawn, bytes] = [new Uint8Array(new ArrayBuffer(32)), new Uint8Array(32)]
    globalThis.crypto.getRandomValues(drawn)
    // Byte by byte: `getRandomValues` and `buffer` themselves move an array that was made by its size.
    for (let at = 0; at < 32; at++) bytes[at] = drawn[at]
    fill.call(drawn, 0)
    return bytes
  })
  globalThis.gc?.({ type: 'minor' })
  for (const bytes of made) {
    record('control: made by its size', bytes)
    fill.call(bytes, 0)
  }
}

export const told = []
const fingerprints = []
/** How many of the values were wiped so long ago that nothing in use can be equal to them: a key that is copied is alive when the first array is wiped. */
let settled = 0

/** All that was wiped until now is out of use. */
export function settle() {
  settled = values.length
}

export async function look(moment) {
  await collect()
  // More than once: an engine may give back the memory where the first ones were.
  for (let n = 0; n < 3; n++) moveAndWipe()
  await report(moment, { secrets: values, told: { lines: told, fingerprints }, settled: Math.min(settled, values.length) })
}

const { expandSecret, shake256 } = await import(`${dist}/crypto/index.js`)

/** From now on, what is drawn is secret and ends; the keys of these clients live on. */
export function noteAccounts(...clients) {
  for (const { keys: { dsa, ed448 } } of clients) {
    const padded = new Uint8Array(new ArrayBuffer(20))
    padded.set(dsa.x, 20 - dsa.x.length)
    const { scalar } = expandSecret(ed448.symmetricKey)
    for (const bytes of [dsa.x, padded, ed448.symmetricKey, scalar, shake256([ed448.symmetricKey], 114)]) record('long-term', bytes)
  }
  fingerprints.push(...clients.flatMap(({ fingerprint3, fingerprint4 }) => [fingerprint3, fingerprint4]))
  draws = true
}
