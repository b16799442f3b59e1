import { OtrError } from '../../../errors.js'
import type { HandCopied } from '../../../protocol/index.js'
import { trustIn } from '../state.js'
import type { DeviceInfo, KnownDevice } from '../../known/device.js'
import { chooseSessions, rankSessions } from '../instances.js'
import { statusOf } from '../../versions/adapters.js'
import { flushOutbox } from '../send/outbox.js'
import { findKey, isSendable } from '../../known/key-book.js'
import { keyVersionOf } from '../../versions/version.js'
import { setTrust } from '../set-trust.js'
import type { Transaction } from '../transaction.js'

/** The devices of a correspondent that ever completed a key exchange, in the order of their first. */
export function devicesOf({ draft, policy }: Pick<Transaction, 'draft' | 'policy'>): DeviceInfo[] {
  const ranked = rankSessions(draft)
  const selected = new Set(chooseSessions(draft, policy.sendTo, policy).map(({ tag }) => tag))
  return draft.devices.map(({ tag, version, fingerprint, firstSeen, lastSeen, name }) => {
    const own = ranked.filter(({ entry }) => entry.tag === tag)
    const [best] = own
    const key = best?.status.fingerprint
    // The key of a session counts, not the remembered one.
    const trust = best !== undefined && key !== undefined
      ? trustIn(draft, best.entry.state.version, key)
      : findKey(draft, keyVersionOf(version), fingerprint)?.trust ?? 'unknown'
    const proved = own.filter(({ status }) => status.messageState !== 'plaintext').map(({ entry }) => entry.active)
    return {
      instance: tag, version, fingerprint, trust, state: best?.status.state ?? 'plaintext', selected: selected.has(tag), chosen: draft.chosen === tag,
      firstSeen, lastSeen: Math.max(lastSeen, ...proved), ...(name !== undefined && { name }),
    }
  })
}

/**
 * Sends messages to one device for as long as it has a session, whatever the ranking; `undefined`: to the best again. Choosing a device
 * accepts the key that it has now, but no later one.
 * @throws OtrError `OTR_NO_INSTANCE` for a device that is not known
 */
export function chooseDevice(transaction: Transaction, instance: number | undefined): void {
  if (instance !== undefined) accept(transaction, known(transaction, instance))
  transaction.draft.known = true
  transaction.draft.chosen = instance
  flushOutbox(transaction)
}

/** Gives a device a name for people; an empty name removes it. @throws OtrError `OTR_NO_INSTANCE` */
export function nameDevice(transaction: Transaction, instance: number, name: string): void {
  const device = known(transaction, instance)
  const { tag, version, fingerprint, firstSeen, lastSeen, text, noHeartbeats } = device
  const named: HandCopied<KnownDevice, 'name' | 'text' | 'noHeartbeats'> = {
    tag, version, fingerprint, firstSeen, lastSeen, ...(name !== '' && { name }), ...(text && { text }), ...(noHeartbeats !== undefined && { noHeartbeats }),
  }
  transaction.draft.known = true
  transaction.draft.devices = transaction.draft.devices.map((one) => one === device ? named : one)
}

/** Removes a device from the list, with its ended sessions: the correspondent no longer has it. @throws OtrError `OTR_NO_INSTANCE` */
export function forgetDevice(transaction: Transaction, instance: number): void {
  const device = known(transaction, instance)
  transaction.draft.devices = transaction.draft.devices.filter((one) => one !== device)
  if (transaction.draft.chosen === instance) transaction.draft.chosen = undefined
  transaction.draft.sessions = transaction.draft.sessions.filter(({ tag, state }) => tag !== instance || statusOf(state).state !== 'plaintext')
}

/** Accepts the key that the list of devices shows for a device. */
function accept(transaction: Transaction, { version, fingerprint }: KnownDevice): void {
  if (!isSendable(transaction.draft, version, fingerprint, false)) setTrust(transaction, keyVersionOf(version), fingerprint, 'seen', 'manually')
}

function known({ draft }: Transaction, instance: number): Transaction['draft']['devices'][number] {
  const device = draft.devices.find(({ tag }) => tag === instance)
  if (device === undefined) throw new OtrError('OTR_NO_INSTANCE', 'no such device is known')
  return device
}
