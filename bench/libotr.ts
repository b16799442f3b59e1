import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from './measure.js'

const program = join(import.meta.dirname, '../test/interop/.build/libotr/peer')

/** How to get the program if it is missing. */
export const howToInstallLibotr = 'libotr is left out: build our program around it with `bash test/interop/install.sh` (Debian, as root)'

export function hasLibotr(): boolean {
  return existsSync(program)
}

/** Measures a row with libotr, by our C program, which also has two clients in one process. */
export function measureLibotr(row: string): Result {
  const { status, stdout, stderr } = spawnSync(program, ['--bench', row], { encoding: 'utf8', timeout: 120_000 })
  if (status !== 0) throw new Error(`libotr, ${row}: ${stderr.trim()}`)
  return JSON.parse(stdout) as Result
}
