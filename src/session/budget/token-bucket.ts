/** The state of a rate limit: `tokens` were left at the time `at`. */
export interface Bucket {
  readonly tokens: number
  /** Seconds. */
  readonly at: number
}

/** How many tokens a bucket holds, and how many are added each second. */
export interface BucketSize {
  readonly burst: number
  readonly perSecond: number
}

/** A full bucket. */
export const fullBucket = ({ burst }: BucketSize): Bucket => ({ tokens: burst, at: 0 })

/**
 * Corrects a bucket whose time lies in the future: a clock that was ahead must not keep it empty until that time, so counting goes on from
 * now. A clock that runs backwards refills nothing. Returns the same object if there is nothing to correct.
 */
export function settledBucket(bucket: Bucket, now: number): Bucket {
  return bucket.at > now ? { ...bucket, at: now } : bucket
}

/** How many tokens a settled bucket holds now. */
export function tokensAt(bucket: Bucket, { burst, perSecond }: BucketSize, now: number): number {
  const refill = Math.max(0, now - bucket.at) * perSecond
  return Math.min(burst, bucket.tokens + refill)
}

/** Takes tokens from a settled bucket. Returns `undefined` if there are too few: refuse the work. */
export function takeTokens(bucket: Bucket, size: BucketSize, count: number, now: number): Bucket | undefined {
  const tokens = tokensAt(bucket, size, now)
  return tokens < count ? undefined : { tokens: tokens - count, at: now }
}

/**
 * Takes what something costs, but leaves `share` of the bucket untouched. A cost above the size of the bucket is allowed when the bucket is full, and
 * leaves a debt. Returns `undefined` if there are too few tokens: refuse the work.
 */
export function overdraw(bucket: Bucket, size: BucketSize, cost: number, now: number, share: number): Bucket | undefined {
  const tokens = tokensAt(settledBucket(bucket, now), size, now)
  return tokens < Math.min(cost + size.burst * share, size.burst) ? undefined : { tokens: tokens - cost, at: now }
}
