/** Measures files of 100 MB as streams: processor time of sealing and opening beside OpenSSL's own benchmark of its cipher, and how much memory the process grows by. */
import { spawnSync } from 'node:child_process'
import { fileHeader, openFile, sealFile } from '../src/file/index.js'
import { median, type Result } from './measure.js'

/** The rows that are measured in this way. */
export const fileRows = ['file-100mb'] as const

const LENGTH = 100_000_000
const runs = 5
const key = new Uint8Array(32).fill(7)
/** As the relay's client and `otr4 chat` do: memory that is copied from at once. */
const reused = { reuseMemory: true } as const
const header = fileHeader({ name: 'a.bin', length: LENGTH })

/** The content as it is read from a disk: pieces of 64 KiB, one after the other in the same memory, because sealing copies them. */
function* content(): Generator<Uint8Array, void, undefined> {
  const memory = Buffer.alloc(65_536)
  for (let at = 0; at < LENGTH; at += 65_536) yield memory.fill(at >> 16).subarray(0, LENGTH - at)
}

interface Spent {
  /** Megabytes for each second of processor time. */
  readonly rate: number
  /** By how many megabytes the resident set was larger than before, at most. */
  readonly growth: number
}

async function spent(stream: AsyncIterable<Uint8Array>): Promise<Spent> {
  globalThis.gc?.()
  const before = process.memoryUsage.rss()
  const start = process.cpuUsage()
  let highest = before
  let count = 0
  for await (const piece of stream) {
    count += piece.length
    highest = Math.max(highest, process.memoryUsage.rss())
  }
  const { user, system } = process.cpuUsage(start)
  if (count < LENGTH) throw new Error('not the whole file')
  return { rate: LENGTH / (user + system), growth: (highest - before) / 1e6 }
}

/** What `openssl speed` says of ChaCha20-Poly1305 with 65,536 bytes, in megabytes for each second of processor time; undefined where there is none. */
function openssl(): number | undefined {
  const { stdout, status } = spawnSync('openssl', ['speed', '-seconds', '1', '-bytes', '65536', '-evp', 'chacha20-poly1305'], { encoding: 'utf8' })
  const kilobytes = status === 0 ? /^ChaCha20-Poly1305\s+([\d.]+)k$/m.exec(stdout)?.[1] : undefined
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1000
}

/** Measures. Opening includes sealing, since what is sealed is opened at once; the rates are of megabytes a second. */
export async function measureFiles(bench: string): Promise<readonly Result[]> {
  const [sealing, both, theirs]: [Spent[], Spent[], number[]] = [[], [], []]
  for (let run = -1; run < runs; run++) {
    const one = await spent(sealFile(key, header, content(), reused))
    const two = await spent(openFile(key, header, sealFile(key, header, content(), reused), reused))
    const cipher = openssl()
    // The first is for warming up, in speed; in memory it counts, because nothing was grown before.
    if (run >= 0 && cipher !== undefined) theirs.push(cipher)
    sealing.push(one)
    both.push(two)
  }
  const grown = (implementation: string, all: readonly Spent[]): Result =>
    ({ bench: `${bench}-growth`, implementation, median: Math.round(Math.max(...all.map(({ growth }) => growth))), unit: 'MB', runs: runs + 1 })
  const rate = (implementation: string, values: readonly number[]): Result => ({ bench, implementation, median: Math.round(median(values)), unit: 'per s', runs })
  return [
    rate('otr4', sealing.slice(1).map((one) => one.rate)), rate('seal-and-open', both.slice(1).map((one) => one.rate)),
    ...theirs.length === 0 ? [] : [rate('openssl-speed', theirs)],
    grown('otr4', sealing), grown('seal-and-open', both),
  ]
}
