import type { Ensemble } from '../../src/index.js'
import { decodeEnsemble, encodeEnsemble } from '../../src/wire/index.js'
import { Network, type Party, type PartyOptions } from './network.js'

/** The ensembles as a server would hand them out: encoded and decoded, so that no array is shared with the publisher. */
export function handOut(ensembles: readonly Ensemble[]): Ensemble[] {
  return ensembles.map((ensemble) => decodeEnsemble(encodeEnsemble(ensemble)))
}

/** Alice and Bob, who have not met; both speak version 4. */
export function strangers(options: { readonly alice?: PartyOptions, readonly bob?: PartyOptions, readonly seed?: number } = {}): {
  readonly network: Network
  readonly alice: Party
  readonly bob: Party
} {
  const network = new Network(options.seed)
  const alice = network.add('alice', { versions: '4', ...options.alice })
  const bob = network.add('bob', { versions: '4', ...options.bob })
  return { network, alice, bob }
}

/** `from` writes to `to`, who is away: the lines wait on the network. The ensemble is made at this moment. */
export function writeOffline(from: Party, to: Party, text: string): void {
  from.take(from.core.conversation(to.address).sendOffline(handOut(to.core.ensemble(1)), text))
}
