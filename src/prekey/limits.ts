/** A rate limit: a number of actions at once, and a number per second after that. */
export interface Rate {
  /** How many actions may happen at once. */
  readonly burst: number
  /** How many further ones become available each second. */
  readonly perSecond: number
}

/** The limits on memory and work of a prekey server. Each is a number of items unless it says otherwise. */
export interface PrekeyServerLimits {
  /** The longest message in text form, whole or reassembled, in characters. */
  readonly messageLength: number
  /** The longest address, in characters. */
  readonly identityLength: number
  /** Prekey messages in one publication. */
  readonly prekeysPerPublication: number
  /** Stored prekey messages of one identity, on all its devices together. */
  readonly prekeysPerIdentity: number
  /** Devices of one identity. */
  readonly instancesPerIdentity: number
  /** Key exchanges that wait for their DAKE-3, of all publishers together. When there is one too many, the oldest is dropped. */
  readonly sessions: number
  /** Key exchanges of one publisher that wait for their DAKE-3. When there is one too many, the oldest is dropped. */
  readonly sessionsPerIdentity: number
  /** The time after which such a key exchange is dropped, in seconds. */
  readonly sessionTimeout: number
  /** Incomplete fragmented messages of one sender. */
  readonly openMessages: number
  /** The memory for the incomplete messages of one sender, in bytes. */
  readonly fragmentBytes: number
  /** The memory for the incomplete messages of all senders, in bytes. */
  readonly fragmentBytesOfAll: number
  /** The longest time from the first fragment of a message to its last, in seconds. */
  readonly fragmentTimeout: number
  /** Messages that are handled at the same time; further ones are dropped. */
  readonly concurrent: number
  /** Key exchanges that one publisher may begin. */
  readonly dakes: Rate
  /** Fetches by one requester. */
  readonly fetchesByRequester: Rate
  /** Fetches by one requester of the same owner's ensembles. This keeps one requester from using up all of another's prekeys. */
  readonly fetchesOfOwnerByRequester: Rate
  /** Fetches of one owner's ensembles by all requesters together. */
  readonly fetchesOfOwner: Rate
  /** Addresses, or pairs of them, that each rate limit remembers. */
  readonly remembered: number
  /** The number of prekey messages left at an instance at which its owner is informed; they are informed again when none is left. */
  readonly low: number
}

/** Suitable for a server with many users. Publications of this library's client, 100 prekey messages, are well within these limits. */
export const defaultPrekeyServerLimits: PrekeyServerLimits = {
  messageLength: 256 * 1024,
  identityLength: 1024,
  prekeysPerPublication: 128,
  prekeysPerIdentity: 2000,
  instancesPerIdentity: 16,
  sessions: 10_000,
  sessionsPerIdentity: 8,
  sessionTimeout: 120,
  openMessages: 4,
  fragmentBytes: 512 * 1024,
  fragmentBytesOfAll: 64 * 1024 * 1024,
  fragmentTimeout: 120,
  concurrent: 1000,
  dakes: { burst: 10, perSecond: 0.1 },
  fetchesByRequester: { burst: 60, perSecond: 0.2 },
  fetchesOfOwnerByRequester: { burst: 5, perSecond: 1 / 300 },
  fetchesOfOwner: { burst: 50, perSecond: 1 / 6 },
  remembered: 100_000,
  low: 10,
}
