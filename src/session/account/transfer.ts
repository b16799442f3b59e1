import type { RandomSource } from '../../crypto/index.js'
import type { LearnedDialect } from '../../v4/index.js'
import type { AccountSecrets } from './account.js'
import { newConversation, type Conversation } from '../conversation/state.js'
import type { ClientState } from '../client/client-core.js'
import type { KnownDevice } from '../known/device.js'
import { generateInstanceTag } from './instance-tag.js'
import type { Policy } from '../policy.js'
import type { KeyBook } from '../known/key-book.js'

/**
 * An account on its way to a new machine: who it is, what it trusts and how it behaves. No sessions: two copies of a ratchet would use
 * message keys twice, so the new machine begins new ones. No prekeys either (each serves once), nor messages that wait. The instance tag
 * stays with the old machine: to its correspondents the new one is a new device with a key that they know. Full of secrets.
 */
export interface MovingAccount {
  /** The account's address. */
  readonly address: string
  /** What the application calls the network, where it says. */
  readonly network?: string
  /** Its long-term keys. */
  readonly keys: Omit<AccountSecrets, 'instanceTag'>
  /** The tag of the old machine, where it had one: never to be used by the new one. */
  readonly retiredTag?: number
  /** What the application set over the defaults. */
  readonly policy: Partial<Policy>
  /** What is known of the others. */
  readonly correspondents: readonly MovingCorrespondent[]
}

/** What moves of one correspondent. */
export interface MovingCorrespondent extends KeyBook {
  /** The correspondent's address. */
  readonly peer: string
  /** What holds for this correspondent alone. */
  readonly policy: Partial<Policy>
  /** Whether the application dealt with them of its own accord. */
  readonly known: boolean
  /** The conversation was private: it does not become plaintext by moving. */
  readonly latched: boolean
  /** @internal The devices that they were seen with. */
  readonly devices: readonly KnownDevice[]
  /** @internal Which forms of version 4 their program speaks. */
  readonly learned: LearnedDialect
}

/** An account that has arrived: what `Client.open` takes. */
export interface SettledAccount {
  /** The account's address. */
  readonly account: string
  /** Its keys, with an instance tag of the new machine. */
  readonly keys: AccountSecrets
  /** Its trust and policies. */
  readonly state: ClientState
}

/** What of a client moves. It shares its byte arrays. */
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

/** The account on its new machine, with a new instance tag. Fails with `OTR_RANDOM_FAILED`. */
export function settleAccount({ address, keys, retiredTag, policy, correspondents }: MovingAccount, random: RandomSource): SettledAccount {
  let instanceTag = generateInstanceTag(random)
  while (instanceTag === retiredTag) instanceTag = generateInstanceTag(random)
  const conversations = correspondents.map((one): Conversation => ({ ...newConversation(one.peer), ...one }))
  return { account: address, keys: { ...keys, instanceTag }, state: { policy, conversations } }
}
