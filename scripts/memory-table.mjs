// Writes the tables of docs/concepts/memory-figures.md from what the search of memories wrote:
//   OTR4_MEMORY=all OTR4_MEMORY_RESULTS=RESULTS npm run test:interop -- --grep memory
//   node scripts/memory-table.mjs RESULTS DATE      takes the results in, in the place of older ones of the same program, version and runtime
//   node scripts/memory-table.mjs                   writes the page anew from test/interop/memory/figures.json
import { readFileSync, writeFileSync } from 'node:fs'

const [results, date] = process.argv.slice(2)
const stored = new URL('../test/interop/memory/figures.json', import.meta.url)
const page = new URL('../docs/concepts/memory-figures.md', import.meta.url)
const runtimes = ['node 20', 'node 24', 'node 26', 'bun', 'deno', 'chromium']
const versions = [4, 3, 2]
const programs = {
  talker: 'two clients talk, verify each other, and end',
  store: 'the same with sealed stores, closed and opened again',
  prekeys: 'prekeys and their server: used, expired, closed',
  ends: 'lives that end otherwise: refused, given up, skipped, expired, a full disk',
  sealing: 'short records, sealed and opened 12,000 times with little room for young objects',
  passphrase: '320 keys of passphrases; the registers of all threads, too',
}

/** Kinds of secrets, by who drew or wiped a value; the first that fits. */
const kinds = [
  ['passphrases in bytes, and their keys', /passphrase|scrypt/i],
  ['in the files of a closed store', /^stored: /],
  ['keys of stores, and of their records', /^store[:/]|inner-key|xchacha20poly1305|platform-aead/],
  ['numbers of a verification, and its words', /smp/],
  ['prekeys, and keys of an exchange with a prekey server', /prekey/],
  ['whatever was drawn at random', /^drawn/],
  ['message keys, kept for late messages or not', /wipeMessageKeys|skipped|chacha20:|aes:|v3\/(session-keys|data-message|receive-data|send)|message-keys/],
  ['chain, root and brace keys', /ratchet\/(state|receive|rotate:rotatedKeys|send|initial|keys)/],
  ['keys of a key exchange', /dake|ake|mixed-secret|ringsignature|establish/],
  ['private Diffie-Hellman keys, and what they share', /ecdh|dh3072|dh1536|platform-power|scalars:|ratchet\/rotate|key-management|own-keys/],
  ['signatures, and keys of accounts while they are made', /dsa/],
  ['MAC keys, and all others', /(?:)/],
]
/** Why a program was not run, or a kind is not looked for: the first that fits a row and a runtime, `ROW, RUNTIME`. */
const reasons = [
  [/^(in the files of a closed store), chromium$/, 'the files of IndexedDB are looked at apart: [on the disk](memory.md#on-the-disk)'],
  [/^version 2: |, version 2, /, 'not run yet; version 2 has the code of version 3'],
  [/^(version [43]: lives that end otherwise.*|ends, version [43]), (bun|deno|chromium)$/, 'a run takes minutes, and was not made to its end yet'],
]

const kindOf = (name) => kinds.find(([, pattern]) => pattern.test(name))[0]

const figures = JSON.parse(readFileSync(stored, 'utf8'))

if (results !== undefined) {
  if (!/^\d{4}-\d\d-\d\d$/.test(date ?? '')) throw new Error('which day was it? memory-table.mjs RESULTS YYYY-MM-DD')
  const runs = new Map()
  for (const line of readFileSync(results, 'utf8').split('\n').filter((one) => one !== '')) {
    const { runtime, program, version, moment, control, kinds: seen } = JSON.parse(line)
    const key = `${program} ${version} ${runtime}`
    const run = runs.get(key) ?? { program, version, runtime, date, control: { made: 0, found: 0 }, moments: {}, kinds: {} }
    runs.set(key, run)
    run.control = { made: Math.max(run.control.made, control.wiped), found: Math.max(run.control.found, control.found) }
    const here = { looked: 0, found: 0 }
    const ofKinds = {}
    for (const { kind, wiped, found } of seen) {
      const row = ofKinds[kindOf(kind)] ??= { looked: 0, found: 0 }
      for (const into of [row, here]) {
        into.looked += wiped
        into.found += found
      }
    }
    run.moments[moment] = here
    // A value is looked for at each moment after its end: it is counted where most were.
    for (const [kind, row] of Object.entries(ofKinds)) {
      const before = run.kinds[kind] ?? { looked: 0, found: 0 }
      run.kinds[kind] = { looked: Math.max(before.looked, row.looked), found: Math.max(before.found, row.found) }
    }
  }
  for (const [key, run] of runs) figures[key] = run
  const sorted = Object.fromEntries(Object.entries(figures).sort(([a], [b]) => a < b ? -1 : 1))
  writeFileSync(stored, `${JSON.stringify(sorted, null, 1)}\n`)
  for (const key of Object.keys(figures)) delete figures[key]
  Object.assign(figures, sorted)
}

