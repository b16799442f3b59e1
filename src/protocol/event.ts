/** Events of one session (one instance of a correspondent, one version). `session/` adds who it was and which instance. */
export type ProtocolEvent = StateEvent | MessageEvent | SmpEvent | NoticeEvent | ContentEvent

/** What stood in a data message beside its text. `session/` passes it on as it is, and adds where it came from. */
export type ContentEvent = ExtraKeyEvent | TlvEvent | RevealedMacKeysEvent

/** The session changed its state. `encrypted` is said again when a running session was refreshed by a new key exchange. */
export interface StateEvent {
  /** Tells this event from the others. */
  readonly type: 'state'
  /** The state that the session is in now. */
  readonly state: 'plaintext' | 'handshake' | 'encrypted' | 'finished'
  /** With `encrypted`: by a non-interactive key exchange, with weaker deniability for the one who began it. */
  readonly offline?: true
}

/** Authenticated, decrypted text. Never emitted for an empty text (a heartbeat, or TLVs only). */
export interface MessageEvent {
  /** Tells this event from the others. */
  readonly type: 'message'
  /** Text as it was typed, without the NUL and what follows it. Bytes that are no UTF-8 are replaced by U+FFFD, with a notice. */
  readonly text: string
  /** Written with a non-interactive key exchange, before its sender had an answer: weaker deniability for them. */
  readonly offline?: true
}

/** Progress of the Socialist Millionaires' Protocol. `cheated`: a proof was false or a message stood out of turn. */
export interface SmpEvent {
  /** Tells this event from the others. */
  readonly type: 'smp'
  /** What happened. `succeeded` and `failed` are the result for this side. */
  readonly event: 'asked' | 'in-progress' | 'succeeded' | 'failed' | 'aborted' | 'cheated'
  /** With `asked`: the question, where there is one. Inert text from the other side. */
  readonly question?: string
  /** How many attempts the other side has begun with its key, this one included: a guesser shows here. */
  readonly attempts?: number
}

/** The other side uses the extra symmetric key for `context` and `data` (TLV 8 in version 3, TLV 7 in version 4). */
export interface ExtraKeyEvent {
  /** Tells this event from the others. */
  readonly type: 'extra-key'
  /** The raw key: 32 bytes in version 3, 64 in version 4. Secret. For keys of another length: `deriveExtraKey`. */
  readonly key: Uint8Array
  /** What the key is used for: 32 bits, unsigned; its meaning is between the two programs. 0 where the TLV has less than four bytes. */
  readonly context: number
  /** What belongs to that use: up to 65,531 bytes, chosen by the other side. */
  readonly data: Uint8Array
}

/** A TLV that this library does not handle itself. */
export interface TlvEvent {
  /** Tells this event from the others. */
  readonly type: 'tlv'
  /** Its type: 16 bits, unsigned. */
  readonly tlvType: number
  /** Its value: up to 65,535 bytes, chosen by the other side. */
  readonly value: Uint8Array
}

/** MAC keys that the other side revealed. */
export interface RevealedMacKeysEvent {
  /** Tells this event from the others. */
  readonly type: 'revealed-mac-keys'
  /** The keys one after another: 20 bytes each in version 3, 64 in version 4. Whoever has them can forge what they authenticated. */
  readonly keys: Uint8Array
}

/** Something was ignored, dropped, refused or unreadable, or deserves a look. `code` is stable: see `NoticeCode`. */
export interface NoticeEvent {
  /** Tells this event from the others. */
  readonly type: 'notice'
  /** What happened: see `NoticeCode`. */
  readonly code: NoticeCode
  /** For people and logs. Never key bytes, never the text of a message. */
  readonly detail?: string
}

/**
 * Every notice code, a stable kebab-case string. What each means, whose fault it is and what to do next stands in `noticeCodes` of
 * `otr4/codes` and in `docs/codes.md`: the compiler asks for a new one there.
 */
export type NoticeCode =
  // What came and could not be used. No session has moved.
  | 'malformed' | 'too-large' | 'unsupported' | 'other-instance' | 'bad-instance-tag' | 'text-around'
  | 'fragment-discarded' | 'unexpected' | 'handshake-failed' | 'unreadable' | 'duplicate'
  | 'malformed-content' | 'limit'
  // What the other side says or does.
  | 'error-message' | 'old-offer' | 'unencrypted' | 'peer-could-not-read' | 'lost' | 'moved' | 'policy' | 'downgrade'
  // Keys.
  | 'key-changed' | 'new-device' | 'vouched' | 'other-v3-key' | 'weak-secret' | 'smp-dialect'
  // Sessions and what waits for them.
  | 'held' | 'handshake-retry' | 'handshake-timeout' | 'expired' | 'offline'
  // Prekeys.
  | 'ensemble-refused' | 'publish-prekeys' | 'prekey-server-key'
  // Us.
  | 'internal'
