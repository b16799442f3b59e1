import { equalBytes } from '../../../crypto/index.js'
import { OtrError } from '../../../errors.js'
import { hexEncode } from '../../../wire/index.js'
import type { Trust } from '../../event.js'
import { keyVersionOf, type Version } from '../../versions/version.js'
import type { TrustHow } from '../../known/key-book.js'
import { maySend } from '../instances.js'
import { flushOutbox } from '../send/outbox.js'
import { setTrust } from '../set-trust.js'
import type { Transaction } from '../transaction.js'
import { namedSessions, noPrivateConversation } from './named-session.js'

/** Which key the trust is about; by default the key of the selected session. */
export interface TrustOptions {
  /** Hex, as the events show it. Needs `version`. */
  readonly fingerprint?: string
  /** The version of the key that `fingerprint` names, or of the session that showed it: 2 and 3 have the same key. */
  readonly version?: Version
  /** The key of this instance's session. If there are several keys under one tag, name the fingerprint. */
  readonly instance?: number
  /** What sets the trust. `manually`, the default: a person compared fingerprints; `import`: another program said so. */
  readonly how?: TrustHow
}

/**
 * The trust that an application may set. `seen`: the person knows that there is a new key, and accepts it unverified. `unknown` takes back
 * what was set before.
 */
export type TrustLevel = Exclude<Trust, 'changed'>

/**
 * Sets the trust in a key, and sends the messages that waited for it.
 *
 * @throws OtrError `OTR_NOT_ENCRYPTED` if no key is named and there is no session; `OTR_ARGUMENT` if several keys are possible, or the fingerprint
 *   is not one
 */
export function trust(transaction: Transaction, level: TrustLevel, { fingerprint, version, instance, how = 'manually' }: TrustOptions): void {
  transaction.draft.known = true
  if (fingerprint === undefined) {
    const keys = namedSessions(transaction, { instance })
    // To accept a key means the one to which nothing goes yet, not a better one under the same tag.
    const named = level === 'seen' ? keys.find(({ entry }) => !maySend(transaction.draft, entry, false)) ?? keys[0] : keys[0]
    if (named?.status.fingerprint === undefined) throw new OtrError('OTR_NOT_ENCRYPTED', noPrivateConversation)
    const { fingerprint: current } = named.status
    // The person means the key that they saw. Meanwhile another key may have a session under the same instance tag.
    const candidates = level === 'seen' ? keys.filter(({ entry }) => !maySend(transaction.draft, entry, false)) : instance === undefined ? [] : keys
    if (candidates.some(({ status }) => status.fingerprint !== undefined && !equalBytes(status.fingerprint, current))) {
      throw new OtrError('OTR_ARGUMENT', 'several keys are possible: name the fingerprint that the person saw')
    }
    setTrust(transaction, keyVersionOf(named.entry.state.version), hexEncode(current), level, how)
  } else {
    const hex = fingerprint.replaceAll(/\s/g, '').toLowerCase()
    const digits = { 3: 40, 4: 112 } as const
    if (version === undefined || !/^[0-9a-f]*$/.test(hex) || hex.length !== digits[keyVersionOf(version)]) {
      throw new OtrError('OTR_ARGUMENT', 'a fingerprint has 40 hex digits in version 3 and 112 in version 4')
    }
    setTrust(transaction, keyVersionOf(version), hex, level, how)
  }
  flushOutbox(transaction)
}
