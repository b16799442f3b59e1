import { constants } from 'node:fs'
import { access, mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { OtrError } from '../../errors.js'
import type { Anchor } from '../anchor.js'
import type { HeaderPlace } from '../database.js'
import { storeError } from '../errors.js'
import { openStore, type StoreOptions } from '../open.js'
import type { SealedStore } from '../store.js'
import { anchorInFile } from './anchor-file.js'
import { replaceFile, syncFolder } from './files.js'
import { copyPublic } from '../../wire/public-bytes.js'
import { withoutOldValues } from './without-old-values.js'

/** Where a store is, and what it is opened with. */
export interface DirectoryOptions extends StoreOptions {
  /** The directory of this store alone. It is created when it is missing, accessible by its owner only. */
  readonly directory: string
  /**
   * Where the generation is kept: a file outside of the directory, so that an older copy of the directory does not bring it along.
   * Default: `anchorInFile(anchorOfDirectory(directory))`. `none`: see `OpenStoreOptions.anchor`.
   */
  readonly anchor?: Anchor | 'none'
}

/** The names in a directory. */
export const directoryNames = { header: 'header', database: 'db' } as const

/** The file that keeps the generation of a store in a directory, by default. */
export function anchorOfDirectory(directory: string): string {
  return `${resolve(directory)}.anchor`
}

/**
 * Opens a store in a directory: see `openStore`, and what it throws. One process at a time may open it, and it must not contain other files. A killed
 * process leaves no lock behind. Without the package classic-level: `OTR_STORE_PACKAGE`.
 */
export async function openDirectory(options: DirectoryOptions): Promise<SealedStore> {
  const { anchor, ...others } = options
  const { ClassicLevel } = await levelDb()
  const directory = resolve(options.directory)
  try {
    await prepare(directory, options.create ?? true)
  } catch (error) {
    throw storeError(error)
  }
  const location = join(directory, directoryNames.database)
  const place = headerInFile(join(directory, directoryNames.header))
  return openStore({
    ...others,
    database: () => withoutOldValues(new ClassicLevel<Uint8Array, Uint8Array>(location, {
      keyEncoding: 'view', valueEncoding: 'view',
      // Sealed data cannot be compressed.
      compression: false,
    })),
    header: place,
    anchor: anchor ?? anchorInFile(anchorOfDirectory(directory)),
  })
}

/** What has to be installed before a directory can be opened, as a sentence; `undefined` when everything is there. */
export async function missingPackage(): Promise<string | undefined> {
  try {
    await levelDb()
    return undefined
  } catch (error) {
    return storeError(error).message
  }
}

/** LevelDB for Node, a package that only applications with a store need. Its types are not exported, so that others need not install it. */
async function levelDb(): Promise<typeof import('classic-level')> {
  try {
    return await import('classic-level')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw storeError(error)
    throw new OtrError('OTR_STORE_PACKAGE', 'a store in a directory needs the package classic-level: npm install classic-level')
  }
}

/** Creates the directory, or checks that a store may be in it. It changes nothing in an existing one. */
async function prepare(directory: string, create: boolean): Promise<void> {
  const found = await stat(directory).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  })
  if (found === undefined) {
    if (!create) throw new OtrError('OTR_STORE_MISSING', 'there is no such directory')
    await mkdir(directory, { recursive: true, mode: 0o700 }).catch(async (error: unknown) => {
      // Node reports this error for read-only file systems, too. Without `recursive` it reports the true one.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') await mkdir(directory, { mode: 0o700 })
      else throw error
    })
    await syncFolder(dirname(directory))
    return
  }
  if (!found.isDirectory()) throw new OtrError('OTR_STORE_FOREIGN', 'this is not a directory: choose another place')
  const names = await readdir(directory)
  if (!names.includes(directoryNames.header)) {
    // Files of an interrupted creation may stay; anything else belongs to another program.
    const other = names.find((name) => name !== directoryNames.database && name !== `${directoryNames.header}.new`)
    if (other !== undefined) {
      throw new OtrError('OTR_STORE_FOREIGN', 'the directory holds something other than a store of otr4: choose another place. Nothing was changed')
    }
  }
  await access(directory, constants.W_OK)
}

function headerInFile(path: string): HeaderPlace {
  return {
    async read() {
      try {
        return copyPublic(await readFile(path))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
    },
    write: (header) => replaceFile(path, header),
  }
}
