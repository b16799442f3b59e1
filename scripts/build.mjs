// Builds dist/ from src/. msgpackr is bundled into one file of dist/. As a package it would bring a native part with an install script: its
// build without generated code never loads that part, but package managers would warn everybody who installs otr4.
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { forgePage } from './forge-page.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const { resolve } = createRequire(import.meta.url)
/** The import in src/, and what replaces it in dist/store/. */
const [asked, given] = ['msgpackr/index-no-eval', './msgpackr.js']

// Outputs of source files that were renamed must not stay in the package.
rmSync(`${root}dist`, { recursive: true, force: true })
execFileSync(process.execPath, [resolve('typescript/bin/tsc'), '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })

const folder = resolve(asked).replace(/dist[/\\][^/\\]+$/, '')
const { version, license } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8'))
await build({
  absWorkingDir: root, stdin: { contents: `export { Packr } from '${asked}'`, resolveDir: root }, outfile: 'dist/store/msgpackr.js',
  bundle: true, format: 'esm', platform: 'browser', target: 'es2022', logLevel: 'warning',
  banner: { js: `/*! msgpackr ${version}, its build without generated code (${license})\n\n${readFileSync(`${folder}LICENSE`, 'utf8')}*/` },
})
const user = `${root}dist/store/message-pack.js`
const parts = readFileSync(user, 'utf8').split(`'${asked}'`)
if (parts.length !== 2) throw new Error(`dist/store/message-pack.js imports ${asked} ${parts.length - 1} times`)
writeFileSync(user, parts.join(`'${given}'`))

writeFileSync(`${root}dist/cli/forge/page.html`, await forgePage())
