// Does with each example what its README.md asks a reader to do: copies it out of this checkout, installs the packed package into the copy,
// checks its types and runs its tests. `npm run check:examples -- NAME ...` does only some examples.
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findChromium, howToInstallChromium } from './chromium.mjs'
import { packInto } from './packed.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const examples = join(root, 'examples')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const names = readdirSync(examples, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort()
/** The time limit for one step of one example. */
const mostMinutes = 3

/** Programs that an example needs on the system, by the package that controls them. */
const programs = {
  'playwright-core': { isThere: () => findChromium() !== undefined, how: howToInstallChromium },
  '@xmpp/client': { isThere: () => onPath('prosody'), how: 'there is no Prosody: install it (Debian: apt-get install prosody lua-unbound)' },
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !names.includes(name))
if (unknown.length > 0) {
  console.error(`there is no example ${unknown.join(', ')}; there are ${names.join(', ')}`)
  process.exit(2)
}
const chosen = asked.length > 0 ? asked : names

// The copies lie as in a checkout, because each example refers to the tarball as ../../otr4-VERSION.tgz.
const folder = mkdtempSync(join(tmpdir(), 'otr4-examples-'))
const failed = []
/** The running child processes. Each has a process group of its own, which is killed when this process ends. */
const running = new Set()
process.on('exit', () => {
  for (const { pid } of running) process.kill(-pid, 'SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => { process.exit(1) })
const skipped = []
const tarball = packInto(folder)
for (const [at, name] of chosen.entries()) {
  process.stdout.write(`${at + 1} of ${chosen.length}, ${name}:`)
  const problem = await check(name, basename(tarball))
  process.stdout.write(problem === undefined ? '\n' : ` ${problem.skipped ? 'left out' : 'FAILED'}\n${problem.text}\n`)
  if (problem !== undefined) (problem.skipped ? skipped : failed).push(name)
}
if (skipped.length > 0) console.log(`left out: ${skipped.join(', ')}`)
if (failed.length > 0) {
  console.error(`failed: ${failed.join(', ')}. To run one again: npm run check:examples -- ${failed[0]}`)
  process.exitCode = 1
} else if (skipped.length < chosen.length) console.log(`${chosen.length - skipped.length} of ${chosen.length} examples do what they say`)

/** Returns the problem with an example, or undefined. */
async function check(name, tarball) {
  const { scripts = {}, dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(join(examples, name, 'package.json'), 'utf8'))
  const problems = checkWords(name, { scripts, all: { ...dependencies, ...devDependencies }, tarball })
  if (problems.length > 0) return { text: problems.join('\n') }
  for (const [dependency, { isThere, how }] of Object.entries(programs)) {
    // In CI no example may be skipped.
    if (dependency in { ...dependencies, ...devDependencies } && !isThere()) return { text: how, skipped: process.env.CI === undefined }
  }
  const copy = join(folder, 'examples', name)
  mkdirSync(copy, { recursive: true })
  cpSync(join(examples, name), copy, { recursive: true, filter: (path) => !['node_modules', 'dist', 'package-lock.json'].includes(basename(path)) })
  for (const [what, args] of [['install', ['install', '--no-audit', '--no-fund']], ['types', ['run', 'types']], ['test', ['test']]]) {
    process.stdout.write(` ${what}`)
    const started = Date.now()
    const { status, output } = await npm(args, copy)
    process.stdout.write(` ${((Date.now() - started) / 1000).toFixed(0)} s`)
    if (status !== 0) return { text: `npm ${args.join(' ')} ended with ${status}:\n${output}` }
    process.stdout.write(what === 'test' ? '' : ',')
  }
  return undefined
}

/** Checks the statements of an example's package.json and README.md. */
function checkWords(name, { scripts, all, tarball }) {
  const problems = []
  if (all.otr4 !== `file:../../${tarball}`) problems.push(`package.json names otr4 as ${all.otr4}, not as file:../../${tarball} (version ${version})`)
  for (const [dependency, at] of Object.entries(all)) {
    if (dependency !== 'otr4' && !/^\d+\.\d+\.\d+$/.test(at)) problems.push(`package.json names ${dependency} ${at}, which is no exact version`)
  }
  const readme = join(examples, name, 'README.md')
  const words = existsSync(readme) ? readFileSync(readme, 'utf8') : ''
  for (const needed of ['npm install', 'npm test']) if (!words.includes(needed)) problems.push(`README.md does not say ${needed}`)
  for (const [, script] of words.matchAll(/\bnpm (?:run )?(start|test|(?<=run )[\w:]+)/g)) {
    if (scripts[script] === undefined) problems.push(`README.md says npm ${script}, which package.json does not have`)
  }
  if (scripts.types === undefined) problems.push('package.json has no script types')
  return problems
}

/** Runs npm as a reader would. The output is shown only if it fails. */
function npm(args, cwd) {
  // Most of npm's own variables are left out, because they are about this checkout.
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^npm_/i.test(key) || /^npm_config_(?:registry|userconfig|cache)$/i.test(key)))
  const chromium = findChromium()
  return new Promise((resolve) => {
    const child = spawn('npm', args, { cwd, env: { ...env, ...chromium !== undefined && { OTR4_CHROMIUM: chromium } }, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    let output = ''
    // Kill the whole process group: processes that npm started keep its output open.
    const timer = setTimeout(() => {
      output += `\nended after ${mostMinutes} minutes\n`
      process.kill(-child.pid, 'SIGKILL')
    }, mostMinutes * 60_000)
    running.add(child)
    const done = (status) => {
      clearTimeout(timer)
      running.delete(child)
      resolve({ status, output })
    }
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { output += text })
    child.on('error', (error) => { done(error.message) })
    child.on('close', (status, signal) => { done(status ?? signal) })
  })
}

function onPath(program) {
  return [...process.env.PATH?.split(delimiter) ?? [], '/usr/sbin', '/sbin'].some((place) => existsSync(join(place, program)))
}
