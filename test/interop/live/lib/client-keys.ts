/** Keys for clients that would otherwise make one while somebody waits for it. */
import { readFileSync } from 'node:fs'
import { parsePrivateKeys, formatPrivateKeys, type LibotrPrivateKey } from '../../../../src/v3/libotr/private-key.js'

const [made] = parsePrivateKeys(readFileSync(new URL('../../../vectors/data/v3-libotr/keys/bob.private_key', import.meta.url), 'utf8'))

/** A key that libotr made. */
export function clientKey(): LibotrPrivateKey['key'] {
  if (made === undefined) throw new Error('the recorded file holds no key')
  return made.key
}

/** The same as libotr's own file, for one account of a messenger under all names that it may have. */
export function clientKeyFile(protocol: string, ...accounts: string[]): string {
  return formatPrivateKeys(accounts.map((account) => ({ account, protocol, key: clientKey() })))
}
