import type { Readable } from 'node:stream'
import { UsageError } from './command.js'

/** The text of standard input. Throws a `UsageError` if it is larger than 64 MiB. */
export async function readAll(stream: Readable): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream) {
    const piece = Buffer.from(chunk as Uint8Array)
    bytes += piece.length
    if (bytes > 64 << 20) throw new UsageError('standard input is too large')
    chunks.push(piece)
  }
  return Buffer.concat(chunks).toString('utf8')
}
