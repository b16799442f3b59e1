import { encodeDsaPublicKey } from '../../../src/crypto/index.js'
import { parseFingerprints, parseInstanceTags, parsePrivateKeys } from '../../../src/v3/libotr/index.js'
import type { Checks } from './given.js'

export const libotrFiles: Checks = {
  privateKeys: (given) => ({ keys: parsePrivateKeys(given.text('file')).map(({ account, protocol, key }) => ({ account, protocol, publicKey: encodeDsaPublicKey(key), x: key.x })) }),
  fingerprints: (given) => ({ lines: parseFingerprints(given.text('file')) }),
  instanceTags: (given) => ({ tags: parseInstanceTags(given.text('file')) }),
}
