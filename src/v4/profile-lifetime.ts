/**
 * How far ahead the end of somebody else's Client or Prekey Profile may lie, seconds: 60 days. A profile cannot be taken back, so its end
 * is all that bounds what a stolen key is good for. The longest that a living implementation publishes is 30 days (spec/decisions.md, 11).
 */
export const LONGEST_PROFILE_LIFETIME = 5_184_000

/** `lifetime`: the profile lasts longer than anybody needs, or the clock here is far behind. */
export type LifetimeFault = 'expired' | 'lifetime'

/** What is wrong with the end of a profile. All in seconds; `grace`: how long after its end it still passes. */
export function lifetimeFault(expiration: number, now: number, grace = 0): LifetimeFault | undefined {
  if (expiration + grace <= now) return 'expired'
  return expiration - now > LONGEST_PROFILE_LIFETIME ? 'lifetime' : undefined
}
