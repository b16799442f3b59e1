import { FileOpener, type OpenerOptions } from './opener.js'
import { FileSealer, type SealerOptions } from './sealer.js'
import type { FileHeader } from './header.js'

/**
 * Seals a file as a stream, in the memory of a few chunks. The key is copied, and the copy wiped at the end.
 *
 * @param key - 32 bytes, for this file alone
 * @param header - what the file is; `length` is exact
 * @param content - the content; with `options.from`, from the byte that `contentOffset` of a `FileSealer` with the same checkpoint says
 * @returns sealed chunks of 65,576 bytes; with `options.reuseMemory`, each valid until the next is taken
 * @throws OtrError `OTR_ARGUMENT`; `OTR_FILE_LENGTH` if the content has another length than the header says
 */
export async function* sealFile(key: Uint8Array, header: FileHeader, content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, options?: SealerOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const sealer = new FileSealer(key, header, options)
  try {
    for await (const piece of content) yield* sealer.update(piece)
    yield* sealer.end()
  } finally {
    sealer.wipe()
  }
}

/**
 * Opens a sealed file as a stream, in the memory of a few chunks. Each piece of the content is authentic, but only the end of the iteration without an error says that
 * the file is whole: give it to nobody before. The key is copied, and the copy wiped at the end.
 *
 * @param key - 32 bytes, for this file alone
 * @param header - what the offer said
 * @param sealed - the sealed bytes in pieces of any length; with `options.from`, from that chunk on
 * @returns the content, in pieces of up to 65,536 bytes; with `options.reuseMemory`, each valid until the next is taken
 * @throws OtrError `OTR_ARGUMENT`; `OTR_FILE_BROKEN` if anything was changed, moved, repeated, swapped or cut off
 */
export async function* openFile(key: Uint8Array, header: FileHeader, sealed: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, options?: OpenerOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const opener = new FileOpener(key, header, options)
  try {
    for await (const piece of sealed) yield* opener.update(piece)
    opener.end()
  } finally {
    opener.wipe()
  }
}
