/** Bounds of memory and work that hold whatever the network sends. Counts unless they say otherwise. */
export const limits = {
  /** Correspondents remembered. Beyond it those without keys, text or settings of the host are forgotten, the idlest first. */
  correspondents: 10_000,
  /** Sessions of one correspondent, each one instance in one version. */
  sessions: 32,
  /** Of these, key exchanges of instances that never completed one. */
  halfOpen: 8,
  /** Fingerprints remembered of one correspondent. Verified ones are never forgotten. */
  fingerprints: 64,
  /** Messages that wait in the outbox of one correspondent. */
  outbox: 1000,
  /** Prekey messages whose private halves wait for somebody to use them. */
  prekeys: 2000,
  /** Identifiers remembered of prekey messages that were used up. */
  usedPrekeys: 4000,
  /** Delivery ids remembered of one correspondent. */
  deliveries: 128,
  /** Characters of an error text that are shown. */
  errorText: 1000,
  /** Key exchanges answered or begun for one correspondent before one is completed ... */
  handshakeBurst: 50,
  /** ... and how many more each second. */
  handshakesPerSecond: 1,
  /** Bytes that incomplete messages may take over all correspondents. */
  fragmentBytes: 67_108_864,
} as const

/** A rate limit: so many tokens were left at that time. */
export interface Bucket {
  readonly tokens: number
  /** Seconds. */
  readonly at: number
}

/** A bucket that nothing was taken from yet. */
export const fullBucket: Bucket = { tokens: limits.handshakeBurst, at: 0 }

/** Takes a token. `undefined` when there is none: refuse the work. A clock that runs backwards refills nothing. */
export function takeToken(bucket: Bucket, now: number): Bucket | undefined {
  const refill = Math.max(0, now - bucket.at) * limits.handshakesPerSecond
  const tokens = Math.min(limits.handshakeBurst, bucket.tokens + refill)
  return tokens < 1 ? undefined : { tokens: tokens - 1, at: now }
}
