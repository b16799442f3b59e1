import type { RandomSource } from '../../crypto/index.js'
import { SteadyTime } from '../../protocol/index.js'
import { CLIENT_PROFILE_LIFETIME } from '../../v4/index.js'
import { internalNotice, type ClientEvent } from '../event.js'
import type { Account } from './account.js'
import { profileMade, profileRenewal, renewProfile } from './own-profile.js'
import { expirePrekeys, prekeyTimer, publish, renewPrekeyProfile, type PrekeyVault, type Published } from './prekeys.js'

/** The account that a client is, and what it published for offline messages: both are renewed here when their time has come. */
export class OwnAccount {
  readonly #random: RandomSource
  readonly #time: SteadyTime
  #account: Account
  /** The private side of what was published. Whoever uses a prekey up puts the vault without it here. */
  prekeys: PrekeyVault

  constructor(account: Account, prekeys: PrekeyVault, random: RandomSource) {
    this.#account = account
    this.prekeys = prekeys
    this.#random = random
    this.#time = new SteadyTime(profileMade(account))
  }

  /** Replaced whenever its Client Profile is renewed. */
  get account(): Account {
    return this.#account
  }

  /** The account is known by another address now. */
  changeAddress(address: string): void {
    this.#account = { ...this.#account, address }
  }

  /** Makes new prekey messages; see `publish`. */
  publish(count: number, now: number): Published {
    // Made by a clock that is far behind, prekeys would be wiped as soon as it is right; far ahead, they would be kept for years.
    const published = publish(this.prekeys, this.#account, count, this.#time.plausible(now, CLIENT_PROFILE_LIFETIME), this.#random)
    this.prekeys = published.vault
    return published
  }

  /** When `tick` has something to do, seconds; `Infinity` for never. */
  nextTimer(now: number): number {
    const sure = this.#time.sure(now)
    return this.#time.nextLook(Math.min(profileRenewal(this.#account, sure) ?? Infinity, prekeyTimer(this.prekeys, sure) ?? Infinity), now)
  }

  /** Renews the profiles that are about to end, and forgets prekeys past their time. Never throws. */
  tick(now: number): ClientEvent[] {
    const sure = this.#time.look(now)
    return [...this.#renewProfile(now, sure), ...this.#renewPrekeys(now, sure)]
  }

  #renewProfile(now: number, sure: number): ClientEvent[] {
    try {
      this.#account = renewProfile(this.#account, now, sure, this.#random)
      return []
    } catch (error) {
      return [internalNotice(error)]
    }
  }

  #renewPrekeys(now: number, sure: number): ClientEvent[] {
    const { profiles } = this.prekeys
    try {
      // The newest profile stays until its successor is made: without one nobody would be told to publish.
      const renewed = renewPrekeyProfile(this.prekeys, this.#account, now, sure, this.#random)
      this.prekeys = expirePrekeys(renewed, sure)
      if (profiles.at(-1) === renewed.profiles.at(-1)) return []
      return [{ type: 'notice', code: 'publish-prekeys', detail: 'the Prekey Profile was renewed' }]
    } catch (error) {
      return [internalNotice(error)]
    }
  }
}
