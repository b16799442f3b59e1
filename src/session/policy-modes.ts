import type { PolicyChanges } from './policy.js'

/** The modes of version 4 ("Modes" in its specification). */
export type Mode = 'compatible' | 'standalone' | 'interactive-only'

const standalone = { allowV3: false, allowQueries: false, sendWhitespaceTag: false, requireEncryption: true } as const

/**
 * The policy of each mode. `compatible`: versions 4 and 3, as negotiated. `standalone`: always encrypted, version 4 only, begun with an
 * Identity message, without queries and tags. `interactive-only`: the same without offline messages. (The profile of an account without a
 * version 3 key lists version 4 only, and has no transitional signature.)
 */
export const modes: Readonly<Record<Mode, PolicyChanges>> = {
  'compatible': {},
  'standalone': standalone,
  'interactive-only': { ...standalone, requireInteractive: true },
}
