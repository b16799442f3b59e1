import { OtrError } from '../errors.js'
import { defaultWireLimits, fragmentOverhead } from '../wire/index.js'
import type { TextFormat } from './text/text-format.js'

/** What happens to a message that may not be sent yet: it is kept until there is an encrypted session, or refused with the code for the reason (see `send`). */
export type OutboxPolicy = 'hold' | 'reject'

/** Which encrypted sessions a message goes to if the application names no instance. See `chooseSessions`. */
export type SendTo = 'best' | 'recent' | 'all'

/** How an OTRv4 correspondent encodes what existing implementations encode differently. */
export type Dialect = 'auto' | 'spec' | 'otrr' | 'otr4j'

/**
 * What this account does automatically and what it refuses. The account has one policy; each correspondent may override any field of it.
 * Times are in seconds of the given clock, lengths in characters.
 */
export interface Policy {
  /** Speak version 3. */
  readonly allowV3: boolean
  /** Speak version 4. If no version is allowed, all text passes through unchanged. */
  readonly allowV4: boolean
  /**
   * Speak version 2 too, because the correspondent's program speaks nothing newer. A person chooses it for one correspondent, with `setPolicy` of the
   * conversation. The choice ends when the correspondent is seen with a newer version; it does not count together with any of `requireEncryption`,
   * `requireVerified`, `requireAuthenticated` and `requireInteractive`. For a whole account it needs `v2WithEverybody`.
   */
  readonly allowV2: boolean
  /**
   * The second word for `allowV2` in an account's policy: version 2 is offered to and accepted from every correspondent who was never seen with a
   * newer version, strangers included. Whoever cuts the first offers on the way then decides the version.
   */
  readonly v2WithEverybody: boolean
  /** Never send text in clear: `send` starts a session instead. Text that arrives in clear is shown with a warning. */
  readonly requireEncryption: boolean
  /** Send text only in sessions whose key is verified; other text waits or is refused. */
  readonly requireVerified: boolean
  /**
   * Begin, answer and complete key exchanges of version 4 only with keys that a person has verified; with others, the exchange is refused once
   * the key is known. Implies `requireVerified`.
   */
  readonly requireAuthenticated: boolean
  /** Answer an Identity message although neither a query, a tag nor an Identity message of ours asked for it. */
  readonly identityStartsDake: boolean
  /** Send and answer queries and whitespace tags. If false, conversations begin with an Identity message: version 4 only. */
  readonly allowQueries: boolean
  /** Refuse non-interactive (offline) key exchanges of version 4. */
  readonly requireInteractive: boolean
  /** Accept a lower version than the correspondent is known to speak. A `downgrade` notice is emitted in either case. */
  readonly allowDowngrade: boolean
  /** Add an invisible whitespace tag, which offers OTR, to text in clear, until the correspondent answers in clear without a tag. */
  readonly sendWhitespaceTag: boolean
  /** Begin a key exchange when a whitespace tag arrives. */
  readonly whitespaceStartsAke: boolean
  /** Ask for a new session when an OTR error message arrives, at most once in `errorStartInterval`. */
  readonly errorStartsAke: boolean
  /** Ask for a new session when the other side has probably lost the one that we have (`probablyLost`), at most once in `errorStartInterval`. */
  readonly refreshLost: boolean
  /** Answer queries, tags, key exchanges and unreadable messages of strangers, whom the application never dealt with. `false`: send them nothing. */
  readonly answerStrangers: boolean
  /** What to do with messages that must wait for a session: hold them (visible, can be cancelled) or refuse them. */
  readonly outbox: OutboxPolicy
  /**
   * How long an encrypted text is kept while it is not known to be read, so that it can be offered for resending if the other side reports
   * that it could not read. Anybody who takes the unlocked device can read what is kept. 0: nothing is kept.
   */
  readonly keepSent: number
  /** Where messages go if the application names no instance. */
  readonly sendTo: SendTo
  /** The text after a query, for people without OTR. Plain text; empty for none. */
  readonly queryText: string
  /** The longest line that the network carries; longer OTR messages are sent in fragments. 0: no limit. Otherwise at least `minimumMessageLength`. */
  readonly maxMessageLength: number
  /** The longest line, or reassembled message, that is processed. */
  readonly maxReceiveLength: number
  /** If we have sent nothing for this long, a received message is answered by an empty one (a heartbeat), so that keys are replaced. 0: never. */
  readonly heartbeatAfter: number
  /** After this time without new keys (version 4) or a sign of life (version 3), a session is ended and its keys are forgotten. 0: never. */
  readonly sessionExpires: number
  /** An incomplete set of fragments is dropped after this time. */
  readonly fragmentTimeout: number
  /** At most one OTR error reply in this time. */
  readonly errorReplyInterval: number
  /** At most one query in this time because of received error messages and of `refreshLost`. */
  readonly errorStartInterval: number
  /** A key exchange of ours that has stalled is begun again after this time ... */
  readonly handshakeRetryAfter: number
  /** ... this many times, and then dropped. */
  readonly handshakeRetries: number
  /** How many message keys a version 4 ratchet may skip. */
  readonly maxSkip: number
  /** The version 4 dialect of the correspondent. */
  readonly dialect: Dialect
  /**
   * How the correspondent's program writes and reads encrypted text in version 3. `auto`: what the network says about their program, or what their
   * own text shows, decides for each device; without either, text is sent and shown as it is.
   */
  readonly textFormat: TextFormat | 'auto'
}

