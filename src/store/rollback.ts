import { equalBytes } from '../crypto/index.js'
import { OtrError } from '../errors.js'
import type { SavedState } from '../session/client/persistence.js'
import type { Anchor } from './anchor.js'
import { readUint64be } from './bytes.js'
import type { StoreKeys } from './keys.js'

/** What the anchor contains: the lowest generation that the store may have, or why there is none. */
export type Anchored = { readonly generation: number } | { readonly missing: string }

/** Reads the anchor of a store. */
export async function readAnchor(anchor: Anchor, keys: StoreKeys): Promise<Anchored> {
  const bytes = await anchor.read()
  if (bytes === undefined) return { missing: 'the record of its generation, which is kept beside it, is not there' }
  const generation = bytes.length === 40 ? readUint64be(bytes, 16) : undefined
  if (generation === undefined || !equalBytes(keys.sealAnchor(generation), bytes)) {
    return { missing: 'the record of its generation, which is kept beside it, is damaged or belongs to another store' }
  }
  return { generation }
}

/** Why a store must not be used as it is; `undefined` when it may. */
export function rollbackOf(generation: number, anchored: Anchored): OtrError | undefined {
  if ('generation' in anchored && anchored.generation <= generation) return undefined
  const why = 'missing' in anchored ? anchored.missing : `it was written ${generation} times, and should have been ${anchored.generation} times`
  return new OtrError('OTR_STORE_ROLLBACK', `the store may be an older copy: ${why}. To go on with its sessions would use keys twice. ` +
    'Put the newest copy back together with what belongs beside it, or open this one with new sessions')
}

/** Leaves a gap in the numbers of events, so that none is used twice. */
const EVENT_GAP = 2 ** 32

/**
 * Returns what is kept of an older copy: the account, its correspondents and their trust, settings. Sessions, key exchanges and prekeys are
 * dropped. So are waiting texts and events: the newer copy may have sent or shown them already. A conversation that was ever private stays latched.
 */
export function withoutSessions({ account, policy, prekeys, conversations, nextEvent, records }: SavedState): SavedState {
  return {
    account,
    policy,
    ...(prekeys !== undefined && { prekeys: { ...prekeys, messages: [] } }),
    conversations: conversations.map((conversation) => ({
      ...conversation,
      latched: conversation.latched || conversation.keys.length > 0 || conversation.sessions.length > 0,
      queriedAt: undefined,
      contact: undefined,
      retrySaidAt: undefined,
      sessions: [],
      openings: [],
      outbox: [],
      sent: [],
      fragments: { open: [], bytes: 0 },
    })),
    journal: [],
    nextEvent: nextEvent + EVENT_GAP,
    records,
  }
}
