/**
 * A connection that was gone for no longer than this broke for a moment, in milliseconds. Its owner was there before and after: what the network
 * kept meanwhile is of now, and may be answered.
 */
export const momentMs = 120_000
