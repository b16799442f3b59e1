/**
 * A stream in sealed chunks, in constant memory: AES-256-GCM from WebCrypto, which Node and browsers have. Each chunk is authenticated under its
 * number and whether it is the last (the construction STREAM of Hoang, Reyhanitabar, Rogaway and Vizár): chunks that are changed, moved,
 * repeated or missing are noticed, and so is the end of a stream that is cut off between two of them.
 *
 * One key seals one stream: nonces count from 0. See `fileKey`.
 */

/** Bytes of plaintext in each chunk but the last, which has 0 to as many. */
const CHUNK_LENGTH = 64 * 1024
const TAG_LENGTH = 16
const NONCE_LENGTH = 12

/** The stream is not what was sealed with this key, or not all of it. Throw away what came of it so far. */
export class SealError extends Error {
  override readonly name = 'SealError'
}

export type Bytes = Uint8Array<ArrayBuffer>

/** Seals a stream. `key`: 32 bytes, for this stream alone. */
export async function* seal(key: Bytes, plain: AsyncIterable<Uint8Array>): AsyncGenerator<Bytes> {
  const aes = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt'])
  for await (const { bytes, nonce } of chunks(plain, CHUNK_LENGTH)) {
    yield new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce }, aes, bytes))
  }
}

/** Opens a sealed stream, and gives each chunk as soon as it is verified. Only the end says that all of it came. @throws SealError */
export async function* open(key: Bytes, sealed: AsyncIterable<Uint8Array>): AsyncGenerator<Bytes> {
  const aes = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt'])
  for await (const { bytes, nonce } of chunks(sealed, CHUNK_LENGTH + TAG_LENGTH)) {
    let plain: ArrayBuffer
    try {
      plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonce }, aes, bytes)
    } catch {
      throw new SealError('the file was changed or cut off on the way, or sealed with another key')
    }
    yield new Uint8Array(plain)
  }
}

interface Chunk {
  readonly bytes: Bytes
  /** The chunk's number, big-endian, behind zeros, and then 1 in the last chunk, else 0. */
  readonly nonce: Bytes
}

/** Cuts a stream into chunks of a length; the last one, which there always is, may be shorter. */
async function* chunks(stream: AsyncIterable<Uint8Array>, length: number): AsyncGenerator<Chunk> {
  let waiting = new Uint8Array(length)
  let filled = 0
  let number = 0
  const chunk = (isLast: boolean): Chunk => {
    const nonce = new Uint8Array(NONCE_LENGTH)
    new DataView(nonce.buffer).setUint32(NONCE_LENGTH - 5, number++)
    nonce[NONCE_LENGTH - 1] = isLast ? 1 : 0
    return { bytes: waiting.slice(0, filled), nonce }
  }
  for await (let part of stream) {
    while (part.length > 0) {
      // A full chunk leaves only when more comes: it may be the last.
      if (filled === length) {
        yield chunk(false)
        waiting = new Uint8Array(length)
        filled = 0
      }
      const taken = part.subarray(0, length - filled)
      waiting.set(taken, filled)
      filled += taken.length
      part = part.subarray(taken.length)
    }
  }
  yield chunk(true)
}
