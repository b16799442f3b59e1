/**
 * How a page hands out what it records. Whatever leaves a page is copied on its way, and these copies would be what is found. So a secret leaves it masked, byte by
 * byte: no copy of it has sixteen of its bytes. `searched-page.ts` takes the mask off.
 */
const MASK = 0xa5
const query = new globalThis.URLSearchParams(globalThis.location.search)
export const dist = '/dist'
export const version = query.get('version')
export const Buffer = undefined
export const scrypt = undefined

let masked = new Uint8Array(new ArrayBuffer(1 << 20))
let length = 0

export function put(bytes) {
  if (length + bytes.length > masked.length) {
    const more = new Uint8Array(new ArrayBuffer(2 * masked.length))
    more.set(masked)
    masked = more
  }
  for (let at = 0; at < bytes.length; at++) masked[length++] = bytes[at] ^ MASK
}

const post = (path, body) => globalThis.fetch(path, { method: 'POST', body }).then((answer) => {
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
})

export function putFile(name, bytes) {
  return post(`/files/${name}`, bytes.map((byte) => byte ^ MASK))
}

/** The page waits for the answer, which comes after the search. */
export async function report(moment, { secrets, told, settled }) {
  await post('/files/secrets', masked.subarray(0, length))
  for (const [name, value] of Object.entries({ secrets, told, settled })) await post(`/files/${name}.json`, JSON.stringify(value))
  if (puts.length > 0) await post('/files/puts.json', JSON.stringify(puts))
  await post(`/look/${moment}`, '')
}

/** What was put into IndexedDB, sealed: a key and the bytes, which everybody may have who has the disk. */
const puts = []
const { put: putRecord } = globalThis.IDBObjectStore.prototype
globalThis.IDBObjectStore.prototype.put = function (value, key) {
  puts.push([base64(key), base64(value)])
  return putRecord.call(this, value, key)
}
const base64 = (bytes) => globalThis.btoa(String.fromCharCode(...new Uint8Array(bytes)))

export async function openPlatformStore(account, options) {
  const { openDatabase } = await import(`${dist}/store/browser/index.js`)
  return openDatabase({ name: account, ...options })
}

export async function openPrekeyStore() {
  const { MemoryPrekeyStore } = await import(`${dist}/prekey/index.js`)
  return new MemoryPrekeyStore()
}
