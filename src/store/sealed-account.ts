import { wipe, type RandomSource } from '../crypto/index.js'
import { OtrError } from '../errors.js'
import type { MovingAccount } from '../session/account/transfer.js'
import { Refusal, type Plain } from './codec.js'
import { movingCorrespondentFrom1 } from './migrations.js'
import { pack, unpack } from './message-pack.js'
import type { Passphrase } from './passphrase.js'
import { movingAccount } from './schema/account-transfer.js'
import { openBytes, sealBytes, type SealOptions } from './sealed-bytes.js'

const purpose = 'account'
const VERSION = 2

/** Options for sealing and opening an account. */
export type AccountSealOptions = Omit<SealOptions, 'purpose'>

/** Seals an account under a passphrase, as bytes to move to a new device. It encodes the account before it returns its promise. */
export async function sealAccount(
  passphrase: Passphrase, account: MovingAccount, random: RandomSource, options: AccountSealOptions = {},
): Promise<Uint8Array> {
  const bytes = pack([VERSION, movingAccount.encode(account)])
  try {
    return await sealBytes(passphrase, bytes, random, { ...options, purpose })
  } finally {
    wipe(bytes)
  }
}

/** Opens bytes that `sealAccount` made. @throws OtrError `OTR_STORE_FOREIGN`, `OTR_STORE_PASSPHRASE`, `OTR_STORE_CORRUPT`, `OTR_STORE_NEWER` */
export async function openAccount(passphrase: Passphrase, sealed: Uint8Array, options: AccountSealOptions = {}): Promise<MovingAccount> {
  const bytes = await openBytes(passphrase, sealed, { ...options, purpose })
  try {
    return decode(bytes)
  } catch (error) {
    if (error instanceof Refusal) throw new OtrError('OTR_STORE_CORRUPT', 'the file holds no account: export it again on the old device')
    throw error
  } finally {
    wipe(bytes)
  }
}

function decode(bytes: Uint8Array): MovingAccount {
  const row = unpack(bytes)
  if (!Array.isArray(row) || row.length !== 2) throw new Refusal('no account')
  const [version = null, value = null] = row as readonly Plain[]
  if (version === 1) return movingAccount.decode(accountFrom1(value))
  if (version !== VERSION) throw new OtrError('OTR_STORE_NEWER', 'the account was exported by another version of otr4: use that one or a newer')
  return movingAccount.decode(value)
}

/** The correspondents are the last field of an account. */
function accountFrom1(value: Plain): Plain {
  if (!Array.isArray(value) || !Array.isArray(value.at(-1))) throw new Refusal('no account')
  const row = value as readonly Plain[]
  return [...row.slice(0, -1), (row.at(-1) as readonly Plain[]).map(movingCorrespondentFrom1)]
}
