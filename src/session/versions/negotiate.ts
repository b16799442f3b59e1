import type { Conversation } from '../conversation/state.js'
import type { Version } from '../event.js'
import type { VersionAdapter } from './adapter.js'
import type { Policy } from '../policy.js'

/** The decision about an offer of versions. */
export interface Negotiated {
  /** The version to begin with; `undefined`: begin nothing. */
  readonly adapter: VersionAdapter | undefined
  /** The correspondent is known to speak a higher version than this offer contains: somebody on the way may have removed it. */
  readonly downgrade: boolean
}

/**
 * Selects the newest version that was offered and is allowed. If the correspondent's known keys show a higher version, the offer is a
 * downgrade: `allowDowngrade` decides whether it is accepted. `allowed`: newest first.
 */
export function negotiate(
  offered: readonly number[], allowed: readonly VersionAdapter[], conversation: Conversation, policy: Policy,
): Negotiated {
  const adapter = allowed.find(({ version }) => offered.includes(version))
  if (adapter === undefined) return { adapter, downgrade: false }
  const downgrade = isDowngrade(adapter.version, allowed, conversation)
  return { adapter: downgrade && !policy.allowDowngrade ? undefined : adapter, downgrade }
}

/** Whether a version is lower than one that the correspondent's known keys show and that we may speak. */
export function isDowngrade(version: Version, allowed: readonly VersionAdapter[], conversation: Conversation): boolean {
  const known = highestKnown(conversation)
  return version < known && allowed.some((one) => one.version === known)
}

/** The highest version of the correspondent's known keys; 0 for none. */
function highestKnown({ keys }: Conversation): Version | 0 {
  return keys.reduce<Version | 0>((highest, { version }) => version > highest ? version : highest, 0)
}
