import type { Conversation } from '../conversation/state.js'
import type { Version } from '../event.js'
import type { VersionAdapter } from './adapter.js'
import type { Policy } from '../policy.js'

/** What to do about an offer of versions. */
export interface Negotiated {
  /** The version to begin with; `undefined`: nothing is begun. */
  readonly adapter: VersionAdapter | undefined
  /** The correspondent is known to speak a higher version than the best of this offer: somebody may have cut it. */
  readonly downgrade: boolean
}

/**
 * Picks the newest version that was offered and is allowed. An offer below what the correspondent's known keys show is a downgrade: it
 * is taken or left as `allowDowngrade` says. `allowed`: newest first.
 */
export function negotiate(
  offered: readonly number[], allowed: readonly VersionAdapter[], conversation: Conversation, policy: Policy,
): Negotiated {
  const adapter = allowed.find(({ version }) => offered.includes(version))
  if (adapter === undefined) return { adapter, downgrade: false }
  const downgrade = isDowngrade(adapter.version, allowed, conversation)
  return { adapter: downgrade && !policy.allowDowngrade ? undefined : adapter, downgrade }
}

/** Whether a version is below what the correspondent's known keys show, and what we could speak with them. */
export function isDowngrade(version: Version, allowed: readonly VersionAdapter[], conversation: Conversation): boolean {
  const known = highestKnown(conversation)
  return version < known && allowed.some((one) => one.version === known)
}

/** The highest version in which the correspondent has shown a key, 0 for none. */
function highestKnown({ keys }: Conversation): Version | 0 {
  return keys.reduce<Version | 0>((highest, { version }) => version > highest ? version : highest, 0)
}
