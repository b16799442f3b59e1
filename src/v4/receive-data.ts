import { chacha20, equalBytes, hcmac, usage, wipe } from '../crypto/index.js'
import type { Env, ProtocolEvent } from '../protocol/index.js'
import {
  defaultRatchetLimits, extraSymmetricKeys, ratchetReceive, wipeMessageKeys, wipeRatchet, wipeReplaced, type RatchetState,
} from '../ratchet/index.js'
import { dropSmp, receiveSmp, recallTally, wipeSmp } from '../smp/index.js'
import {
  dataMessageV4MacInput, decodePlaintext, IGNORE_UNREADABLE, tlvTypeV4, type DataMessageV4, type Plaintext, type Tlv,
} from '../wire/index.js'
import type { V4Account } from './account.js'
import { isKeptEarly, keepEarly } from './early-message.js'
import { dataMessage, extraKeyRequests, heartbeatIsDue } from './send.js'
import type { V4Encrypted, V4Finished, V4Message, V4Options, V4Session, V4Step } from './session.js'
import { smpMessage, smpTlv, type V4SmpState, type V4SmpWire } from './smp.js'
import { smpArithmeticV4 } from './smp-arithmetic.js'
import { learnFromSmp } from './smp-dialect.js'
import { isStale } from './stale.js'
import { refuse, step } from './step.js'

/** A data message with its MAC verified and its text decrypted. */
interface Authenticated {
  readonly ratchet: RatchetState
  readonly plaintext: Plaintext
  readonly extraKeys: readonly Uint8Array[]
}

/** "Receiving a Data Message". Only an authenticated message changes the session; and a kept one, while an Auth-I message is awaited. */
export function receiveData(session: V4Session, message: DataMessageV4, account: V4Account, env: Env, options: V4Options): V4Step {
  if (session.state !== 'encrypted') return keepOrRefuse(session, message, env, 'unreadable', 'there is no encrypted session')
  if (isStale(session)) return keepOrRefuse(session, message, env, 'unreadable', 'the session was replaced by a later one')
  const result = authenticate(session, message, env, options)
  // A chain 0 of the session to come looks old to the session that runs.
  if (result === 'duplicate') return keepOrRefuse(session, message, env, 'duplicate', 'a message that was accepted before, or that came too late')
  if (typeof result === 'string') return keepOrRefuse(session, message, env, 'unreadable', result)
  return accept(session, message, result, account, env, options)
}

/** Verifies and decrypts on a copy: `session` is as good as before, whatever comes of it. */
function authenticate(session: V4Encrypted, message: DataMessageV4, env: Env, { limits = defaultRatchetLimits }: V4Options): Authenticated | string {
  const received = ratchetReceive(session.ratchet, message, env.now, limits)
  switch (received.kind) {
    case 'duplicate':
      return 'duplicate'
    case 'refused':
      return `the ratchet refused it: ${received.reason}`
    case 'keys': {
      const { keys, state } = received
      const authenticator = hcmac(usage.authenticator, [keys.mkMac, dataMessageV4MacInput(message)], 64)
      if (!equalBytes(authenticator, message.authenticator)) {
        wipeMessageKeys(keys)
        wipeReplaced(state, session.ratchet)
        return 'the MAC is wrong'
      }
      const bytes = chacha20(keys.mkEnc, message.ciphertext)
      const plaintext = decodePlaintext(bytes)
      const extraKeys = extraSymmetricKeys(keys.extraBase, extraKeyRequests(plaintext.tlvs))
      wipe(bytes)
      wipeMessageKeys(keys)
      return { ratchet: state, plaintext, extraKeys }
    }
  }
}

/** Kept for a session to come, ignored as its sender asks, or said in a notice. */
function keepOrRefuse(session: V4Session, message: DataMessageV4, { now }: Env, code: 'unreadable' | 'duplicate', detail: string): V4Step {
  const dake = keepEarly(session.dake, message, now)
  if (dake !== session.dake) return step({ ...session, dake })
  if (isKeptEarly(dake, message)) return refuse(session, 'duplicate', 'a message that is kept already')
  return code === 'unreadable' && (message.flags & IGNORE_UNREADABLE) !== 0 ? step(session) : refuse(session, code, detail)
}

