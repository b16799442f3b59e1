/** No secret stays in a process once its life is over: the memory of a process in which two clients talk is searched from outside. */
import { expect } from 'chai'
import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { skipWithout } from '../lib/missing.js'
import { projectRoot } from '../lib/peers.js'
import { runtimes } from '../lib/runtimes.js'
import { findInMemory, piecesIn, piecesOf } from './search.js'
import { openFiles, secretsOf } from './stored-secrets.js'

/** A program that talks, the moments at which it is searched, and what else its folder says of its secrets. */
interface Program {
  readonly name: string
  readonly moments: readonly string[]
  /** Default: both. */
  readonly versions?: readonly number[]
  /** For Node. */
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

/** All programs in all runtimes, in both versions, with OTR4_MEMORY=all: more than half an hour. Without it Node 20 runs all, and each other runtime those that are named here. */
const isWhole = process.env['OTR4_MEMORY'] === 'all'
const short: Readonly<Record<string, readonly string[]>> = {
  'node 24': ['talker 4', 'passphrase 4'],
  'node 26': ['talker 4', 'talker 3', 'passphrase 4'],
  bun: ['talker 4', 'talker 3', 'passphrase 4'],
  deno: ['talker 4', 'talker 3', 'passphrase 4'],
}
const runs = (program: string, version: number, runtime: string): boolean => isWhole || short[runtime]?.includes(`${program} ${version}`) !== false

/** A line of JSON for each search goes there: scripts/memory-table.mjs makes the tables of it. */
const results = process.env['OTR4_MEMORY_RESULTS']

/** What is equal to a key that the account still has. */
const longTerm = /^long-term$/

/** What is wiped out of caution, or because a buffer is used again, and is public. */
const harmless: readonly (readonly [RegExp, string])[] = [
  [/^store\/(message-pack|record):|^store\/keys:\S*seal/, 'whole records, whose secrets are looked for one by one; the rest is public'],
  [/provenScrypt|givesTheSame/, 'a trial of scrypt or of a cipher, with what stands in its source'],
  [/^crypto\/noble\/hash-engine:/, 'results of HMAC, which its callers wipe where they are secret'],
  [/^wire\/base64:.*prekeyTextBytes/, 'lines of the prekey protocol'],
  [/platform-power:padded/, 'a power as OpenSSL gave it: looked for under the name of whoever asked for the power, and wiped its copy'],
  [/power.*prekey\/proofs:/, 'powers in the proofs of a publication, which everybody computes who checks it'],
  [/^wire\/writer:/, 'lines that are being encoded: they go out'],
  [/^crypto\/dsa-encoding:/, 'a public key in the working memory of SHA-1'],
  [/^crypto\/wasm\/modp:\S*powerModulo/, 'bases of DSA: public numbers of a key or signature, or blinded by a number that is wiped'],
]

/** What the other side was told in an encrypted message: text, and the values of SMP. */
const toldInPrivate = /^v[34]\/data-message:/

/** What the program itself overwrites at the end. */
const ofProgram = /^store\/passphrase:/

/** In use until the store is closed: its keys. JavaScriptCore does not name the class of a method, so `wipe` of the keys looks as the other does. */
const ofOpenStore = /^store\/(header:newStore|keys:StoreKeys.wipe|open:make)|^store\/store:SealedStore.close/

/** Copies of what is published, for the proofs. The profile, and prekeys that nobody has used, are in use after that. */
const ofPublication = /^prekey\/publish:|ed448KeyPair < \S*generateEd448KeyPair/

/** Drawn together with a store's master key: 16 bytes, which stand in its header. */
const storeIds = /^store\/header:newStore|^drawn, 48 bytes/

/** Their life ends with the verification, whatever goes on. */
const ofVerification = /smp/

/** The numbers of version 3's SMP that are no exponents. OpenSSL raises them to powers and frees its copies as they are; without the exponents they are of no use. */
const bases = ({ kind, bytes }: Value): boolean => kind.startsWith('smp/exchange:wipeSmp') && bytes.length === 192

interface Value {
  readonly kind: string
  readonly bytes: Buffer
}

/** A row of the report: how many values of a kind were looked for, and how many were there. */
interface Row {
  wiped: number
  found: number
  /** Where the first few of them are. */
  readonly places: string[]
}

/** Where our program in C is. */
let tools = ''

class Talker {
  readonly #child: ChildProcessWithoutNullStreams
  readonly folder: string
  readonly #ended: Promise<never>
  #said = ''

