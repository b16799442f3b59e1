import { systemRandom } from '../crypto/index.js'
import { generateDsaKey } from '../crypto/dsa-generate.js'
import { formatPrivateKeys } from '../v3/libotr/index.js'

/** As private-key files of libotr. */
interface TestKeys {
  readonly peer: string
  readonly partner: string
}

let made: Promise<TestKeys> | undefined

/** Keys of version 3 for the two sides of every run of this process, so that nobody has to make one for each scenario. */
export function makeTestKeys(): Promise<TestKeys> {
  return made ??= make()
}

async function make(): Promise<TestKeys> {
  const file = async (account: string): Promise<string> => formatPrivateKeys([{ account, protocol: 'test', key: await generateDsaKey(systemRandom) }])
  return { peer: await file('peer@example.org'), partner: await file('partner@example.org') }
}
