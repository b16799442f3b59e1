import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

/** So many bytes of a secret, at a multiple of this place, count as found: a copy may have lost its beginning. */
const PIECE = 16
const PAGE = 4096
const CHUNK = 4 << 20

/** Bytes that are searched, and what they are a part of. */
interface Chunk {
  readonly bytes: Buffer
  /** What lies there, and the address of the first byte. Not for bytes that were no memory. */
  readonly area?: string
  readonly address?: number
}

/**
 * Which of these values stand in the memory of processes, whole or in part, forwards or backwards (as numbers of some libraries do), and where each does: the area,
 * the address in it, and which bytes of the value. `registers`: of their threads, to be searched, too. Needs root, on Linux.
 */
export function findInMemory(pids: readonly number[], values: readonly Uint8Array[], registers: Buffer = Buffer.alloc(0)): ReadonlyMap<number, readonly string[]> {
  const pieces = new Map<string, { readonly value: number, readonly part: string }[]>()
  values.forEach((value, n) => {
    for (const [way, bytes] of [['', Buffer.from(value)], [' backwards', Buffer.from(value).reverse()]] as const) {
      piecesOf(bytes).forEach((piece, at) => {
        const key = piece.toString('latin1')
        const meant = pieces.get(key) ?? []
        pieces.set(key, meant)
        meant.push({ value: n, part: `bytes ${PIECE * at} to ${PIECE * (at + 1)} of ${value.length}${way}` })
      })
    }
  })
  const found = new Map<number, string[]>()
  for (const [piece, place] of placesOf(chunksOf(pids, registers), pieces)) {
    for (const { value, part } of pieces.get(piece) ?? []) {
      const places = found.get(value) ?? []
      found.set(value, places)
      places.push(`${part} ${place}`)
    }
  }
  return found
}

function* chunksOf(pids: readonly number[], registers: Buffer): Generator<Chunk> {
  yield { bytes: registers, area: 'the registers' }
  for (const pid of pids) yield* memoryOf(pid)
}

/** The pieces that a value is searched by. */
export function piecesOf(bytes: Buffer): Buffer[] {
  return Array.from({ length: Math.floor(bytes.length / PIECE) }, (_, n) => bytes.subarray(PIECE * n, PIECE * (n + 1)))
}

/** Those of the pieces, in Latin-1, that stand in any of the chunks, wherever they begin there. */
export function piecesIn(chunks: Iterable<Buffer>, pieces: ReadonlySet<string>): ReadonlySet<string> {
  return new Set(Array.from(placesOf(Array.from(chunks, (bytes) => ({ bytes })), pieces), ([piece]) => piece))
}

/** Each piece that stands in a chunk, and where. */
function* placesOf(chunks: Iterable<Chunk>, pieces: ReadonlySet<string> | ReadonlyMap<string, unknown>): Generator<readonly [string, string]> {
  const begins = new Uint8Array(1 << 24)
  for (const piece of pieces.keys()) begins[startOf(Buffer.from(piece, 'latin1'), 0)] = 1
  for (const { bytes, area = '', address = 0 } of chunks) {
    for (let at = 0; at + PIECE <= bytes.length; at++) {
      if (begins[startOf(bytes, at)] === 0) continue
      const piece = bytes.toString('latin1', at, at + PIECE)
      if (pieces.has(piece)) yield [piece, `at ${(address + at).toString(16)} in ${area}`]
    }
  }
}

function startOf(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16)
}

/** All memory that the process may write and that exists, in chunks that overlap by a piece. */
function* memoryOf(pid: number): Generator<Chunk> {
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  const pages = openSync(`/proc/${pid}/pagemap`, 'r')
  const buffer = Buffer.allocUnsafe(CHUNK + PIECE)
  try {
    for (const [, from = '', to = '', name = ''] of readFileSync(`/proc/${pid}/maps`, 'utf8').matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw\S* \S+ \S+ \S+ *(.*)$/gm)) {
      const area = `${from}-${to} ${name || '(no file)'}`
      for (const [begin, end] of presentIn(pages, Number.parseInt(from, 16), Number.parseInt(to, 16))) {
        for (let at = begin; at < end; at += CHUNK) {
          yield { bytes: buffer.subarray(0, readSync(memory, buffer, 0, Math.min(CHUNK + PIECE, end - at), at)), area, address: at }
        }
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