const number = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ',')
const cell = ({ looked, found }) => looked === 0 ? '' : `${number(looked)}, **${found}**`
const sum = (rows) => rows.reduce((all, { looked, found }) => ({ looked: all.looked + looked, found: all.found + found }), { looked: 0, found: 0 })
const most = ({ moments }) => Object.values(moments).reduce((all, { looked, found }) => ({ looked: Math.max(all.looked, looked), found: all.found + found }), { looked: 0, found: 0 })
const all = Object.values(figures)
/** The cells that stay empty, as `ROW, RUNTIME`. */
const empty = []
const told = (title, runtime, text) => {
  if (text === '') empty.push(`${title}, ${runtime}`)
  return text
}
const table = (first, names, cells) => [
  `| ${[first, ...runtimes].join(' | ')} |`,
  `|---|${'--:|'.repeat(runtimes.length)}`,
  ...names.map(([title, name]) => `| ${[title, ...runtimes.map((runtime) => told(title, runtime, cell(cells(name, runtime))))].join(' | ')} |`),
].join('\n')

const text = `# What was looked for in memory

These are the figures behind [what stays in memory](memory.md), written by \`scripts/memory-table.mjs\` from the runs themselves. Each cell says how many values were looked
for after their end, and how many of them were found. An empty cell has its reason [below](#empty-cells). ${all.length} runs, from ${all.map((run) => run.date).sort().at(0)} to ${all.map((run) => run.date).sort().at(-1)}.

## Each kind of secret

${table('kind', kinds.map(([name]) => [name, name]), (kind, runtime) => sum(all.filter((run) => run.runtime === runtime).flatMap(({ kinds: { [kind]: row } }) => row ?? [])))}

Not in this table: in two of four runs of the program with sealed stores, in version 3 and in Node 26, the search found [32 of the 192 bytes](memory.md#what-cannot-be-overwritten) of a shared secret, which OpenSSL had freed. A run that found them is not counted.
Nor, because nobody can overwrite them: what people type and read, passphrases and the words of a verification, while they are JavaScript strings.

## Each program

The most that were looked for at one of its moments, and what was found at all of them.

${table('program', Object.entries(programs).flatMap(([name, title]) => versions.filter((version) => all.some((run) => run.program === name && run.version === version))
    .map((version) => [`version ${version}: ${title}`, `${name} ${version}`])),
(name, runtime) => figures[`${name} ${runtime}`] === undefined ? { looked: 0, found: 0 } : most(figures[`${name} ${runtime}`]))}

## The control

Arrays that are made by their size and overwritten, which the same search finds where an engine copies them, at the last moment of each run or before. The other control, a secret that is kept on purpose, was found in each of these runs.

${table('program', Object.keys(programs).flatMap((name) => versions.filter((version) => all.some((run) => run.program === name && run.version === version)).map((version) => [`${name}, version ${version}`, `${name} ${version}`])),
(name, runtime) => {
  const { made = 0, found = 0 } = figures[`${name} ${runtime}`]?.control ?? {}
  return { looked: made, found }
})}
`

const why = (cell) => reasons.find(([pattern]) => pattern.test(cell))?.[1]
const unknown = empty.filter((cell) => why(cell) === undefined)
if (unknown.length > 0) throw new Error(`nothing was looked for, and no reason is given:\n${unknown.join('\n')}`)
writeFileSync(page, `${text}
## Empty cells

${reasons.filter(([, reason]) => empty.some((cell) => why(cell) === reason)).map(([, reason]) => `- ${[...new Set(empty.filter((cell) => why(cell) === reason))].join('; ')}: ${reason}.`).join('\n')}
`)
