// Builds and packs the package as it would be published, for the checks that use it from outside.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Builds the package and packs it into a folder. Returns the path of the tarball. */
export function packInto(folder) {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' })
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const [{ files, size, filename }] = JSON.parse(execFileSync('npm', pack, { cwd: root, encoding: 'utf8' }))
  console.log(`${files.length} files, ${(size / 1024).toFixed(0)} KiB packed`)
  return join(folder, filename)
}
