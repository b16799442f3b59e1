/** Bounds of memory and work that hold whatever the network sends. Counts, unless another unit is given. */
export const limits = {
  /** Correspondents remembered. Beyond it, those without keys, text or settings of the application are forgotten, the longest idle first. */
  correspondents: 10_000,
  /** Sessions with one correspondent. */
  sessions: 32,
  /** Of these, sessions with instances that never completed a key exchange. */
  halfOpen: 8,
  /** Sessions under one instance tag whose keys nobody accepted. */
  unacceptedPerTag: 4,
  /** Fingerprints remembered of one correspondent. Verified ones are never forgotten. */
  fingerprints: 64,
  /** Changes of trust remembered of one correspondent. Those that a person made are forgotten last. */
  trustHistory: 128,
  /** Devices remembered of one correspondent. */
  devices: 32,
  /** The most devices that one message goes to. */
  fanOut: 8,
  /** Sent messages that are kept for one correspondent until they are known to be read: how many ... */
  sent: 64,
  /** ... and how many bytes of text. */
  sentBytes: 65_536,
  /** Messages in the outbox of one correspondent. */
  outbox: 1000,
  /** Prekey messages that nobody has used yet, whose private halves are kept. */
  prekeys: 2000,
  /** Identifiers remembered of used prekey messages. */
  usedPrekeys: 4000,
  /** Delivery ids remembered of one correspondent. */
  deliveries: 128,
  /** Delivery ids remembered of a correspondent who may be forgotten. */
  deliveriesOfStrangers: 8,
  /** Conversations that are searched for the session of a data message from an address that has none. */
  otherAddresses: 8,
  /** Characters of an error text that are shown. */
  errorText: 1000,
  /**
   * Messages of key exchanges for which arithmetic is done, for one correspondent: `burst` at once, then `perSecond` more each second. (A key
   * exchange has two of them on each side.)
   */
  handshakes: { burst: 120, perSecond: 2 },
  /** For a correspondent who has shown a key, so that hundreds of key exchanges may follow each other. */
  handshakesOfKnown: { burst: 1000, perSecond: 2 },
  /** For all strangers together who have shown no key. */
  handshakesOfStrangers: { burst: 240, perSecond: 10 },
  /** For all correspondents together. */
  handshakesOfAll: { burst: 2000, perSecond: 50 },
  /**
   * Chain steps (about 4 microseconds each) that are derived for data messages of version 4 before they are known to be genuine: for one
   * correspondent, and for all.
   */
  derivations: { burst: 20_000, perSecond: 2_500 },
  derivationsOfAll: { burst: 60_000, perSecond: 12_500 },
  /** Skipped message keys of version 4, over all correspondents. (For one session: see `defaultRatchetLimits`.) */
  skippedKeys: 50_000,
  /** Bytes of data messages that arrived before their key exchange was completed, over all correspondents. */
  earlyBytes: 8_388_608,
  /** Bytes of incomplete messages (fragments), over all correspondents. */
  fragmentBytes: 67_108_864,
} as const
