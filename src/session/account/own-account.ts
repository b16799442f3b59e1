import type { RandomSource } from '../../crypto/index.js'
import { SteadyTime } from '../../protocol/index.js'
import { CLIENT_PROFILE_LIFETIME } from '../../v4/index.js'
import { internalNotice, type ClientEvent } from '../event.js'
import type { Account } from './account.js'
import { profileMade, profileRenewal, renewProfile } from './own-profile.js'
import { expirePrekeys, prekeyTimer, publish, renewPrekeyProfile, type PrekeyVault, type Published } from './prekeys.js'

/** The client's own account, and what it published for offline messages. Both are renewed here when they are due. */
export class OwnAccount {
  readonly #random: RandomSource
  readonly #time: SteadyTime
  /** Our keys, address and Client Profile. Replaced by a new object when the profile is renewed or the address changes. */
  account: Account
  /** The private halves of what was published. Code that uses up a prekey stores the vault without it here. */
  prekeys: PrekeyVault

  constructor(account: Account, prekeys: PrekeyVault, random: RandomSource) {
    this.account = account
    this.prekeys = prekeys
    this.#random = random
    this.#time = new SteadyTime(profileMade(account))
  }

  /** Sets the address under which the account is known from now on. */
  changeAddress(address: string): void {
    this.account = { ...this.account, address }
  }

  /** Makes new prekey messages; see `publish`. */
  publish(count: number, now: number): Published {
    // Prekeys dated by a clock that is far behind would be wiped as soon as it is right; far ahead, they would be kept for years.
    const published = publish(this.prekeys, this.account, count, this.#time.plausible(now, CLIENT_PROFILE_LIFETIME), this.#random)
    this.prekeys = published.vault
    return published
  }

  /** When `tick` is due, in seconds; `Infinity` for never. */
  nextTimer(now: number): number {
    const sure = this.#time.sure(now)
    return this.#time.nextLook(Math.min(profileRenewal(this.account, sure) ?? Infinity, prekeyTimer(this.prekeys, sure) ?? Infinity), now)
  }

  /** Renews the profiles that are about to expire, and deletes expired prekeys. Never throws. */
  tick(now: number): ClientEvent[] {
    const sure = this.#time.look(now)
    return [...this.#renewProfile(now, sure), ...this.#renewPrekeys(now, sure)]
  }

  #renewProfile(now: number, sure: number): ClientEvent[] {
    try {
      this.account = renewProfile(this.account, now, sure, this.#random)
      return []
    } catch (error) {
      return [internalNotice(error)]
    }
  }

  #renewPrekeys(now: number, sure: number): ClientEvent[] {
    const { profiles } = this.prekeys
    try {
      // The newest profile stays until its successor is made: without one, no notice would ask the application to publish.
      const renewed = renewPrekeyProfile(this.prekeys, this.account, now, sure, this.#random)
      this.prekeys = expirePrekeys(renewed, sure)
      if (profiles.at(-1) === renewed.profiles.at(-1)) return []
      return [{ type: 'notice', code: 'publish-prekeys', detail: 'the Prekey Profile was renewed' }]
    } catch (error) {
      return [internalNotice(error)]
    }
  }
}
