import type { Conversation } from '../conversation/state.js'
import type { AllowedAdapters, VersionAdapter } from './adapter.js'
import type { Version } from './version.js'
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
  offered: readonly number[], allowed: AllowedAdapters, conversation: Conversation, policy: Policy,
): Negotiated {
  const adapter = allowed.find(({ version }) => offered.includes(version))
  if (adapter === undefined) return { adapter, downgrade: false }
  const downgrade = isDowngrade(adapter.version, allowed, conversation)
  return { adapter: downgrade && !policy.allowDowngrade ? undefined : adapter, downgrade }
}

/** Whether a version is lower than one that the correspondent is known to speak and that we may speak. */
export function isDowngrade(version: Version, allowed: AllowedAdapters, conversation: Conversation): boolean {
  const known = highestKnown(conversation)
  return allowed.some((one) => one.version > version && one.version <= known)
}

/**
 * Where the policy allows version 2 (`spec/version-2.md`): whether it may be spoken with this correspondent. A choice for them counts until they are
 * seen with a newer version; one for everybody does not count for those who were ever seen with one.
 */
export function mayBeVersion2(conversation: Conversation): boolean {
  return conversation.policy.allowV2 === true || highestKnown(conversation) < 3
}

/** Whether there is an encrypted session of version 2. It goes on whatever key of a newer version is shown, because anybody can show one. */
export function standsInVersion2({ sessions }: Conversation): boolean {
  return sessions.some(({ state: { version, session } }) => version === 2 && session.state === 'encrypted')
}

/**
 * The highest version that the correspondent is known to speak; 0 for none. A key of version 3 serves in version 2 too, and may have been imported, so
 * only a session of version 3 shows that version.
 */
function highestKnown({ keys }: Conversation): Version | 0 {
  let highest: Version | 0 = 0
  for (const { version, lastSeen, onlyIn2 } of keys) {
    if (version === 4) return 4
    if (lastSeen !== undefined && highest < 3) highest = onlyIn2 === true ? 2 : 3
  }
  return highest
}
