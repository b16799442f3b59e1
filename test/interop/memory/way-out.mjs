/**
 * How a program hands out what it records, in Node, Bun and Deno. A page has another module under this name: `way-out-of-page.mjs`.
 *   RUNTIME [OPTIONS] PROGRAM.mjs DIST VERSION FOLDER
 * writes the secrets into FOLDER/secrets, and a list of them, what was told and how many are out of use as JSON. It says "look NAME", and goes on when a line comes.
 */
import { openSync, readSync, writeFileSync, writeSync } from 'node:fs'

export { Buffer } from 'node:buffer'
export { scrypt } from 'node:crypto'
export const [, , dist = '', version = '', folder = ''] = process.argv
const file = openSync(`${folder}/secrets`, 'w')
/** An array that is handed to the system must not lie on the moving heap, or the system's copy would be what is found. */
const outlet = new Uint8Array(new ArrayBuffer(65_536))
const fill = Uint8Array.prototype.fill

export function put(bytes) {
  outlet.set(bytes)
  writeSync(file, outlet, 0, bytes.length)
  fill.call(outlet, 0)
}

/** Whoever searches may have this: the passphrase of a store, which is in use. */
export function putFile(name, bytes) {
  writeFileSync(`${folder}/${name}`, bytes)
}

/** Waits in the system: nothing in this process goes on meanwhile. */
export async function report(moment, { secrets, told, settled }) {
  writeFileSync(`${folder}/secrets.json`, JSON.stringify(secrets))
  writeFileSync(`${folder}/told.json`, JSON.stringify(told))
  writeFileSync(`${folder}/settled.json`, JSON.stringify(settled))
  process.stdout.write(`look ${moment}\n`)
  readSync(0, new Uint8Array(1))
}

/** A store of this platform. */
export async function openPlatformStore(account, options) {
  const { openDirectory } = await import(`${dist}/store/node/index.js`)
  return openDirectory({ directory: `${folder}/${account}`, ...options })
}

/** A prekey server's store of this platform, without a directory. */
export async function openPrekeyStore() {
  const { openEmbeddedStore } = await import(`${dist}/prekey/store/index.js`)
  return openEmbeddedStore()
}
