/** Keys of passphrases, made as for a store: on every thread that the engine has for such work, some of them several times. */
import { dist, kept, look, noteAccounts, random, settle } from './recorder.mjs'

const { scryptKey, wipe } = await import(`${dist}/crypto/index.js`)
noteAccounts()
const cost = { log2N: 10, r: 8, p: 1 }
for (let batch = 0; batch < 40; batch++) {
  await Promise.all(Array.from({ length: 8 }, async () => {
    const [passphrase, salt] = [random(24), random(16)]
    wipe(await scryptKey(passphrase, salt, cost), passphrase, salt)
  }))
}
settle()
await look('closed')
if (kept.length !== 32) throw new Error('the control is gone')
