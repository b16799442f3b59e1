import { generateDh1536 } from '../crypto/dh1536.js'
import type { Env, ProtocolEvent } from '../protocol/index.js'
import { dropSmp, receiveSmp, recallTally, wipeSmp, type SmpMessage } from '../smp/index.js'
import { IGNORE_UNREADABLE, tlvTypeV3, type DataMessageV3, type Tlv } from '../wire/index.js'
import { decryptData, type Decrypted } from './data-message.js'
import { rotateKeys, wipeKeys, wipeRotated, withPair, withUsed, type V3Keys } from './key-management.js'
import { dataMessage, heartbeatIsDue } from './send.js'
import { withMessage, type V3Account, type V3Encrypted, type V3Message, type V3Options, type V3Session, type V3Step } from './session.js'
import { smpMessage, smpTlv, type V3SmpState } from './smp.js'
import { smpArithmeticV3 } from './smp-arithmetic.js'
import { refuse, step } from './step.js'

type Accepted = Extract<Decrypted, { kind: 'accepted' }>

/** "Receiving a Data Message". */
export function receiveData(session: V3Session, message: DataMessageV3, account: V3Account, env: Env, options: V3Options): V3Step {
  if (session.state !== 'encrypted') return unreadable(session, message, 'there is no encrypted session')
  const decrypted = decryptData(session.keys, message)
  switch (decrypted.kind) {
    case 'unreadable':
      return unreadable(session, message, 'unknown keys, or the MAC is wrong')
    case 'duplicate':
      return refuse(session, 'duplicate', 'a message that was accepted before, or that came too late')
    case 'accepted':
      return accept(session, message, decrypted, account, env, options)
  }
}

/** "If you receive a Data Message with this flag set, and you are unable to decrypt the message: just ignore". */
function unreadable(session: V3Session, message: DataMessageV3, detail: string): V3Step {
  return (message.flags & IGNORE_UNREADABLE) === 0 ? refuse(session, 'unreadable', detail) : step(session)
}

/** A message that was authenticated. Everything that draws randomness comes before the first secret is overwritten. */
function accept(
  session: V3Encrypted, message: DataMessageV3, accepted: Accepted, account: V3Account, env: Env, options: V3Options,
): V3Step {
  const { plaintext } = accepted
  const keys = rotated(session.keys, message, accepted, env)
  const events: ProtocolEvent[] = []
  if (plaintext.text !== '') events.push({ type: 'message', text: plaintext.text })
  if (!plaintext.wellFormed) events.push({ type: 'notice', code: 'malformed-content', detail: 'text or TLVs that are not well formed' })
  if (message.oldMacKeys.length > 0) events.push({ type: 'revealed-mac-keys', keys: message.oldMacKeys })
  const read = plaintext.tlvs.length === 0 ? undefined : readTlvs(recallTally(session.smp, options.smpTally?.()), plaintext.tlvs, accepted, env)
  if (read !== undefined) events.push(...read.events)

  if (read?.disconnected === true) {
    wipeSmps(session.smp, read.left)
    wipeSmp(read.smp)
    wipeKeys(session.keys)
    wipeKeys(keys)
    return step({ state: 'finished', theirTag: session.theirTag, ake: session.ake }, [], events)
  }

  let state = withMessage(session, {
    keys, smp: read?.smp ?? session.smp, lastSent: session.lastSent, heartbeatOwed: session.heartbeatOwed || plaintext.text !== '',
  })
  const outgoing: V3Message[] = []
  for (const reply of read?.replies ?? []) {
    const sent = dataMessage(state, '', [smpTlv(reply)], true, account, env)
    state = sent.state
    outgoing.push(sent.message)
  }
  // A heartbeat does not answer a heartbeat.
  if (plaintext.text !== '' && heartbeatIsDue(state, env, options)) {
    const sent = dataMessage(state, '', [], true, account, env)
    state = sent.state
    outgoing.push(sent.message)
  }
  wipeRotated(session.keys, keys)
  if (read !== undefined) wipeSmps(session.smp, read.left)
  return step(state, outgoing, events)
}

/** The keys with the message counted in, and rotated where it asks for that. */
function rotated(keys: V3Keys, message: DataMessageV3, { pair }: Accepted, env: Env): V3Keys {
  const counted = withUsed(keys, withPair(keys.used, pair), keys.oldMacKeys)
  const seesOurs = message.recipientKeyId === keys.ourKeyId
  const usesTheirs = message.senderKeyId === keys.theirKeyId
  if (!seesOurs && !usesTheirs) return counted
  return rotateKeys(counted, {
    ours: seesOurs ? generateDh1536(env.random) : undefined,
    theirs: usesTheirs ? message.nextDh : undefined,
  })
}

/** What the TLVs of one message came to. */
interface ReadTlvs {
  readonly smp: V3SmpState
  /** States of SMP that were left behind. */
  readonly left: readonly V3SmpState[]
  readonly replies: readonly SmpMessage[]
  readonly events: readonly ProtocolEvent[]
  readonly disconnected: boolean
}

function readTlvs(before: V3SmpState, tlvs: readonly Tlv[], { extraKey }: Accepted, env: Env): ReadTlvs {
  let smp = before
  const left: V3SmpState[] = []
  const replies: SmpMessage[] = []
  const events: ProtocolEvent[] = []
  for (const tlv of tlvs) {
    const message = smpMessage(tlv)
    if (message !== undefined) {
      const next = receiveSmp(smp, message, smpArithmeticV3, env)
      if (next.state !== smp) left.push(smp)
      smp = next.state
      replies.push(...next.outgoing)
      events.push(...next.events)
      continue
    }
    switch (tlv.type) {
      case tlvTypeV3.padding:
        break
      case tlvTypeV3.disconnected:
        // What stands behind it is not for a session that is over.
        events.push(...dropSmp(smp), { type: 'state', state: 'finished' })
        return { smp, left, replies, events, disconnected: true }
      case tlvTypeV3.extraSymmetricKey:
        events.push({ type: 'extra-key', key: extraKey.slice(), ...readContext(tlv.value) })
        break
      default:
        events.push({ type: 'tlv', tlvType: tlv.type, value: tlv.value })
    }
  }
  return { smp, left, replies, events, disconnected: false }
}

/** "a 4-byte indication of what this symmetric key will be used for", then what belongs to the use. */
function readContext(value: Uint8Array): { context: number, data: Uint8Array } {
  if (value.length < 4) return { context: 0, data: value }
  return { context: new DataView(value.buffer, value.byteOffset).getUint32(0), data: value.slice(4) }
}

function wipeSmps(first: V3SmpState, left: readonly V3SmpState[]): void {
  if (left.length === 0) return
  wipeSmp(first)
  for (const state of left) wipeSmp(state)
}
