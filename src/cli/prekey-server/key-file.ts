import { randomBytes } from 'node:crypto'
import { chmodSync, linkSync, rmSync, statSync } from 'node:fs'
import { ed448KeyPair, generateEd448KeyPair, systemRandom, type Ed448KeyPair } from '../../crypto/index.js'
import { hexDecode, hexEncode } from '../../wire/index.js'
import { UsageError } from '../command.js'
import { readIfThere, writePrivately } from '../files.js'
import { printable } from '../options.js'

const heading = 'otr4 prekey server key 1'

/**
 * Reads the long-term key of a prekey server from a file that only its owner can read. Makes it if there is none. Several processes may do that at the
 * same moment: all of them get the key that was written first.
 */
export function keyFromFile(path: string): Ed448KeyPair {
  const text = readIfThere(path) ?? make(path)
  const [first, key] = text.split('\n')
  if (first !== heading || key === undefined || !/^[0-9a-f]{114}$/.test(key)) {
    throw new UsageError(`${printable(path)}: is no key of a prekey server; to get a new one move it away (clients will have to learn its fingerprint)`)
  }
  // The last six bits of the mode are what the group and others may do.
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) {
    throw new UsageError(`${printable(path)}: others can read this key; chmod 600 it, and make a new one if they did`)
  }
  return ed448KeyPair(hexDecode(key))
}

function make(path: string): string {
  const text = `${heading}\n${hexEncode(generateEd448KeyPair(systemRandom).symmetricKey)}\n`
  const beside = `${path}.${randomBytes(6).toString('hex')}`
  writePrivately(beside, text, path)
  try {
    chmodSync(beside, 0o600)
    // Unlike a rename, a link never replaces a file.
    linkSync(beside, path)
    return text
  } catch (error) {
    const existing = readIfThere(path)
    if (existing !== undefined) return existing
    throw new UsageError(`${printable(path)}: cannot be made (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`)
  } finally {
    rmSync(beside, { force: true })
  }
}
