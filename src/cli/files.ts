import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fstatSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { UsageError } from './command.js'
import { printable } from './options.js'

/** Larger files are refused. */
const maxFileBytes = 16 << 20

/** The text of a file; undefined if there is no file. Throws `UsageError` for a file that cannot be read or is not UTF-8. */
export function readIfThere(path: string): string | undefined {
  try {
    if (statSync(path).size > maxFileBytes) throw new UsageError(`${printable(path)}: too large`)
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch (error) {
    if (error instanceof UsageError) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new UsageError(`${printable(path)}: ${code === undefined || code.startsWith('ERR_') ? 'is no text' : reason(code)}`)
  }
}

/** The bytes of a file. Throws `UsageError` if it cannot be read or does not exist. */
export function readBytes(path: string): Uint8Array {
  try {
    if (statSync(path).size > maxFileBytes) throw new UsageError(`${printable(path)}: too large`)
    return new Uint8Array(readFileSync(path))
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${printable(path)}: ${reason((error as NodeJS.ErrnoException).code ?? '')}`)
  }
}

/**
 * Replaces a file by a new one that only its owner can read. Atomic: the new content is written to another file, flushed to the disk, and renamed.
 * Throws `UsageError` if that fails.
 * @param called - the name of the file in the error
 */
export function writePrivately(path: string, text: string | Uint8Array, called = path): void {
  const beside = join(dirname(path), `.${randomBytes(6).toString('hex')}.tmp`)
  try {
    const file = openSync(beside, 'wx', 0o600)
    try {
      writeFileSync(file, text)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(beside, path)
    syncFolder(dirname(path))
  } catch (error) {
    rmSync(beside, { force: true })
    const { code = '' } = error as NodeJS.ErrnoException
    throw new UsageError(`${printable(called)}: ${code === 'ENOENT' ? 'its folder is not there' : reason(code)}`)
  }
}

/** Overwrites a file with secrets, and removes it. Older copies on the disk cannot be reached. */
export function removePrivate(path: string): void {
  try {
    const file = openSync(path, 'r+')
    writeSync(file, new Uint8Array(fstatSync(file).size), 0, undefined, 0)
    fsyncSync(file)
    closeSync(file)
    rmSync(path)
    syncFolder(dirname(path))
  } catch (error) {
    throw new UsageError(`${printable(path)}: ${reason((error as NodeJS.ErrnoException).code ?? '')}`)
  }
}

/** Makes a folder that only its owner can read. A folder that exists stays as it is. */
export function makePrivateFolder(path: string): void {
  try {
    if (!existsSync(path)) mkdirSync(path, { recursive: true, mode: 0o700 })
    if (!statSync(path).isDirectory()) throw new UsageError(`${printable(path)}: is no folder`)
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${printable(path)}: ${reason((error as NodeJS.ErrnoException).code ?? '')}`)
  }
}

/** Flushes a folder to the disk: only then is a new name in it durable. Not every platform can do that. */
function syncFolder(path: string): void {
  try {
    const folder = openSync(path, 'r')
    fsyncSync(folder)
    closeSync(folder)
  } catch {
    // The file is complete in any case.
  }
}

function reason(code: string): string {
  const reasons: Record<string, string> = {
    ENOENT: 'no such file',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EISDIR: 'is a folder',
    ENOTDIR: 'is no folder',
    EEXIST: 'exists already',
    ENOSPC: 'no space left',
    EROFS: 'the file system is read-only',
  }
  return reasons[code] ?? `cannot be used (${code})`
}
