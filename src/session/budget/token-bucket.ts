/** A rate limit: so many tokens were left at that time. */
export interface Bucket {
  readonly tokens: number
  /** Seconds. */
  readonly at: number
}

/** How many tokens a bucket holds, and how many come in a second. */
export interface BucketSize {
  readonly burst: number
  readonly perSecond: number
}

/** A bucket that nothing was taken from yet. */
export const fullBucket = ({ burst }: BucketSize): Bucket => ({ tokens: burst, at: 0 })

/**
 * The bucket after a look at the clock. One that was last looked at by a clock far ahead must not stay empty until that time has come: the
 * count goes on from now. A clock that runs backwards refills nothing. The very same object where nothing is wrong.
 */
export function settledBucket(bucket: Bucket, now: number): Bucket {
  return bucket.at > now ? { ...bucket, at: now } : bucket
}

/** How many tokens a settled bucket holds now. */
export function tokensAt(bucket: Bucket, { burst, perSecond }: BucketSize, now: number): number {
  const refill = Math.max(0, now - bucket.at) * perSecond
  return Math.min(burst, bucket.tokens + refill)
}

/** Takes tokens from a settled bucket. `undefined` when there are not so many: refuse the work. */
export function takeTokens(bucket: Bucket, size: BucketSize, count: number, now: number): Bucket | undefined {
  const tokens = tokensAt(bucket, size, now)
  return tokens < count ? undefined : { tokens: tokens - count, at: now }
}
