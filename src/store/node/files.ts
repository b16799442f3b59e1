import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Makes changes of names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  // Windows cannot open folders, and needs no sync of them.
  const folder = await open(path, 'r').catch(() => undefined)
  try {
    await folder?.sync()
  } finally {
    await folder?.close()
  }
}

/** Replaces a small file, durably: the old or the new one survives, never a mix. For its owner alone. */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.new`
  await rm(draft, { force: true })
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
  await syncFolder(dirname(path))
}
