/** How far to trust a private conversation in version 2, in one line. */
export const meaningOf2 = 'version 2 keeps what you say as secret as version 3 does; but it cannot show whether somebody on the way keeps the two of you from a newer version, or which of their devices writes'

/** What is known when `/otr allow 2` is answered. */
export interface AllowVersion2 {
  /** Undefined: the person reads first what it means. */
  readonly yes: boolean | undefined
  /** Whether the policy allows it now. */
  readonly allowed: boolean
  /** A private conversation in it was ended by the answer. */
  readonly ended: boolean
  /** The correspondent was seen with a newer version. */
  readonly newer: boolean
}

/** The answer to `/otr allow 2`. */
export function allowText(peer: string, { yes, allowed, ended, newer }: AllowVersion2): string {
  if (yes === false) return `version 2 is off with ${peer}${ended ? ', and the private conversation in it has ended' : ''}`
  if (yes === true && !allowed) return `version 2 stays off with ${peer}: a policy whose name begins with require excludes it. /otr policy shows which`
  if (allowed) return `version 2 is allowed with ${peer}, until ${peer} is seen with a newer one. /otr start asks for a private conversation, /otr allow 2 no takes it back`
  return `Thunderbird, Profanity and WeeChat have version 2 of OTR and nothing newer. What that means: ${meaningOf2}. `
    + (newer ? `${peer} WAS seen with a newer version: perhaps somebody on the way is hiding it now. ` : '')
    + `Ask ${peer} by telephone or in person which program it is. If it has nothing newer: /otr allow 2 yes`
}
