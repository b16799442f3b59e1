import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

/** So many bytes of a secret, at a multiple of this place, count as found: a copy may have lost its beginning. */
const PIECE = 16
const PAGE = 4096
const CHUNK = 4 << 20

/** Which of these values stand in the memory of a process, whole or in part, forwards or backwards (as numbers of some libraries do). Needs root, on Linux. */
export function findInMemory(pid: number, values: readonly Uint8Array[]): ReadonlySet<number> {
  const pieces = new Map<string, number[]>()
  values.forEach((value, n) => {
    for (const bytes of [Buffer.from(value), Buffer.from(value).reverse()]) {
      for (const piece of piecesOf(bytes)) pieces.set(piece.toString('latin1'), [...pieces.get(piece.toString('latin1')) ?? [], n])
    }
  })
  return new Set([...piecesIn(memoryOf(pid), pieces)].flatMap((piece) => pieces.get(piece) ?? []))
}

/** The pieces that a value is searched by. */
export function piecesOf(bytes: Buffer): Buffer[] {
  return Array.from({ length: Math.floor(bytes.length / PIECE) }, (_, n) => bytes.subarray(PIECE * n, PIECE * (n + 1)))
}

/** Those of the pieces, in Latin-1, that stand in any of the chunks, wherever they begin there. */
export function piecesIn(chunks: Iterable<Buffer>, pieces: ReadonlySet<string> | ReadonlyMap<string, unknown>): ReadonlySet<string> {
  const begins = new Uint8Array(1 << 24)
  for (const piece of pieces.keys()) begins[startOf(Buffer.from(piece, 'latin1'), 0)] = 1
  const found = new Set<string>()
  for (const chunk of chunks) {
    for (let at = 0; at + PIECE <= chunk.length; at++) {
      if (begins[startOf(chunk, at)] === 0) continue
      const piece = chunk.toString('latin1', at, at + PIECE)
      if (pieces.has(piece)) found.add(piece)
    }
  }
  return found
}

function startOf(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16)
}

/** All memory that the process may write and that exists, in chunks that overlap by a piece. */
function* memoryOf(pid: number): Generator<Buffer> {
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  const pages = openSync(`/proc/${pid}/pagemap`, 'r')
  const buffer = Buffer.allocUnsafe(CHUNK + PIECE)
  try {
    for (const [, from = '', to = ''] of readFileSync(`/proc/${pid}/maps`, 'utf8').matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw/gm)) {
      for (const [begin, end] of presentIn(pages, Number.parseInt(from, 16), Number.parseInt(to, 16))) {
        for (let at = begin; at < end; at += CHUNK) yield buffer.subarray(0, readSync(memory, buffer, 0, Math.min(CHUNK + PIECE, end - at), at))
      }
    }
  } finally {
    closeSync(memory)
    closeSync(pages)
  }
}

/** The runs of pages that exist: some programs reserve hundreds of gigabytes. */
function* presentIn(pages: number, from: number, to: number): Generator<readonly [number, number]> {
  const entries = Buffer.allocUnsafe(8 * 65_536)
  let begin: number | undefined
  for (let first = from / PAGE; first < to / PAGE; first += 65_536) {
    const count = readSync(pages, entries, 0, Math.min(8 * 65_536, 8 * (to / PAGE - first)), 8 * first) / 8
    for (let n = 0; n < count; n++) {
      // Bit 63: in memory; bit 62: in swap.
      const exists = (entries[8 * n + 7] ?? 0) >= 0x40
      const at = (first + n) * PAGE
      if (exists) begin ??= at
      else if (begin !== undefined) {
        yield [begin, at]
        begin = undefined
      }
    }
  }
  if (begin !== undefined) yield [begin, to]
}
