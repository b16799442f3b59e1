/**
 * A connection that was gone for no longer than this, in milliseconds, was broken for a moment only. Its owner was there all the time: lines that the
 * network stored meanwhile count as new and may be answered.
 */
export const momentMs = 120_000
