// npm run bench -- --against REF [--rounds 3] [--json] [ROW ...]: compares the speed of this checkout with that of the commit REF; both are
// measured in turn in one run, by the processor time that they take. The commit is checked out and bundled in a separate folder, which is removed
// afterwards. The benchmarks of this checkout measure both; if they do not fit the commit, its own benchmarks measure it.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleBench } from './bench-bundle.mjs'
import { ratiosOf } from './bench-ratios.mjs'

/** @returns the exit code */
export async function benchAgainst(root, args) {
  const given = readArguments(args)
  if (typeof given === 'string') return refuse(given)
  const { ref, rounds, json, rows } = given
  const git = (...command) => execFileSync('git', command, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
  let commit
  try {
    commit = git('rev-parse', '--verify', '--end-of-options', `${ref}^{commit}`)
  } catch {
    return refuse(`there is no commit ${ref} here, or this is no checkout of git`)
  }
  const folder = mkdtempSync(join(tmpdir(), 'otr4-against-'))
  const other = join(folder, 'checkout')
  const clean = () => {
    rmSync(folder, { recursive: true, force: true })
    spawnSync('git', ['worktree', 'prune'], { cwd: root })
  }
  const interrupted = () => {
    clean()
    process.exit(130)
  }
  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  try {
    git('worktree', 'add', '--detach', other, commit)
    dependencies(root, other)
    const there = { name: commit.slice(0, 10), ...await bundleOther(root, other) }
    // Both by the same clock: what measures another commit with its own benchmarks may not know the other one.
    const builds = [{ name: 'here', ...await bundle(root, join(root, 'node_modules/.cache/otr4'), ['--own', ...there.options.filter((option) => option === '--cpu')]) }, there]
    const found = []
    for (let round = 0; round < rounds; round++) {
      // The two take turns in going first, because machines slow down as they warm up.
      for (const build of round % 2 === 0 ? builds : [...builds].reverse()) {
        process.stderr.write(`bench: round ${round + 1} of ${rounds}, ${build.name}\n`)
        found.push(...measure(build, rows).map((result) => ({ ...result, round, build: build === builds[0] ? 'here' : 'there' })))
      }
    }
    const ratios = ratiosOf(found)
    if (ratios.length === 0) return refuse('the two builds have no row in common')
    process.stdout.write(json ? ratios.map((ratio) => `${JSON.stringify({ ...ratio, against: commit })}\n`).join('') : table(ratios, commit))
    return 0
  } finally {
    process.off('SIGINT', interrupted)
    process.off('SIGTERM', interrupted)
    clean()
  }
}

function readArguments(args) {
  const rows = []
  let [ref, rounds, json] = [undefined, 3, false]
  for (let at = 0; at < args.length; at++) {
    if (args[at] === '--against') ref = args[++at]
    else if (args[at] === '--rounds') rounds = Number(args[++at])
    else if (args[at] === '--json') json = true
    else if (args[at].startsWith('--')) return `there is no ${args[at]} beside --against`
    else rows.push(args[at])
  }
  if (ref === undefined || ref === '') return '--against takes a commit: a branch, a tag, HEAD~3'
  if (!Number.isInteger(rounds) || rounds < 1) return '--rounds takes a whole number from 1 on'
  return { ref, rounds, json, rows }
}

function refuse(why) {
  process.stderr.write(`bench: ${why}\n`)
  return 2
}

/** Gives the other checkout its dependencies: those of this checkout if the lock files are equal. */
function dependencies(root, other) {
  const lock = (folder) => readFileSync(join(folder, 'package-lock.json'), 'utf8')
  if (existsSync(join(root, 'node_modules')) && lock(root) === lock(other)) symlinkSync(join(root, 'node_modules'), join(other, 'node_modules'))
  else {
    process.stderr.write('bench: that commit has other dependencies: running npm ci\n')
    execFileSync('npm', ['ci', '--ignore-scripts'], { cwd: other, stdio: ['ignore', 'ignore', 'inherit'] })
  }
}

async function bundleOther(root, other) {
  const own = `${other}/bench-of-its-own`
  cpSync(join(other, 'bench'), own, { recursive: true })
  try {
    // The benchmarks also need Chromium's driver, which is in scripts/.
    for (const part of ['bench', 'scripts']) cpSync(join(root, part), join(other, part), { recursive: true })
    return await bundle(other, other, ['--own', '--cpu'])
  } catch {
    process.stderr.write('bench: the benchmarks of this checkout do not fit that commit, so its own benchmarks measure it\n')
    rmSync(join(other, 'bench'), { recursive: true })
    cpSync(own, join(other, 'bench'), { recursive: true })
    return bundle(other, other, [])
  }
}

async function bundle(root, to, options) {
  const file = join(to, 'bench-against.mjs')
  await bundleBench(`${root}/`, 'main', file)
  return { file, root, options }
}

/** @returns the results of this library alone, without other implementations */
function measure({ file, root, options }, rows) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, '--json', ...options, ...rows], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 })
  if (status !== 0) throw new Error(`the benchmark ended with ${status}: ${stderr.trim().split('\n').at(-1)}`)
  return stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line)).filter(({ implementation }) => implementation.startsWith('otr4'))
}

function table(ratios, commit) {
  const lines = ratios.map(({ bench, implementation, unit, here, there, ratio, lowest, highest }) => {
    const what = unit === 'MB' ? 'of the memory saved' : 'times as fast'
    const range = lowest === highest ? '' : `   rounds ${lowest.toPrecision(3)} to ${highest.toPrecision(3)}`
    return `${bench.padEnd(18)} ${implementation.padEnd(14)} ${String(here).padStart(10)} ${unit.padEnd(6)} was ${String(there).padStart(10)}   ${ratio.toPrecision(3)} ${what}${range}`
  })
  return `this checkout compared with ${commit.slice(0, 10)}: above 1 is better; a difference inside the range of the rounds counts as none\n${lines.join('\n')}\n`
}