/** A message that was authenticated. Everything that draws randomness comes before the first secret of the old state is overwritten. */
function accept(
  session: V4Encrypted, message: DataMessageV4, { ratchet, plaintext, extraKeys }: Authenticated, account: V4Account, env: Env, options: V4Options,
): V4Step {
  const events: ProtocolEvent[] = []
  if (plaintext.text !== '') events.push({ type: 'message', text: plaintext.text })
  if (!plaintext.wellFormed) events.push({ type: 'notice', code: 'malformed-content', detail: 'text or TLVs that are not well formed' })
  if (message.revealedMacKeys.length > 0) events.push({ type: 'revealed-mac-keys', keys: message.revealedMacKeys })
  const read = readTlvs(recallTally(session.smp, options.smpTally?.()), plaintext.tlvs, extraKeys, env)
  events.push(...read.events)

  let state: V4Encrypted = { ...session, ratchet, smp: read.smp, heartbeatOwed: session.heartbeatOwed || plaintext.text !== '' }
  const outgoing: V4Message[] = []
  const send = (tlvs: readonly Tlv[], reveal: 'due' | 'all' = 'due'): void => {
    const sent = dataMessage(state, { text: '', tlvs, ignoreUnreadable: true, reveal }, account, env)
    // Only between two states that both came after the one that went in.
    if (state.ratchet !== ratchet) wipeReplaced(state.ratchet, sent.state.ratchet)
    state = sent.state
    outgoing.push(sent.message)
  }
  if (read.disconnected) {
    // The last chance to reveal; the other side has forgotten its keys and will not read it.
    send([], 'all')
  } else {
    for (const reply of read.replies) send([smpTlv(reply)])
    // A heartbeat does not answer a heartbeat.
    if (plaintext.text !== '' && heartbeatIsDue(state, env, options)) send([])
    const smp = learnFromSmp(state, read.events, options.dialect ?? 'auto')
    state = smp.state
    events.push(...smp.events)
  }

  for (const left of read.left) wipeSmp(left)
  if (read.disconnected) {
    wipeSmp(read.smp)
    for (const gone of [session.ratchet, ratchet, state.ratchet]) wipeRatchet(gone)
    const { theirTag, dake, learned, ssid, them } = session
    const finished: V4Finished = { state: 'finished', theirTag, dake, learned, ended: { ssid, them } }
    return step(finished, outgoing, events)
  }
  wipeReplaced(ratchet, state.ratchet)
  wipeReplaced(session.ratchet, state.ratchet)
  return step(state, outgoing, events)
}

/** What the TLVs of one message came to. */
interface ReadTlvs {
  readonly smp: V4SmpState
  /** States of SMP that were left behind, to be wiped. */
  readonly left: readonly V4SmpState[]
  readonly replies: readonly V4SmpWire[]
  readonly events: readonly ProtocolEvent[]
  readonly disconnected: boolean
}

function readTlvs(before: V4SmpState, tlvs: readonly Tlv[], extraKeys: readonly Uint8Array[], env: Env): ReadTlvs {
  let smp = before
  const left: V4SmpState[] = []
  const replies: V4SmpWire[] = []
  const events: ProtocolEvent[] = []
  let extra = 0
  for (const tlv of tlvs) {
    const message = smpMessage(tlv)
    if (message !== undefined) {
      const next = receiveSmp(smp, message, smpArithmeticV4, env)
      if (next.state !== smp) left.push(smp)
      smp = next.state
      replies.push(...next.outgoing)
      events.push(...next.events)
      continue
    }
    switch (tlv.type) {
      case tlvTypeV4.padding:
        break
      case tlvTypeV4.disconnected:
        // What stands behind it is not for a session that is over.
        events.push(...dropSmp(smp), { type: 'state', state: 'finished' })
        return { smp, left, replies, events, disconnected: true }
      case tlvTypeV4.extraSymmetricKey: {
        const key = extraKeys[extra++]
        // Beyond the tenth there is no key.
        if (key === undefined) events.push({ type: 'notice', code: 'limit', detail: 'more extra symmetric keys than one message may have' })
        else events.push({ type: 'extra-key', key, ...readContext(tlv.value) })
        break
      }
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
