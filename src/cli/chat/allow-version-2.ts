/** How far to trust a private conversation in version 2, in one line. */
export const meaningOf2 = 'version 2 protects what is said like version 3, but the network may force it on two people who have something newer, and a device cannot be told from another'

/** The answer to `/otr allow 2`. `yes` undefined: the person reads first what it means. `allowed`: whether the policy allows it now. */
export function allowText(peer: string, yes: boolean | undefined, allowed: boolean): string {
  if (yes === false) return `version 2 is not spoken with ${peer}; a conversation in it, if there was one, has ended`
  if (yes === true && !allowed) return `version 2 stays off with ${peer}: a policy that requires encryption or verified keys excludes it. /otr policy shows it`
  if (yes === true) return `version 2 is allowed with ${peer}, until they are seen with a newer one. /otr start asks for a private conversation, /otr allow 2 no takes it back`
  return `Thunderbird, Profanity and WeeChat speak version 2 of OTR alone. With ${peer} in it: ${meaningOf2}. `
    + 'Allow it only if you know that their program has nothing newer: /otr allow 2 yes'
}
