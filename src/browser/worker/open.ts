import { systemRandom } from '../../crypto/index.js'
import { OtrError } from '../../errors.js'
import { settleAccount } from '../../session/account/transfer.js'
import { Client, type OpenOptions } from '../../session/client/client.js'
import { openDatabase } from '../../store/browser/index.js'
import { openAccount, type SealedStore } from '../../store/index.js'
import type { OpenRequest } from '../messages.js'

/** A client that is open, and the store under it. */
export interface Opened {
  readonly client: Client
  readonly store: Pick<SealedStore, 'changePassphrase'>
}

/** The function that opens a client as a page asked. */
export type Opener = (request: OpenRequest, onProgress: (done: number) => void) => Promise<Opened>

/** Opens the sealed store in IndexedDB, and the client that it contains or will contain. */
export const openInDatabase: Opener = async (request, onProgress) => {
  const { account, name = account, passphrase, create, whenLocked, onRollback, moved } = request
  if (passphrase === undefined) throw new OtrError('OTR_STORE_PASSPHRASE', 'no page has this client open: give its passphrase')
  const found = moved === undefined ? {} : await settled(request, moved, onProgress)
  const store = await openDatabase({
    name, secret: { passphrase }, onProgress,
    ...create !== undefined && { create }, ...whenLocked !== undefined && { whenLocked }, ...onRollback !== undefined && { onRollback },
  })
  const client = await Client.open({ account, clock: () => Date.now() / 1000, persistence: store, ...request.policy !== undefined && { policy: request.policy }, ...found })
  return { client, store }
}

async function settled(
  { account }: OpenRequest, { sealed, passphrase }: NonNullable<OpenRequest['moved']>, onProgress: (done: number) => void,
): Promise<Pick<OpenOptions, 'keys' | 'state'>> {
  const moved = await openAccount(passphrase, sealed, { onProgress })
  if (moved.address !== account) throw new OtrError('OTR_STORE_ACCOUNT', 'the sealed account has another address')
  const { keys, state } = settleAccount(moved, systemRandom)
  return { keys, state }
}
