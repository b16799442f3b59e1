import { ctr } from '@noble/ciphers/aes.js'
import { sha1 as nobleSha1 } from '@noble/hashes/legacy.js'
import type { V3Ciphers } from '../arithmetic.js'
import { HashEngine, wipeKeyed } from './hash-engine.js'
import { copySecret, secretBytes } from '../secret.js'

const sha1Engine = /* @__PURE__ */ new HashEngine(() => nobleSha1.create())

/** Version 3's hash and cipher by the noble libraries. Variable-time: their AES indexes tables with secrets, which shows in the caches. */
export const nobleV3Ciphers: V3Ciphers = {
  constantTime: false,
  sha1: (parts) => sha1Engine.hash(parts),
  hmacSha1: (key) => {
    const keyed = sha1Engine.key(key)
    return { of: (parts) => sha1Engine.keyedHmac(keyed, parts), wipe: () => { wipeKeyed(keyed) } }
  },
  aes128: (key) => {
    const kept = copySecret(key)
    return { counterMode: (counter, data, allocate = secretBytes) => ctr(kept, counter).encrypt(data, allocate(data.length)), wipe: () => { kept.fill(0) } }
  },
}
