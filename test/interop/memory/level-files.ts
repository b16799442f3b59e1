import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What somebody can read in the files of a LevelDB database: every value that was ever put under a key and still stands there, the newest too. */
export interface Image {
  readonly key: Buffer
  readonly value: Buffer
}

/** All images in a database's logs and tables, whether the database would still return them or not. Tables must not be compressed. */
export function imagesIn(folder: string): Image[] {
  return readdirSync(folder).flatMap((name) => {
    const bytes = readFileSync(join(folder, name))
    return name.endsWith('.log') ? inLog(bytes) : name.endsWith('.ldb') ? inTable(bytes) : []
  })
}

function varint(bytes: Buffer, at: number): readonly [number, number] {
  let value = 0
  for (let shift = 0, next = at; ; shift += 7) {
    const byte = bytes[next++] ?? 0
    value += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) return [value, next]
  }
}

/** Blocks of 32 KiB with records, each a checksum, a length and a type in front: 1 a whole batch, 2 to 4 its first, middle and last piece. */
function inLog(bytes: Buffer): Image[] {
  const images: Image[] = []
  let pieces: Buffer[] = []
  for (let at = 0; at + 7 <= bytes.length;) {
    const left = 32_768 - at % 32_768
    const length = bytes.readUInt16LE(at + 4)
    const type = bytes[at + 6] ?? 0
    if (left < 7 || type === 0) {
      at += left
      continue
    }
    if (type <= 2) pieces = []
    pieces.push(bytes.subarray(at + 7, at + 7 + length))
    if (type === 1 || type === 4) images.push(...inBatch(Buffer.concat(pieces)))
    at += 7 + length
  }
  return images
}

/** A sequence number and a count, then what is put (1) and what is deleted (0). */
function inBatch(batch: Buffer): Image[] {
  const images: Image[] = []
  for (let at = 12; at < batch.length;) {
    const put = batch[at] === 1
    const [keyLength, keyAt] = varint(batch, at + 1)
    const key = batch.subarray(keyAt, at = keyAt + keyLength)
    if (!put) continue
    const [length, from] = varint(batch, at)
    images.push({ key, value: batch.subarray(from, at = from + length) })
  }
  return images
}

/** The last 8 bytes of every table. */
const magic = Buffer.from('57fb808b247547db', 'hex')

/** The footer names the index block, whose entries name the blocks of data. A table that is still being written, at the moment when it is read, has no footer: it holds nothing yet. */
function inTable(bytes: Buffer): Image[] {
  if (!bytes.subarray(-8).equals(magic)) return []
  const footer = bytes.subarray(-48)
  const [, afterOffset] = varint(footer, 0)
  const [, afterMeta] = varint(footer, afterOffset)
  const blockOf = (handle: Buffer, at: number): Buffer => {
    const [from, next] = varint(handle, at)
    const [length] = varint(handle, next)
    if (bytes[from + length] !== 0) throw new Error('a compressed block')
    return bytes.subarray(from, from + length)
  }
  return inBlock(blockOf(footer, afterMeta)).flatMap(({ value }) => inBlock(blockOf(value, 0)))
    // A key ends with its sequence number and whether it was put.
    .flatMap(({ key, value }) => key[key.length - 8] === 1 ? [{ key: key.subarray(0, -8), value }] : [])
}

function inBlock(block: Buffer): Image[] {
  const images: Image[] = []
  const end = block.length - 4 - 4 * block.readUInt32LE(block.length - 4)
  let key = Buffer.alloc(0)
  for (let at = 0; at < end;) {
    const [shared, sharedEnd] = varint(block, at)
    const [own, ownEnd] = varint(block, sharedEnd)
    const [length, from] = varint(block, ownEnd)
    key = Buffer.concat([key.subarray(0, shared), block.subarray(from, from + own)])
    images.push({ key, value: block.subarray(from + own, at = from + own + length) })
  }
  return images
}
