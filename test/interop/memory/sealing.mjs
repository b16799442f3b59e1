/** Short records are sealed and opened, 12,000 times, with little room for young objects: a collection falls into many of the calls. */
import { dist, kept, look, noteAccounts, random, settle } from './recorder.mjs'

const { openXChaCha20Poly1305, sealXChaCha20Poly1305, wipe } = await import(`${dist}/crypto/index.js`)
const [nonce, associated] = [random(24), random(43)]
// From now on, what is drawn is secret.
noteAccounts()
for (let n = 0; n < 6000; n++) {
  const [key, plaintext] = [random(32), random(200)]
  for (let at = 0; at < 8; at++) nonce[at] = n >> (8 * (at & 1))
  const sealed = sealXChaCha20Poly1305(key, nonce, associated, plaintext)
  const opened = openXChaCha20Poly1305(key, nonce, associated, sealed)
  if (opened?.length !== plaintext.length) throw new Error('it does not open')
  wipe(key, plaintext, opened)
}
settle()
await look('closed')
if (kept.length !== 32) throw new Error('the control is gone')
