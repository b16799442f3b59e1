/** Bounds of memory and work that hold whatever the network sends. Counts unless they say otherwise. */
export const limits = {
  /** Correspondents remembered. Beyond it those without keys, text or settings of the application are forgotten, the idlest first. */
  correspondents: 10_000,
  /** Sessions of one correspondent, each one instance in one version. */
  sessions: 32,
  /** Of these, key exchanges of instances that never completed one. */
  halfOpen: 8,
  /** Sessions under one instance tag with keys that nobody accepted. */
  unacceptedPerTag: 4,
  /** Fingerprints remembered of one correspondent. Verified ones are never forgotten. */
  fingerprints: 64,
  /** Changes of trust remembered of one correspondent. What people said is forgotten last. */
  trustHistory: 128,
  /** Devices remembered of one correspondent. */
  devices: 32,
  /** Devices that one message goes to at most. */
  fanOut: 8,
  /** Messages of ours that nobody proved to have read, kept for one correspondent: how many ... */
  sent: 64,
  /** ... and how many bytes of text. */
  sentBytes: 65_536,
  /** Messages that wait in the outbox of one correspondent. */
  outbox: 1000,
  /** Prekey messages whose private halves wait for somebody to use them. */
  prekeys: 2000,
  /** Identifiers remembered of prekey messages that were used up. */
  usedPrekeys: 4000,
  /** Delivery ids remembered of one correspondent. */
  deliveries: 128,
  /** Delivery ids remembered of a correspondent who may be forgotten. */
  deliveriesOfStrangers: 8,
  /** Conversations in which the session of a data message is looked for that came from another address. */
  otherAddresses: 8,
  /** Characters of an error text that are shown. */
  errorText: 1000,
  /**
   * Messages of key exchanges that arithmetic is done for: so many at once, and so many more each second. For one correspondent. (A key
   * exchange is two of them on each side.)
   */
  handshakes: { burst: 120, perSecond: 2 },
  /** For one who has shown a key, so that hundreds of conversations may follow each other. */
  handshakesOfKnown: { burst: 1000, perSecond: 2 },
  /** For all together that the application never dealt with and that have shown no key. */
  handshakesOfStrangers: { burst: 240, perSecond: 10 },
  /** For all correspondents together. */
  handshakesOfAll: { burst: 2000, perSecond: 50 },
  /**
   * Steps of a chain (about 4 microseconds each) that are derived for data messages of version 4 before they are known to be genuine: for one
   * correspondent, and for all.
   */
  derivations: { burst: 20_000, perSecond: 2_500 },
  derivationsOfAll: { burst: 60_000, perSecond: 12_500 },
  /** Keys of version 4 messages that were skipped, over all correspondents. (Of one session: see `defaultRatchetLimits`.) */
  skippedKeys: 50_000,
  /** Bytes of data messages that came before their key exchange was completed, over all correspondents. */
  earlyBytes: 8_388_608,
  /** Bytes that incomplete messages may take over all correspondents. */
  fragmentBytes: 67_108_864,
} as const
