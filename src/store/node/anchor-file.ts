import { open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { equalBytes, sha256 } from '../../crypto/index.js'
import type { Anchor } from '../anchor.js'
import { concatBytes, readUint64be, uint64be } from '../bytes.js'
import { syncFolder } from './files.js'
import { copyPublic, publicBytes } from '../../wire/public-bytes.js'

/** A slot: a number that counts up, 40 bytes, and the first 16 bytes of a hash of both. */
const SLOT_LENGTH = 64
const CONTENT_LENGTH = 40

/**
 * An anchor in a file of 128 bytes: two slots that are written in turn, so that an interrupted write leaves the other one intact. The
 * first write creates the file, readable by its owner only.
 */
export function anchorInFile(path: string): Anchor {
  let file: FileHandle | undefined
  let count = -1

  async function opened(): Promise<FileHandle | undefined> {
    file ??= await open(path, 'r+').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    })
    return file
  }

  async function newest(): Promise<Uint8Array | undefined> {
    const bytes = publicBytes(2 * SLOT_LENGTH)
    const { bytesRead = 0 } = await (await opened())?.read(bytes, 0, bytes.length, 0) ?? {}
    let found: Uint8Array | undefined
    for (const at of [0, SLOT_LENGTH]) {
      const slot = copyPublic(bytes, at, at + SLOT_LENGTH)
      const number = readUint64be(slot, 0)
      if (at + SLOT_LENGTH > bytesRead || number === undefined || number <= count || !equalBytes(sealSlot(slot.subarray(0, 48)), slot)) continue
      count = number
      found = copyPublic(slot, 8, 8 + CONTENT_LENGTH)
    }
    return found
  }

  return {
    async read() {
      count = -1
      const found = await newest()
      // An unreadable file is not the same as a missing one.
      return found ?? (file === undefined ? undefined : new Uint8Array(0))
    },
    async write(content) {
      if (count < 0) await newest()
      if (await opened() === undefined) {
        file = await open(path, 'wx+', 0o600)
        await syncFolder(dirname(path))
      }
      count++
      const slot = sealSlot(concatBytes(uint64be(count), content))
      await file?.write(slot, 0, SLOT_LENGTH, count % 2 * SLOT_LENGTH)
      await file?.datasync()
    },
    async close() {
      await file?.close()
      file = undefined
    },
  }
}

function sealSlot(content: Uint8Array): Uint8Array {
  return concatBytes(content, copyPublic(sha256(content), 0, 16))
}
