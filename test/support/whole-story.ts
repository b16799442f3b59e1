/** The story as one result, for runs in which the platform fails in some way: `platform-faults.test.ts` bundles this. */
import * as otr4 from '../../src/index.js'
import * as store from '../../src/store/index.js'
import { conversation, databaseInMemory, sealing, seeded, type Keys } from './story.mjs'

/** Keys that were made in an earlier run; making them takes longest. */
export interface WholeStoryOptions {
  readonly keys?: Keys
  /** `platform`: the platform's own randomness. Default: the same bytes in each run. */
  readonly random?: 'platform' | undefined
}

/** What the platform must not change, however it fails: every line on the wire and every sealed byte. */
export async function hostStory({ keys = {}, random: from }: WholeStoryOptions = {}): Promise<{ readonly said: readonly string[], readonly keys: Keys, readonly fault: string }> {
  const random = (name: string): otr4.RandomSource => from === 'platform' ? otr4.systemRandom : seeded(Array.from(name).reduce((sum, letter) => 31 * sum + letter.charCodeAt(0), 7))
  const clock = (): number => 1_800_000_000
  const cost = { log2N: 10, r: 8, p: 1 }
  const records = new Map()
  const open = (): Promise<store.SealedStore> =>
    store.openStore({ database: databaseInMemory(records), anchor: 'none', secret: { passphrase: 'x', cost }, random: random('store') })
  const four = await conversation(otr4, 4, { random, keys, open, clock })
  const three = await conversation(otr4, 3, { random, keys, clock })
  const sealed = await sealing(store, random('sealing'))
  return { said: [...four.lines, ...three.lines, sealed], keys, fault: otr4.arithmeticFault()?.message ?? 'none' }
}
