import { readFileSync } from 'node:fs'

/** The version in `package.json`, which is two folders up both in the sources and in the built package. */
export const version: string = readVersion()

function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const parsed = JSON.parse(text) as { version: string }
  return parsed.version
}
