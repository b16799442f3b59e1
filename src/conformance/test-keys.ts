import { systemRandom } from '../crypto/index.js'
import { generateDsaKey } from '../crypto/dsa-generate.js'
import { formatPrivateKeys } from '../v3/libotr/index.js'

/** Keys of version 3 for the two sides of a run, as private-key files of libotr, so that nobody has to make one for each scenario. */
export async function makeTestKeys(): Promise<{ readonly peer: string, readonly partner: string }> {
  const file = async (account: string): Promise<string> => formatPrivateKeys([{ account, protocol: 'test', key: await generateDsaKey(systemRandom) }])
  return { peer: await file('peer@example.org'), partner: await file('partner@example.org') }
}
