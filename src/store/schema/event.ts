import type { NoticeCode } from '../../protocol/index.js'
import type { ClientEvent, Journaled, Origin } from '../../session/event.js'
import type { JournalEntry } from '../../session/client/persistence.js'
import { bytes, count, flag, list, mapped, oneOf, optional, real, struct, text, uint32, union, yes, type Codec, type Fields } from '../codec.js'
import type { ProbableLoss } from '../../session/conversation/probable-loss.js'
import type { LostMessage } from '../../session/conversation/sent-message.js'
import type { KeyTrust } from '../../session/known/key-trust.js'
import { fingerprint, howTrusted, keyVersion, lossSign, trust, version } from './trust.js'
import { instanceTag } from './wire.js'

const journaled: Fields<Journaled> = { id: optional(count()), replayed: optional(yes) }

const origin: Fields<Origin> = { ...journaled, peer: text(), instance: instanceTag, version }

/** The type `NoticeCode` lists the codes. Every later version knows a stored code, because codes are never removed. */
const noticeCode = mapped<NoticeCode, string>(text(64), (code) => code, (code) => code as NoticeCode)

const keyTrust = struct<KeyTrust>({ key: fingerprint, version: keyVersion, trust, since: real, how: howTrusted })

/** The events that a client emits. */
export const event: Codec<ClientEvent> = union<ClientEvent, 'type'>('type', {
  'send': { ...journaled, to: text(), message: text(), action: optional(yes) },
  'message': {
    ...journaled,
    from: text(),
    text: text(),
    encrypted: flag,
    unencrypted: optional(yes),
    instance: optional(instanceTag),
    version: optional(version),
    offline: optional(yes),
    sentAt: optional(real),
    via: optional(text()),
    contentType: oneOf('unknown', 'text', 'html', 'query'),
    raw: optional(text()),
  },
  'state': {
    ...origin,
    state: oneOf('plaintext', 'handshake', 'encrypted', 'finished'),
    ssid: optional(text(16)),
    fingerprint: optional(fingerprint),
    offline: optional(yes),
    trust: optional(trust),
    key: optional(oneOf('new', 'known', 'changed')),
    keyTrust: optional(keyTrust),
  },
  'smp': {
    ...origin,
    event: oneOf('asked', 'in-progress', 'succeeded', 'failed', 'aborted', 'cheated'),
    question: optional(text()),
    attempts: optional(count()),
    trust: optional(trust),
    keyTrust: optional(keyTrust),
  },
  'extra-key': { ...origin, key: bytes(), context: uint32, data: bytes() },
  'tlv': { ...origin, tlvType: count(0xffff), value: bytes() },
  'revealed-mac-keys': { ...origin, keys: bytes() },
  'outbox': { ...journaled, peer: text(), event: oneOf('held', 'released', 'cancelled'), held: count() },
  'lost': {
    ...journaled,
    peer: text(),
    renewed: flag,
    messages: list(struct<LostMessage>({ handle: count(), text: text(), instance: instanceTag, sentAt: real })),
  },
  'notice': { ...journaled, peer: optional(text()), instance: optional(instanceTag), code: noticeCode, detail: optional(text()), cause: optional(text()),
    offered: optional(list(version)), held: optional(count()), beginning: optional(yes),
    probablyLost: optional(struct<ProbableLoss>({ since: real, sign: lossSign, messages: list(count()) })) },
})

/** An event that the application has not confirmed. */
export const journalEntry = struct<JournalEntry>({ id: count(), event })
