import { openChromium } from './chromium.js'
import { fileRows, measureFiles } from './files.js'
import { forgeRow, measureForge } from './forge.js'
import { hasLibotr, howToInstallLibotr, measureLibotr } from './libotr.js'
import { measureMainThread, pageRows } from './main-thread.js'
import { measureStore, storeRows } from './durability.js'
import { countProcessorTime, type Result } from './measure.js'
import { measureIdleSessions } from './memory.js'
import { measureNpmOtr } from './npm-otr.js'
import { measureOtr4, otr4Rows } from './otr4.js'
import { measurePrekey, prekeyRows } from './prekey.js'
import { measureSealing, sealingRows } from './sealing.js'

/** A row of memory, not of time. */
const idle = 'v4-idle-1000'

const rows: readonly string[] = [...otr4Rows.map(([name]) => name), idle, forgeRow, ...storeRows, ...sealingRows, ...fileRows, ...pageRows, ...prekeyRows]

const help = `usage: npm run bench -- [--json] [--own] [--cpu] [ROW ...]
       npm run bench -- --against REF [--rounds 3] [--json] [ROW ...]

Times this library, libotr (Debian's, in our C program), npm's otr, and this library with noble's arithmetic, all in one run. Times are
of both sides together, in one thread, in Node and, for version 4, in Chromium. Those of prekey-* are CPU time of the server alone; on
PGlite and PostgreSQL they are wall-clock time. v4-smp includes the data messages that carry SMP, with four new chains; v4-smp-bare does
not. v2-* does what v3-* does; a commit from before version 2 has no such rows: name the others beside --against. page-* is the longest
task of a page's main thread, in the thread's CPU time; a fixed piece of work is measured for comparison.
file-100mb is megabytes a second of processor time, beside what openssl speed says of its cipher, and by how much the process grew.
Compare the ratios: the times themselves depend on the machine and on what else it does.

  --json          one object on each line: bench, implementation, median, unit, runs
  --own           leave out other implementations
  --cpu           count the processor time of this process instead of the time that passes, except in Chromium, page-* and store-*: for a machine that does
                  other work too. --against always does
  --against REF   build the commit REF in a separate folder, measure both builds in turn, and print the ratios
  --rounds N      how often to measure both; 3 by default

rows: ${rows.join(' ')}
`

const others = ['v3-ake', 'v3-message-20', 'v3-message-1000', 'v3-pingpong', 'v3-smp']

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(help)
    return 0
  }
  const json = args.includes('--json')
  const own = args.includes('--own')
  if (args.includes('--cpu')) countProcessorTime()
  const wanted = args.filter((arg) => !arg.startsWith('--'))
  const unknown = wanted.find((name) => !rows.includes(name)) ?? args.find((arg) => arg.startsWith('--') && !['--json', '--own', '--cpu'].includes(arg))
  if (unknown !== undefined) {
    process.stderr.write(`bench: there is no ${unknown}; see --help\n`)
    return 2
  }
  if (!own && !hasLibotr()) process.stderr.write(`bench: ${howToInstallLibotr}\n`)
  const results: Result[] = []
  const keep = (result: Result | undefined): void => {
    if (result === undefined) return
    results.push(result)
    if (json) process.stdout.write(`${JSON.stringify(result)}\n`)
  }
  const take = (what: string, work: () => Result | undefined): void => {
    process.stderr.write(`bench: ${what}\n`)
    keep(work())
  }
  const inBrowser = rows.some((row) => (row.startsWith('v4-') && row !== idle || sealingRows.some((one) => one === row)) && (wanted.length === 0 || wanted.includes(row)))
  const chromium = inBrowser ? await openChromium() : undefined
  for (const [row, maker] of otr4Rows) {
    if (wanted.length > 0 && !wanted.includes(row)) continue
    take(`${row} otr4`, () => measureOtr4(maker, 'otr4'))
    if (!row.includes('fragments') && !row.includes('message')) take(`${row} otr4-noble`, () => measureOtr4(maker, 'otr4-noble'))
    if (row.startsWith('v4-')) {
      process.stderr.write(`bench: ${row} otr4-chromium\n`)
      for (const result of await chromium?.measure(row) ?? []) keep(result)
    }
    if (!own && others.includes(row)) {
      if (hasLibotr()) take(`${row} libotr`, () => measureLibotr(row))
      take(`${row} npm-otr`, () => measureNpmOtr(row))
    }
  }
  for (const row of sealingRows) {
    if (wanted.length > 0 && !wanted.includes(row)) continue
    process.stderr.write(`bench: ${row}\n`)
    for (const result of [...await measureSealing(row), ...await chromium?.measure(row) ?? []]) keep(result)
  }
  await chromium?.close()
  for (const row of fileRows) {
    if (wanted.length > 0 && !wanted.includes(row)) continue
    process.stderr.write(`bench: ${row}\n`)
    for (const result of await measureFiles(row)) keep(result)
  }
  for (const row of pageRows) {
    if (wanted.length > 0 && !wanted.includes(row)) continue
    process.stderr.write(`bench: ${row}\n`)
    for (const result of await measureMainThread(row)) keep(result)
  }
  if (wanted.length === 0 || wanted.includes(idle)) take(`${idle} otr4`, () => measureIdleSessions(idle))
  if (wanted.length === 0 || wanted.includes(forgeRow)) {
    process.stderr.write(`bench: ${forgeRow}\n`)
    for (const result of measureForge()) keep(result)
  }
  for (const row of storeRows) {
    if (wanted.length > 0 && !wanted.includes(row)) continue
    process.stderr.write(`bench: ${row}\n`)
    for (const result of measureStore(row)) take(`${row} ${result.implementation}`, () => result)
  }
  for (const row of prekeyRows) {
    if (wanted.length > 0 && !wanted.includes(row)) continue
    process.stderr.write(`bench: ${row} otr4\n`)
    for (const result of await measurePrekey(row)) keep(result)
  }
  if (!json) process.stdout.write(table(results))
  return 0
}

/** The report for people: each implementation's median, and how many times as fast this library is in the same engine. */
function table(results: readonly Result[]): string {
  const lines = results.map((result) => {
    const { bench, implementation, median, unit } = result
    return `${implementation === 'otr4' ? bench.padEnd(18) : ' '.repeat(18)} ${implementation.padEnd(18)} ${String(median).padStart(10)} ${unit.padEnd(6)} ${beside(result, results)}`.trimEnd()
  })
  return `${lines.join('\n')}\n`
}

function beside({ bench, implementation, median, unit }: Result, results: readonly Result[]): string {
  const name = /^(?!otr4).*-chromium$/.test(implementation) ? 'otr4-chromium' : 'otr4'
  const own = results.find((other) => other.bench === bench && other.implementation === name)
  if (own === undefined || implementation === name) return ''
  if (implementation === 'fixed-work') return `otr4's longest task takes ${(own.median / median).toPrecision(3)} times as long`
  const ratio = unit === 'ms' ? median / own.median : own.median / median
  return `${name} is ${ratio.toPrecision(3)} times as fast`
}

process.exitCode = await main(process.argv.slice(2))
