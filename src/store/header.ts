import {
  defaultScryptCost, isScryptCost, openXChaCha20Poly1305, randomBytes, sealXChaCha20Poly1305, wipe, XCHACHA20_POLY1305_NONCE_LENGTH,
  XCHACHA20_POLY1305_TAG_LENGTH, type RandomSource, type ScryptCost, type ScryptOptions,
} from '../crypto/index.js'
import { copySecret, type Secret } from '../crypto/secret.js'
import { OtrError } from '../errors.js'
import { concatBytes, equalPrefix, utf8Encode } from './bytes.js'
import { keyOfPassphrase, type Passphrase } from './passphrase.js'
import { copyPublic, publicOf } from '../wire/public-bytes.js'

/** What opens a store: a passphrase, or 32 bytes that the application keeps elsewhere, as in a keychain. */
export type StoreSecret =
  | { readonly passphrase: Passphrase, readonly cost?: ScryptCost }
  | { readonly key: Uint8Array }

const MAGIC = utf8Encode('otr4-store')
const VERSION = 1
const SOURCE = { passphrase: 1, key: 2 } as const
const ID_LENGTH = 16
const SALT_LENGTH = 16
const MASTER_LENGTH = 32
/** Magic, version, source of the key, log2N, r, p, store id, salt, nonce. */
const PUBLIC_LENGTH = MAGIC.length + 5 + ID_LENGTH + SALT_LENGTH + XCHACHA20_POLY1305_NONCE_LENGTH
const HEADER_LENGTH = PUBLIC_LENGTH + MASTER_LENGTH + XCHACHA20_POLY1305_TAG_LENGTH

/** The content of a header, for those who have its secret. Wipe `master`. */
export interface Unlocked {
  readonly master: Secret
  readonly storeId: Uint8Array
}

/** A new store id and master key. */
export function newStore(random: RandomSource): Unlocked {
  const drawn = randomBytes(random, MASTER_LENGTH + ID_LENGTH)
  const made = { master: copySecret(drawn, 0, MASTER_LENGTH), storeId: copyPublic(drawn, MASTER_LENGTH) }
  wipe(drawn)
  return made
}

/**
 * The header of a store: the parameters that opening needs, and the master key sealed under the secret. A new secret
 * needs only a new header. `spec/storage.md`, "Header".
 */
export async function sealHeader(
  { master, storeId }: Unlocked, secret: StoreSecret, random: RandomSource, options: ScryptOptions = {},
): Promise<Uint8Array> {
  const salt = randomBytes(random, SALT_LENGTH)
  const nonce = randomBytes(random, XCHACHA20_POLY1305_NONCE_LENGTH)
  const [source, cost] = 'key' in secret ? [SOURCE.key, { log2N: 0, r: 0, p: 0 }] : [SOURCE.passphrase, secret.cost ?? defaultScryptCost]
  const head = concatBytes(MAGIC, publicOf(VERSION, source, cost.log2N, cost.r, cost.p), storeId, salt, nonce)
  const key = await keyOf(secret, salt, cost, options)
  const sealed = sealXChaCha20Poly1305(key, nonce, head, master)
  wipe(key)
  return concatBytes(head, sealed)
}

/**
 * Returns the master key of a store.
 *
 * @throws OtrError `OTR_STORE_FOREIGN` if the bytes are no header, `OTR_STORE_NEWER` for a header of a newer version, `OTR_STORE_PASSPHRASE` if the
 *   secret is another one or a byte was changed
 */
export async function openHeader(header: Uint8Array, secret: StoreSecret, options: ScryptOptions = {}): Promise<Unlocked> {
  if (!equalPrefix(header, MAGIC)) throw foreign()
  const [version = 0, source = 0, log2N = 0, r = 0, p = 0] = header.subarray(MAGIC.length)
  if (version !== VERSION) throw new OtrError('OTR_STORE_NEWER', 'the store was made by another version of otr4: use that one or a newer')
  if (header.length !== HEADER_LENGTH) throw foreign()
  if (source === SOURCE.key && !('key' in secret)) throw wrong('it was made with a key that the application keeps, not with a passphrase')
  if (source === SOURCE.passphrase && 'key' in secret) throw wrong('it was made with a passphrase, not with a key')
  const cost = { log2N, r, p }
  if (source !== SOURCE.key && (source !== SOURCE.passphrase || !isScryptCost(cost))) throw wrong('its header was changed')
  const head = header.subarray(0, PUBLIC_LENGTH)
  const idAt = MAGIC.length + 5
  const salt = head.subarray(idAt + ID_LENGTH, idAt + ID_LENGTH + SALT_LENGTH)
  const key = await keyOf(secret, salt, cost, options)
  const master = openXChaCha20Poly1305(key, head.subarray(PUBLIC_LENGTH - XCHACHA20_POLY1305_NONCE_LENGTH), head, header.subarray(PUBLIC_LENGTH))
  wipe(key)
  if (master === undefined) throw wrong('the passphrase or key is wrong, or the header was changed')
  return { master, storeId: copyPublic(head, idAt, idAt + ID_LENGTH) }
}

function keyOf(secret: StoreSecret, salt: Uint8Array, cost: ScryptCost, options: ScryptOptions): Promise<Secret> {
  if (!('key' in secret)) return keyOfPassphrase(secret.passphrase, salt, cost, options)
  if (secret.key.length !== 32) return Promise.reject(new OtrError('OTR_ARGUMENT', 'a store key has 32 bytes'))
  return Promise.resolve(copySecret(secret.key))
}

function wrong(why: string): OtrError {
  return new OtrError('OTR_STORE_PASSPHRASE', `the store does not open: ${why}. Nothing was changed`)
}

function foreign(): OtrError {
  return new OtrError('OTR_STORE_FOREIGN', 'this is not a store of otr4: choose another place. Nothing was changed')
}
