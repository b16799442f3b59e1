import { chacha20, equalBytes, hcmac, usage, wipe } from '../crypto/index.js'
import { packedBytes, type Secret } from '../crypto/secret.js'
import type { MessageContent, ProtocolEvent } from '../protocol/index.js'
import {
  defaultRatchetLimits, extraSymmetricKeys, FREE_DERIVATIONS, ratchetReceive, ratchetSend, wipeMessageKeys, wipeReplaced, type ExtraKeyRequest,
  type RatchetState,
} from '../ratchet/index.js'
import {
  dataMessageV4MacView, decodePlaintext, encodePlaintext, IGNORE_UNREADABLE, tlvTypeV4, type DataMessageV4, type Plaintext, type Tlv,
} from '../wire/index.js'
import type { V4Context } from './context.js'
import { publicBytes } from '../wire/public-bytes.js'
import { refuseStale, withMessage, type V4Encrypted } from './session.js'

/** A data message with its MAC verified and its text decrypted. */
export interface Authenticated {
  readonly kind: 'authenticated'
  readonly ratchet: RatchetState
  readonly plaintext: Plaintext
  readonly extraKeys: readonly Secret[]
}

/** Why a data message was not read. `limit`: it would have cost too much to look at it. */
export interface Unread {
  readonly kind: 'duplicate' | 'limit' | 'unreadable'
  /** For people. */
  readonly detail: string
}

const duplicate: Unread = { kind: 'duplicate', detail: 'a message that was accepted before, or that came too late' }
const limited: Unread = { kind: 'limit', detail: 'too much work for messages that may be forged' }
const wrongMac: Unread = { kind: 'unreadable', detail: 'the MAC is wrong' }

/** Verifies and decrypts a message on a copy of the ratchet; the given one stays valid. Returns the reason if it cannot be read. */
export function decryptData(
  ratchet: RatchetState, message: DataMessageV4, { limits = defaultRatchetLimits, derivations, now }: V4Context,
): Authenticated | Unread {
  const received = ratchetReceive(ratchet, message, { now, limits, mayDerive: derivations && (({ total }) => derivations.take(total)) })
  switch (received.kind) {
    case 'duplicate':
      return duplicate
    case 'refused':
      return { kind: 'unreadable', detail: `the ratchet refused it: ${received.reason}` }
    case 'costly':
      return limited
    case 'keys': {
      const { keys, state, cost } = received
      if (!equalBytes(dataAuthenticator(keys.mkMac, message), message.authenticator)) {
        wipeMessageKeys(keys)
        wipeReplaced(state, ratchet)
        return wrongMac
      }
      const bytes = chacha20(keys.mkEnc, message.ciphertext, packedBytes)
      const plaintext = decodePlaintext(bytes)
      const extraKeys = extraSymmetricKeys(keys.extraBase, extraKeyRequests(plaintext.tlvs))
      wipe(bytes)
      wipeMessageKeys(keys)
      if (cost.total > FREE_DERIVATIONS) derivations?.giveBack(cost.regular)
      return { kind: 'authenticated', ratchet: state, plaintext, extraKeys }
    }
  }
}

/** The events of a message that do not depend on its TLVs. `session`: the one that read it. */
export function contentOf(
  { ratchetId, revealedMacKeys }: DataMessageV4, plaintext: Plaintext, { offline, initiator }: Pick<V4Encrypted, 'offline' | 'initiator'>,
): ProtocolEvent[] {
  // The sender wrote chain 0 before they had an answer.
  const alone = offline && !initiator && ratchetId === 0
  const events: ProtocolEvent[] = []
  if (plaintext.text !== '') events.push(alone ? { type: 'message', text: plaintext.text, offline: true } : { type: 'message', text: plaintext.text })
  if (!plaintext.wellFormed) events.push({ type: 'notice', code: 'malformed-content', detail: 'text or TLVs that are not well formed' })
  if (revealedMacKeys.length > 0) events.push({ type: 'revealed-mac-keys', keys: revealedMacKeys })
  return events
}

/** What goes into one data message, and which MAC keys it reveals: `all` that wait with the last message of a session, else those that are due. */
export interface Outgoing extends MessageContent {
  readonly reveal?: 'due' | 'all'
}

/** A data message, the session after it, and the extra symmetric keys of its TLVs of type 7. */
export interface SentData {
  readonly state: V4Encrypted
  readonly message: DataMessageV4
  readonly extraKeys: readonly Secret[]
}

/**
 * Makes a data message. Wipes nothing of the session that goes in: the caller does that with `wipeReplaced` as soon as nothing can fail any more.
 *
 * @throws OtrError `OTR_INVALID_TEXT`, `OTR_TLV_TOO_LONG`, `OTR_RANDOM_FAILED`, `OTR_STALE_SESSION`
 * @see [OTRv4, "When you send a Data Message"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#when-you-send-a-data-message)
 */
export function dataMessage(
  session: V4Encrypted, { text, tlvs = noTlvs, ignoreUnreadable = text === '', reveal = 'due' }: Outgoing, context: V4Context,
): SentData {
  refuseStale(session)
  const plaintext = encodePlaintext(text, tlvs)
  const { state: ratchet, header, keys, revealedMacKeys } = ratchetSend(session.ratchet, reveal, context)
  const message = {
    kind: 'v4-data' as const,
    senderTag: context.account.instanceTag,
    receiverTag: session.theirTag,
    flags: ignoreUnreadable ? IGNORE_UNREADABLE : 0,
    previousChain: header.previousChain,
    ratchetId: header.ratchetId,
    messageId: header.messageId,
    ecdh: header.ecdh,
    dh: header.dh,
    ciphertext: chacha20(keys.mkEnc, plaintext, publicBytes),
    authenticator: none,
    revealedMacKeys,
  }
  message.authenticator = dataAuthenticator(keys.mkMac, message)
  const extraKeys = extraSymmetricKeys(keys.extraBase, extraKeyRequests(tlvs))
  wipe(plaintext)
  wipeMessageKeys(keys)
  return {
    state: withMessage(session, { ratchet, smp: session.smp, lastSent: context.now, heartbeatOwed: false, side: session.side }),
    message,
    extraKeys,
  }
}

const none: Uint8Array = new Uint8Array(0)
const noTlvs: readonly Tlv[] = []

/** The authenticator of a data message: 64 bytes. */
export function dataAuthenticator(mkMac: Uint8Array, message: DataMessageV4): Uint8Array {
  return hcmac(usage.authenticator, [mkMac, dataMessageV4MacView(message)], 64)
}

const noRequests: readonly ExtraKeyRequest[] = []

/** The TLVs of type 7 among all of a message: each has a key of its own. */
export function extraKeyRequests(tlvs: readonly Tlv[]): readonly ExtraKeyRequest[] {
  if (tlvs.length === 0) return noRequests
  return tlvs.flatMap(({ type, value }, index) => type === tlvTypeV4.extraSymmetricKey ? [{ index, context: value.subarray(0, 4) }] : [])
}

/** TLV 1 with what is left to reveal; nothing is wiped. */
export function disconnected(session: V4Encrypted, context: V4Context): SentData {
  const tlvs = [{ type: tlvTypeV4.disconnected, value: new Uint8Array(0) }]
  return dataMessage(session, { text: '', tlvs, reveal: 'all' }, context)
}
