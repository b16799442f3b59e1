import { Disk } from './failing-disk.js'
import type { Network, Party } from './network.js'
import { firstSave, stateOf } from './saved-states.js'
import { seededRandom } from './seeded.js'

/** Replaces a party by one that was opened from its stored state. */
export async function restarted(network: Network, party: Party, versions: '3' | '34'): Promise<Party> {
  const { instanceTag } = party.core
  const disk = new Disk()
  const store = await disk.open()
  await store.save(firstSave(stateOf(party.core.exportState())))
  await store.close()
  const again = await disk.open()
  const state = await again.load()
  await again.close()
  network.parties.splice(network.parties.indexOf(party), 1)
  return network.add(party.address, { versions, key: 1, tag: instanceTag, random: seededRandom('restarted'), ...(state !== undefined && { state }) })
}
