/** Keys of passphrases, made as for a store: on every thread that the engine has for such work, many times. The control is made as it was done before: it stays in a register. */
import { dist, kept, look, noteAccounts, random, record, settle } from './recorder.mjs'
import { scrypt } from './way-out.mjs'

const { scryptKey, wipe } = await import(`${dist}/crypto/index.js`)
noteAccounts()
const cost = { log2N: 10, r: 8, p: 1 }
for (let batch = 0; batch < 40; batch++) {
  await Promise.all(Array.from({ length: 8 }, async () => {
    const [passphrase, salt] = [random(24), random(16)]
    wipe(await scryptKey(passphrase, salt, cost), passphrase, salt)
  }))
}
// A page has no such function.
if (scrypt !== undefined) await new Promise((go) => {
  scrypt(random(24), random(16), 32, { N: 1024, r: 8, p: 1 }, (_, key) => {
    const bytes = new Uint8Array(key.buffer, key.byteOffset, key.length)
    record('control: in a register', bytes)
    // Not by `fill`, which records it once more.
    for (let at = 0; at < bytes.length; at++) bytes[at] = 0
    go()
  })
})
settle()
await look('closed')
if (kept.length !== 32) throw new Error('the control is gone')
