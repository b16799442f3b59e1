import { dsaFingerprint, ed448Fingerprint, ed448KeyPair, wipe } from '../crypto/index.js'
import type { SavedState } from '../session/client/persistence.js'
import { hexEncode } from './bytes.js'
import type { Loaded } from './load.js'

/** Counts of what a store contains: no secrets, no texts, no addresses of correspondents. */
export interface StoreSummary {
  /** How often the store was written to. */
  readonly generation: number
  /** How many records it has. */
  readonly records: number
  /** Of keys and values. */
  readonly bytes: number
  /** Absent in an empty store. */
  readonly account?: {
    readonly address: string
    readonly instanceTag: number
    /** Hex. */
    readonly fingerprints: { readonly v3?: string, readonly v4?: string }
    /** Seconds since 1970. */
    readonly profileExpires?: number
  }
  /** How many correspondents the store knows. */
  readonly correspondents: number
  /** How many sessions, by their state. */
  readonly sessions: { readonly encrypted: number, readonly finished: number, readonly plaintext: number }
  /** Key exchanges that wait for an answer. */
  readonly handshakes: number
  /** How many keys of correspondents are known, and how many of them are verified. */
  readonly keys: { readonly seen: number, readonly verified: number }
  /** Messages that wait. */
  readonly held: number
  /** Messages with missing fragments. */
  readonly incomplete: number
  /** Prekey messages that nobody has used. */
  readonly prekeys: number
  /** Events that the application has not confirmed. */
  readonly unconfirmed: number
  /** How many records of the application there are. */
  readonly hostRecords: number
}

/** Counts what is in a verified store. */
export function summaryOf({ root, manifest, bytes }: Loaded, state: SavedState | undefined): StoreSummary {
  const conversations = state?.conversations ?? []
  const sessions = conversations.flatMap((conversation) => conversation.sessions.map((entry) => entry.state.session))
  const keys = conversations.flatMap((conversation) => conversation.keys)
  const inState = (wanted: string): number => sessions.filter(({ state: now }) => now === wanted).length
  const waiting = sessions.filter((session) => ('ake' in session ? session.ake : session.dake).kind !== 'none').length
  return {
    generation: root?.generation ?? 0,
    records: manifest.size,
    bytes,
    ...(state !== undefined && { account: accountOf(state) }),
    correspondents: conversations.length,
    sessions: { encrypted: inState('encrypted'), finished: inState('finished'), plaintext: inState('plaintext') },
    handshakes: waiting + conversations.reduce((sum, { openings }) => sum + openings.length, 0),
    keys: { seen: keys.length, verified: keys.filter(({ trust }) => trust === 'verified').length },
    held: conversations.reduce((sum, { outbox }) => sum + outbox.length, 0),
    incomplete: conversations.reduce((sum, { fragments }) => sum + fragments.open.length, 0),
    prekeys: state?.prekeys?.messages.length ?? 0,
    unconfirmed: state?.journal.length ?? 0,
    hostRecords: state?.records.length ?? 0,
  }
}

function accountOf({ account: { address, keys, clientProfile } }: SavedState): NonNullable<StoreSummary['account']> {
  const v4 = keys.ed448 && ed448KeyPair(keys.ed448.symmetricKey)
  const fingerprints = {
    ...(keys.dsa !== undefined && { v3: hexEncode(dsaFingerprint(keys.dsa)) }),
    ...(v4 !== undefined && keys.ed448 !== undefined && { v4: hexEncode(ed448Fingerprint(v4.publicKey, keys.ed448.forgingKey)) }),
  }
  wipe(v4?.symmetricKey, v4?.secretScalar)
  return { address, instanceTag: keys.instanceTag, fingerprints, ...(clientProfile !== undefined && { profileExpires: clientProfile.expiration }) }
}
