// Checks in several engines, versions of Node and Chromium, that the WebAssembly modules give the same results as noble and BigInt.
//   npm run check:engines -- [--rounds 1000] [ENGINE ...]     engines: node node20 node22 node24 node26 chromium; all but `node` by default
//   npm run check:engines -- --record                         computes the digests anew with noble and BigInt: half an hour
//   --twins                                                   also checks the modules for engines without SIMD, which these engines never use
// The number of rounds must be one for which there are digests: 100, 1000, 10000, 100000.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { launchChromium } from './chromium.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const digestFile = `${root}test/crypto/data/equality-digests.json`
const bundle = `${root}node_modules/.cache/otr4/equality.mjs`
const args = process.argv.slice(2)
const option = (name, otherwise) => (args.includes(name) ? args[args.indexOf(name) + 1] : otherwise)
const rounds = Number(option('--rounds', '1000'))
const engines = args.filter((arg, i) => !arg.startsWith('--') && args[i - 1] !== '--rounds')

mkdirSync(`${root}node_modules/.cache/otr4`, { recursive: true })
await build({
  absWorkingDir: root, entryPoints: ['test/crypto/equality-run.ts'], outfile: bundle, bundle: true, format: 'esm', target: 'es2022', platform: 'browser',
  logLevel: 'error',
})
const known = () => JSON.parse(readFileSync(digestFile, 'utf8'))

if (args.includes('--record')) {
  const { names, record } = await import(bundle)
  let digests = {}
  try {
    digests = known()
  } catch { /* the first time */ }
  const wanted = engines.length > 0 ? engines : names
  for (const name of wanted) {
    digests[name] = record(name, 100_000)
    console.log(name)
    const sorted = Object.fromEntries(names.filter((other) => digests[other]).map((other) => [other, digests[other]]))
    writeFileSync(digestFile, `${JSON.stringify(sorted, null, 2)}\n`)
  }
} else {
  const wanted = engines.length > 0 ? engines : ['node20', 'node22', 'node24', 'node26', 'chromium']
  let failed = 0
  for (const engine of wanted) {
    const start = Date.now()
    const problems = engine === 'chromium' ? await inChromium() : await inNode(engine)
    for (const problem of problems) console.error(`${engine}: ${problem}`)
    if (problems.length === 0) console.log(`${engine}: equal, ${rounds} inputs a function, in ${Math.round((Date.now() - start) / 1000)} s`)
    failed += problems.length
  }
  process.exitCode = failed === 0 ? 0 : 1
}

/** The source text that runs in an engine. It imports the bundle from `url`, compares with the known digests and returns the problems. */
function program(url) {
  return `
    const known = ${JSON.stringify(known())}
    const { names, sameWithoutSimd, digests, edges } = await import(${JSON.stringify(url)})
    const problems = []
    for (const simd of ${args.includes('--twins') ? '[true, false]' : '[true]'}) {
      try {
        edges(simd)
      } catch (error) {
        problems.push(String(error))
      }
      for (const name of names) {
        if (!simd && sameWithoutSimd.includes(name)) continue
        const given = digests(name, ${rounds}, simd)
        const count = Object.keys(given).filter((rounds) => known[name]?.[rounds]).at(-1)
        if (count === undefined || given[count] !== known[name][count]) problems.push(name + (simd ? '' : ' without SIMD') + (count ? ' differs within ' + count : ' is not known'))
        // A page must let its browser do other work after each check.
        await new Promise((resolve) => setTimeout(resolve))
      }
    }
    return problems`
}

/** Runs in Node: in this one, or in the newest version with that number from the npm package `node`. */
function inNode(engine) {
  const version = /^node(\d*)$/.exec(engine)?.[1]
  if (version === undefined) throw new Error(`there is no engine ${engine}`)
  const run = `${root}node_modules/.cache/otr4/equality-run.mjs`
  writeFileSync(run, `const problems = await (async () => {${program(new URL(`file://${bundle}`).href)}})()
    console.log(JSON.stringify({ version: process.version, problems }))`)
  const [command, first] = version === '' ? [process.execPath, []] : ['npx', ['-y', '-p', `node@${version}`, 'node']]
  return new Promise((resolve) => {
    const child = spawn(command, [...first, run], { stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    let err = ''
    child.stdout.on('data', (data) => { out += data })
    child.stderr.on('data', (data) => { err += data })
    child.on('error', (error) => { resolve([String(error)]) })
    child.on('close', () => {
      try {
        const result = JSON.parse(out)
        if (!result.version.startsWith(`v${version}`)) result.problems.push(`it was ${result.version}`)
        resolve(result.problems)
      } catch {
        resolve([`no answer: ${err.trim().slice(-600)}`])
      }
    })
  })
}

async function inChromium() {
  const browser = await launchChromium()
  const server = createServer((request, response) => {
    const script = request.url === '/equality.mjs'
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html')
    response.end(script ? readFileSync(bundle) : '<!doctype html><title>otr4</title>')
  })
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  try {
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${server.address().port}/`)
    return await page.evaluate(`(async () => {${program('/equality.mjs')}})()`)
  } finally {
    await browser.close()
    server.close()
  }
}
