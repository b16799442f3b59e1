import { OtrError } from '../errors.js'
import { defaultWireLimits, fragmentOverhead } from '../wire/index.js'

/** What to do with a message that may not leave yet: keep it until an encrypted session stands, or refuse it with the code that says why it may not: see `send`. */
export type OutboxPolicy = 'hold' | 'reject'

/** Which encrypted sessions a message goes to when the application names no instance. See `chooseSessions`. */
export type SendTo = 'best' | 'recent' | 'all'

/**
 * How a correspondent's program writes private text in version 3, which does not say: as typed, or as HTML, as Pidgin and its kin do. `unknown`
 * where nobody told. (In clear, and in version 4, text is as typed.)
 */
export type PeerText = 'unknown' | 'text' | 'html'

/** How an OTRv4 correspondent encodes what living implementations encode differently. */
export type Dialect = 'auto' | 'spec' | 'otrr' | 'otr4j'

/**
 * What this account does by itself and what it refuses. One policy stands for the account; each correspondent may override any
 * field of it. Times are seconds of the given clock, lengths are characters.
 */
export interface Policy {
  /** Speak version 3. */
  readonly allowV3: boolean
  /** Speak version 4. With neither version allowed all text passes through untouched. */
  readonly allowV4: boolean
  /** Never send text in clear: `send` starts a session instead, and warns of text that came in clear. */
  readonly requireEncryption: boolean
  /** Send text only into sessions whose key the application has marked as verified; other text waits or is refused. */
  readonly requireVerified: boolean
  /**
   * Begin, answer and complete version 4's key exchanges only with keys that a person has verified; others are refused in the middle.
   * Holds `requireVerified` as well.
   */
  readonly requireAuthenticated: boolean
  /** Answer an Identity message that nobody asked for, by a query or a tag, or an Identity message of ours. */
  readonly identityStartsDake: boolean
  /** Send and answer queries and whitespace tags. Where false, conversations begin with an Identity message: version 4 only. */
  readonly allowQueries: boolean
  /** Refuse non-interactive (offline) key exchanges of version 4. */
  readonly requireInteractive: boolean
  /** Accept a lower version than the correspondent is known to speak. A `downgrade` notice is given either way. */
  readonly allowDowngrade: boolean
  /** Offer OTR by an invisible tag on text in clear, until the correspondent answers in clear without one. */
  readonly sendWhitespaceTag: boolean
  /** Begin a key exchange when such a tag arrives. */
  readonly whitespaceStartsAke: boolean
  /** Ask for a new session when an OTR error message arrives, at most once in `errorStartInterval`. */
  readonly errorStartsAke: boolean
  /** Answer queries, tags, key exchanges and unreadable messages of correspondents the application never dealt with. `false`: not one byte. */
  readonly answerStrangers: boolean
  /** Messages that wait for a session: hold them (visible, cancellable) or refuse them. */
  readonly outbox: OutboxPolicy
  /**
   * How long a text that was encrypted is kept until the other side has proved to have read it, to be offered for resending should it
   * say that it could not. Whoever takes the unlocked device can read what is kept. 0: nothing is kept.
   */
  readonly keepSent: number
  /** Where messages go when the application names no instance. */
  readonly sendTo: SendTo
  /** What people without OTR read behind a query. Plain text; empty for none. */
  readonly queryText: string
  /** Longest line the network carries; longer OTR messages are sent in fragments. 0: no limit. At least `minimumMessageLength`. */
  readonly maxMessageLength: number
  /** Longest line, or reassembled message, that is looked at. */
  readonly maxReceiveLength: number
  /** A message that arrives after this long a silence of ours is answered by an empty one, so that keys move on. 0: never. */
  readonly heartbeatAfter: number
  /** A session in which the correspondent sent nothing for so long is ended and its keys are forgotten. 0: never. */
  readonly sessionExpires: number
  /** An incomplete set of fragments is dropped after this time. */
  readonly fragmentTimeout: number
  /** At most one OTR error reply in this time. */
  readonly errorReplyInterval: number
  /** At most one query because of a received error in this time. */
  readonly errorStartInterval: number
  /** A key exchange of ours that stands still is begun again after this time ... */
  readonly handshakeRetryAfter: number
  /** ... so many times, and then given up. */
  readonly handshakeRetries: number
  /** How many message keys a version 4 ratchet may skip. */
  readonly maxSkip: number
  /** The version 4 dialect of the correspondent. */
  readonly dialect: Dialect
  /** How the correspondent's program writes private text in version 3: it is told with each message. */
  readonly peerText: PeerText
}

