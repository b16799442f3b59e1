/** Bounds on what a correspondent can make us decode and keep. The other side does not learn them. */
export interface WireLimits {
  /** Longest encoded message in characters, whole or reassembled; a longer one is refused before base64 is decoded. */
  readonly maxMessageLength: number
  /** Longest line that carries a fragment, in characters. */
  readonly maxFragmentLength: number
  /** How many fragmented messages of one correspondent may be incomplete at a time. */
  readonly maxOpenMessages: number
  /** How many bytes the incomplete messages of one correspondent may hold, the bookkeeping included. */
  readonly maxFragmentBytes: number
  /** Seconds after the first fragment of a message within which the last must arrive. */
  readonly fragmentTimeout: number
}

/** 16 MiB a message, 250 KiB a fragment, 100 incomplete messages, 32 MiB a correspondent, half an hour. */
export const defaultWireLimits: WireLimits = {
  maxMessageLength: 16 * 1024 * 1024,
  maxFragmentLength: 250 * 1024,
  maxOpenMessages: 100,
  maxFragmentBytes: 32 * 1024 * 1024,
  fragmentTimeout: 1800,
}
