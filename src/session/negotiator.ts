import type { Conversation } from './conversation.js'
import type { Version } from './event.js'
import type { SessionMachine } from './machine.js'
import type { Policy } from './policy.js'

/** What to do about an offer of versions. */
export interface Negotiated {
  /** The version to begin with; `undefined`: nothing is begun. */
  readonly machine: SessionMachine | undefined
  /** The correspondent is known to speak a higher version than the best of this offer: somebody may have cut it. */
  readonly downgrade: boolean
}

/**
 * Picks the newest version that was offered and is allowed. An offer below what the correspondent's known keys show is a downgrade: it
 * is taken or left as `allowDowngrade` says. `allowed`: newest first.
 */
export function negotiate(
  offered: readonly number[], allowed: readonly SessionMachine[], conversation: Conversation, policy: Policy,
): Negotiated {
  const machine = allowed.find(({ version }) => offered.includes(version))
  if (machine === undefined) return { machine, downgrade: false }
  const downgrade = isDowngrade(machine.version, allowed, conversation)
  return { machine: downgrade && !policy.allowDowngrade ? undefined : machine, downgrade }
}

/** Whether a version is below what the correspondent's known keys show, and what we could speak with him. */
export function isDowngrade(version: Version, allowed: readonly SessionMachine[], conversation: Conversation): boolean {
  const known = highestKnown(conversation)
  return version < known && allowed.some((one) => one.version === known)
}

/** The highest version in which the correspondent has shown a key, 0 for none. */
function highestKnown({ keys }: Conversation): Version | 0 {
  return keys.reduce<Version | 0>((highest, { version }) => version > highest ? version : highest, 0)
}
