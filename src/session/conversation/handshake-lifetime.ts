import type { Policy } from '../policy.js'

/** How long a query, or a key exchange that the other side opened, may wait for an answer, in seconds. */
export function handshakeLifetime(policy: Policy): number {
  return policy.handshakeRetryAfter * (policy.handshakeRetries + 1)
}
