import { clearCore, fillInner, nextBlock } from './chacha-core.js'
import { withInnerKey } from './inner-key.js'
import type { Secret } from './secret.js'

/** The first bytes of XChaCha20's key stream (draft-irtf-cfrg-xchacha-03), at most 64, into `stream`. */
export function xchacha20Bytes(key: Uint8Array, nonce: Uint8Array, stream: Secret): Secret {
  withInnerKey(key, nonce, (inner) => { fillInner(inner, nonce) })
  nextBlock(stream, 0)
  clearCore()
  return stream
}