  constructor(command: readonly string[], script: string, version: number) {
    this.folder = mkdtempSync(join(tmpdir(), 'otr4-memory-'))
    const [program = '', ...options] = command
    this.#child = spawn(program, [...options, join(import.meta.dirname, `${script}.mjs`), `${projectRoot}dist`, String(version), this.folder])
    let complaints = ''
    this.#child.stderr.on('data', (text: Buffer) => { complaints += text.toString() })
    this.#child.stdout.on('data', (text: Buffer) => { this.#said += text.toString() })
    this.#ended = new Promise((_, no) => {
      this.#child.on('error', no)
      this.#child.on('exit', (code) => { no(new Error(`the talker ended with ${code}: ${complaints}`)) })
    })
    this.#ended.catch(() => undefined)
  }

  /** Waits until it says that a moment has come. */
  async at(moment: string): Promise<void> {
    const said = new Promise<void>((go) => {
      const look = (): void => { if (this.#said.includes(`look ${moment}\n`)) go() }
      this.#child.stdout.on('data', look)
      look()
    })
    await Promise.race([said, this.#ended])
  }

  /** What was secret until now, and what of it stands in its memory. `more`: what is secret besides what was wiped, and over. */
  search(moment: string, more: readonly Value[], registers?: Buffer): Map<string, Row> {
    const stored = readFileSync(join(this.folder, 'secrets'))
    const index = JSON.parse(readFileSync(join(this.folder, 'secrets.json'), 'utf8')) as readonly (readonly [string, number, number])[]
    const values: Value[] = index.map(([kind, at, length]) => ({ kind, bytes: stored.subarray(at, at + length) }))
    const { lines, fingerprints } = JSON.parse(readFileSync(join(this.folder, 'told.json'), 'utf8')) as Record<'lines' | 'fingerprints', readonly string[]>
    const told = Buffer.concat([
      Buffer.from('the words of both'),
      ...fingerprints.map((one) => Buffer.from(one, 'hex')),
      ...lines.map((line) => Buffer.from(/^(?:\?OTR:|(?=AAQ))([^.]*)/.exec(line)?.[1] ?? '', 'base64')),
      ...values.filter(({ kind }) => storeIds.test(kind)).map(({ bytes }) => bytes.subarray(32)),
      ...values.filter(({ kind }) => toldInPrivate.test(kind) || longTerm.test(kind)).map(({ bytes }) => bytes),
    ])
    const settled = JSON.parse(readFileSync(join(this.folder, 'settled.json'), 'utf8')) as number
    const isShut = moment === 'shut' || moment === 'closed'
    const isKept = (kind: string): boolean => moment === 'read' && ofPublication.test(kind)
    const isOver = ({ kind }: Value, n: number): boolean => (n < settled && (isShut || !ofOpenStore.test(kind)) && !isKept(kind) && (moment === 'closed' || !ofProgram.test(kind))) || ofVerification.test(kind) || kind.startsWith('control')
    const isPublic = (value: Value): boolean => [toldInPrivate, longTerm, ...harmless.map(([pattern]) => pattern)].some((pattern) => pattern.test(value.kind)) || bases(value)
    const candidates = [...values.filter((value, n) => isOver(value, n) && !isPublic(value)), ...more]
      .map(({ kind, bytes }) => ({ kind, pieces: piecesOf(bytes).filter((piece) => new Set(piece).size > 5) }))
    const known = piecesIn([told], new Set(candidates.flatMap(({ pieces }) => pieces.map((piece) => piece.toString('latin1')))))
    const secrets = candidates.map(({ kind, pieces }) => ({ kind, bytes: Buffer.concat(pieces.filter((piece) => !known.has(piece.toString('latin1')))) }))
      .filter(({ bytes }) => bytes.length > 0)
    const found = findInMemory(this.#child.pid!, secrets.map(({ bytes }) => bytes), registers)
    const rows = new Map<string, Row>()
    secrets.forEach(({ kind }, n) => {
      const row = rows.get(kind) ?? { wiped: 0, found: 0, places: [] }
      rows.set(kind, row)
      row.wiped++
      const places = found.get(n)
      if (places === undefined) return
      row.found++
      if (row.places.length < 8) row.places.push(...places.slice(0, 4))
    })
    return rows
  }

  /** What the threads keep in their registers while they wait. */
  registers(): Buffer {
    return execFileSync(join(tools, 'registers'), [String(this.#child.pid)])
  }

  goOn(): void {
    this.#child.stdin.write('\n')
  }

  end(): void {
    this.#child.kill('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }
}

describe('memory: no secret stays in a process after its life', function () {
  this.timeout(300_000)

  before(function () {
    if (!existsSync('/proc/self/pagemap') || process.getuid?.() !== 0) skipWithout(this, 'only root can search the memory of a process, on Linux')
    tools = mkdtempSync(join(tmpdir(), 'otr4-memory-tools-'))
    execFileSync('cc', ['-O1', '-o', join(tools, 'registers'), join(import.meta.dirname, 'registers.c')])
  })

  after(() => { if (tools !== '') rmSync(tools, { recursive: true }) })

  // Node 22 has the engine's memory of 20 and 24.
  for (const { name, command, howToInstall } of runtimes.filter((runtime) => runtime.name !== 'node 22')) {
    for (const program of programs) {
      for (const version of (program.versions ?? [4, 3]).filter((one) => runs(program.name, one, name))) {
        it(`${name}, ${program.name}, version ${version}`, async function () {
          if (command === undefined) skipWithout(this, `there is no ${name}: ${howToInstall}`)
          const talker = new Talker(withCollector(name, await realCommand(command), program.options), program.name, version)
          try {
            for (const moment of program.moments) {
              await talker.at(moment)
              const rows = talker.search(moment, await program.more?.(moment, talker.folder) ?? [], program.registers && talker.registers())
              const kept = rows.get('control: kept')
              const bySize = rows.get('control: made by its size')
              expect(kept, 'the control').to.include({ wiped: 1, found: 1 })
              if (name.startsWith('node') && moment === program.moments[0]) expect(bySize?.found, 'arrays made by their size').to.be.above(0)
              // Where a processor has the registers that a copy of 32 bytes goes through.
              if (program.registers && name.startsWith('node') && hasWideRegisters()) expect(rows.get('control: in a register'), 'the register').to.include({ wiped: 1, found: 1 })
              const secrets = [...rows].filter(([kind]) => !kind.startsWith('control'))
              const count = (what: 'wiped' | 'found'): number => secrets.reduce((sum, [, row]) => sum + row[what], 0)
              console.log(`      ${moment}: ${count('found')} of ${count('wiped')} secrets found; control: ${bySize?.found} of ${bySize?.wiped} arrays made by their size`)
              if (results !== undefined) {
                const kinds = secrets.map(([kind, { wiped, found }]) => ({ kind, wiped, found }))
                appendFileSync(results, `${JSON.stringify({ runtime: name, program: program.name, version, moment, control: bySize, kinds })}\n`)
              }
              expect(count('wiped')).to.be.above(300)
              expect(secrets.filter(([, { found }]) => found > 0).map(([kind, { wiped, found, places }]) => `${found} of ${wiped}: ${kind}, ${places.join('; ')}`), moment).to.deep.equal([])
              talker.goOn()
            }
          } finally {
            talker.end()
          }
        })
      }
    }
  }
})

function hasWideRegisters(): boolean {
  return /^flags\s.*\bavx512vl\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'))
}

/** The program itself: npx would start it as a child of its own, whose memory is another. */
async function realCommand(command: readonly string[]): Promise<readonly string[]> {
  if (command[0] !== 'npx') return command
  const asked = spawn('npx', [...command.slice(1, -1), 'node', '-p', 'process.execPath'])
  let path = ''
  asked.stdout.on('data', (text: Buffer) => { path += text.toString() })
  await new Promise((go) => { asked.on('close', go) })
  return [path.trim()]
}

function withCollector(name: string, command: readonly string[], options: readonly string[] = []): readonly string[] {
  if (name === 'bun') return command
  return name === 'deno' ? [...command, '--v8-flags=--expose-gc'] : [...command, '--expose-gc', ...options]
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
