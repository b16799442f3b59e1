import type { Conversation } from '../../src/session/conversation/state.js'
import type { SavedState, StateChanges } from '../../src/session/client/persistence.js'
import type { ClientState } from '../../src/index.js'
import { emptyVault } from '../../src/session/account/prekeys.js'
import { testAccount } from './network.js'

/** A whole state with these conversations. */
export function savedState(conversations: readonly Conversation[], more: Partial<SavedState> = {}): SavedState {
  const { address, instanceTag, v3, v4 } = testAccount('alice', 0x1001, 1, '34', 1_700_000_000)
  return {
    account: {
      address,
      keys: { instanceTag, ...v3, ...(v4 && { ed448: { symmetricKey: v4.identity.symmetricKey, forgingKey: v4.forgingKey } }) },
      ...(v4 && { clientProfile: v4.clientProfile }),
    },
    policy: { requireEncryption: true },
    conversations,
    journal: [],
    nextEvent: 1,
    records: [],
    ...more,
  }
}

/** The first changes that a client saves: everything. */
export function firstSave({ account, policy, prekeys, conversations, journal, nextEvent, records }: SavedState): StateChanges {
  return { account, policy, ...(prekeys && { prekeys }), conversations, forgotten: [], journalAdded: journal, journalDone: [], nextEvent, records }
}

/** Empty changes. */
export const noChanges: StateChanges = { conversations: [], forgotten: [], journalAdded: [], journalDone: [], nextEvent: 1 }

/** The state of a running client. */
export function stateOf({ policy, conversations, prekeys = emptyVault }: ClientState): SavedState {
  return savedState(conversations, { policy, prekeys })
}

/** A form to compare: the order of conversations and of the application's records does not matter. */
export function ordered(state: SavedState | undefined): SavedState | undefined {
  return state && {
    ...state,
    conversations: [...state.conversations].sort((a, b) => a.peer < b.peer ? -1 : 1),
    records: [...state.records].sort((a, b) => a.name < b.name ? -1 : 1),
  }
}
