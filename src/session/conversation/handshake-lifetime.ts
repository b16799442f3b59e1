import type { Policy } from '../policy.js'

/** How long a query, or a key exchange that the other side opened, may stand without an answer: seconds. */
export function handshakeLifetime(policy: Policy): number {
  return policy.handshakeRetryAfter * (policy.handshakeRetries + 1)
}
