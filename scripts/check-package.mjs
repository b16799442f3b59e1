// Puts the package, as it would be published, into an empty project with nothing but its dependencies, and checks there what README.md
// promises: it runs and type-checks the example, imports every entrance, and runs the program. Without an optional package each must name the
// missing package. Before that it checks the package from outside: publint, attw (only for ESM: CONTRIBUTING.md says why), that nothing runs
// when it is installed, and that the source maps lead to sources.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { entrances } from './entrances.mjs'
import { packInto } from './packed.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const project = mkdtempSync(join(tmpdir(), 'otr4-package-'))
const folder = join(project, 'node_modules/otr4')
const problems = []

/** Entrances that cannot be imported without an optional package. */
const needs = { 'otr4/store/browser': 'browser-level', 'otr4/browser/worker': 'browser-level' }

try {
  const tarball = install()
  await checkFromOutside(tarball)
  checkScripts()
  checkMaps()
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
  const tarball = packInto(project)
  writeFileSync(join(project, 'package.json'), '{"type":"module"}')
  mkdirSync(dirname(folder), { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '-C', project])
  renameSync(join(project, 'package'), folder)
  if (existsSync(join(folder, 'docs/.dist'))) problems.push('docs/.dist is built, and was packed')
  for (const name of Object.keys(packageJson.dependencies)) {
    mkdirSync(dirname(join(project, 'node_modules', name)), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name))
  }
  return tarball
}

/** Runs other tools on the package. */
async function checkFromOutside(tarball) {
  const { messages } = await publint({ pkgDir: folder, pack: false, strict: true })
  for (const message of messages) problems.push(`publint: ${formatMessage(message, packageJson)}`)
  const attw = run([join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js'), tarball, '--profile', 'esm-only', '--no-color', '--no-emoji'])
  if (attw.status !== 0) problems.push(`attw:\n${attw.stdout}${attw.stderr}`)
}

/** Checks that no script runs when somebody installs the package: neither its own nor one of a dependency. */
function checkScripts() {
  const seen = new Set()
  const look = (path, runs) => {
    const { name, scripts = {}, dependencies = {}, optionalDependencies = {} } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
    for (const script of runs) if (script in scripts) problems.push(`${name} runs ${script} when it is installed: ${scripts[script]}`)
    if (existsSync(join(path, 'binding.gyp'))) problems.push(`${name} is compiled when it is installed`)
    for (const other of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const nested = join(path, 'node_modules', other)
      const at = existsSync(nested) ? nested : join(root, 'node_modules', other)
      if (seen.has(at)) continue
      seen.add(at)
      look(at, ['preinstall', 'install', 'postinstall'])
    }
  }
  // npm asks about `prepare`, too, when a package comes from a file or an address.
  look(folder, ['preinstall', 'install', 'postinstall', 'prepublish', 'prepare'])
  console.log(`${seen.size} packages come with it`)
}

/** Every module and every declaration has a map, and its source is in the package. */
function checkMaps() {
  /** Files of other projects, which have no map. */
  const foreign = ['dist/store/msgpackr.js']
  for (const entry of readdirSync(join(folder, 'dist'), { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name)
    const name = relative(folder, file)
    if (!/(?:\.js|\.d\.ts)$/.test(name) || foreign.includes(name)) continue
    const map = /\/\/# sourceMappingURL=(\S+)\s*$/.exec(readFileSync(file, 'utf8'))?.[1]
    if (map === undefined || !existsSync(join(entry.parentPath, map))) {
      problems.push(`${name} has no map`)
      continue
    }
    const { sources, sourceRoot = '' } = JSON.parse(readFileSync(join(entry.parentPath, map), 'utf8'))
    for (const source of sources) if (!existsSync(join(entry.parentPath, sourceRoot, source))) problems.push(`${name}: ${source} is not in the package`)
  }
}

/** Checks that everything to which README.md and the files beside it link is in the package. */
function checkLinks() {
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
  for (const { name } of entrances) {
    const { status, stderr } = run(['--input-type=module', '-e', `await import('${name}')`])
    const needed = needs[name]
    if (needed === undefined ? status !== 0 : !stderr.includes(`'${needed}'`)) problems.push(`import '${name}': ${stderr}`)
    if (!readme.includes(`\`${name}\``)) problems.push(`README.md does not name the entrance ${name}`)
  }
  writeFileSync(join(project, 'entrances.ts'), entrances.map(({ name }, n) => `import * as e${n} from '${name}'\nvoid e${n}`).join('\n'))
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
  const page = run([program, 'forge', '--page', 'page.html'])
  if (page.status !== 0 || !readFileSync(join(project, 'page.html'), 'utf8').includes('Content-Security-Policy')) problems.push(`otr4 forge --page: ${page.stderr}`)
  const demo = run([program, 'demo'])
  if (demo.status !== 0) problems.push(`otr4 demo: ${demo.stderr}`)
}

function run(args, env = {}) {
  return spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8', env: { ...process.env, ...env }, timeout: 60_000 })
}

/** Checks the types of a file strictly, including our declarations, and without Node's types. */
function check(file) {
  const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--module', 'nodenext', '--target', 'es2022', '--lib', 'es2022,dom']
  const { status, stdout } = run([join(root, 'node_modules/typescript/bin/tsc'), ...options, file])
  if (status !== 0) problems.push(`types of ${file}:\n${stdout}`)
}
