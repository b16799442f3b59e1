import { createHash } from 'node:crypto'
import { associatedData, sealChunk } from '../../../src/file/chunk.js'
import { fileKey } from '../../../src/file/file-key.js'
import { CHUNK_LENGTH, chunkCount, FILE_USE } from '../../../src/file/format.js'
import { decodeFileOffer, FileOpener, FileSealer, safeFileName, sealedLength } from '../../../src/file/index.js'
import { asSecret } from '../../../src/crypto/secret.js'
import { deriveExtraKey } from '../../../src/index.js'
import type { Checks } from './given.js'

const shake = (seed: Uint8Array, length: number): Uint8Array => new Uint8Array(createHash('shake256', { outputLength: length }).update(seed).digest())

export const files: Checks = {
  key(given) {
    const extraKey = deriveExtraKey(given.bytes('extraSymmetricKey'), FILE_USE, 32)
    return { extraKey: extraKey.slice(), key: fileKey(extraKey, given.bytes('salt')) }
  },
  length: (given) => ({ chunks: chunkCount(given.int('length')), sealed: sealedLength(given.int('length')) }),
  offer(given) {
    const offer = decodeFileOffer(given.bytes('data'))
    return offer && { ...offer.header, salt: offer.salt, place: offer.place }
  },
  name: (given) => ({ safe: safeFileName(given.text('name')) }),
  chunk(given) {
    const at = { chunk: given.int('chunk'), tag: given.bytes('tagBefore') }
    const isLast = given.int('last') === 1
    return { associatedData: associatedData(at, isLast), sealed: sealChunk(asSecret(given.bytes('key')), at, isLast, given.bytes('plaintext'), () => given.bytes('nonce')) }
  },
  file(given) {
    const header = { name: given.text('name'), type: given.text('type'), length: given.int('length') }
    const nonces = shake(given.bytes('nonceSeed'), 24 * chunkCount(header.length))
    let drawn = 0
    const sealer = new FileSealer(given.bytes('key'), header, { random: (length) => nonces.slice(drawn, drawn += length) })
    const content = shake(given.bytes('contentSeed'), header.length)
    const sealed = Buffer.concat([...sealer.update(content.subarray(0, 1000)), ...sealer.update(content.subarray(1000)), ...sealer.end()])
    const opener = new FileOpener(given.bytes('key'), header)
    const opened = Buffer.concat([...opener.update(sealed.subarray(0, CHUNK_LENGTH)), ...opener.update(sealed.subarray(CHUNK_LENGTH))])
    opener.end()
    if (!opened.equals(content)) throw new Error('what was sealed opens to something else')
    return { bytes: sealed.length, sha256: new Uint8Array(createHash('sha256').update(sealed).digest()), lastTag: new Uint8Array(sealed.subarray(-16)) }
  },
}
