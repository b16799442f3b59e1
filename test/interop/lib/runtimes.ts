import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from './peers.js'

/** A program that runs JavaScript. */
export interface Runtime {
  readonly name: string
  /** What stands before the name of a module; `undefined`: it is not on this machine. */
  readonly command: readonly string[] | undefined
  readonly howToInstall: string
}

const installed = `${projectRoot}test/interop/.build/runtimes/node_modules`
const how = 'bash test/interop/install.sh runtimes'

/** A program of a package that has one sub-package for each platform. */
function found(environment: string, scope: string, program: string): string | undefined {
  const named = process.env[environment]
  if (named !== undefined) return named
  const folder = join(installed, scope)
  const platforms = existsSync(folder) ? readdirSync(folder) : []
  return platforms.map((platform) => join(folder, platform, program)).find((path) => existsSync(path))
}

const bun = found('OTR4_BUN', '@oven', 'bin/bun')
const deno = found('OTR4_DENO', '@deno', 'deno')

export const runtimes: readonly Runtime[] = [
  ...[20, 22, 24, 26].map((version) => ({ name: `node ${version}`, command: ['npx', '-y', '-p', `node@${version}`, 'node'], howToInstall: 'bash test/interop/install.sh engines' })),
  { name: 'bun', command: bun === undefined ? undefined : [bun], howToInstall: `${how}, or say where it is in OTR4_BUN` },
  { name: 'deno', command: deno === undefined ? undefined : [deno, 'run', '-A'], howToInstall: `${how}, or say where it is in OTR4_DENO` },
]
