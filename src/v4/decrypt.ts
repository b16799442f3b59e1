import { chacha20, equalBytes } from '../crypto/index.js'
import type { ProtocolEvent } from '../protocol/index.js'
import {
  defaultRatchetLimits, extraSymmetricKeys, FREE_DERIVATIONS, ratchetReceive, wipeMessageKeys, wipeReplaced, type RatchetState,
} from '../ratchet/index.js'
import { decodePlaintext, type DataMessageV4, type Plaintext } from '../wire/index.js'
import type { V4Context } from './context.js'
import { dataAuthenticator, extraKeyRequests } from './send.js'
import type { V4Encrypted } from './session.js'

/** A data message with its MAC verified and its text decrypted. */
export interface Authenticated {
  readonly kind: 'authenticated'
  readonly ratchet: RatchetState
  readonly plaintext: Plaintext
  readonly extraKeys: readonly Uint8Array[]
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

/** Verifies and decrypts on a copy: the ratchet that goes in is as good as before, whatever comes of it. Tells why not. */
export function authenticate(
  ratchet: RatchetState, message: DataMessageV4, { limits = defaultRatchetLimits, derivations, now }: V4Context,
): Authenticated | Unread {
  const received = ratchetReceive(ratchet, message, now, limits, derivations && (({ total }) => derivations.take(total)))
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
      const bytes = chacha20(keys.mkEnc, message.ciphertext)
      const plaintext = decodePlaintext(bytes)
      const extraKeys = extraSymmetricKeys(keys.extraBase, extraKeyRequests(plaintext.tlvs))
      bytes.fill(0)
      wipeMessageKeys(keys)
      if (cost.total > FREE_DERIVATIONS) derivations?.giveBack(cost.regular)
      return { kind: 'authenticated', ratchet: state, plaintext, extraKeys }
    }
  }
}

/** What of a message is told whatever its TLVs are. `session`: the one that it was read in. */
export function contentOf(
  { ratchetId, revealedMacKeys }: DataMessageV4, plaintext: Plaintext, { offline, initiator }: Pick<V4Encrypted, 'offline' | 'initiator'>,
): ProtocolEvent[] {
  // Chain 0 is what its sender wrote before they had an answer.
  const alone = offline && !initiator && ratchetId === 0
  const events: ProtocolEvent[] = []
  if (plaintext.text !== '') events.push(alone ? { type: 'message', text: plaintext.text, offline: true } : { type: 'message', text: plaintext.text })
  if (!plaintext.wellFormed) events.push({ type: 'notice', code: 'malformed-content', detail: 'text or TLVs that are not well formed' })
  if (revealedMacKeys.length > 0) events.push({ type: 'revealed-mac-keys', keys: revealedMacKeys })
  return events
}
