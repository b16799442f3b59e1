/** Parties of version 4 of which one has published prekeys. */
import { emptyVault, publish, usePrekey } from '../../src/session/account/prekeys.js'
import { startOfflineSession, verifyEnsemble, type PrekeyVault, type V4Account, type V4Step, type VerifiedEnsemble } from '../../src/v4/index.js'
import { decodeEnsemble, encodeEnsemble, type Ensemble, type NonInteractiveAuthMessage } from '../../src/wire/index.js'
import { NOW, V4Party, type PartyOptions } from './v4-parties.js'
import { seededRandom } from './seeded.js'

/** `count` ensembles of an account, as a server hands them out, and the vault with their private halves. */
export function published(account: V4Account, count = 1, now = NOW, vault: PrekeyVault = emptyVault): { readonly ensembles: Ensemble[], readonly vault: PrekeyVault } {
  const { address, instanceTag, identity, clientProfile } = account
  const v4 = { identity, forgingKey: clientProfile.forgingKey, clientProfile }
  const made = publish(vault, { address, instanceTag, v4 }, count, now, seededRandom(`prekeys of ${address} ${vault.messages.length}`))
  const ensembles = made.messages.map(({ message }) => ({ clientProfile, prekeyProfile: made.profile.profile, prekeyMessage: message }))
  return { ensembles: ensembles.map((ensemble) => decodeEnsemble(encodeEnsemble(ensemble))), vault: made.vault }
}

export function verified(ensemble: Ensemble, now = NOW): VerifiedEnsemble {
  const result = verifyEnsemble(ensemble, now)
  if ('fault' in result) throw new Error(result.fault)
  return result.ensemble
}

/** A party whose prekeys are used up as in a client. */
export class Publisher extends V4Party {
  override do<S extends V4Step>(transition: (party: this) => S): S {
    const result = super.do(transition)
    const { prekeys } = this.options
    if (result.usedPrekey !== undefined && prekeys !== undefined) this.options = { ...this.options, prekeys: usePrekey(prekeys, result.usedPrekey) }
    return result
  }
}

/** Alice, and Bob with published prekeys. They have not met. */
export function withPrekeys(seed = 'offline', count = 1, options: { readonly alice?: PartyOptions, readonly bob?: PartyOptions } = {}): {
  readonly alice: Publisher
  readonly bob: Publisher
  readonly ensembles: Ensemble[]
} {
  const alice = new Publisher('alice', 'bob', { seed, ...options.alice })
  const bob = new Publisher('bob', 'alice', { seed, ...options.bob })
  const { ensembles, vault } = published(bob.account, count)
  bob.options = { ...bob.options, prekeys: vault }
  return { alice, bob, ensembles }
}

/** Alice begins an offline session: her messages wait in `outgoing`. */
export function begin(alice: V4Party, ensemble: Ensemble): V4Step {
  return alice.do((party) => startOfflineSession(party.session, verified(ensemble, party.now), party.context))
}

/** Alice's message to Bob, which he has not received. */
export function firstMessage(seed?: string, options: Parameters<typeof withPrekeys>[2] = {}): {
  readonly alice: Publisher
  readonly bob: Publisher
  readonly ensemble: Ensemble
  readonly auth: NonInteractiveAuthMessage
} {
  const { alice, bob, ensembles: [ensemble] } = withPrekeys(seed, 1, options)
  if (ensemble === undefined) throw new Error('no ensemble')
  begin(alice, ensemble)
  return { alice, bob, ensemble, auth: alice.takeOne('v4-non-interactive-auth') }
}
