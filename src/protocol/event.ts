/** The events of one session (one instance of a correspondent, one version). `session/` adds the correspondent and the instance. */
export type ProtocolEvent = StateEvent | MessageEvent | SmpEvent | NoticeEvent | ContentEvent

/** What a data message contained besides its text. `session/` passes it on unchanged, and adds where it came from. */
export type ContentEvent = ExtraKeyEvent | TlvEvent | RevealedMacKeysEvent

/** The session changed its state. `encrypted` is emitted again when a new key exchange has renewed the session. */
export interface StateEvent {
  /** Distinguishes this event from the others. */
  readonly type: 'state'
  /** The state that the session is in now. */
  readonly state: 'plaintext' | 'handshake' | 'encrypted' | 'finished'
  /** With `encrypted`: the key exchange was non-interactive, with weaker deniability for the person who began it. */
  readonly offline?: true
}

/** Authenticated, decrypted text. Not emitted for an empty text (a heartbeat, or TLVs only). */
export interface MessageEvent {
  /** Distinguishes this event from the others. */
  readonly type: 'message'
  /** Text as it was typed, without the NUL byte and what follows it. Invalid UTF-8 is replaced by U+FFFD, with a notice. */
  readonly text: string
  /** It was sent with a non-interactive key exchange, before the sender had an answer: weaker deniability for the sender. */
  readonly offline?: true
}

/** Progress of the Socialist Millionaires' Protocol. `cheated`: a proof was false, or a message came out of turn. */
export interface SmpEvent {
  /** Distinguishes this event from the others. */
  readonly type: 'smp'
  /** What happened. `succeeded` and `failed` are the result for this side. */
  readonly event: 'asked' | 'in-progress' | 'succeeded' | 'failed' | 'aborted' | 'cheated'
  /** With `asked`: the question, if there is one. Text from the other side: show it as plain text only. */
  readonly question?: string
  /** How many attempts the other side has begun with its key, including this one. A high number means that somebody is guessing. */
  readonly attempts?: number
}

/** The other side announced that it uses the extra symmetric key for `context` and `data` (TLV 8 in version 3, TLV 7 in version 4). */
export interface ExtraKeyEvent {
  /** Distinguishes this event from the others. */
  readonly type: 'extra-key'
  /** The raw key: 32 bytes in version 3, 64 in version 4. Secret. For keys of another length: `deriveExtraKey`. */
  readonly key: Uint8Array
  /** What the key is used for: 32 bits, unsigned; the two programs agree on the meaning. 0 if the TLV has less than four bytes. */
  readonly context: number
  /** Data for that use: up to 65,531 bytes, chosen by the other side. */
  readonly data: Uint8Array
}

/** A TLV that this library does not handle itself. */
export interface TlvEvent {
  /** Distinguishes this event from the others. */
  readonly type: 'tlv'
  /** Its type: 16 bits, unsigned. */
  readonly tlvType: number
  /** Its value: up to 65,535 bytes, chosen by the other side. */
  readonly value: Uint8Array
}

/** MAC keys that the other side revealed. */
export interface RevealedMacKeysEvent {
  /** Distinguishes this event from the others. */
  readonly type: 'revealed-mac-keys'
  /** The keys one after another: 20 bytes each in version 3, 64 in version 4. Whoever has them can forge what they authenticated. */
  readonly keys: Uint8Array
}

/** Something was ignored, dropped, refused or unreadable, or deserves attention. `code` is stable: see `NoticeCode`. */
export interface NoticeEvent {
  /** Distinguishes this event from the others. */
  readonly type: 'notice'
  /** What happened: see `NoticeCode`. */
  readonly code: NoticeCode
  /** For people and logs. Never key bytes, never the text of a message. */
  readonly detail?: string
}

/**
 * Every notice code, a stable kebab-case string. `noticeCodes` of `otr4/codes` and `docs/codes.md` say what each means, what caused it
 * and what to do next; the compiler requires an entry there for every new code.
 */
export type NoticeCode =
  // A received line could not be used. No session has changed.
  | 'malformed' | 'too-large' | 'unsupported' | 'other-instance' | 'earlier-installation' | 'bad-instance-tag' | 'text-around'
  | 'fragment-discarded' | 'unexpected' | 'handshake-failed' | 'unreadable' | 'duplicate'
  | 'malformed-content' | 'limit'
  // What the other side says or did.
  | 'error-message' | 'old-offer' | 'unencrypted' | 'peer-could-not-read' | 'lost' | 'moved' | 'policy' | 'downgrade' | 'version-2-over'
  // Keys.
  | 'key-changed' | 'new-device' | 'vouched' | 'other-v3-key' | 'weak-secret' | 'smp-dialect'
  // Sessions, and messages that wait for one.
  | 'held' | 'handshake-retry' | 'handshake-timeout' | 'no-answer' | 'older-draft' | 'incompatible' | 'expired' | 'offline' | 'text-format'
  | 'session-probably-lost' | 'session-answers'
  // Prekeys.
  | 'ensemble-refused' | 'publish-prekeys' | 'prekey-server-key'
  // This library or its platform.
  | 'internal'
