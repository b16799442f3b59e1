// Puts what would be published into an empty project, beside nothing but its dependencies, and does there what README.md promises: runs
// and type-checks its example, opens every entrance, runs the program; without a package that is optional each says what is missing.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const project = mkdtempSync(join(tmpdir(), 'otr4-package-'))
const problems = []

/** Entrances that need a package from the first line on. */
const needs = { './store/browser': 'browser-level' }

try {
  install()
  checkLinks()
  checkExample()
  checkEntrances()
  checkProgram()
} finally {
  rmSync(project, { recursive: true, force: true })
}
for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0

function install() {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' })
  const [{ files, size }] = JSON.parse(execFileSync('npm', ['pack', '--json', '--dry-run', '--ignore-scripts'], { cwd: root, encoding: 'utf8' }))
  console.log(`${files.length} files, ${(size / 1024).toFixed(0)} KiB packed`)
  writeFileSync(join(project, 'package.json'), '{"type":"module"}')
  for (const { path } of files) {
    const to = join(project, 'node_modules/otr4', path)
    mkdirSync(dirname(to), { recursive: true })
    cpSync(join(root, path), to)
  }
  for (const name of Object.keys(packageJson.dependencies)) {
    mkdirSync(dirname(join(project, 'node_modules', name)), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name))
  }
}

/** What README.md and the files beside it point to is in the package. */
function checkLinks() {
  const folder = join(project, 'node_modules/otr4')
  for (const file of ['README.md', 'SECURITY.md', 'CHANGELOG.md', 'spec/README.md']) {
    for (const [, link] of readFileSync(join(folder, file), 'utf8').matchAll(/\]\(([^)#:]+)\)/g)) {
      if (!existsSync(join(folder, dirname(file), link))) problems.push(`${file} links to ${link}, which is not in the package`)
    }
  }
}

function checkExample() {
  const example = /```js\n([\s\S]*?)```/.exec(readme)?.[1]
  const promised = /It prints `([^`]+)`/.exec(readme)?.[1]
  if (example === undefined || promised === undefined) {
    problems.push('README.md has no example, or does not say what it prints')
    return
  }
  writeFileSync(join(project, 'example.ts'), example)
  writeFileSync(join(project, 'example.js'), example)
  const { stdout, stderr } = run(['example.js'])
  if (stdout !== `${promised}\n`) problems.push(`README.md's example printed ${JSON.stringify(stdout)}, not ${JSON.stringify(promised)}\n${stderr}`)
  check('example.ts')
}

function checkEntrances() {
  const entrances = Object.keys(packageJson.exports).filter((entrance) => !entrance.endsWith('.json'))
  for (const entrance of entrances) {
    const name = join('otr4', entrance)
    const { status, stderr } = run(['--input-type=module', '-e', `await import('${name}')`])
    const needed = needs[entrance]
    if (needed === undefined ? status !== 0 : !stderr.includes(`'${needed}'`)) problems.push(`import '${name}': ${stderr}`)
    if (!readme.includes(`\`${name}\``)) problems.push(`README.md does not name the entrance ${name}`)
  }
  writeFileSync(join(project, 'entrances.ts'), entrances.map((entrance, n) => `import * as e${n} from '${join('otr4', entrance)}'\nvoid e${n}`).join('\n'))
  check('entrances.ts')
}

function checkProgram() {
  const program = join('node_modules/otr4', packageJson.bin.otr4)
  const version = run([program, '--version'])
  if (version.stdout !== `${packageJson.version}\n`) problems.push(`otr4 --version: ${version.stdout}${version.stderr}`)
  for (const [args, said] of [
    [['state', 'check', 'nowhere'], 'npm install classic-level'],
    [['prekey-server', '--identity', 'p', '--store', 'prekeys', '--tcp', '127.0.0.1:0'], 'npm install @electric-sql/pglite'],
    [['chat', '--irc', '127.0.0.1:1', '--nick', 'a'], 'npm install irc-framework'],
    [['chat', '--xmpp', 'a@b', '--server', '127.0.0.1:1'], 'npm install @xmpp/client'],
  ]) {
    const { status, stderr } = run([program, ...args], { OTR4_PASSPHRASE: 'x', OTR4_PASSWORD: 'x' })
    if (status !== 2 || !stderr.includes(said) || stderr.trimEnd().includes('\n')) problems.push(`otr4 ${args.join(' ')}: ${status}, ${stderr}`)
  }
  const demo = run([program, 'demo'])
  if (demo.status !== 0) problems.push(`otr4 demo: ${demo.stderr}`)
}

function run(args, env = {}) {
  return spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8', env: { ...process.env, ...env }, timeout: 60_000 })
}

/** Types, strictly, with those of our own declarations too, and none of Node's. */
function check(file) {
  const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--module', 'nodenext', '--target', 'es2022', '--lib', 'es2022,dom']
  const { status, stdout } = run([join(root, 'node_modules/typescript/bin/tsc'), ...options, file])
  if (status !== 0) problems.push(`types of ${file}:\n${stdout}`)
}
