/** No secret stays in a process once its life is over: the memory of a process in which two clients talk is searched from outside. */
import { expect } from 'chai'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { needsChromium, skipWithout } from '../lib/missing.js'
import { runtimes } from '../lib/runtimes.js'
import { realCommand, removeTools, SearchedProcess, withCollector } from './searched-process.js'
import { SearchedPage } from './searched-page.js'
import type { Searched, Value } from './searched.js'
import { openFiles, secretsOf } from './stored-secrets.js'

/** A program that talks, the moments at which it is searched, and what else its folder says of its secrets. */
interface Program {
  readonly name: string
  readonly moments: readonly string[]
  /** Default: all. */
  readonly versions?: readonly number[]
  /** For V8. */
  readonly options?: readonly string[]
  /** The registers of its threads are searched, too. Only where the program waits long before: an engine's own work leaves what it copied last. */
  readonly registers?: true
  readonly more?: (moment: string, folder: string) => Promise<readonly Value[]>
}

const programs: readonly Program[] = [
  { name: 'talker', moments: ['talking', 'verified', 'closed'] },
  { name: 'prekeys', versions: [4], moments: ['read', 'replaced', 'closed'] },
  { name: 'ends', moments: ['key exchanges given up', 'verifications broken off', 'messages skipped', 'expired and closed', 'stores failed', 'closed'] },
  { name: 'sealing', versions: [4], moments: ['closed'], options: ['--max-semi-space-size=1'] },
  { name: 'passphrase', versions: [4], moments: ['closed'], registers: true },
  { name: 'store', moments: ['talking', 'shut', 'opened again', 'closed'], more: storedSecrets },
]

/** All programs in all runtimes, in all versions, with OTR4_MEMORY=all: more than half an hour. Without it Node 20 runs all in versions 4 and 3, and each other runtime those that are named here. */
const isWhole = process.env['OTR4_MEMORY'] === 'all'
const short: Readonly<Record<string, readonly string[]>> = {
  'node 24': ['talker 4', 'passphrase 4'],
  'node 26': ['talker 4', 'talker 3', 'passphrase 4'],
  bun: ['talker 4', 'talker 3', 'passphrase 4'],
  deno: ['talker 4', 'talker 3', 'passphrase 4'],
  chromium: ['talker 4'],
}
const runs = (program: string, version: number, runtime: string): boolean => isWhole || (short[runtime]?.includes(`${program} ${version}`) ?? version !== 2)

/** A line of JSON for each search goes there: scripts/memory-table.mjs makes the tables of it. */
const results = process.env['OTR4_MEMORY_RESULTS']

describe('memory: no secret stays in a process after its life', function () {
  this.timeout(isWhole ? 1_800_000 : 300_000)

  before(function () {
    if (!existsSync('/proc/self/pagemap') || process.getuid?.() !== 0) skipWithout(this, 'only root can search the memory of a process, on Linux')
  })

  after(removeTools)

  /** Searches at each moment, and notes the results. */
  async function searchAll(runtime: string, program: Program, version: number, talker: Searched): Promise<void> {
    try {
      for (const moment of program.moments) {
        await talker.at(moment)
        const registers = program.registers && talker instanceof SearchedProcess ? talker.registers() : undefined
        const rows = talker.search(moment, talker instanceof SearchedProcess ? await program.more?.(moment, talker.folder) ?? [] : [], registers)
        const bySize = rows.get('control: made by its size')
        expect(rows.get('control: kept'), 'the control').to.include({ wiped: 1, found: 1 })
        if (runtime.startsWith('node') && moment === program.moments[0]) expect(bySize?.found, 'arrays made by their size').to.be.above(0)
        // Where a processor has the registers that a copy of 32 bytes goes through.
        if (registers !== undefined && runtime.startsWith('node') && hasWideRegisters()) expect(rows.get('control: in a register'), 'the register').to.include({ wiped: 1, found: 1 })
        const secrets = [...rows].filter(([kind]) => !kind.startsWith('control'))
        const count = (what: 'wiped' | 'found'): number => secrets.reduce((sum, [, row]) => sum + row[what], 0)
        console.log(`      ${moment}: ${count('found')} of ${count('wiped')} secrets found; control: ${bySize?.found} of ${bySize?.wiped} arrays made by their size`)
        if (results !== undefined) {
          const kinds = secrets.map(([kind, { wiped, found }]) => ({ kind, wiped, found }))
          appendFileSync(results, `${JSON.stringify({ runtime, program: program.name, version, moment, control: bySize, kinds })}\n`)
        }
        expect(count('wiped')).to.be.above(300)
        expect(secrets.filter(([, { found }]) => found > 0).map(([kind, { wiped, found, places }]) => `${found} of ${wiped}: ${kind}, ${places.join('; ')}`), moment).to.deep.equal([])
        if (talker instanceof SearchedPage && program.name === 'store' && moment === 'closed') {
          const { newest, replaced } = talker.recordsOnDisk()
          console.log(`      files of IndexedDB: ${newest.join(' of ')} records, ${replaced.join(' of ')} that were replaced`)
          expect(newest[0], 'the control').to.be.above(0)
        }
        talker.goOn()
      }
    } finally {
      await talker.end()
    }
  }

  const versionsOf = ({ name, versions = [4, 3, 2] }: Program, runtime: string): readonly number[] => versions.filter((one) => runs(name, one, runtime))

  // Node 22 has the engine's memory of 20 and 24.
  for (const { name, command, howToInstall } of runtimes.filter((runtime) => runtime.name !== 'node 22')) {
    for (const program of programs) {
      for (const version of versionsOf(program, name)) {
        it(`${name}, ${program.name}, version ${version}`, async function () {
          if (command === undefined) skipWithout(this, `there is no ${name}: ${howToInstall}`)
          await searchAll(name, program, version, new SearchedProcess(withCollector(name, await realCommand(command), program.options), program.name, version))
        })
      }
    }
  }

  for (const program of programs) {
    for (const version of versionsOf(program, 'chromium')) {
      it(`chromium, ${program.name}, version ${version}`, async function () {
        needsChromium(this)
        await searchAll('chromium', program, version, await SearchedPage.start(program.name, version, program.options))
      })
    }
  }
})

function hasWideRegisters(): boolean {
  return /^flags\s.*\bavx512vl\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'))
}

/** The keys of the stores once they are closed, and what stands in their files once nothing but the files should have it. */
async function storedSecrets(moment: string, folder: string): Promise<readonly Value[]> {
  const passphrase = new Uint8Array(readFileSync(join(folder, 'passphrase')))
  const stores = await Promise.all(['alice', 'bob'].map((name) => openFiles(join(folder, name), passphrase)))
  const isShut = moment === 'shut' || moment === 'closed'
  return stores.flatMap(({ keys, records }) => [
    ...keys.filter(([name]) => isShut || name === 'key of the passphrase'),
    ...isShut ? records.flatMap(({ record }) => record.kind === 'account' ? [] : secretsOf(record.value)).map(([name, bytes]) => [`stored: ${name}`, bytes] as const) : [],
  ].map(([kind, bytes]) => ({ kind, bytes: Buffer.from(bytes) })))
}
