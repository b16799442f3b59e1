import type { PolicyChanges } from './policy.js'

/** The modes in which version 4 can be used ("modes" of its specification). */
export type Mode = 'compatible' | 'standalone' | 'interactive-only'

const standalone = { allowV3: false, allowQueries: false, sendWhitespaceTag: false, requireEncryption: true } as const

/**
 * What each mode asks of the policy. `compatible`: versions 4 and 3, as they were negotiated. `standalone`: always encrypted, version 4
 * alone, begun by an Identity message; no queries, no tags. `interactive-only`: the same without offline messages. (An account without
 * a version 3 key makes profiles that promise version 4 alone, and have no transitional signature.)
 */
export const modes: Readonly<Record<Mode, PolicyChanges>> = {
  'compatible': {},
  'standalone': standalone,
  'interactive-only': { ...standalone, requireInteractive: true },
}
