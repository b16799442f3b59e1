import type { RandomSource } from '../../crypto/index.js'
import type { LearnedDialect } from '../../v4/index.js'
import type { AccountSecrets } from './account.js'
import { newConversation, type Conversation } from '../conversation/state.js'
import type { ClientState } from '../client/client-state.js'
import type { KnownDevice } from '../known/device.js'
import { generateInstanceTag } from './instance-tag.js'
import type { Policy } from '../policy.js'
import type { KeyBook } from '../known/key-book.js'

/**
 * An account in transfer to a new machine: its identity, its trust in keys and its policies. It contains no sessions: two copies of a ratchet
 * would use message keys twice, so the new machine begins new ones. Nor does it contain prekeys (each works once) or waiting messages. The
 * instance tag stays with the old machine: for correspondents, the new machine is a new device with a key that they know. Full of secrets.
 */
export interface MovingAccount {
  /** The account's address. */
  readonly address: string
  /** The application's name for the network, if it gave one. */
  readonly network?: string
  /** Its long-term keys. */
  readonly keys: Omit<AccountSecrets, 'instanceTag'>
  /** The instance tag of the old machine, if known. The new machine must never use it. */
  readonly retiredTag?: number
  /** What the application set in place of the defaults. */
  readonly policy: Partial<Policy>
  /** What is known about the correspondents. */
  readonly correspondents: readonly MovingCorrespondent[]
}

/** What is transferred about one correspondent. */
export interface MovingCorrespondent extends KeyBook {
  /** The correspondent's address. */
  readonly peer: string
  /** The overrides for this correspondent. */
  readonly policy: Partial<Policy>
  /** Whether the application has dealt with them on its own initiative. */
  readonly known: boolean
  /** Whether the conversation is latched: the transfer does not lift the latch. */
  readonly latched: boolean
  /** @internal The devices on which they were seen. */
  readonly devices: readonly KnownDevice[]
  /** @internal Which dialect of version 4 their program speaks. */
  readonly learned: LearnedDialect
}

/** A transferred account on its new machine: the input of `Client.open`. */
export interface SettledAccount {
  /** The account's address. */
  readonly account: string
  /** Its keys, with an instance tag for the new machine. */
  readonly keys: AccountSecrets
  /** Its trust in keys, and its policies. */
  readonly state: ClientState
}

/** Collects what is transferred. The result shares byte arrays with the arguments. */
export function movingAccount(
  address: string, { dsa, ed448, instanceTag }: Partial<AccountSecrets>, { policy, conversations }: Pick<ClientState, 'policy' | 'conversations'>, network?: string,
): MovingAccount {
  return {
    address,
    ...(network !== undefined && { network }),
    keys: { ...(dsa !== undefined && { dsa }), ...(ed448 !== undefined && { ed448 }) },
    ...(instanceTag !== undefined && { retiredTag: instanceTag }),
    policy,
    correspondents: conversations.filter(hasSomethingToMove).map((
      { peer, policy: own, known, latched, keys, trustHistory, devices, learned },
    ) => ({ peer, policy: own, known, latched, keys, trustHistory, devices, learned })),
  }
}

function hasSomethingToMove({ known, latched, keys, policy }: Conversation): boolean {
  return known || latched || keys.length > 0 || Object.keys(policy).length > 0
}

/** Sets a transferred account up on its new machine, with a new instance tag. @throws OtrError `OTR_RANDOM_FAILED` */
export function settleAccount({ address, keys, retiredTag, policy, correspondents }: MovingAccount, random: RandomSource): SettledAccount {
  let instanceTag = generateInstanceTag(random)
  while (instanceTag === retiredTag) instanceTag = generateInstanceTag(random)
  const conversations = correspondents.map((one): Conversation => ({ ...newConversation(one.peer), ...one }))
  return { account: address, keys: { ...keys, instanceTag }, state: { policy, conversations } }
}
