import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { storeError } from './database.js'
import { hexEncode } from '../../wire/bytes.js'

/** The lock files that this process has. */
const held = new Set<string>()

/**
 * Locks a directory for this process, because two programs that write to one embedded database would ruin it. The lock of a process that
 * has ended, however it ended, does not count. Returns a function that releases the lock.
 * @throws OtrError `OTR_PREKEY_STORE_BUSY`
 */
export function lockDirectory(directory: string): () => void {
  const path = join(directory, 'lock')
  const own = `${process.pid} ${startOf(process.pid) ?? ''}`
  const stale = read(path)
  if (stale !== undefined) {
    if (stale === own ? held.has(path) : isRunning(stale)) throw busy(directory, stale)
    // Another process may find the same stale lock at the same time. So each checks which lock file it moved away, and moves a wrong one back.
    const aside = `${path}.${hexEncode(randomBytes(6))}`
    if (move(path, aside)) {
      const moved = read(aside)
      if (moved !== stale) {
        move(aside, path)
        throw busy(directory, moved ?? '')
      }
      rmSync(aside, { force: true })
    }
  }
  try {
    writeFileSync(path, own, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw busy(directory, read(path) ?? '')
    throw storeError('', `${directory} cannot be written: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`)
  }
  held.add(path)
  return () => {
    held.delete(path)
    rmSync(path, { force: true })
  }
}

function busy(directory: string, lock: string): Error {
  const [pid = ''] = lock.split(' ')
  return storeError('_BUSY', `${directory} is in use${pid === '' ? '' : ` by process ${pid}`}: an embedded store has one process; several need PostgreSQL`)
}

/** Whether the process that wrote the lock still runs. Its id alone does not prove that: another process may have it by now. */
function isRunning(lock: string): boolean {
  const [number = '', started = ''] = lock.split(' ')
  const pid = Number(number)
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const now = startOf(pid)
  return started === '' || now === undefined || now === started
}

/** When a process began: the system's boot id, and clock ticks since that boot. `undefined` on a system that does not report it. */
function startOf(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The program's name is in parentheses and may contain anything. The start time is the 22nd field: the 20th after the name.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    return ticks === undefined ? undefined : `${boot}/${ticks}`
  } catch {
    return undefined
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function move(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch {
    return false
  }
}