/** What holds where nothing else was said: opportunistic when asked, careful otherwise. */
export const defaultPolicy: Policy = {
  allowV3: true,
  allowV4: true,
  requireEncryption: false,
  requireVerified: false,
  requireAuthenticated: false,
  identityStartsDake: true,
  allowQueries: true,
  requireInteractive: false,
  allowDowngrade: true,
  sendWhitespaceTag: false,
  whitespaceStartsAke: true,
  errorStartsAke: true,
  answerStrangers: true,
  outbox: 'hold',
  keepSent: 3600,
  sendTo: 'best',
  queryText: 'I would like to talk privately (Off-the-Record), but your program does not seem to support it.',
  maxMessageLength: 0,
  maxReceiveLength: defaultWireLimits.maxMessageLength,
  heartbeatAfter: 60,
  sessionExpires: 604_800,
  fragmentTimeout: defaultWireLimits.fragmentTimeout,
  errorReplyInterval: 10,
  errorStartInterval: 60,
  handshakeRetryAfter: 20,
  handshakeRetries: 2,
  maxSkip: 1000,
  dialect: 'auto',
  peerText: 'unknown',
}

/** The shortest line in which a fragment of either version has room for a piece. */
export const minimumMessageLength = fragmentOverhead(4) + 1

/** Changes to a policy: any of its fields. `undefined` takes an override back. */
export type PolicyChanges = { readonly [Field in keyof Policy]?: Policy[Field] | undefined }

const choices = {
  outbox: ['hold', 'reject'],
  sendTo: ['best', 'recent', 'all'],
  dialect: ['auto', 'spec', 'otrr', 'otr4j'],
  peerText: ['unknown', 'text', 'html'],
} as const

/**
 * Lays `changes` over `base` and checks every value. Throws `OTR_POLICY` for an unknown field, a value of another type, a negative
 * or fractional limit, or a `maxMessageLength` that has no room for a fragment; nothing is changed then.
 */
export function applyPolicy(base: Partial<Policy>, changes: PolicyChanges): Partial<Policy> {
  const result: Record<string, unknown> = { ...base }
  for (const [field, value] of Object.entries(changes)) {
    if (!Object.hasOwn(defaultPolicy, field)) throw new OtrError('OTR_POLICY', `there is no policy "${field}"`)
    if (value === undefined) {
      Reflect.deleteProperty(result, field)
      continue
    }
    check(field as keyof Policy, value)
    result[field] = value
  }
  return result
}

/** The policy that holds for a correspondent: defaults, then the account's, then the correspondent's own. */
export function effectivePolicy(account: Partial<Policy>, correspondent: Partial<Policy>): Policy {
  const policy = { ...defaultPolicy, ...account, ...correspondent }
  return policy.requireAuthenticated ? { ...policy, requireVerified: true } : policy
}

function check(field: keyof Policy, value: unknown): void {
  const refuse = (what: string): never => {
    throw new OtrError('OTR_POLICY', `${field} must be ${what}`)
  }
  if (field === 'outbox' || field === 'sendTo' || field === 'dialect' || field === 'peerText') {
    const allowed: readonly unknown[] = choices[field]
    if (!allowed.includes(value)) refuse(`one of ${choices[field].join(', ')}`)
    return
  }
  const expected = typeof defaultPolicy[field]
  if (typeof value !== expected) refuse(`a ${expected}`)
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || value < 0) refuse('a number from 0 up')
    if (!durations.has(field) && !Number.isSafeInteger(value)) refuse('a whole number')
    if (field === 'maxMessageLength' && value !== 0 && value < minimumMessageLength) {
      refuse(`0 or at least ${minimumMessageLength}: a fragment's header needs the rest`)
    }
  }
  if (typeof value === 'string' && value.includes('?OTR')) refuse('text without "?OTR"')
}

const durations: ReadonlySet<keyof Policy> = new Set<keyof Policy>([
  'keepSent', 'heartbeatAfter', 'sessionExpires', 'fragmentTimeout', 'errorReplyInterval', 'errorStartInterval', 'handshakeRetryAfter',
])
