/** So many at once, and so many more each second. */
export interface Rate {
  /** How many at once. */
  readonly burst: number
  /** How many more become free each second. */
  readonly perSecond: number
}

/** Bounds of memory and work of a prekey server. Counts unless they say otherwise. */
export interface PrekeyServerLimits {
  /** Characters of a message in text form, whole or reassembled. */
  readonly messageLength: number
  /** Characters of an address. */
  readonly identityLength: number
  /** Prekey messages in one publication. */
  readonly prekeysPerPublication: number
  /** Prekey messages that are stored of one identity, over all its devices. */
  readonly prekeysPerIdentity: number
  /** Devices of one identity. */
  readonly instancesPerIdentity: number
  /** Key exchanges that wait for their DAKE-3, over all publishers ... */
  readonly sessions: number
  /** ... and of one. The oldest is forgotten when there is one too many. */
  readonly sessionsPerIdentity: number
  /** Seconds until such a key exchange is forgotten. */
  readonly sessionTimeout: number
  /** Fragmented messages of one sender that may be incomplete. */
  readonly openMessages: number
  /** Bytes that these may take, of one sender ... */
  readonly fragmentBytes: number
  /** ... and of all. */
  readonly fragmentBytesOfAll: number
  /** Seconds from the first fragment until the last must be there. */
  readonly fragmentTimeout: number
  /** Messages worked on at the same time; more are dropped. */
  readonly concurrent: number
  /** Key exchanges that one publisher may begin. */
  readonly dakes: Rate
  /** Fetches that one requester may do ... */
  readonly fetchesByRequester: Rate
  /** ... and of one and the same owner's ensembles: what keeps one requester from emptying another's store. */
  readonly fetchesOfOwnerByRequester: Rate
  /** Fetches of one owner's ensembles by everybody together. */
  readonly fetchesOfOwner: Rate
  /** Senders and owners that each rate limit remembers. */
  readonly remembered: number
  /** An owner is told when an instance has so few prekey messages left, and when it has none. */
  readonly low: number
}

/** Good for a server with many users; publications of our own client, 100 prekey messages, pass easily. */
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