/** The defaults: a private conversation begins when either side asks for one. */
export const defaultPolicy: Policy = {
  allowV3: true,
  allowV4: true,
  allowV2: false,
  v2WithEverybody: false,
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
  refreshLost: false,
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
  textFormat: 'auto',
}

/** The shortest line in which a fragment of either version has room for at least one character of the message. */
export const minimumMessageLength = fragmentOverhead(4) + 1

/** Changes to a policy: any of its fields. `undefined` removes an override. */
export type PolicyChanges = { readonly [Field in keyof Policy]?: Policy[Field] | undefined }

const choices = {
  outbox: ['hold', 'reject'],
  sendTo: ['best', 'recent', 'all'],
  dialect: ['auto', 'spec', 'otrr', 'otr4j'],
  textFormat: ['auto', 'plain', 'html', 'escapes'],
} as const

/**
 * Returns `base` with `changes`, after checking every value.
 *
 * @throws OtrError `OTR_POLICY` for an unknown field, a value of another type, a negative or fractional limit, or a `maxMessageLength` that
 *   has no room for a fragment; nothing is changed then
 */
export function applyPolicy(base: Partial<Policy>, changes: PolicyChanges): Partial<Policy> {
  const result: Record<string, unknown> = { ...base }
  for (const [field, value] of Object.entries(changes)) {
    if (!Object.hasOwn(defaultPolicy, field)) throw new OtrError('OTR_POLICY', `there is no policy field "${field}"`)
    if (value === undefined) {
      Reflect.deleteProperty(result, field)
      continue
    }
    check(field as keyof Policy, value)
    result[field] = value
  }
  return result
}

/** The policy for a correspondent: the defaults, overridden by the account's policy, overridden by the correspondent's own. */
export function effectivePolicy(account: Partial<Policy>, correspondent: Partial<Policy>): Policy {
  const policy = { ...defaultPolicy, ...account, ...correspondent }
  const requireVerified = policy.requireVerified || policy.requireAuthenticated
  const chosen = correspondent.allowV2 ?? (account.allowV2 === true && account.v2WithEverybody === true)
  return { ...policy, requireVerified, allowV2: chosen && !forbidsVersion2({ ...policy, requireVerified }) }
}

/** Whether what a policy requires leaves no room for version 2, whoever chooses it. */
export function forbidsVersion2(
  { requireEncryption, requireVerified, requireInteractive }: Pick<Policy, 'requireEncryption' | 'requireVerified' | 'requireInteractive'>,
): boolean {
  return requireEncryption || requireVerified || requireInteractive
}

/** `applyPolicy` for a whole account. @throws OtrError `OTR_POLICY`, also for `allowV2` without the word that says what it does */
export function applyAccountPolicy(base: Partial<Policy>, changes: PolicyChanges): Partial<Policy> {
  const policy = applyPolicy(base, changes)
  if (policy.allowV2 === true && policy.v2WithEverybody !== true) {
    throw new OtrError('OTR_POLICY', 'allowV2 is chosen for one correspondent, by setPolicy of the conversation; for everybody it needs v2WithEverybody: true')
  }
  return policy
}

/** `applyPolicy` for one correspondent. @throws OtrError `OTR_POLICY`, also for what only an account can have */
export function applyCorrespondentPolicy(base: Partial<Policy>, changes: PolicyChanges): Partial<Policy> {
  const policy = applyPolicy(base, changes)
  if (policy.v2WithEverybody !== undefined) throw new OtrError('OTR_POLICY', 'v2WithEverybody belongs to the policy of the account: set allowV2 alone')
  return policy
}

function check(field: keyof Policy, value: unknown): void {
  const refuse = (what: string): never => {
    throw new OtrError('OTR_POLICY', `${field} must be ${what}`)
  }
  if (field === 'outbox' || field === 'sendTo' || field === 'dialect' || field === 'textFormat') {
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
      refuse(`0 or at least ${minimumMessageLength}: a fragment needs room for its header`)
    }
  }
  if (typeof value === 'string' && value.includes('?OTR')) refuse('text without "?OTR"')
}

const durations: ReadonlySet<keyof Policy> = new Set<keyof Policy>([
  'keepSent', 'heartbeatAfter', 'sessionExpires', 'fragmentTimeout', 'errorReplyInterval', 'errorStartInterval', 'handshakeRetryAfter',
])
