import {
  addFragment, armor, decodePlaintext, defaultWireLimits, emptyFragmentAssembler, encodePlaintext, errorMessage, formatInstanceTag, fragmentMessage, hexEncode, instanceTagProblem, parseErrorMessage, parseFragment,
  parseQuery, parseWhitespaceTag, queryMessage, unarmor, whitespaceTag,
} from '../../../src/wire/index.js'
import { decodeDsaPublicKey, dsaFingerprint, ed448Fingerprint } from '../../../src/crypto/index.js'
import { fingerprintBlocks } from '../../../src/fingerprint/blocks.js'
import { prekeyServerFingerprint } from '../../../src/prekey/server-identity.js'
import type { Checks, Given } from './given.js'

const offered = (given: Given): (2 | 3 | 4)[] => given.list('versions').map((version) => {
  if (version !== 2 && version !== 3 && version !== 4) throw new Error('we offer 2, 3 and 4')
  return version
})

export const textForms: Checks = {
  encode: (given) => ({ line: armor(given.bytes('bytes')) }),
  decode: (given) => ({ bytes: unarmor(given.text('line')) }),
  query: (given) => ({ line: queryMessage(offered(given), given.text('explanation')) }),
  readQuery(given) {
    const query = parseQuery(given.text('line'))
    return query && { versions: query.versions }
  },
  tag: (given) => ({ tag: whitespaceTag(offered(given)) }),
  readTag(given) {
    const found = parseWhitespaceTag(given.text('line'))
    return found && { ...found }
  },
  error: (given) => ({ line: errorMessage(given.text('text')) }),
  readError(given) {
    const found = parseErrorMessage(given.text('line'))
    return found && { ...found }
  },
  instanceTags(given) {
    const [senderTag, receiverTag] = [given.int('sender'), given.int('receiver')]
    const message = given.flag('opens')
      ? { kind: 'v3-dh-commit' as const, senderTag, receiverTag, encryptedGx: new Uint8Array(0), hashedGx: new Uint8Array(32) }
      : { kind: 'v3-dh-key' as const, senderTag, receiverTag, gy: new Uint8Array(0) }
    return instanceTagProblem(message) === undefined ? { senderDigits: formatInstanceTag(senderTag), receiverDigits: formatInstanceTag(receiverTag) } : undefined
  },
  plaintext: (given) => ({ bytes: encodePlaintext(given.text('text'), given.records('tlvs').map((one) => ({ type: one.int('type'), value: one.bytes('value') }))) }),
  readPlaintext(given) {
    const { text, tlvs, wellFormed } = decodePlaintext(given.bytes('bytes'))
    return { text, tlvs: tlvs.map(({ type, value }) => ({ type, value })), wellFormed }
  },
}

export const fragments: Checks = {
  split(given) {
    const version = given.int('version')
    if (version !== 2 && version !== 3 && version !== 4) throw new Error('there are fragments of 2, 3 and 4')
    const tagOf = (name: string): number => given.has(name) ? given.int(name) : 0
    const tags = { senderTag: tagOf('sender'), receiverTag: tagOf('receiver') }
    return { lines: fragmentMessage({ version, text: given.text('message'), ...tags, maxLength: given.int('maxLength'), ...given.has('identifier') && { identifier: given.int('identifier') } }) }
  },
  read(given) {
    const fragment = parseFragment(given.text('line'))
    const { version, senderTag: sender, receiverTag: receiver, index, total, piece } = fragment
    return { version, ...version !== 2 && { sender, receiver }, index, total, piece, ...fragment.version === 4 && { identifier: fragment.identifier } }
  },
  assemble(given) {
    let state = emptyFragmentAssembler
    return {
      complete: given.textList('lines').map((line) => {
        const step = addFragment(state, parseFragment(line), 0, defaultWireLimits)
        state = step.state
        return step.complete ?? null
      }),
    }
  },
}

export const fingerprints: Checks = {
  v4: (given) => ({ fingerprint: ed448Fingerprint(given.bytes('publicKey'), given.bytes('forgingKey')) }),
  v3(given) {
    const fingerprint = dsaFingerprint(decodeDsaPublicKey(given.bytes('publicKey')))
    return { fingerprint, human: fingerprintBlocks({ version: 3, fingerprint: hexEncode(fingerprint) }).join(' ') }
  },
  prekeyServer: (given) => ({ fingerprint: prekeyServerFingerprint(given.bytes('publicKey')) }),
}
