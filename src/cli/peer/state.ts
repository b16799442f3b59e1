import { OtrError } from '../../errors.js'
import type { AccountSecrets, ClientCore, ClientEvent } from '../../index.js'
import type { Fields } from './request-fields.js'
import type { DurablePeer } from './durable-peer.js'
import type { PeerPrekeys } from './prekeys.js'

/** What a peer has between two requests. */
export interface PeerState {
  /** Seconds, as `clock` last said; 0 before. */
  now: number
  /** From `account` on. */
  client: ClientCore | undefined
  /** From `account` on: the client's long-term keys. */
  keys: AccountSecrets | undefined
  /** With `--store`. */
  readonly keeper: DurablePeer | undefined
  /** What it has to do with prekey servers. */
  readonly prekeys: PeerPrekeys
  /** For `export` and `import`. */
  readonly passphrase: string | undefined
}

/** The outcome of a command: events and the result's own fields. */
export interface CommandResult {
  readonly events?: readonly ClientEvent[]
  /** Events that are not a client's, as they are written; they come after those. */
  readonly more?: readonly object[]
  readonly fields?: Readonly<Record<string, unknown>>
}

/** One command of the peer protocol: reads its fields, and gives the work to do once all of them are known to be right. */
export type PeerCommand = (fields: Fields) => (state: PeerState) => CommandResult | Promise<CommandResult>

/** An answer for what is not there: the code has no prefix, as the protocol says. */
export class Unsupported extends Error {}

/** The client. @throws OtrError `OTR_NO_ACCOUNT` before there is one */
export function clientOf({ client }: PeerState): ClientCore {
  if (client === undefined) throw new OtrError('OTR_NO_ACCOUNT', 'the command account comes first')
  return client
}
