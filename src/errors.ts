/**
 * The errors of this library. Each has a stable `code` that programs may compare; the message is for people and may
 * change. Neither ever contains key bytes, secrets or the text of a conversation.
 */

/**
 * Every error code. `errorCodes` of `otr4/codes` and `docs/codes.md` say what each means, what caused it and what to do next; the
 * compiler requires an entry there for every new code. A code never changes its meaning and is never reused.
 */
export type OtrErrorCode =
  // Invalid calls.
  | 'OTR_ARGUMENT' | 'OTR_POLICY' | 'OTR_FINGERPRINT' | 'OTR_INVALID_TEXT' | 'OTR_TOO_LARGE'
  | 'OTR_TLV_TOO_LONG' | 'OTR_FRAGMENT_LIMIT'
  // Sending, and the state of a conversation.
  | 'OTR_NOT_SENT' | 'OTR_NOT_ENCRYPTED' | 'OTR_ENCRYPTED' | 'OTR_ENCRYPTION_REQUIRED'
  | 'OTR_CONVERSATION_ENDED' | 'OTR_HANDSHAKE_RUNNING' | 'OTR_NOT_VERIFIED' | 'OTR_NOT_ACCEPTED'
  | 'OTR_NO_INSTANCE' | 'OTR_TOO_MANY_INSTANCES' | 'OTR_OUTBOX_FULL' | 'OTR_NOT_HELD' | 'OTR_NOT_LOST' | 'OTR_NOT_UNREADABLE'
  | 'OTR_STALE_SESSION' | 'OTR_CHAIN_EXHAUSTED' | 'OTR_VERSION'
  // Verification.
  | 'OTR_SMP_NOT_ASKED' | 'OTR_SMP_QUESTION'
  // Keys, profiles and offline messages.
  | 'OTR_DSA_KEY' | 'OTR_POINT' | 'OTR_PROFILE' | 'OTR_FILE' | 'OTR_MALFORMED' | 'OTR_NO_ENSEMBLE'
  | 'OTR_PREKEYS_FULL'
  // The platform.
  | 'OTR_RANDOM_FAILED' | 'OTR_WASM' | 'OTR_INTERNAL'
  // Stored state.
  | 'OTR_CLOSED' | 'OTR_STORE_BROKEN' | 'OTR_STORE_FAILED' | 'OTR_STORE_CLOSED' | 'OTR_STORE_ACCOUNT'
  | 'OTR_STORE_MISSING' | 'OTR_STORE_FOREIGN' | 'OTR_STORE_LOCKED' | 'OTR_STORE_PASSPHRASE'
  | 'OTR_STORE_NEWER' | 'OTR_STORE_CORRUPT' | 'OTR_STORE_ROLLBACK' | 'OTR_STORE_FULL'
  | 'OTR_STORE_READ_ONLY' | 'OTR_STORE_PACKAGE'
  // Networks.
  | 'OTR_TRANSPORT_CONNECT' | 'OTR_TRANSPORT_REFUSED' | 'OTR_TRANSPORT_MISSING' | 'OTR_TRANSPORT_ADDRESS'
  | 'OTR_TRANSPORT_TOO_LONG' | 'OTR_TRANSPORT_TEXT' | 'OTR_TRANSPORT_FULL' | 'OTR_TRANSPORT_UNDELIVERED' | 'OTR_TRANSPORT_CLOSED'
  | 'OTR_TRANSPORT_INSECURE'
  // The store of a prekey server.
  | 'OTR_PREKEY_STORE' | 'OTR_PREKEY_STORE_MISSING' | 'OTR_PREKEY_STORE_NEWER' | 'OTR_PREKEY_STORE_BUSY'
  | 'OTR_PREKEY_STORE_CLOSED'
  // Files beside the conversation.
  | 'OTR_FILE_BROKEN' | 'OTR_FILE_LENGTH' | 'OTR_FILE_CARRIER'
  // Requests to `otr4 peer`.
  | 'OTR_REQUEST' | 'OTR_UNKNOWN_COMMAND' | 'OTR_FIELD' | 'OTR_NO_ACCOUNT'

/** The class of every error that this library throws. `code` says what went wrong: see `OtrErrorCode`. */
export class OtrError extends Error {
  /** Stable; compare this and not the message. `docs/codes.md` says what each code means and what to do next. */
  readonly code: OtrErrorCode

  constructor(code: OtrErrorCode, message: string) {
    super(message)
    this.name = 'OtrError'
    this.code = code
  }
}

/**
 * Bytes that do not follow the specification's encoding. Only the decoders in `wire/` throw it; `receive` turns it into a
 * `notice` event. `field` is the specification's name of the field, `offset` the byte at which decoding stopped.
 */
export class MalformedError extends OtrError {
  /** The specification's name of the field. */
  readonly field: string
  /** The byte at which decoding stopped, counted from 0. */
  readonly offset: number
  /** The bytes have the form that an older draft of version 4 gives to keys, which libotr-ng still speaks. */
  readonly olderDraft: boolean

  constructor(field: string, offset: number, what: string, olderDraft = false) {
    super('OTR_MALFORMED', `${field} at byte ${offset}: ${what}`)
    this.name = 'MalformedError'
    this.field = field
    this.offset = offset
    this.olderDraft = olderDraft
  }
}

/** For the `default` case of a switch over a union: the call does not compile while a case is missing. */
export function unreachable(value: never): never {
  throw new OtrError('OTR_INTERNAL', `unexpected case ${typeof value}`)
}
