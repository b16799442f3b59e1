import type { AccountKeys, OpenOptions, Persistence, RandomSource } from '../../src/index.js'
import type { StoreDatabase } from '../../src/store/index.js'

/** The keys of those who talk, by their names. */
export type Keys = Record<string, AccountKeys>

/** The entrances that the story uses. */
type Otr4 = typeof import('../../src/index.js')
type Store = typeof import('../../src/store/index.js')

export function seeded(seed: number): RandomSource
export function databaseInMemory(records?: Map<string, readonly [Uint8Array, Uint8Array]>): StoreDatabase
export function conversation(otr4: Pick<Otr4, 'Client'>, version: 3 | 4, options?: {
  readonly random?: (purpose: string) => RandomSource | undefined
  readonly keys?: Keys
  readonly open?: () => Promise<Persistence>
  readonly clock?: OpenOptions['clock']
}): Promise<{ readonly lines: readonly string[], readonly keys: Keys }>
export function sealing(store: Pick<Store, 'sealBytes' | 'openBytes'>, random: RandomSource): Promise<string>
