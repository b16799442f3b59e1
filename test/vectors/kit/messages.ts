import { decodeMessage, type OtrMessage } from '../../../src/wire/index.js'
import type { Checks } from './given.js'

const names: { readonly [kind in OtrMessage['kind']]?: string } = {
  'v4-identity': 'Identity', 'v4-auth-r': 'Auth-R', 'v4-auth-i': 'Auth-I', 'v4-non-interactive-auth': 'Non-Interactive-Auth', 'v4-data': 'Data, version 4',
  'v2-dh-commit': 'D-H Commit, version 2', 'v2-dh-key': 'D-H Key, version 2', 'v2-reveal-signature': 'Reveal Signature, version 2', 'v2-signature': 'Signature, version 2', 'v2-data': 'Data, version 2',
  'v3-dh-commit': 'D-H Commit', 'v3-dh-key': 'D-H Key', 'v3-reveal-signature': 'Reveal Signature', 'v3-signature': 'Signature', 'v3-data': 'Data, version 3',
}

export const messages: Checks = { decode: (given) => ({ kind: names[decodeMessage(given.bytes('message')).kind] ?? 'of a version that the kit does not cover' }) }
