import { OtrError } from '../../../errors.js'
import { trustIn } from '../state.js'
import type { DeviceInfo, KnownDevice } from '../../known/device.js'
import { chooseSessions, rankSessions } from '../instances.js'
import { statusOf } from '../../versions/adapters.js'
import { flushOutbox } from '../send/outbox.js'
import { findKey, isSendable } from '../../known/key-book.js'
import { setTrust } from '../set-trust.js'
import type { Transaction } from '../transaction.js'

/** The devices of a correspondent that ever showed a key, the one met first at the head. */
export function devicesOf({ draft, policy }: Pick<Transaction, 'draft' | 'policy'>): DeviceInfo[] {
  const ranked = rankSessions(draft)
  const selected = new Set(chooseSessions(draft, policy.sendTo, policy).map(({ tag }) => tag))
  return draft.devices.map(({ tag, version, fingerprint, firstSeen, lastSeen, name }) => {
    const own = ranked.filter(({ entry }) => entry.tag === tag)
    const [best] = own
    const key = best?.status.fingerprint
    // What a session shows counts for more than what is remembered.
    const trust = best !== undefined && key !== undefined
      ? trustIn(draft, best.entry.state.version, key)
      : findKey(draft, version, fingerprint)?.trust ?? 'unknown'
    const proved = own.filter(({ status }) => status.messageState !== 'plaintext').map(({ entry }) => entry.active)
    return {
      instance: tag, version, fingerprint, trust, state: best?.status.state ?? 'plaintext', selected: selected.has(tag), chosen: draft.chosen === tag,
      firstSeen, lastSeen: Math.max(lastSeen, ...proved), ...(name !== undefined && { name }),
    }
  })
}

/**
 * Lets messages go to one device for as long as it has a session, whatever the order of the others; `undefined`: to the best again. Whoever
 * chooses a device accepts the key that it has now, and no later one.
 * @throws OtrError `OTR_NO_INSTANCE` for one that never showed itself
 */
export function chooseDevice(transaction: Transaction, instance: number | undefined): void {
  if (instance !== undefined) accept(transaction, known(transaction, instance))
  transaction.draft.known = true
  transaction.draft.chosen = instance
  flushOutbox(transaction)
}

/** Gives a device a name for people; empty: takes it away. @throws OtrError `OTR_NO_INSTANCE` */
export function nameDevice(transaction: Transaction, instance: number, name: string): void {
  const device = known(transaction, instance)
  const { tag, version, fingerprint, firstSeen, lastSeen } = device
  const named = { tag, version, fingerprint, firstSeen, lastSeen, ...(name !== '' && { name }) }
  transaction.draft.known = true
  transaction.draft.devices = transaction.draft.devices.map((one) => one === device ? named : one)
}

/** Takes a device off the list: the person has it no more. Its sessions are ended. @throws OtrError `OTR_NO_INSTANCE` */
export function forgetDevice(transaction: Transaction, instance: number): void {
  const device = known(transaction, instance)
  transaction.draft.devices = transaction.draft.devices.filter((one) => one !== device)
  if (transaction.draft.chosen === instance) transaction.draft.chosen = undefined
  transaction.draft.sessions = transaction.draft.sessions.filter(({ tag, state }) => tag !== instance || statusOf(state).state !== 'plaintext')
}

/** The key that the list of devices shows for it. */
function accept(transaction: Transaction, { version, fingerprint }: KnownDevice): void {
  if (!isSendable(transaction.draft, version, fingerprint, false)) setTrust(transaction, version, fingerprint, 'seen', 'manually')
}

function known({ draft }: Transaction, instance: number): Transaction['draft']['devices'][number] {
  const device = draft.devices.find(({ tag }) => tag === instance)
  if (device === undefined) throw new OtrError('OTR_NO_INSTANCE', 'no such device is known')
  return device
}
