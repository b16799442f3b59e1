import { OtrError } from '../../errors.js'
import type { AccountSecrets, ClientCore, ClientEvent } from '../../index.js'
import type { Fields } from './request-fields.js'
import type { DurablePeer } from './durable-peer.js'
import type { PeerPrekeys } from './prekeys.js'

/** A peer's clock: the system's, until the driver sets it. */
export class PeerClock {
  /** Seconds, as the command `clock` last set it; undefined before that. */
  given: number | undefined

  constructor(given?: number) {
    this.given = given
  }

  /** Seconds. */
  get now(): number {
    return this.given ?? Math.floor(Date.now() / 1000)
  }
}

/** A peer's state between two requests. */
export interface PeerState {
  readonly clock: PeerClock
  /** From `account` on. */
  client: ClientCore | undefined
  /** From `account` on: the client's long-term keys. */
  keys: AccountSecrets | undefined
  /** With `--store`. */
  readonly keeper: DurablePeer | undefined
  /** Its part in the prekey protocol. */
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

/** One command of the peer protocol. It reads its fields and returns the work, which is done only if all fields are right. */
export type PeerCommand = (fields: Fields) => (state: PeerState) => CommandResult | Promise<CommandResult>

/** The error for a command that this program does not implement. Its code has no prefix, as the protocol says. */
export class Unsupported extends Error {}

/** The client. @throws OtrError `OTR_NO_ACCOUNT` before there is one */
export function clientOf({ client }: PeerState): ClientCore {
  if (client === undefined) throw new OtrError('OTR_NO_ACCOUNT', 'the command account comes first')
  return client
}
