import { randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Bounds for the sealed files that a relay carries. */
export interface RelayFileLimits {
  /** Bytes of one sealed file. */
  readonly fileBytes: number
  /** Bytes of all files of one name, counted as they were asked for. */
  readonly bytesPerName: number
  /** Bytes of all files, counted as they were asked for. */
  readonly bytes: number
  /** Files at the same time. */
  readonly files: number
  /** Bytes that are stored at once. */
  readonly pieceBytes: number
  /** Seconds for which a file is kept. */
  readonly seconds: number
  /** Seconds after which a file that is not complete goes, if nothing was added to it. */
  readonly unfinishedSeconds: number
  /** Requests at the same time. */
  readonly requests: number
  /** Seconds that a connection for a file may be idle, and that a request may take to come. */
  readonly idleSeconds: number
}

/** Enough for a small network on one machine. */
export const defaultRelayFileLimits: RelayFileLimits = {
  fileBytes: 256 << 20,
  bytesPerName: 512 << 20,
  bytes: 2 ** 30,
  files: 256,
  pieceBytes: 2 << 20,
  seconds: 86_400,
  unfinishedSeconds: 600,
  requests: 32,
  idleSeconds: 30,
}

/** Why the relay has no place for a file. */
export type UnreservedReason = 'no-files' | 'file-too-long' | 'files-full'

/** A file that the relay keeps. It knows no name of it, and not what is in it. */
interface StoredFile {
  readonly id: string
  readonly owner: string
  readonly token: Uint8Array
  readonly length: number
  readonly path: string
  stored: number
  /** Milliseconds of a clock that does not jump. */
  readonly since: number
  changed: number
  /** A piece is being written. */
  isBusy: boolean
}

/** Keeps sealed files in a folder of its own, which is deleted at the end. Everything that a stranger can make grow is bounded. */
export class FileStore {
  readonly limits: RelayFileLimits
  readonly #now: () => number
  readonly #files = new Map<string, StoredFile>()
  /** Where they are. */
  readonly folder: string
  #bytes = 0

  private constructor(folder: string, limits: RelayFileLimits, now: () => number) {
    this.folder = folder
    this.limits = limits
    this.#now = now
  }

  /** Makes the folder, which nobody else can enter. `now`: milliseconds of a clock that does not jump. */
  static async open(limits: RelayFileLimits, now: () => number = () => performance.now()): Promise<FileStore> {
    return new FileStore(await mkdtemp(join(tmpdir(), 'otr4-relay-')), limits, now)
  }

  /** Bytes that were asked for. */
  get reservedBytes(): number {
    return this.#bytes
  }

  /** Gives a place for `length` bytes to the name `owner`. Files are found by 128 random bits, and changed by 128 others. */
  reserve(owner: string, length: number): { readonly file: string, readonly token: string } | UnreservedReason {
    this.sweep()
    if (length < 1 || length > this.limits.fileBytes) return 'file-too-long'
    const own = [...this.#files.values()].reduce((sum, file) => file.owner === owner ? sum + file.length : sum, 0)
    if (this.#files.size >= this.limits.files || this.#bytes + length > this.limits.bytes || own + length > this.limits.bytesPerName) return 'files-full'
    const [id, token] = [randomBytes(16), randomBytes(16)]
    const file = id.toString('base64url')
    this.#bytes += length
    const now = this.#now()
    this.#files.set(file, { id: file, owner, token, length, path: join(this.folder, id.toString('hex')), stored: 0, since: now, changed: now, isBusy: false })
    return { file, token: token.toString('base64url') }
  }

  /** What is known of a file. */
  find(id: string): { readonly stored: number, readonly length: number } | undefined {
    this.sweep()
    return this.#files.get(id)
  }

  /** Whether the token is that of the file. */
  mayChange(id: string, token: string): boolean {
    const file = this.#files.get(id)
    const given = Buffer.from(token, 'base64url')
    return file !== undefined && given.length === file.token.length && timingSafeEqual(given, file.token)
  }

  /** Adds a piece, as a whole or not at all. `false`: it does not begin where the file ends, goes beyond its length, or another one is being added. */
  async append(id: string, from: number, piece: Uint8Array): Promise<boolean> {
    const file = this.#files.get(id)
    if (file === undefined || file.isBusy || from !== file.stored || from + piece.length > file.length) return false
    file.isBusy = true
    try {
      const handle = await open(file.path, file.stored === 0 ? 'w' : 'r+', 0o600)
      try {
        for (let at = 0; at < piece.length;) at += (await handle.write(piece, at, piece.length - at, from + at)).bytesWritten
      } finally {
        await handle.close()
      }
      file.stored += piece.length
      file.changed = this.#now()
      return true
    } finally {
      file.isBusy = false
      if (!this.#files.has(id)) await rm(file.path, { force: true })
    }
  }

  /** What is there from byte `from` on, in pieces. It ends before what is added meanwhile. */
  async *read(id: string, from: number): AsyncGenerator<Uint8Array, void, undefined> {
    const file = this.#files.get(id)
    if (file === undefined || from >= file.stored) return
    const end = file.stored
    const handle = await open(file.path, 'r')
    try {
      for (let at = from; at < end;) {
        const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(Math.min(65_536, end - at)), 0, undefined, at)
        if (bytesRead === 0) return
        yield buffer.subarray(0, bytesRead)
        at += bytesRead
      }
    } finally {
      await handle.close()
    }
  }

  /** Forgets a file. */
  remove(id: string): void {
    const file = this.#files.get(id)
    if (file === undefined) return
    this.#files.delete(id)
    this.#bytes -= file.length
    // Whoever is writing deletes it afterwards, whoever is reading keeps what is open.
    if (!file.isBusy) void rm(file.path, { force: true }).catch(() => undefined)
  }

  /** Forgets what is too old. */
  sweep(): void {
    const now = this.#now()
    for (const { id, since, changed, stored, length } of [...this.#files.values()]) {
      if (now - since >= this.limits.seconds * 1000 || (stored < length && now - changed >= this.limits.unfinishedSeconds * 1000)) this.remove(id)
    }
  }

  /** Deletes everything. */
  async close(): Promise<void> {
    this.#files.clear()
    this.#bytes = 0
    await rm(this.folder, { recursive: true, force: true })
  }
}
