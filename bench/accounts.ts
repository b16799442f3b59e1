import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parsePrivateKeys, type DsaPrivateKey, type Version } from '../src/index.js'
import { v4Account, type AccountMaker } from './two-clients.js'

/** A key that libotr made. */
export function libotrKey(address: 'alice' | 'bob'): DsaPrivateKey {
  const file = readFileSync(join(import.meta.dirname, `../test/vectors/data/v3-libotr/keys/${address}.private_key`), 'utf8')
  const key = parsePrivateKeys(file)[0]?.key
  if (key === undefined) throw new Error('no key')
  return key
}

/** Makes accounts that support one version. */
export function accountsOf(version: Version): AccountMaker {
  return version === 4 ? v4Account : (address, instanceTag) => ({ address, instanceTag, v3: { dsa: libotrKey(address) } })
}
