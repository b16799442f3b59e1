/**
 * How far ahead the expiration of somebody else's Client or Prekey Profile may be, seconds: 60 days. A profile cannot be revoked, so its
 * expiration is the only limit for the use of a stolen key. The longest that an implementation publishes is 30 days (spec/decisions.md, 11).
 */
export const LONGEST_PROFILE_LIFETIME = 5_184_000

/** `lifetime`: the profile lasts longer than anybody needs, or the clock here is far behind. */
export type LifetimeFault = 'expired' | 'lifetime'

/**
 * What is wrong with the expiration of a profile.
 *
 * @param expiration - seconds since 1970
 * @param now - seconds since 1970
 * @param grace - for how many seconds after its expiration the profile is still accepted
 * @returns `undefined` if nothing is wrong
 * @see [OTRv4, "Client Profile Expiration and Renewal"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#client-profile-expiration-and-renewal)
 */
export function lifetimeFault(expiration: number, now: number, grace = 0): LifetimeFault | undefined {
  if (expiration + grace <= now) return 'expired'
  return expiration - now > LONGEST_PROFILE_LIFETIME ? 'lifetime' : undefined
}
