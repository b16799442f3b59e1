import {
  defaultScryptCost, isScryptCost, openXChaCha20Poly1305, randomBytes, sealXChaCha20Poly1305, wipe, XCHACHA20_POLY1305_NONCE_LENGTH,
  type RandomSource, type ScryptCost, type ScryptOptions,
} from '../crypto/index.js'
import { concatSecrets } from '../crypto/secret.js'
import { OtrError } from '../errors.js'
import { concatBytes, equalPrefix, utf8Encode } from './bytes.js'
import { keyOfPassphrase, type Passphrase } from './passphrase.js'
import { copyPublic, publicOf } from '../wire/public-bytes.js'

const MAGIC = utf8Encode('otr4-sealed')
const VERSION = 1
const SALT_LENGTH = 16
/** Magic, version, log2N, r, p, salt, nonce. */
const HEAD_LENGTH = MAGIC.length + 4 + SALT_LENGTH + XCHACHA20_POLY1305_NONCE_LENGTH

/** Options of `sealBytes` and `openBytes`. */
export interface SealOptions extends ScryptOptions {
  /** What the bytes are for. Bytes that were sealed for one purpose do not open for another. */
  readonly purpose?: string
}

/**
 * Seals a byte string under a passphrase, to move from one device to another: `spec/storage.md`, "Sealed bytes". The result contains
 * everything that opening needs except the passphrase.
 */
export async function sealBytes(
  passphrase: Passphrase, bytes: Uint8Array, random: RandomSource,
  { purpose = '', cost = defaultScryptCost, ...options }: SealOptions & { readonly cost?: ScryptCost } = {},
): Promise<Uint8Array> {
  const salt = randomBytes(random, SALT_LENGTH)
  const nonce = randomBytes(random, XCHACHA20_POLY1305_NONCE_LENGTH)
  const head = concatBytes(MAGIC, publicOf(VERSION, cost.log2N, cost.r, cost.p), salt, nonce)
  const copy = concatSecrets(bytes)
  const key = await keyOfPassphrase(passphrase, salt, cost, options).catch((error: unknown) => {
    wipe(copy)
    throw error
  })
  const sealed = sealXChaCha20Poly1305(key, nonce, concatBytes(head, utf8Encode(purpose)), copy)
  wipe(key, copy)
  return concatBytes(head, sealed)
}

/**
 * Opens bytes that `sealBytes` made. The caller wipes the result.
 *
 * @throws OtrError `OTR_STORE_FOREIGN` for other bytes, `OTR_STORE_NEWER` for bytes that a newer version sealed, `OTR_STORE_PASSPHRASE` for another
 *   passphrase or purpose, or if a byte was changed
 */
export async function openBytes(passphrase: Passphrase, sealed: Uint8Array, { purpose = '', ...options }: SealOptions = {}): Promise<Uint8Array> {
  if (sealed.length < HEAD_LENGTH || !equalPrefix(sealed, MAGIC)) throw new OtrError('OTR_STORE_FOREIGN', 'these bytes were not sealed by otr4')
  const head = copyPublic(sealed, 0, HEAD_LENGTH)
  const [version = 0, log2N = 0, r = 0, p = 0] = head.subarray(MAGIC.length)
  if (version !== VERSION) throw new OtrError('OTR_STORE_NEWER', 'these bytes were sealed by another version of otr4: use that one or a newer')
  const cost = { log2N, r, p }
  const wrong = (): OtrError => new OtrError('OTR_STORE_PASSPHRASE', 'the passphrase is wrong, or the bytes were changed')
  if (!isScryptCost(cost)) throw wrong()
  const salt = head.subarray(MAGIC.length + 4, MAGIC.length + 4 + SALT_LENGTH)
  const body = copyPublic(sealed, HEAD_LENGTH)
  const key = await keyOfPassphrase(passphrase, salt, cost, options)
  const bytes = openXChaCha20Poly1305(key, head.subarray(HEAD_LENGTH - XCHACHA20_POLY1305_NONCE_LENGTH), concatBytes(head, utf8Encode(purpose)), body)
  wipe(key)
  if (bytes === undefined) throw wrong()
  return bytes
}
