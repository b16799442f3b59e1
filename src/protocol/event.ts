/** Events of one session (one instance of a correspondent, one version). `session/` adds who it was and which instance. */
export type ProtocolEvent =
  | StateEvent
  | MessageEvent
  | SmpEvent
  | ExtraKeyEvent
  | TlvEvent
  | RevealedMacKeysEvent
  | NoticeEvent

/** The session changed its state. `encrypted` is said again when a running session was refreshed by a new key exchange. */
export interface StateEvent {
  readonly type: 'state'
  readonly state: 'plaintext' | 'handshake' | 'encrypted' | 'finished'
  /** With `encrypted`: by a non-interactive key exchange, with weaker deniability for the one who began it. */
  readonly offline?: true
}

/** Authenticated, decrypted text. Never emitted for an empty text (a heartbeat, or TLVs only). */
export interface MessageEvent {
  readonly type: 'message'
  /** Text as it was typed, without the NUL and what follows it. Bytes that are no UTF-8 are replaced by U+FFFD, with a notice. */
  readonly text: string
  /** Written with a non-interactive key exchange, before its sender had an answer: weaker deniability for him. */
  readonly offline?: true
}

/** Progress of the Socialist Millionaires' Protocol. `cheated`: a proof was false or a message stood out of turn. */
export interface SmpEvent {
  readonly type: 'smp'
  readonly event: 'asked' | 'in-progress' | 'succeeded' | 'failed' | 'aborted' | 'cheated'
  /** With `asked`: the question, where there is one. Inert text from the other side. */
  readonly question?: string
  /** How many attempts the other side has begun with its key, this one included: a guesser shows here. */
  readonly attempts?: number
}

/** The other side says that it uses the extra symmetric key (TLV 8 in version 3, TLV 7 in version 4). */
export interface ExtraKeyEvent {
  readonly type: 'extra-key'
  /** 32 bytes in version 3, 64 in version 4. */
  readonly key: Uint8Array
  /** The first four bytes of the TLV as an unsigned big-endian number; 0 when there are fewer. */
  readonly context: number
  /** What followed the context. */
  readonly data: Uint8Array
}

/** A TLV that this library does not handle itself. */
export interface TlvEvent {
  readonly type: 'tlv'
  readonly tlvType: number
  readonly value: Uint8Array
}

/** MAC keys that the other side revealed, concatenated: 20 bytes each in version 3, 64 in version 4. */
export interface RevealedMacKeysEvent {
  readonly type: 'revealed-mac-keys'
  readonly keys: Uint8Array
}

/** Something was ignored, dropped, refused or unreadable, or deserves a look. `code` is stable; the list is in `notice.ts`. */
export interface NoticeEvent {
  readonly type: 'notice'
  readonly code: NoticeCode
  /** For people and logs. Never key bytes, never the text of a message. */
  readonly detail?: string
}

/** Every notice code, a stable kebab-case string. Add one here with its meaning before you emit it. */
export type NoticeCode =
  /** Bytes that follow no encoding of the specification. */
  | 'malformed'
  /** Longer than the configured limit, refused before decoding. */
  | 'too-large'
  /** An unknown message type, or a version this account does not speak. */
  | 'unsupported'
  /** For another instance of ours. */
  | 'other-instance'
  /** A sender or receiver tag that no implementation may use. */
  | 'bad-instance-tag'
  /** Words stood around an OTR message in its line. They came in clear and are not shown. `detail` is they, unauthenticated, cut to a limit. */
  | 'text-around'
  /** A fragment that was refused, or a buffer that was given up. */
  | 'fragment-discarded'
  /** A handshake message that does not belong to the state we are in. */
  | 'unexpected'
  /** A handshake message whose proof, signature, MAC or value is wrong. */
  | 'handshake-failed'
  /** An encrypted message that we cannot read: no session, unknown keys, wrong MAC. */
  | 'unreadable'
  /** A message that was accepted before. */
  | 'duplicate'
  /** Text or TLVs of an authenticated message that are not well formed; what could be read was delivered. */
  | 'malformed-content'
  /** The other side sent an error message. `detail` is its text, unauthenticated, cut to a limit. */
  | 'error-message'
  /** Text arrived in clear where it should have been encrypted. The text itself is delivered as an unencrypted message. */
  | 'unencrypted'
  /** The policy forbids what the other side asked for. */
  | 'policy'
  /** A limit of work or memory was reached and something was dropped. */
  | 'limit'
  /** The other side offers less than it is known to support. */
  | 'downgrade'
  /**
   * The profile of a version 4 key names the correspondent's verified version 3 key. That is a claim, which somebody else could assemble: the
   * version 4 key is to be verified like any other.
   */
  | 'vouched'
  /** The profile of a version 4 key names another version 3 key than the correspondent was seen with. */
  | 'other-v3-key'
  /** A session was ended because its time was over. */
  | 'expired'
  /** The SMP secret's form differs between implementations: the next attempt uses the other (see the dialects). */
  | 'smp-dialect'
  /** A message waits in the outbox for an encrypted session. */
  | 'held'
  /** The other side could not read a message of ours. */
  | 'peer-could-not-read'
  /** The correspondent shows another key than before; trust in it starts anew. */
  | 'key-changed'
  /** The correspondent has a device that was never met before, beside others. */
  | 'new-device'
  /** Messages that the other side probably could not read wait for the host's word. */
  | 'lost'
  /** A secret for a verification that others may guess; `detail` says why, and never the secret. */
  | 'weak-secret'
  /** A query or a key exchange had no answer in time and was given up. Messages that wait for it go on waiting. */
  | 'handshake-timeout'
  /** A key exchange has had no answer yet, or stopped in the middle; it was begun again. Nothing needs to be done. */
  | 'handshake-retry'
  /** A session stands by a non-interactive key exchange: whoever began it can deny less well that he took part. */
  | 'offline'
  /** An ensemble that is not valid was passed over. */
  | 'ensemble-refused'
  /** What lies on the prekey server is to be published anew. */
  | 'publish-prekeys'
  /**
   * A message that only this correspondent can have written came from another address, `detail`. It was read. What is sent to them still
   * goes to the address of the conversation: where the person agrees that they moved, call `rename`.
   */
  | 'moved'
  /** A prekey server whose fingerprint was not given has shown its key, which is taken from now on. `detail` is the fingerprint. */
  | 'prekey-server-key'
  /** The random source or this library failed on something that arrived. `detail` is the error's code; the session did not move. */
  | 'internal'
